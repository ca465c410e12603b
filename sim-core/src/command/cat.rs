//! `cat FILE`: the kernel's tables and settings, and the one file that holds settings.

use std::fmt;

use super::error::{CommandError, known, suggest};
use super::options::{Arg, Dialect, Tool, real};
use super::value::is_setting_path;
use super::word::{Quoted, Word};
use crate::{Text, text};

/// Files to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cat {
    /// Their paths.
    pub paths: Vec<String>,
}

pub(super) static CAT: Tool = Tool {
    name: "cat",
    options: &[
        real("-A", "--show-all"),
        real("-b", "--number-nonblank"),
        real("-e", ""),
        real("-E", "--show-ends"),
        real("-n", "--number"),
        real("-s", "--squeeze-blank"),
        real("-t", ""),
        real("-T", "--show-tabs"),
        real("-u", ""),
        real("-v", "--show-nonprinting"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

/// The files that are there, besides the settings below `/proc/sys`.
pub const FILES: [&str; 9] = [
    "/proc/net/ip_vs",
    "/proc/net/ip_vs_conn",
    "/proc/net/ip_vs_stats",
    "/proc/net/ip_vs_stats_percpu",
    "/proc/net/arp",
    "/proc/net/dev",
    "/proc/net/route",
    "/proc/net/nf_conntrack",
    "/etc/sysctl.conf",
];

/// What Linux 6.1 has in `/proc/net` besides: not simulated, but not absent either.
#[rustfmt::skip]
const PROC_NET: [&str; 48] = [
    "anycast6", "dev_mcast", "dev_snmp6", "fib_trie", "fib_triestat", "icmp", "icmp6", "if_inet6", "igmp", "igmp6",
    "ip6_flowlabel", "ip_mr_cache", "ip_mr_vif", "ip_tables_matches", "ip_tables_names", "ip_tables_targets", "ip_vs_app", "ip_vs_conn_sync",
    "ip6_mr_cache", "ipv6_route", "mcfilter", "netfilter", "netlink", "netstat", "nf_conntrack", "nf_conntrack_expect", "packet",
    "protocols", "psched", "ptype", "raw", "raw6", "rt6_stats", "rt_acct", "rt_cache", "snmp", "snmp6", "sockstat", "sockstat6",
    "softnet_stat", "stat", "tcp", "tcp6", "udp", "udp6", "udplite", "unix", "xfrm_stat",
];

/// And of `/proc` itself.
#[rustfmt::skip]
const PROC: [&str; 34] = [
    "bus", "cgroups", "cmdline", "consoles", "cpuinfo", "crypto", "devices", "diskstats", "driver", "filesystems", "fs",
    "interrupts", "iomem", "kallsyms", "kmsg", "loadavg", "locks", "mdstat", "meminfo", "misc", "modules", "mounts",
    "pagetypeinfo", "partitions", "self", "slabinfo", "softirqs", "stat", "swaps", "timer_list", "uptime", "version", "vmstat",
    "zoneinfo",
];

/// Folders that a real machine fills as its distribution likes: nobody can say what is not there.
const FOLDERS: [&str; 10] = [
    "/boot/",
    "/dev/",
    "/etc/",
    "/home/",
    "/lib/",
    "/proc/self/",
    "/root/",
    "/sys/",
    "/usr/",
    "/var/",
];

/// Whether a real host has this file, or may have it.
fn may_be_there(path: &str) -> bool {
    let listed = |folder: &str, names: &[&str]| {
        let name = path.strip_prefix(folder).and_then(|rest| rest.split('/').next());
        name.is_some_and(|name| names.contains(&name))
    };
    listed("/proc/net/", &PROC_NET)
        || listed("/proc/", &PROC)
        || FOLDERS.iter().any(|folder| path.starts_with(folder))
}

impl Cat {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut paths = Vec::new();
        for arg in CAT.args(words) {
            match arg? {
                Arg::Option(given) => unreachable!("{} is not simulated", given.name),
                Arg::Operand(word) => paths.push(path(word)?),
            }
        }
        if paths.is_empty() {
            return Err(CommandError::new(
                &words[0].span,
                1,
                text!("cat: which file?", "cat: 哪个文件？"),
            )
            .help(files()));
        }
        Ok(Self { paths })
    }
}

/// Help that lists the files there are.
fn files() -> Text {
    known(format!("/proc/sys/KEY {}", FILES.join(" ")))
}

fn path(word: Word) -> Result<String, CommandError> {
    if is_setting_path(&word.text) || FILES.contains(&word.text.as_str()) {
        return Ok(word.text);
    }
    if may_be_there(&word.text) {
        let file = &word.text;
        let what = text!("the file {file}", "文件 {file}");
        return Err(CommandError::without(&word.span, 1, &what).help(files()));
    }
    let message = format!("cat: {}: No such file or directory", word.text);
    Err(CommandError::tool(&word.span, 1, message).help(suggest(&word.text, &FILES, files())))
}

impl fmt::Display for Cat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cat")?;
        self.paths.iter().try_for_each(|path| write!(f, " {}", Quoted(path)))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("cat /proc/sys/net/ipv4/ip_forward", "cat /proc/sys/net/ipv4/ip_forward"),
            (
                "cat /proc/net/ip_vs /proc/net/ip_vs_conn",
                "cat /proc/net/ip_vs /proc/net/ip_vs_conn",
            ),
        ]);
    }

    #[test]
    fn refuses_other_files() {
        #[rustfmt::skip]
        refuses(&[
            ("cat", "cat", 1, "cat: which file?"),
            ("cat /nope", "/nope", 1, "cat: /nope: No such file or directory"),
            ("cat /proc/net/nope", "/proc/net/nope", 1, "cat: /proc/net/nope: No such file or directory"),
            ("cat /proc/net/tcp", "/proc/net/tcp", 1, "not simulated: the file /proc/net/tcp"),
            ("cat /proc/net/arp /proc/net/stat/nf_conntrack", "/proc/net/stat/nf_conntrack", 1,
                "not simulated: the file /proc/net/stat/nf_conntrack"),
            ("cat /proc/net/ip_vs_conn_sync", "/proc/net/ip_vs_conn_sync", 1, "not simulated: the file /proc/net/ip_vs_conn_sync"),
            ("cat /proc/version", "/proc/version", 1, "not simulated: the file /proc/version"),
            ("cat /etc/hosts", "/etc/hosts", 1, "not simulated: the file /etc/hosts"),
            ("cat -n /proc/net/arp", "-n", 1, "not simulated: -n"),
            ("cat -z", "-z", 1, "cat: invalid option -- 'z'"),
        ]);
    }
}
