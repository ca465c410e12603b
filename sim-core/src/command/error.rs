//! Why a line was refused: where, what the real tool says, what to do, and the exit status.

use std::ops::Range;

use super::suggest::nearest;
use super::word::Word;
use crate::text;
use crate::text::Text;

/// A command that was refused when it was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// What is wrong: bytes of the line.
    pub at: Range<usize>,
    /// What is wrong, in the real tool's words where it has some.
    pub message: Text,
    /// What to do about it: the nearest thing that is known, or all that is known. May be empty.
    pub help: Text,
    /// The exit status that the real tool would leave.
    pub status: u8,
    /// Whether the real tool would refuse it too.
    pub kind: Refusal,
}

/// Who refuses a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// The real tool would too.
    #[default]
    Wrong,
    /// Only this simulator: the real tool would have done it.
    NotSimulated,
}

impl CommandError {
    /// The refusal of one word in the words of the real tool, which speaks only English.
    pub(crate) fn tool(at: &Range<usize>, status: u8, message: impl Into<String>) -> Self {
        Self::new(at, status, Text::same(message))
    }

    /// The refusal of one word in words of our own.
    pub(crate) fn new(at: &Range<usize>, status: u8, message: Text) -> Self {
        Self { at: at.clone(), message, help: Text::default(), status, kind: Refusal::Wrong }
    }

    /// Something that the real tool has and this simulator does not.
    pub(crate) fn not_simulated(word: &Word, status: u8) -> Self {
        Self::without(&word.span, status, &Text::same(&word.text))
    }

    /// The same where what is meant has words of its own.
    pub(crate) fn without(at: &Range<usize>, status: u8, what: &Text) -> Self {
        let Text { en, zh } = what;
        let message = text!("not simulated: {en}", "未模拟：{zh}");
        Self { kind: Refusal::NotSimulated, ..Self::new(at, status, message) }
    }

    /// A word that is one too many for this tool.
    pub(crate) fn extra(tool: &str, word: &Word, status: u8) -> Self {
        let extra = &word.text;
        let message = text!("{tool}: unexpected argument {extra}", "{tool}: 多余的参数 {extra}");
        Self::new(&word.span, status, message)
    }

    /// The same with a word of help.
    pub(crate) fn help(mut self, help: Text) -> Self {
        self.help = help;
        self
    }

    /// The same with the nearest of the known words, and all of them.
    pub(crate) fn known(self, typed: &str, all: &[&str]) -> Self {
        self.help(suggest(typed, all, known(all.join(" "))))
    }
}

/// Help that lists what there is.
pub(crate) fn known(what: impl Into<String>) -> Text {
    let what = what.into();
    text!("known: {what}", "可用：{what}")
}

/// Help that names the nearest of the known words, if one is near, before all there is.
pub(crate) fn suggest(typed: &str, words: &[&str], all: Text) -> Text {
    let Text { en, zh } = &all;
    match nearest(typed, words) {
        Some(word) => text!("did you mean {word}? {en}", "是不是想写 {word}？{zh}"),
        None => all,
    }
}

/// Help for a number that is no port.
pub(crate) fn ports() -> Text {
    text!("a port is 1 to 65535", "端口为 1 到 65535")
}

/// Help for what is no MAC address.
pub(crate) fn six_bytes() -> Text {
    text!("six bytes: 02:00:00:00:00:d1", "六个字节：02:00:00:00:00:d1")
}

/// The one name that a machine knows without a name service, from its `/etc/hosts`. Tools print it in place of the address, and by
/// which of its addresses they take it depends on that machine: here it is no address.
pub(crate) fn own_name(word: &Word, status: u8) -> Option<CommandError> {
    let help = || text!("write the address, as 127.0.0.1", "请写地址，如 127.0.0.1");
    let own = word.text == "localhost";
    own.then(|| CommandError::not_simulated(word, status).help(help()))
}

/// A name where an address is understood.
pub(crate) fn unresolved(word: &Word, status: u8, message: String, example: &str) -> CommandError {
    let unknown = || CommandError::tool(&word.span, status, message).help(no_names(example));
    own_name(word, status).unwrap_or_else(unknown)
}

/// Help for those who write the name of a host.
pub(crate) fn no_names(example: &str) -> Text {
    text!(
        "no name service is simulated: write the IPv4 address, as {example}",
        "未模拟域名解析：请写 IPv4 地址，如 {example}",
    )
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn a_machine_knows_its_own_name() {
        #[rustfmt::skip]
        refuses(&[
            ("ping localhost", "localhost", 2, "not simulated: localhost"),
            ("arping localhost", "localhost", 2, "not simulated: localhost"),
            ("traceroute localhost", "localhost", 2, "not simulated: localhost"),
            ("nc localhost 80", "localhost", 1, "not simulated: localhost"),
            ("curl http://localhost:8080/", "http://localhost:8080/", 6, "not simulated: localhost"),
            ("curl localhost", "localhost", 6, "not simulated: localhost"),
            ("arp -d localhost", "localhost", 255, "not simulated: localhost"),
            ("route add -host localhost lo", "localhost", 6, "not simulated: localhost"),
        ]);
        // Here the address is all that is left of the name.
        prints(&[
            ("ipvsadm -A -t localhost:80", "ipvsadm -A -t 127.0.0.1:80 -s wlc"),
            ("iptables -D INPUT -s localhost", "iptables -D INPUT -s 127.0.0.1/32"),
        ]);
    }
}
