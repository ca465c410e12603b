//! `traceroute`: datagrams or echo requests with a TTL of 1, 2, 3, …

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::error::{CommandError, unresolved};
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::{Seconds, decimal, seconds};
use super::word::Word;

/// Which hosts a packet passes on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceroute {
    /// `-n`: no names.
    pub numeric: bool,
    /// `-I`: ICMP echo requests in place of UDP datagrams.
    pub icmp: bool,
    /// `-m`: the last TTL.
    pub max_hops: u8,
    /// `-q`: probes for each TTL.
    pub queries: u8,
    /// `-w`: how long to wait for an answer.
    pub wait: Duration,
    /// Where to.
    pub host: Ipv4Addr,
}

pub(super) static TRACEROUTE: Tool = Tool {
    name: "traceroute",
    options: &[
        flag("-n", ""),
        flag("-I", "--icmp"),
        value("-m", "--max-hops"),
        value("-q", "--queries"),
        value("-w", "--wait"),
        real("-4", ""),
        real("-6", ""),
        real("-A", "--as-path-lookups"),
        real("-d", "--debug"),
        real("-e", "--extensions"),
        real("-f", "--first"),
        real("-F", "--dont-fragment"),
        real("-g", "--gateway"),
        real("-i", "--interface"),
        real("-M", "--module"),
        real("-N", "--sim-queries"),
        real("-O", "--options"),
        real("-p", "--port"),
        real("-r", ""),
        real("-s", "--source"),
        real("-t", "--tos"),
        real("-T", "--tcp"),
        real("-U", "--udp"),
        real("-V", "--version"),
        real("-z", "--sendwait"),
        real("--back", ""),
        real("--mtu", ""),
    ],
    dialect: Dialect::Traceroute,
    status: 2,
};

impl Traceroute {
    /// How a traceroute is without options.
    pub fn to(host: Ipv4Addr) -> Self {
        let wait = Duration::from_secs(5);
        Self { numeric: false, icmp: false, max_hops: 30, queries: 3, wait, host }
    }

    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut trace = Self::to(Ipv4Addr::UNSPECIFIED);
        let mut target = None;
        for arg in TRACEROUTE.args(words) {
            match arg? {
                Arg::Option(given) => trace.set(&given)?,
                Arg::Operand(word) if target.is_none() => target = Some(word),
                // The length of the packet.
                Arg::Operand(word) => return Err(CommandError::not_simulated(&word, 2)),
            }
        }
        let Some(word) = target else {
            let message = "Specify \"host\" missing argument.";
            return Err(CommandError::tool(&words[0].span, 2, message).help(TRACEROUTE.known()));
        };
        let message = || format!("{}: Temporary failure in name resolution", word.text);
        trace.host =
            word.text.parse().map_err(|_| unresolved(&word, 2, message(), "192.0.2.100"))?;
        Ok(trace)
    }

    fn set(&mut self, given: &Given) -> Result<(), CommandError> {
        let word = &given.value;
        let refuse = |message: &str| Err(CommandError::tool(&word.span, 2, message));
        match given.name {
            "-n" => self.numeric = true,
            "-I" => self.icmp = true,
            "-m" => match number(given)? {
                0 => return refuse("first hop out of range"),
                hops => match u8::try_from(hops) {
                    Ok(hops) => self.max_hops = hops,
                    Err(_) => return refuse("max hops cannot be more than 255"),
                },
            },
            "-q" => match number(given)? {
                queries @ 1..=10 => self.queries = u8::try_from(queries).expect("at most 10"),
                _ => return refuse("no more than 10 probes per hop"),
            },
            "-w" if word.text.contains(',') => return Err(CommandError::not_simulated(word, 2)),
            "-w" => self.wait = seconds(&word.text).ok_or_else(|| cannot_handle(given))?,
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }
}

fn number(given: &Given) -> Result<u32, CommandError> {
    decimal(&given.value.text).ok_or_else(|| cannot_handle(given))
}

fn cannot_handle(given: &Given) -> CommandError {
    let (typed, value, at) = (&given.typed.text, &given.value.text, given.at + 1);
    let message = format!("Cannot handle `{typed}' option with arg `{value}' (argc {at})");
    CommandError::tool(&given.value.span, 2, message)
}

impl fmt::Display for Traceroute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("traceroute")?;
        if self.numeric {
            f.write_str(" -n")?;
        }
        if self.icmp {
            f.write_str(" -I")?;
        }
        if self.max_hops != 30 {
            write!(f, " -m {}", self.max_hops)?;
        }
        if self.queries != 3 {
            write!(f, " -q {}", self.queries)?;
        }
        if self.wait != Duration::from_secs(5) {
            write!(f, " -w {}", Seconds(self.wait))?;
        }
        write!(f, " {}", self.host)
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("traceroute 192.0.2.1", "traceroute 192.0.2.1"),
            (
                "traceroute -n -m 3 -q 1 -w 0.5 -I 192.0.2.1",
                "traceroute -n -I -m 3 -q 1 -w 0.5 192.0.2.1",
            ),
            ("traceroute --max-hops=3 --icmp 192.0.2.1", "traceroute -I -m 3 192.0.2.1"),
        ]);
    }

    #[test]
    fn refuses_in_traceroutes_words() {
        #[rustfmt::skip]
        refuses(&[
            ("traceroute -x 192.0.2.1", "-x", 2, "Bad option `-x' (argc 1)"),
            ("traceroute -n -m", "-m", 2, "Option `-m' (argc 2) requires an argument: `-m max_ttl'"),
            ("traceroute -m 0 192.0.2.1", "0", 2, "first hop out of range"),
            ("traceroute -m 300 192.0.2.1", "300", 2, "max hops cannot be more than 255"),
            ("traceroute -q 11 192.0.2.1", "11", 2, "no more than 10 probes per hop"),
            ("traceroute -w x 192.0.2.1", "x", 2, "Cannot handle `-w' option with arg `x' (argc 2)"),
            ("traceroute -T 192.0.2.1", "-T", 2, "not simulated: -T"),
            ("traceroute -w 1,2,3 192.0.2.1", "1,2,3", 2, "not simulated: 1,2,3"),
            ("traceroute -n", "traceroute", 2, "Specify \"host\" missing argument."),
            ("traceroute 192.0.2.1 60", "60", 2, "not simulated: 60"),
            ("traceroute nohost", "nohost", 2, "nohost: Temporary failure in name resolution"),
        ]);
    }
}
