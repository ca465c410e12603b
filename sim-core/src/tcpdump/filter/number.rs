//! Comparisons of bytes, as in `tcp[tcpflags] & (tcp-syn|tcp-rst) != 0`, and the numbers in them.

use super::parse::Parser;
use super::{Bytes, FilterError, Protocol, Relation, Size};
use crate::text;

/// The numbers that have names, for flags, offsets and ICMP types.
const NAMED_NUMBERS: [(&str, u32); 17] = [
    ("tcpflags", 13),
    ("icmptype", 0),
    ("icmpcode", 1),
    ("tcp-fin", 0x01),
    ("tcp-syn", 0x02),
    ("tcp-rst", 0x04),
    ("tcp-push", 0x08),
    ("tcp-ack", 0x10),
    ("tcp-urg", 0x20),
    ("tcp-ece", 0x40),
    ("tcp-cwr", 0x80),
    ("icmp-echoreply", 0),
    ("icmp-unreach", 3),
    ("icmp-sourcequench", 4),
    ("icmp-redirect", 5),
    ("icmp-echo", 8),
    ("icmp-timxceed", 11),
];

impl Parser<'_> {
    /// What follows `tcp[`.
    pub(super) fn bytes(&mut self, from: Protocol) -> Result<Bytes, FilterError> {
        let place = self.take().unwrap_or_default();
        let (at, size) = place.split_once(':').unwrap_or((place, "1"));
        let size = match size {
            "1" => Size::One,
            "2" => Size::Two,
            "4" => Size::Four,
            _ => {
                return Err(self.error_back(
                    text!("the size in brackets is 1, 2 or 4", "方括号中的长度为 1、2 或 4"),
                    text!("as in ip[6:2]", "如 ip[6:2]"),
                ));
            }
        };
        let Some(at) = named_number(at).and_then(|at| u16::try_from(at).ok()) else {
            let message = text!("`{place}` is no place in a header", "`{place}` 不是首部中的位置");
            let help = text!(
                "a number or tcpflags, icmptype, icmpcode",
                "数字，或 tcpflags、icmptype、icmpcode",
            );
            return Err(if place.is_empty() {
                self.error(message, help)
            } else {
                self.error_back(message, help)
            });
        };
        self.close("]")?;
        let mask = if self.take_if(&["&"]) { Some(self.mask_value()?) } else { None };
        let signs = Relation::SIGNS.iter().chain(&[("=", Relation::Equal)]);
        let sign = signs.clone().find(|(sign, _)| self.peek() == Some(sign));
        let Some((_, relation)) = sign else {
            return Err(self.error(
                text!("a comparison is missing", "缺少比较"),
                text!("compare it, as in `!= 0`", "请加上比较，如 `!= 0`"),
            ));
        };
        self.next += 1;
        let value = self.sum()?;
        Ok(Bytes { from, at, size, mask, relation: *relation, value })
    }

    fn mask_value(&mut self) -> Result<u32, FilterError> {
        if self.peek() == Some("(") {
            return self.sum();
        }
        let value = self.number()?;
        if self.peek().is_some_and(|text| ["|", "+"].contains(&text)) {
            // `&` binds closer than `|`: without parentheses this would always be true.
            return Err(self.error(
                text!("`&` takes only the flag before this", "`&` 只作用于它前面的一个标志"),
                text!(
                    "put the flags in parentheses: & (tcp-syn|tcp-ack)",
                    "请给标志加括号：& (tcp-syn|tcp-ack)",
                ),
            ));
        }
        Ok(value)
    }

    /// One number, or several joined by `|`, in parentheses or not.
    fn sum(&mut self) -> Result<u32, FilterError> {
        let opened = self.take_if(&["("]);
        let mut value = self.number()?;
        loop {
            if self.take_if(&["|"]) {
                value |= self.number()?;
            } else if self.take_if(&["+"]) {
                value = value.wrapping_add(self.number()?);
            } else {
                break;
            }
        }
        if opened {
            self.close(")")?;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<u32, FilterError> {
        let help = text!(
            "a number or tcp-syn tcp-ack tcp-fin tcp-rst tcp-push tcp-urg, icmp-echo, …",
            "数字，或 tcp-syn tcp-ack tcp-fin tcp-rst tcp-push tcp-urg、icmp-echo 等",
        );
        let Some(word) = self.peek() else {
            return Err(self.error(text!("a number is missing", "缺少数字"), help));
        };
        let Some(number) = named_number(word) else {
            return Err(self.error(text!("`{word}` is no number", "`{word}` 不是数字"), help));
        };
        self.next += 1;
        Ok(number)
    }
}

fn named_number(word: &str) -> Option<u32> {
    let named = NAMED_NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
    named.or_else(|| number(word))
}

/// A decimal or hexadecimal number. A leading 0 means octal in C, so it is refused rather than
/// misread.
pub(super) fn number(word: &str) -> Option<u32> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'));
    }
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || word.len() > 1 && word.starts_with('0') {
        return None;
    }
    word.parse().ok()
}
