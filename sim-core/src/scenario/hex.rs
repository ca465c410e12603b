//! Bytes as a scenario writes them: hexadecimal text, with blanks where they help the eye.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::Wrong;
use super::written::{AsText, Written};
use crate::text;

/// Some bytes of a frame; a string of a file, mostly a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

/// Two digits a byte. Blanks stand between bytes: a word with half a byte is a slip.
impl Written for Hex {
    fn read(text: &str) -> Result<Self, Wrong> {
        let help = || {
            text!(
                "two hexadecimal digits a byte, blanks between bytes: 02 00 or 0800 4500",
                "每字节两位十六进制数字，字节之间可以空格：02 00 或 0800 4500"
            )
        };
        let mut bytes = Vec::new();
        for word in text.split_whitespace() {
            let digits: Option<Vec<u32>> = word.chars().map(|c| c.to_digit(16)).collect();
            let Some(digits) = digits else {
                let message = text!("not hexadecimal: `{word}`", "不是十六进制：`{word}`");
                return Err(Wrong::new(message, help()));
            };
            if !digits.len().is_multiple_of(2) {
                let message = text!("half a byte: `{word}`", "有半个字节：`{word}`");
                return Err(Wrong::new(message, help()));
            }
            // Two digits make at most 255.
            bytes.extend(digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8));
        }
        match bytes.is_empty() {
            true => Err(Wrong::new(text!("no bytes", "没有字节"), help())),
            false => Ok(Self(bytes)),
        }
    }

    fn write(&self) -> String {
        let bytes: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(" ")
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        AsText::deserialize(from).map(|AsText(value)| value)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.write())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn bytes_are_written_as_hexadecimal_text() {
        for (text, written) in [
            ("02 00",         Some("02 00")),
            ("0800 4500",     Some("08 00 45 00")),
            (" 02\t00\n0A ",  Some("02 00 0a")),
            ("0 800",         None), // half a byte
            ("02 0",          None),
            ("0x02",          None),
            ("02:00",         None),
            ("\u{ff10}2",     None), // a digit, but of another script
            ("",              None),
        ] {
            assert_eq!(Hex::read(text).ok().map(|hex| hex.write()).as_deref(), written, "{text}");
        }
    }
}
