//! `tcpdump`: prints the frames of one interface.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::{decimal, is_iface_name};
use super::word::{Quoted, Word};
use crate::text;

/// A capture that prints what passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tcpdump {
    /// `-n`, `-nn`: numbers in place of names.
    pub numeric: bool,
    /// `-e`: with the Ethernet header.
    pub ether: bool,
    /// `-v`: with the IP header and checksums.
    pub verbose: bool,
    /// `-S`: sequence numbers as they are, not from the first one on.
    pub absolute: bool,
    /// `-i`: where; the first interface if absent.
    pub iface: Option<String>,
    /// `-c`: end after so many frames.
    pub count: Option<u32>,
    /// Which frames, as typed; all of them if empty.
    pub filter: String,
}

pub(super) static TCPDUMP: Tool = Tool {
    name: "tcpdump",
    options: &[
        flag("-l", ""),
        flag("-n", ""),
        flag("-e", ""),
        flag("-v", "--verbose"),
        flag("-S", "--absolute-tcp-sequence-numbers"),
        value("-i", "--interface"),
        value("-c", ""),
        real("-A", ""),
        real("-B", "--buffer-size"),
        real("-C", ""),
        real("-d", ""),
        real("-D", "--list-interfaces"),
        real("-E", ""),
        real("-F", ""),
        real("-G", ""),
        real("-h", "--help"),
        real("-H", ""),
        real("-I", "--monitor-mode"),
        real("-j", "--time-stamp-type"),
        real("-J", "--list-time-stamp-types"),
        real("-K", "--dont-verify-checksums"),
        real("-L", "--list-data-link-types"),
        real("-m", ""),
        real("-M", ""),
        real("-N", ""),
        real("-O", "--no-optimize"),
        real("-p", "--no-promiscuous-mode"),
        real("-q", ""),
        real("-Q", "--direction"),
        real("-r", ""),
        real("-s", "--snapshot-length"),
        real("-t", ""),
        real("-T", ""),
        real("-u", ""),
        real("-U", "--packet-buffered"),
        real("-V", ""),
        real("-w", ""),
        real("-W", ""),
        real("-x", ""),
        real("-X", ""),
        real("-y", "--linktype"),
        real("-z", ""),
        real("-Z", "--relinquish-privileges"),
        real("-#", "--number"),
        real("--count", ""),
        real("--immediate-mode", ""),
        real("--print", ""),
        real("--version", ""),
    ],
    dialect: Dialect::Long,
    status: 1,
};

impl Tcpdump {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut dump = Self::default();
        let mut filter: Vec<String> = Vec::new();
        for arg in TCPDUMP.args(words) {
            match arg? {
                Arg::Option(given) => dump.set(&given)?,
                Arg::Operand(word) => filter.push(word.text),
            }
        }
        dump.filter = filter.join(" ").trim().into();
        Ok(dump)
    }

    fn set(&mut self, given: &Given) -> Result<(), CommandError> {
        let word = &given.value;
        match given.name {
            // A line at a time, as this one prints anyway.
            "-l" => {}
            "-n" => self.numeric = true,
            "-e" => self.ether = true,
            "-v" => self.verbose = true,
            "-S" => self.absolute = true,
            "-i" => self.iface = Some(iface(word)?),
            "-c" => self.count = Some(count(word)?),
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }
}

fn iface(word: &Word) -> Result<String, CommandError> {
    if word.text == "any" {
        return Err(CommandError::not_simulated(word, 1)
            .help(text!("it prints one interface, as -i eth0", "只能抓一个接口，如 -i eth0")));
    }
    // The number by which `tcpdump -D` lists an interface.
    if decimal::<u32>(&word.text).is_some() {
        return Err(CommandError::not_simulated(word, 1)
            .help(text!("write the interface's name, as -i eth0", "请写接口的名字，如 -i eth0")));
    }
    if is_iface_name(&word.text) {
        return Ok(word.text.clone());
    }
    let message = format!("tcpdump: {}: No such device exists", word.text);
    Err(CommandError::tool(&word.span, 1, message))
}

fn count(word: &Word) -> Result<u32, CommandError> {
    let message = || format!("tcpdump: invalid packet count {}", word.text);
    let count = decimal(&word.text).filter(|count| *count > 0);
    count.ok_or_else(|| CommandError::tool(&word.span, 1, message()))
}

impl fmt::Display for Tcpdump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tcpdump")?;
        #[rustfmt::skip]
        let flags = [("-nn", self.numeric), ("-e", self.ether), ("-v", self.verbose), ("-S", self.absolute)];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        if let Some(iface) = &self.iface {
            write!(f, " -i {}", Quoted(iface))?;
        }
        if let Some(count) = self.count {
            write!(f, " -c {count}")?;
        }
        match self.filter.as_str() {
            "" => Ok(()),
            filter => write!(f, " {}", Quoted(filter)),
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
            ("tcpdump -nn -e -i eth0", "tcpdump -nn -e -i eth0"),
            ("tcpdump -enni eth0 -c 3 tcp port 80", "tcpdump -nn -e -i eth0 -c 3 'tcp port 80'"),
            ("tcpdump -lnn -i eth0", "tcpdump -nn -i eth0"),
            ("tcpdump -vS 'arp or icmp' &", "tcpdump -v -S 'arp or icmp'"),
            ("tcpdump host 192.0.2.1 -n", "tcpdump -nn 'host 192.0.2.1'"),
        ]);
    }

    #[test]
    fn refuses_in_tcpdumps_words() {
        #[rustfmt::skip]
        refuses(&[
            ("tcpdump -k", "-k", 1, "tcpdump: invalid option -- 'k'"),
            ("tcpdump --foo", "--foo", 1, "tcpdump: unrecognized option '--foo'"),
            ("tcpdump -i any", "any", 1, "not simulated: any"),
            ("tcpdump -i", "-i", 1, "tcpdump: option requires an argument -- 'i'"),
            ("tcpdump -w x.pcap", "-w", 1, "not simulated: -w"),
            ("tcpdump -c 0", "0", 1, "tcpdump: invalid packet count 0"),
            ("tcpdump -c x", "x", 1, "tcpdump: invalid packet count x"),
        ]);
    }
}
