//! Names that must be there when a command runs: kernel settings and schedulers.
//!
//! A real tool finds out when it runs, and so do the commands here. Whoever writes a scenario is
//! told when the file is read; a command that may fail, as `||` stands behind it, is left alone.

use std::ops::Range;

use lvs_engine::Scheduler;

use crate::command::error::{known, suggest};
use crate::command::ip::{Object, link::Link, tunnel::Tunnel};
use crate::command::ipvsadm::Ipvsadm;
use crate::command::suggest::nearest;
use crate::command::sysctl::{Action, Item, Key};
use crate::command::{Command, Write};
use crate::host::sysctl::tree::{Astray, astray, is_below, is_real, names, paths};
use crate::scenario::BadLine;
use crate::shell::{Chain, Step};
use crate::text;
use crate::text::Text;

/// What is there besides a host's cards: `modprobe ipip` makes the second.
const ALWAYS: [&str; 2] = ["lo", "tunl0"];
const SYS: &str = "/proc/sys/";

/// Whether the command before these is one of those with `||` behind it: it may fail.
pub(super) fn may_fail(behind: &[Step]) -> bool {
    let mut chain = behind.iter().take_while(|step| step.after != Chain::Always);
    chain.any(|step| step.after == Chain::IfFailed)
}

/// Where a word of a command stands in its line: the first for which this holds, or all of the
/// command where it came from a variable.
pub(super) fn find_word(
    line: &str,
    step: &Step,
    is_it: impl Fn(&str) -> bool,
) -> Option<Range<usize>> {
    let mut start = step.span.start;
    let ends = |c: char| c.is_ascii_whitespace() || "'\"=<>|;".contains(c);
    for word in line[step.span.clone()].split(ends) {
        let end = start + word.len();
        if !word.is_empty() && is_it(word) {
            return Some(start..end);
        }
        // What ends a word is one byte.
        start = end + 1;
    }
    None
}

/// What is wrong, and what to do.
type Wrong = (Text, Text);

/// The names that the lines of one host may use.
pub(super) struct Names {
    ifaces: Vec<String>,
}

impl Names {
    /// Those of a host with these Ethernet cards.
    pub(super) fn new(cards: &[String]) -> Self {
        Self {
            ifaces: ALWAYS.map(str::to_owned).into_iter().chain(cards.iter().cloned()).collect(),
        }
    }

    /// Looks at the commands of a line in the order in which they are typed.
    ///
    /// # Errors
    /// The first name that will not be there.
    pub(super) fn check(&mut self, line: &str, steps: &[Step]) -> Result<(), BadLine> {
        for (number, step) in steps.iter().enumerate() {
            if let Command::Ip(ip) = &step.command {
                match &ip.object {
                    Object::Tunnel(Tunnel::Add(tunnel)) => self.ifaces.push(tunnel.name.clone()),
                    Object::Link(Link::Add(link)) => self.ifaces.push(link.dev.clone()),
                    _ => {}
                }
            }
            if !may_fail(&steps[number + 1..]) {
                self.step(line, step)?;
            }
        }
        Ok(())
    }

    fn step(&self, line: &str, step: &Step) -> Result<(), BadLine> {
        let refuse = |(message, help): Wrong, is_it: &dyn Fn(&str) -> bool| {
            let at = find_word(line, step, is_it).unwrap_or(step.span.clone());
            Err(BadLine { at, message, help })
        };
        match &step.command {
            Command::Ipvsadm(command) => match unknown_scheduler(command) {
                Some(name) => refuse(scheduler(name), &|word| word == name),
                None => Ok(()),
            },
            Command::Sysctl(command) => {
                let Action::Items(items) = &command.action else { return Ok(()) };
                for item in items {
                    let (key, reads) = match item {
                        Item::Get(key) => (key, true),
                        Item::Set(key, _) => (key, false),
                    };
                    if let Some(wrong) = self.setting(key.path(), reads, &dotted) {
                        return refuse(wrong, &|word| Key::new(word) == *key);
                    }
                }
                Ok(())
            }
            Command::Cat(cat) => match cat.paths.iter().find_map(|path| self.file(path)) {
                Some((path, wrong)) => refuse(wrong, &|word| word == path),
                None => Ok(()),
            },
            Command::Write(write) => match self.file(&write.path) {
                Some((path, wrong)) => refuse(wrong, &|word| word == path),
                None => match self.lines_of_conf(write) {
                    Some((key, wrong)) => refuse(wrong, &|word| Key::new(word) == key),
                    None => Ok(()),
                },
            },
            _ => Ok(()),
        }
    }

    fn file<'p>(&self, path: &'p str) -> Option<(&'p str, Wrong)> {
        let key = path.strip_prefix(SYS)?;
        Some((path, self.setting(key, false, &|path| format!("{SYS}{path}"))?))
    }

    /// What is appended to `/etc/sysctl.conf` will be read by `sysctl -p`.
    fn lines_of_conf(&self, write: &Write) -> Option<(Key, Wrong)> {
        write
            .echo
            .text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with(['#', ';']))
            .find_map(|line| {
                let (key, _) = line.split_once('=')?;
                let key = Key::new(key.trim().trim_start_matches('-'));
                let wrong = self.setting(key.path(), false, &dotted)?;
                Some((key, wrong))
            })
    }

    /// What is wrong with a path below `/proc/sys`; `told` writes it as it was typed.
    fn setting(
        &self,
        path: &str,
        may_be_dir: bool,
        told: &dyn Fn(&str) -> String,
    ) -> Option<Wrong> {
        // Which modules will be loaded is not asked.
        let paths = paths(self.ifaces.iter().map(String::as_str), Scheduler::NAMES);
        let all = told(path);
        let Some(Astray { dir, name, rest, known: there }) = astray(path, &paths) else {
            if may_be_dir || !paths.iter().any(|own| is_below(own, path)) {
                return None;
            }
            let inside = names(&format!("{path}/"), &paths).join(" ");
            let message = text!("{all} is a directory", "{all} 是目录");
            return Some((message, may_be_meant(known(inside))));
        };
        let is_iface = matches!(dir, "net/ipv4/conf/" | "net/ipv4/neigh/");
        let message = if is_iface {
            text!("no setting {all}: no iface `{name}`", "没有内核参数 {all}：没有接口 `{name}`")
        } else if is_real(path) {
            text!("not simulated: {all}", "未模拟：{all}")
        } else {
            text!("no setting {all}", "没有内核参数 {all}")
        };
        let whole = |name: &str| told(&format!("{dir}{name}{rest}"));
        let meant = nearest(name, &there).map(whole);
        let list = known(there.join(" "));
        let help = match meant {
            Some(meant) => suggest(&meant, &[&meant], list),
            None => list,
        };
        Some((message, may_be_meant(help)))
    }
}

fn dotted(path: &str) -> String {
    Key::from_path(path).to_string()
}

/// Help that also tells those who want to see the command fail.
fn may_be_meant(Text { en, zh }: Text) -> Text {
    text!("{en}; if it is to fail, write … || true", "{zh}；若有意让它失败，写成 … || true")
}

fn scheduler(name: &str) -> Wrong {
    let message = text!("no scheduler `{name}`", "没有调度算法 `{name}`");
    (message, may_be_meant(suggest(name, Scheduler::NAMES, known(Scheduler::NAMES.join(" ")))))
}

/// A scheduler that no kernel has. What only the kernel has was refused before.
fn unknown_scheduler(command: &Ipvsadm) -> Option<&str> {
    match command {
        Ipvsadm::AddService(service) | Ipvsadm::EditService(service) => {
            let name = service.scheduler.as_str();
            Scheduler::named(name).is_none().then_some(name)
        }
        Ipvsadm::Restore(commands) => commands.iter().find_map(unknown_scheduler),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Shell;

    #[test]
    #[rustfmt::skip]
    fn tells_names_that_will_not_be_there() {
        // A line of a host with eth0; the word that is wrong, and the beginning of what is said.
        for (line, wrong) in [
            ("sysctl -w net.ipv4.ip_forward=1",                  None),
            ("sysctl -w net/ipv4/conf/eth0/arp_ignore=1",        None),
            ("sysctl net.ipv4.conf.eth0",                        None),
            ("sysctl -w net.ipv4.conf.tunl0.rp_filter=0",        None),
            ("ip link add d0 type dummy; sysctl net.ipv4.conf.d0.rp_filter", None),
            ("ip tunnel add t9 mode ipip; sysctl net.ipv4.conf.t9.rp_filter", None),
            ("sysctl -w net.ipv4.vs.nosuch=1 || true",           None),
            ("sysctl net.ipv4.vs.lblc_expiration",               None),
            ("sysctl net.ipv4.vs.nosuch && hostname || true",    None),
            ("ipvsadm -A -t 10.0.0.1:80 -s wrx || true",         None),
            ("cat /proc/sys/net/ipv4/ip_forward /proc/net/arp",  None),
            ("echo '# a comment' >> /etc/sysctl.conf",           None),
            ("ipvsadm -A -t 10.0.0.1:80 -s wrx",                 Some(("wrx", "no scheduler `wrx`; did you mean wrr? known: rr wrr lc wlc sed"))),
            ("ipvsadm -E -t 10.0.0.1:80 --scheduler=xyz",        Some(("xyz", "no scheduler `xyz`; known: rr"))),
            ("echo '-A -t 10.0.0.1:80 -s wrx' | ipvsadm -R",     Some(("wrx", "no scheduler"))),
            ("true; sysctl -w net.ipv4.ip_forwrd=1",             Some(("net.ipv4.ip_forwrd", "no setting net.ipv4.ip_forwrd; did you mean net.ipv4.ip_forward? known: conf icmp"))),
            ("sysctl net/ipv4/ip_forwrd",                        Some(("net/ipv4/ip_forwrd", "no setting net.ipv4.ip_forwrd; did"))),
            ("sysctl -w net.ipv4.conf.eth7.arp_ignore=1",        Some(("net.ipv4.conf.eth7.arp_ignore", "no setting net.ipv4.conf.eth7.arp_ignore: no iface `eth7`; did you mean net.ipv4.conf.eth0.arp_ignore? known: all default eth0 lo tunl0; if"))),
            ("sysctl -w net.ipv4.conf.t9.rp_filter=0; ip tunnel add t9 mode ipip", Some(("net.ipv4.conf.t9.rp_filter", "no setting"))),
            ("sysctl net.ipv4.conf.eth0.arp_ignor",              Some(("net.ipv4.conf.eth0.arp_ignor", "no setting net.ipv4.conf.eth0.arp_ignor; did you mean net.ipv4.conf.eth0.arp_ignore?"))),
            ("sysctl -w net.ipv4.vs.nosuch=1",                   Some(("net.ipv4.vs.nosuch", "no setting net.ipv4.vs.nosuch; known: am_droprate"))),
            ("sysctl -w nte.ipv4.ip_forward=1",                  Some(("nte.ipv4.ip_forward", "no setting nte.ipv4.ip_forward; did you mean net.ipv4.ip_forward? known: net"))),
            ("sysctl -w net.ipv4.tcp_ecn=1",                     Some(("net.ipv4.tcp_ecn", "not simulated: net.ipv4.tcp_ecn; known:"))),
            ("sysctl -w net.core.somaxconn=1",                   Some(("net.core.somaxconn", "not simulated: net.core.somaxconn; known: ipv4"))),
            ("sysctl -w net.ipv4.neigh.eth0=1",                  Some(("net.ipv4.neigh.eth0", "net.ipv4.neigh.eth0 is a directory; known: base_reach"))),
            ("echo 1 > /proc/sys/net/ipv4/ip_forwrd",            Some(("/proc/sys/net/ipv4/ip_forwrd", "no setting /proc/sys/net/ipv4/ip_forwrd; did you mean /proc/sys/net/ipv4/ip_forward?"))),
            ("echo 1 >/proc/sys/net/ipv4/conf/eth0",             Some(("/proc/sys/net/ipv4/conf/eth0", "/proc/sys/net/ipv4/conf/eth0 is a directory"))),
            ("cat /proc/sys/net/ipv4/conf/eth1/arp_ignore",      Some(("/proc/sys/net/ipv4/conf/eth1/arp_ignore", "no setting"))),
            ("echo 'net.ipv4.ip_forwrd = 1' >> /etc/sysctl.conf", Some(("net.ipv4.ip_forwrd", "no setting net.ipv4.ip_forwrd"))),
            ("for i in eth0 eth7; do sysctl net.ipv4.conf.$i.arp_ignore; done", Some(("sysctl net.ipv4.conf.$i.arp_ignore", "no setting net.ipv4.conf.eth7.arp_ignore"))),
        ] {
            let steps = Shell::default().compile(line).expect("a line that can be typed");
            let told = Names::new(&["eth0".into()]).check(line, &steps).err().map(|bad| {
                let words = format!("{}; {}", bad.message.en, bad.help.en);
                assert!(bad.message.zh != bad.message.en && bad.help.zh != bad.help.en);
                (line[bad.at].trim(), words)
            });
            match (&told, wrong) {
                (Some((word, words)), Some((wrong, begin))) => {
                    assert_eq!(*word, wrong, "{line}");
                    assert!(words.starts_with(begin), "{line}: {words}");
                }
                (told, wrong) => assert!(told.is_none() && wrong.is_none(), "{line}: {told:?}"),
            }
        }
    }
}
