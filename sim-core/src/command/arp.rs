//! `arp` of net-tools 2.10: the older way to show and change neighbours.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, six_bytes, unresolved};
use super::options::{Arg, Dialect, Tool, flag, real, value};
use super::value::is_iface_name;
use super::word::{Quoted, Word};
use crate::Mac;
use crate::Text;

/// One `arp` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arp {
    /// `-n`: no names.
    pub numeric: bool,
    /// `-i`: behind this interface.
    pub iface: Option<String>,
    /// What is done.
    pub action: Action,
}

/// What `arp` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Lists, all or one address; `-a` in another form.
    Show {
        /// `-a`: a line of words in place of columns.
        bsd: bool,
        /// Only this address.
        host: Option<Ipv4Addr>,
    },
    /// `-s A MAC`: a permanent entry.
    Set(Ipv4Addr, Mac),
    /// `-d A`.
    Delete(Ipv4Addr),
}

pub(super) static ARP: Tool = Tool {
    name: "arp",
    options: &[
        flag("-n", "--numeric"),
        flag("-a", ""),
        value("-i", "--device"),
        flag("-s", "--set"),
        flag("-d", "--delete"),
        real("-A", ""),
        real("-D", "--use-device"),
        real("-e", ""),
        real("-f", "--file"),
        real("-H", "--hw-type"),
        real("-p", "--protocol"),
        real("-t", ""),
        real("-v", "--verbose"),
        real("-V", "--version"),
    ],
    dialect: Dialect::Long,
    status: 3,
};

/// How it is written with what is simulated.
fn shape() -> Text {
    Text::same("arp [-n] [-a] [-i IF], arp -s ADDRESS MAC, arp -d ADDRESS")
}

impl Arp {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut numeric, mut bsd, mut iface) = (false, false, None);
        let (mut set, mut delete) = (None, None);
        let mut operands = Vec::new();
        for arg in ARP.args(words) {
            match arg? {
                Arg::Operand(word) => operands.push(word),
                Arg::Option(given) => match given.name {
                    "-n" => numeric = true,
                    "-a" => bsd = true,
                    "-s" => set = Some(given.typed),
                    "-d" => delete = Some(given.typed),
                    _ => iface = Some(device(&given.value)?),
                },
            }
        }
        let mut operands = operands.into_iter();
        let action = match (set, delete) {
            (Some(_), Some(both)) => {
                return Err(CommandError::not_simulated(&both, 3).help(shape()));
            }
            (Some(set), None) => {
                let addr = operands.next().ok_or_else(|| missing(&set, "host name"))?;
                let mac = operands.next().ok_or_else(|| missing(&set, "hardware address"))?;
                Action::Set(host(&addr)?, hardware(&mac)?)
            }
            (None, Some(delete)) => {
                let addr = operands.next().ok_or_else(|| missing(&delete, "host name"))?;
                Action::Delete(host(&addr)?)
            }
            (None, None) => {
                Action::Show { bsd, host: operands.next().map(|word| host(&word)).transpose()? }
            }
        };
        match operands.next() {
            // `pub`, `temp`, `dev`, `netmask` of the real tool end up here too.
            Some(extra) => Err(CommandError::not_simulated(&extra, 3).help(shape())),
            None => Ok(Self { numeric, iface, action }),
        }
    }
}

fn missing(option: &Word, what: &str) -> CommandError {
    CommandError::tool(&option.span, 255, format!("arp: need {what}")).help(shape())
}

fn host(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("{}: Host name lookup failure", word.text);
    word.text.parse().map_err(|_| unresolved(word, 255, message(), "192.0.2.100"))
}

fn hardware(word: &Word) -> Result<Mac, CommandError> {
    let message = "arp: invalid hardware address";
    let error = |_| CommandError::tool(&word.span, 255, message).help(six_bytes());
    word.text.parse().map_err(error)
}

fn device(word: &Word) -> Result<String, CommandError> {
    if is_iface_name(&word.text) {
        return Ok(word.text.clone());
    }
    Err(CommandError::tool(&word.span, 255, "SIOCGIFHWADDR: No such device"))
}

impl fmt::Display for Arp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arp")?;
        if self.numeric {
            f.write_str(" -n")?;
        }
        if let Action::Show { bsd: true, .. } = self.action {
            f.write_str(" -a")?;
        }
        if let Some(iface) = &self.iface {
            write!(f, " -i {}", Quoted(iface))?;
        }
        match &self.action {
            Action::Show { host: None, .. } => Ok(()),
            Action::Show { host: Some(host), .. } => write!(f, " {host}"),
            Action::Set(addr, mac) => write!(f, " -s {addr} {mac}"),
            Action::Delete(addr) => write!(f, " -d {addr}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("arp", "arp"), ("arp -n", "arp -n"), ("arp -an", "arp -n -a"),
            ("arp -i eth0 -n", "arp -n -i eth0"),
            ("arp 192.0.2.1", "arp 192.0.2.1"),
            ("arp -s 192.0.2.1 2:0:0:0:0:1", "arp -s 192.0.2.1 02:00:00:00:00:01"),
            ("arp -i eth0 -d 192.0.2.1", "arp -i eth0 -d 192.0.2.1"),
        ]);
    }

    #[test]
    fn refuses_in_arps_words() {
        #[rustfmt::skip]
        refuses(&[
            ("arp -x", "-x", 3, "arp: invalid option -- 'x'"),
            ("arp -s", "-s", 255, "arp: need host name"),
            ("arp -s 192.0.2.1", "-s", 255, "arp: need hardware address"),
            ("arp -s 192.0.2.1 x", "x", 255, "arp: invalid hardware address"),
            ("arp -d", "-d", 255, "arp: need host name"),
            ("arp -d x", "x", 255, "x: Host name lookup failure"),
            ("arp -s 192.0.2.1 02:00:00:00:00:01 pub", "pub", 3, "not simulated: pub"),
            ("arp -v", "-v", 3, "not simulated: -v"),
        ]);
    }
}
