//! `ping` of iputils.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::error::CommandError;
use super::iputils::{host, number};
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::{Seconds, is_iface_name, seconds};
use super::word::{Quoted, Word};
use crate::text;

/// Echo requests to one host, until the count, the deadline or `kill` ends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    /// `-c`: how many; without it ping does not end by itself.
    pub count: Option<u64>,
    /// `-i`: from one request to the next.
    pub interval: Duration,
    /// `-W`: how long to wait for the last answer.
    pub linger: Option<Duration>,
    /// `-w`: end after so many seconds, whatever has been answered.
    pub deadline_s: Option<u32>,
    /// `-s`: bytes after the ICMP header.
    pub size: u16,
    /// `-t`: the TTL of the requests.
    pub ttl: Option<u8>,
    /// `-I`: where from.
    pub from: Option<Source>,
    /// `-M`: the Don't Fragment bit.
    pub pmtu: Option<Pmtu>,
    /// `-q`: only the header and the statistics.
    pub quiet: bool,
    /// `-n`: no names. There are none, so it changes nothing.
    pub numeric: bool,
    /// Who is asked.
    pub host: Ipv4Addr,
}

/// What `-I` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Out of this interface.
    Iface(String),
    /// With this source address.
    Addr(Ipv4Addr),
}

/// The path MTU strategy of `-M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pmtu {
    /// Don't Fragment is set, and larger packets are refused.
    Do,
    /// Don't Fragment is set, and larger packets are fragmented here.
    Want,
    /// Don't Fragment is not set.
    Dont,
}

impl Pmtu {
    const ALL: [(&'static str, Self); 3] =
        [("do", Self::Do), ("want", Self::Want), ("dont", Self::Dont)];
}

pub(super) static PING: Tool = Tool {
    name: "ping",
    options: &[
        value("-c", ""),
        value("-i", ""),
        value("-W", ""),
        value("-w", ""),
        value("-s", ""),
        value("-t", ""),
        value("-I", ""),
        value("-M", ""),
        flag("-q", ""),
        flag("-n", ""),
        real("-4", ""),
        real("-6", ""),
        real("-a", ""),
        real("-A", ""),
        real("-b", ""),
        real("-B", ""),
        real("-d", ""),
        real("-D", ""),
        real("-e", ""),
        real("-f", ""),
        real("-F", ""),
        real("-h", ""),
        real("-l", ""),
        real("-L", ""),
        real("-m", ""),
        real("-N", ""),
        real("-O", ""),
        real("-p", ""),
        real("-Q", ""),
        real("-r", ""),
        real("-R", ""),
        real("-S", ""),
        real("-T", ""),
        real("-U", ""),
        real("-v", ""),
        real("-V", ""),
    ],
    dialect: Dialect::Short,
    status: 2,
};

impl Ping {
    /// How a ping is without options.
    pub fn to(host: Ipv4Addr) -> Self {
        Self {
            count: None,
            interval: Duration::from_secs(1),
            linger: None,
            deadline_s: None,
            size: 56,
            ttl: None,
            from: None,
            pmtu: None,
            quiet: false,
            numeric: false,
            host,
        }
    }

    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut ping = Self::to(Ipv4Addr::UNSPECIFIED);
        let mut target = None;
        for arg in PING.args(words) {
            match arg? {
                Arg::Option(given) => ping.set(&given)?,
                Arg::Operand(word) if target.is_none() => target = Some(word),
                // The real ping reads further hosts as a source route.
                Arg::Operand(word) => return Err(PING.extra(&word)),
            }
        }
        let Some(word) = target else {
            let message = "ping: usage error: Destination address required";
            return Err(CommandError::tool(&words[0].span, 1, message).help(PING.known()));
        };
        ping.host = host("ping", &word)?;
        Ok(ping)
    }

    fn set(&mut self, given: &Given) -> Result<(), CommandError> {
        let word = &given.value;
        match given.name {
            "-c" => self.count = Some(number("ping", word, 1..=i64::MAX)?),
            "-i" => self.interval = interval(word)?,
            "-W" => self.linger = Some(linger(word)?),
            "-w" => self.deadline_s = Some(number("ping", word, 0..=i32::MAX.into())?),
            "-s" => self.size = size(word)?,
            "-t" => self.ttl = Some(ttl(word)?),
            "-I" => self.from = Some(source(word)?),
            "-M" => self.pmtu = Some(pmtu(word)?),
            "-q" => self.quiet = true,
            "-n" => self.numeric = true,
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }
}

fn interval(word: &Word) -> Result<Duration, CommandError> {
    let interval = decimals(word)?;
    if interval < Duration::from_millis(2) {
        // What ping tells everyone but root. A simulated host is as small as a user.
        let message = "ping: cannot flood; minimal interval allowed for user is 2ms";
        return Err(CommandError::tool(&word.span, 2, message)
            .help(text!("at least -i 0.002", "最小 -i 0.002")));
    }
    Ok(interval)
}

fn linger(word: &Word) -> Result<Duration, CommandError> {
    if word.text.starts_with('-') {
        let message = format!("ping: bad linger time: {}", word.text);
        return Err(CommandError::tool(&word.span, 2, message));
    }
    decimals(word)
}

/// Seconds with decimals. The real ping still takes `1x` as 1 with a warning that it will not.
fn decimals(word: &Word) -> Result<Duration, CommandError> {
    let message = || format!("ping: option argument contains garbage: {}", word.text);
    let help = || text!("seconds, decimals too: 0.2", "单位为秒，可带小数：0.2");
    seconds(&word.text).ok_or_else(|| CommandError::tool(&word.span, 2, message()).help(help()))
}

fn size(word: &Word) -> Result<u16, CommandError> {
    let size: u32 = number("ping", word, 0..=i32::MAX.into())?;
    match u16::try_from(size) {
        // An IPv4 packet holds 65535 bytes: 20 of its header, 8 of ICMP's.
        Ok(size) if size <= 65507 => Ok(size),
        _ => {
            Err(CommandError::tool(&word.span, 1, "ping: local error: message too long, mtu=65535")
                .help(text!("at most -s 65507", "最大 -s 65507")))
        }
    }
}

fn ttl(word: &Word) -> Result<u8, CommandError> {
    match number("ping", word, 0..=255)? {
        0 => {
            let message = "ping: cannot set unicast time-to-live: Invalid argument";
            Err(CommandError::tool(&word.span, 2, message)
                .help(text!("-t takes 1 to 255", "-t 为 1 到 255")))
        }
        ttl => Ok(ttl),
    }
}

fn source(word: &Word) -> Result<Source, CommandError> {
    if let Ok(addr) = word.text.parse() {
        return Ok(Source::Addr(addr));
    }
    if is_iface_name(&word.text) {
        return Ok(Source::Iface(word.text.clone()));
    }
    let message = format!("ping: SO_BINDTODEVICE {}: No such device", word.text);
    Err(CommandError::tool(&word.span, 2, message))
}

fn pmtu(word: &Word) -> Result<Pmtu, CommandError> {
    let found = Pmtu::ALL.iter().find(|(name, _)| *name == word.text);
    found.map(|(_, pmtu)| *pmtu).ok_or_else(|| {
        let message = format!("ping: invalid -M argument: {}", word.text);
        CommandError::tool(&word.span, 2, message).known(&word.text, &["do", "want", "dont"])
    })
}

impl fmt::Display for Ping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ping")?;
        if self.numeric {
            f.write_str(" -n")?;
        }
        if self.quiet {
            f.write_str(" -q")?;
        }
        if let Some(count) = self.count {
            write!(f, " -c {count}")?;
        }
        if self.interval != Duration::from_secs(1) {
            write!(f, " -i {}", Seconds(self.interval))?;
        }
        if let Some(linger) = self.linger {
            write!(f, " -W {}", Seconds(linger))?;
        }
        if let Some(deadline) = self.deadline_s {
            write!(f, " -w {deadline}")?;
        }
        if self.size != 56 {
            write!(f, " -s {}", self.size)?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, " -t {ttl}")?;
        }
        match &self.from {
            Some(Source::Iface(name)) => write!(f, " -I {}", Quoted(name))?,
            Some(Source::Addr(addr)) => write!(f, " -I {addr}")?,
            None => {}
        }
        if let Some((name, _)) = Pmtu::ALL.iter().find(|(_, pmtu)| Some(*pmtu) == self.pmtu) {
            write!(f, " -M {name}")?;
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
            ("ping 192.0.2.100", "ping 192.0.2.100"),
            ("ping -c1 172.16.100.77", "ping -c 1 172.16.100.77"),
            ("ping -qnc 3 -i .2 -W 0.5 192.0.2.1", "ping -n -q -c 3 -i 0.2 -W 0.5 192.0.2.1"),
            ("ping 192.0.2.1 -c 1", "ping -c 1 192.0.2.1"),
            ("ping -M do -s 1472 -t 1 -w 9 192.0.2.1", "ping -w 9 -s 1472 -t 1 -M do 192.0.2.1"),
            ("ping -I eth0 192.0.2.1", "ping -I eth0 192.0.2.1"),
            ("ping -I 192.0.2.9 192.0.2.1", "ping -I 192.0.2.9 192.0.2.1"),
        ]);
    }

    #[test]
    fn refuses_in_pings_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ping", "ping", 1, "ping: usage error: Destination address required"),
            ("ping -x 192.0.2.1", "-x", 2, "ping: invalid option -- 'x'"),
            ("ping --foo 192.0.2.1", "--foo", 2, "ping: invalid option -- '-'"),
            ("ping -c", "-c", 2, "ping: option requires an argument -- 'c'"),
            ("ping -f 192.0.2.1", "-f", 2, "not simulated: -f"),
            ("ping -c 0 192.0.2.1", "0", 1, "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807"),
            ("ping -c x 192.0.2.1", "x", 1, "ping: invalid argument: 'x'"),
            ("ping -c 99999999999999999999 192.0.2.1", "99999999999999999999", 1,
                "ping: invalid argument: '99999999999999999999': Numerical result out of range"),
            ("ping -s -1 192.0.2.1", "-1", 1, "ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647"),
            ("ping -s 65508 192.0.2.1", "65508", 1, "ping: local error: message too long, mtu=65535"),
            ("ping -t 256 192.0.2.1", "256", 1, "ping: invalid argument: '256': out of range: 0 <= value <= 255"),
            ("ping -t 0 192.0.2.1", "0", 2, "ping: cannot set unicast time-to-live: Invalid argument"),
            ("ping -M foo 192.0.2.1", "foo", 2, "ping: invalid -M argument: foo"),
            ("ping -W -1 192.0.2.1", "-1", 2, "ping: bad linger time: -1"),
            ("ping -i 0.001 192.0.2.1", "0.001", 2, "ping: cannot flood; minimal interval allowed for user is 2ms"),
            ("ping -i x 192.0.2.1", "x", 2, "ping: option argument contains garbage: x"),
            ("ping -w 1.5 192.0.2.1", "1.5", 1, "ping: invalid argument: '1.5'"),
            ("ping nohost", "nohost", 2, "ping: nohost: Temporary failure in name resolution"),
            ("ping 192.0.2.1 192.0.2.2", "192.0.2.2", 2, "ping: unexpected argument 192.0.2.2"),
        ]);
    }
}
