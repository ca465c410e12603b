//! The scenarios that the binary carries, and those that are files.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use sim_core::{Text, text};

use crate::lang;

pub use sim_tui::scenarios::SHIPPED;

/// A scenario's text and the name under which errors speak of it.
pub struct Source {
    /// The file as it was given, or where a shipped one stands in the repository.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Finds a scenario: a file if there is one of that name, else a shipped one.
///
/// # Errors
/// A sentence that says what is there instead.
pub fn find(name: &str) -> Result<Source, Text> {
    let path = Path::new(name);
    if path.exists() {
        let bytes = read(path).map_err(|why| unreadable(name, &why))?;
        let text = String::from_utf8(bytes).map_err(|bad| not_utf8(name, bad.as_bytes()))?;
        return Ok(Source { name: name.into(), text });
    }
    let short = name.strip_suffix(".ron").unwrap_or(name);
    let short = short.strip_prefix("scenarios/").unwrap_or(short);
    if let Some((own, text)) = SHIPPED.iter().find(|(own, _)| *own == short) {
        return Ok(Source { name: format!("scenarios/{own}.ron"), text: (*text).into() });
    }
    if let Err(why) = path.try_exists() {
        return Err(unreadable(name, &why));
    }
    let nearest = SHIPPED
        .iter()
        .map(|(own, _)| *own)
        .min_by_key(|own| strsim::levenshtein(own, short))
        .filter(|own| strsim::levenshtein(own, short) <= 4);
    let hint = match nearest {
        Some(own) => text!("did you mean {own}? ", "是不是想写 {own}？"),
        None => Text::default(),
    };
    let Text { en, zh } = hint;
    Err(text!(
        "{name}: no such file, and no shipped scenario of that name\n   {en}`lvsim list` shows what is shipped",
        "{name}：没有这个文件，也没有这个名字的自带场景\n   {zh}`lvsim list` 列出自带的场景"
    ))
}

/// A larger file is no scenario; some, like /dev/zero, never end.
const LARGEST: u64 = 16 << 20;

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// Why a file cannot be read, and what to do where that is not plain.
fn unreadable(name: &str, why: &io::Error) -> Text {
    let Text { en, zh } = lang::why(why);
    let Text { en: help_en, zh: help_zh } = match why.kind() {
        io::ErrorKind::IsADirectory => {
            text!("\n   name one of its files", "\n   请写出其中的一个文件")
        }
        io::ErrorKind::FileTooLarge => {
            let most = LARGEST >> 20;
            text!("\n   a scenario has at most {most} MiB", "\n   场景文件最大 {most} MiB")
        }
        _ => Text::default(),
    };
    text!("{name}: cannot be read: {en}{help_en}", "{name}：无法读取：{zh}{help_zh}")
}

/// Where a file stops being UTF-8.
fn not_utf8(name: &str, bytes: &[u8]) -> Text {
    let read = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let line = 1 + read.matches('\n').count();
    let col = 1 + read.rsplit('\n').next().unwrap_or_default().chars().count();
    let byte = bytes.get(read.len()).copied().unwrap_or_default();
    text!(
        "{name}:{line}:{col}: not UTF-8: the byte 0x{byte:02x}\n   save the file as UTF-8",
        "{name}:{line}:{col}: 不是 UTF-8：字节 0x{byte:02x}\n   请把文件存为 UTF-8"
    )
}

#[cfg(test)]
mod tests {
    use super::not_utf8;

    #[test]
    fn says_where_a_file_is_no_text() {
        let said = not_utf8("a.ron", b"(\n  \xe4\xb8\xad\xff)");
        assert_eq!(said.en, "a.ron:2:4: not UTF-8: the byte 0xff\n   save the file as UTF-8");
        assert!(said.zh.starts_with("a.ron:2:4: 不是 UTF-8"));
    }
}
