//! The bytes of a frame as text: hexadecimal words as in a scenario's `Inject`, and shorter forms
//! for what is long and says little.
//!
//! `02000000000c 0800` are bytes; `00*1448` is one byte so many times; `10++40` counts up from its
//! byte, as ping's payload does; `"GET / HTTP/1.1\r\n"` are the bytes of a text. `@22` goes to a
//! place from which on the following bytes replace what is there.

use crate::tcpdump::fields::{
    ETHERTYPE_IPV4, Ethernet, GRE, ICMP, IPIP, Ipv4, TCP, UDP, u8_at, u16_at,
};
use crate::text;
use crate::text::Text;

/// From so many bytes on, a run has a form of its own.
const RUN: usize = 8;
/// Lines are no longer, but for a text.
const WIDTH: usize = 96;
/// A text is cut into pieces of so many bytes.
const TEXT: usize = 80;
/// No frame is longer.
pub(super) const LONGEST: usize = 65_536 + Ethernet::HEAD;

/// The lines of a frame: one for each header, then the payload.
pub(super) fn write(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut from = 0;
    for to in headers(bytes) {
        let width = if from == 0 { 6 } else { 4 };
        lines.extend(wrap(hex_words(&bytes[from..to], width)));
        from = to;
    }
    lines.extend(wrap(payload_words(&bytes[from..])));
    lines
}

/// What is another in `bytes` than in `base`, which has as many: a hop changes few bytes.
pub(super) fn write_like(base: &[u8], bytes: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(equal) =
        base[at..].iter().zip(&bytes[at..]).position(|(one, other)| one != other)
    {
        at += equal;
        let mut end = at + 1;
        // A place costs as much as two bytes: what is equal in so few is written again.
        while let Some(step) =
            (1..4).find(|step| base.get(end + step - 1) != bytes.get(end + step - 1))
        {
            end += step;
        }
        words.push(format!("@{at}"));
        words.extend(payload_words(&bytes[at..end]));
        at = end;
    }
    wrap(words)
}

/// Where the headers of a frame end, as far as it has some.
fn headers(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = Ethernet::HEAD;
    if bytes.len() < at {
        return ends;
    }
    ends.push(at);
    let mut protocol = match u16_at(bytes, 12) {
        Ok(ETHERTYPE_IPV4) => IPIP,
        _ => return ends,
    };
    loop {
        let rest = &bytes[at..];
        let (len, next) = match protocol {
            IPIP => match Ipv4::read(rest) {
                Ok(ip) if ip.offset == 0 => (ip.head, Some(ip.protocol)),
                Ok(ip) => (ip.head, None),
                Err(_) => return ends,
            },
            TCP => (u8_at(rest, 12).map_or(0, |byte| usize::from(byte >> 4) * 4), None),
            UDP => (8, None),
            GRE => (4, Some(IPIP)),
            ICMP => {
                let is_error = matches!(u8_at(rest, 0), Ok(3 | 4 | 5 | 11 | 12));
                (8, is_error.then_some(IPIP))
            }
            _ => return ends,
        };
        at += len;
        if len < 4 || at > bytes.len() {
            return ends;
        }
        ends.push(at);
        match next {
            Some(next) => protocol = next,
            None => return ends,
        }
    }
}

/// Words of so many bytes.
fn hex_words(bytes: &[u8], width: usize) -> Vec<String> {
    bytes
        .chunks(width)
        .map(|chunk| chunk.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect()
}

fn payload_words(bytes: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (len, word) = run(rest);
        if len < RUN {
            at += 1;
            continue;
        }
        words.extend(hex_words(&bytes[plain..at], 4));
        words.push(word);
        at += len;
        plain = at;
    }
    words.extend(hex_words(&bytes[plain..], 4));
    words
}

/// The longest run that begins here, and its short form.
fn run(bytes: &[u8]) -> (usize, String) {
    let first = bytes[0];
    let equal = bytes.iter().take_while(|byte| **byte == first).count();
    let counting = bytes
        .iter()
        .enumerate()
        .take_while(|(nth, byte)| **byte == first.wrapping_add(*nth as u8))
        .count();
    let said = text_len(bytes);
    if said >= RUN && said >= equal.max(counting) {
        return (said, quoted(&bytes[..said]));
    }
    if equal >= counting {
        (equal, format!("{first:02x}*{equal}"))
    } else {
        (counting, format!("{first:02x}++{counting}"))
    }
}

/// How many of the first bytes are a text, at most one line of it.
fn text_len(bytes: &[u8]) -> usize {
    let is_text = |byte: u8| byte == b' ' || byte.is_ascii_graphic() || b"\r\n\t".contains(&byte);
    let len = bytes.iter().take(TEXT).take_while(|byte| is_text(**byte)).count();
    let line = bytes[..len].iter().position(|byte| *byte == b'\n').map_or(len, |end| end + 1);
    // The last line of a text may be a short one.
    if line < RUN { len } else { line }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            other => text.push(char::from(*other)),
        }
    }
    text.push('"');
    text
}

/// Words in lines; a text has a line of its own.
fn wrap(words: Vec<String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in words {
        let is_text = word.starts_with('"');
        match lines.last_mut() {
            Some(line) if is_open && !is_text && line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
        is_open = !is_text;
    }
    lines
}

/// A frame that is being read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Its bytes so far.
    pub(super) bytes: Vec<u8>,
    /// Where the next ones go.
    at: usize,
}

impl Reading {
    /// A frame that begins as a copy of another one.
    pub(super) fn like(base: &[u8]) -> Self {
        Self { bytes: base.into(), at: 0 }
    }

    /// Reads one line of [`write`] or [`write_like`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(&mut self, line: &str) -> Result<(), Text> {
        let mut rest = line.trim();
        while !rest.is_empty() {
            rest = match rest.strip_prefix('"') {
                Some(text) => self.read_text(text)?,
                None => {
                    let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
                    match word.strip_prefix('@') {
                        Some(place) => self.go_to(place)?,
                        None => self.read_word(word)?,
                    }
                    behind
                }
            };
            rest = rest.trim_start();
            if self.bytes.len() > LONGEST {
                let most = LONGEST;
                return Err(text!("a frame has at most {most} bytes", "一帧至多 {most} 字节"));
            }
        }
        Ok(())
    }

    fn go_to(&mut self, place: &str) -> Result<(), Text> {
        let len = self.bytes.len();
        self.at = place.parse().ok().filter(|at| *at <= len).ok_or_else(|| {
            text!(
                "`@{place}` is no place in a frame of {len} bytes",
                "`@{place}` 不在这个 {len} 字节的帧里"
            )
        })?;
        Ok(())
    }

    fn put(&mut self, byte: u8) {
        match self.bytes.get_mut(self.at) {
            Some(place) => *place = byte,
            None => self.bytes.push(byte),
        }
        self.at += 1;
    }

    /// What is behind the closing quote.
    fn read_text<'a>(&mut self, text: &'a str) -> Result<&'a str, Text> {
        let mut chars = text.char_indices();
        while let Some((at, char)) = chars.next() {
            let byte = match char {
                '"' => return Ok(&text[at + 1..]),
                '\\' => match chars.next() {
                    Some((_, 'r')) => b'\r',
                    Some((_, 'n')) => b'\n',
                    Some((_, 't')) => b'\t',
                    Some((_, '"')) => b'"',
                    Some((_, '\\')) => b'\\',
                    _ => {
                        return Err(text!(
                            "a text knows \\r \\n \\t \\\" and \\\\ only",
                            "文本中只有 \\r \\n \\t \\\" 与 \\\\"
                        ));
                    }
                },
                ascii @ ' '..='~' => ascii as u8,
                other => return Err(text!("not ASCII: `{other}`", "不是 ASCII：`{other}`")),
            };
            self.put(byte);
        }
        Err(text!("the text has no closing quote", "文本没有结尾的引号"))
    }

    fn read_word(&mut self, word: &str) -> Result<(), Text> {
        let wrong = || {
            text!(
                "`{word}` is no word of bytes; these are: 0800, 00*20, 10++40",
                "`{word}` 不是字节；应如：0800、00*20、10++40"
            )
        };
        let (hex, step, times) = match (word.split_once("++"), word.split_once('*')) {
            (Some((hex, times)), _) => (hex, 1, Some(times)),
            (None, Some((hex, times))) => (hex, 0, Some(times)),
            (None, None) => (word, 0, None),
        };
        let digits: Option<Vec<u32>> = hex.chars().map(|char| char.to_digit(16)).collect();
        let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2));
        // Two digits make at most 255.
        let pairs = digits.ok_or_else(wrong)?;
        let found: Vec<u8> = pairs.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect();
        let Some(times) = times else {
            found.into_iter().for_each(|byte| self.put(byte));
            return Ok(());
        };
        let times: Option<usize> = times.parse().ok();
        let times = times.filter(|times| (1..=LONGEST).contains(times)).ok_or_else(wrong)?;
        let [first] = found[..] else { return Err(wrong()) };
        (0..times).for_each(|nth| self.put(first.wrapping_add(step * nth as u8)));
        Ok(())
    }
}
