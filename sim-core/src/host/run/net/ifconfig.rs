//! `ifconfig`: shows interfaces and aliases, and sets one by a row of system calls in the order of
//! the words. net-tools 2.10: ifconfig.c, lib/interface.c.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::change::BadMtu;
use super::errno::{Errno, not_simulated};
use super::{Done, listing};
use crate::Prefix;
use crate::command::Ifconfig;
use crate::command::ifconfig::Setting;
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::iface::{Counters, Iface, IfaceKind};

/// Exit status of most failures.
const FAILED: u8 = 1;
/// Exit status when the flags could not be read or set: -1.
const NO_FLAGS: u8 = 255;

/// Linux's tool aligns it otherwise than the same table of netstat.
const SHORT_HEAD: &str =
    "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n";

fn not_found(name: &str) -> Done {
    let why = "error fetching interface information: Device not found";
    Done::failed(format!("{name}: {why}\n"), FAILED)
}

/// What a row of settings has left so far.
#[derive(Default)]
struct Progress {
    text: String,
    status: u8,
}

impl Progress {
    /// One system call, which its name begins the complaint of.
    fn call(&mut self, call: &str, result: Result<(), Errno>) {
        if let Err(error) = result {
            self.text += &format!("{call}: {error}\n");
            self.status |= FAILED;
        }
    }

    /// The two system calls that change a flag: the first finds the device, the second an alias's
    /// address.
    fn flags(&mut self, iface: &str, result: Result<(), Errno>) {
        let Err(error) = result else { return };
        self.status |= NO_FLAGS;
        self.text += &match error {
            Errno::NoDevice => format!("{iface}: ERROR while getting interface flags: {error}\n"),
            _ => format!("SIOCSIFFLAGS: {error}\n"),
        };
    }
}

impl Host {
    /// `ifconfig`.
    pub(in crate::host) fn run_ifconfig(
        &mut self,
        command: &Ifconfig,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match command {
            Ifconfig::All { down_too } => {
                let names = self.names_and_labels();
                let shown = names.iter().filter(|(_, id)| *down_too || self.fib.iface(*id).up);
                Done::ok(shown.map(|(name, id)| self.block(name, *id)).collect::<String>())
            }
            Ifconfig::Short { down_too, iface: None } => {
                let names = self.names_and_labels();
                let shown = names.iter().filter(|(_, id)| *down_too || self.fib.iface(*id).up);
                let rows = shown.map(|(name, id)| self.ife_row(name, *id));
                Done::ok(std::iter::once(SHORT_HEAD.to_owned()).chain(rows).collect::<String>())
            }
            Ifconfig::Short { iface: Some(name), .. } => match self.fib.iface_by_name(name) {
                Some(id) => Done::ok(SHORT_HEAD.to_owned() + &self.ife_row(name, id)),
                None => not_found(name),
            },
            Ifconfig::Show(name) => match self.fib.iface_by_name(name) {
                Some(id) => Done::ok(self.block(name, id)),
                None => not_found(name),
            },
            Ifconfig::Set { iface, settings } => self.ifconfig_set(iface, settings, origin, cx),
        }
    }

    /// The interfaces and the labels that are not just an interface's name, as net-tools sorts
    /// them.
    pub(super) fn names_and_labels(&self) -> Vec<(String, IfaceId)> {
        let mut names = Vec::new();
        for id in self.selected(None).unwrap_or_default() {
            let iface = self.fib.iface(id);
            let labels = iface.addrs.iter().map(|own| &own.label);
            for name in std::iter::once(&iface.name).chain(labels) {
                if !names.iter().any(|(known, _)| known == name) {
                    names.push((name.clone(), id));
                }
            }
        }
        names.sort_by_cached_key(|(name, _)| natural(name));
        names
    }

    /// One interface or alias, with an empty line behind it.
    fn block(&self, name: &str, id: IfaceId) -> String {
        let iface = self.fib.iface(id);
        let mut text =
            format!("{name}: flags={}  mtu {}\n", flags(iface), listing::shown_mtu(iface));
        if let Some(own) = iface.addrs.iter().find(|own| own.label == name) {
            let (addr, mask) = (own.local.addr, own.local.mask());
            text += &format!("        inet {addr}  netmask {mask}");
            if iface.is_broadcast() {
                let broadcast = own.broadcast.unwrap_or(Ipv4Addr::UNSPECIFIED);
                text += &format!("  broadcast {broadcast}");
            }
            if iface.is_point_to_point() {
                text += &format!("  destination {addr}");
            }
            text += "\n";
        }
        text += &match iface.kind {
            IfaceKind::Ethernet | IfaceKind::Dummy => {
                format!("        ether {}  txqueuelen 1000  (Ethernet)\n", iface.mac)
            }
            IfaceKind::Loopback => "        loop  txqueuelen 1000  (Local Loopback)\n".to_owned(),
            IfaceKind::Tunnel => "        tunnel   txqueuelen 1000  (IPIP Tunnel)\n".to_owned(),
        };
        if name == iface.name {
            text += &counters(iface);
        }
        text + "\n"
    }

    fn ifconfig_set(
        &mut self,
        name: &str,
        settings: &[Setting],
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let mut progress = Progress::default();
        let mut mask_at_end = None;
        for setting in settings {
            match *setting {
                Setting::Addr(addr, len) => {
                    mask_at_end = len.or(mask_at_end);
                    progress.call("SIOCSIFADDR", self.ioctl_addr(name, addr, origin, cx));
                    // net-tools switches the interface on then, but leaves alone an alias that it
                    // has just removed.
                    if !(addr.is_unspecified() && name.contains(':')) {
                        progress.flags(name, self.ioctl_up(name, true, origin, cx));
                    }
                }
                Setting::Netmask(mask) => {
                    progress.call("SIOCSIFNETMASK", self.ioctl_netmask(name, mask, origin, cx));
                }
                Setting::Broadcast(addr) => {
                    progress.call("SIOCSIFBRDADDR", self.ioctl_broadcast(name, addr, origin, cx));
                    // IFF_BROADCAST is not an administrator's to change: the call does nothing, but
                    // may fail.
                    progress.flags(name, self.has_flags(name));
                }
                Setting::Up => progress.flags(name, self.ioctl_up(name, true, origin, cx)),
                Setting::Down => progress.flags(name, self.ioctl_up(name, false, origin, cx)),
                Setting::Mtu(mtu) => {
                    let result = match self.ioctl_mtu(name, mtu, origin) {
                        Ok(Ok(())) => Ok(()),
                        Ok(Err(BadMtu::NotSimulated)) => {
                            return not_simulated(format!("lo mtu {mtu}"), 2);
                        }
                        Ok(Err(_)) => Err(Errno::Invalid),
                        Err(error) => Err(error),
                    };
                    progress.call("SIOCSIFMTU", result);
                }
                Setting::Mac(mac) => {
                    progress.call("SIOCSIFHWADDR", self.ioctl_mac(name, mac, cx));
                }
                Setting::Arp(on) => {
                    if let Some(done) = self.ifconfig_arp(name, on, &mut progress) {
                        return done;
                    }
                }
            }
        }
        if let Some(len) = mask_at_end {
            let mask = mask_of(len);
            progress.call("SIOCSIFNETMASK", self.ioctl_netmask(name, mask, origin, cx));
        }
        Done::failed(progress.text, progress.status)
    }

    /// Whether the flags of this name can be set at all: an alias must have an address.
    fn has_flags(&self, name: &str) -> Result<(), Errno> {
        let (_, found) = self.labelled(name)?;
        if name.contains(':') && found.is_none() { Err(Errno::NoAddress) } else { Ok(()) }
    }

    /// An alias has no flags of its own: on one this does nothing.
    fn ifconfig_arp(&mut self, name: &str, on: bool, progress: &mut Progress) -> Option<Done> {
        progress.flags(name, self.has_flags(name));
        let id = self.fib.iface_by_name(name).filter(|_| !name.contains(':'))?;
        let word = if on { "arp" } else { "-arp" };
        let set = self.set_arp(id, on);
        (!set).then(|| not_simulated(format!("{name} {word}"), 2))
    }
}

/// The mask of `A/LEN`: net-tools 2.10 shifts by the length, and a shift by 32 is none, so /32
/// comes out as 0.0.0.0.
fn mask_of(len: u8) -> Ipv4Addr {
    let len = if len == 32 { 0 } else { len };
    Prefix::new(Ipv4Addr::UNSPECIFIED, len).mask()
}

/// The flags as a number and in words.
fn flags(iface: &Iface) -> String {
    let ethernet = iface.kind == IfaceKind::Ethernet;
    let flags = [
        ("UP", 0x1, iface.up),
        ("BROADCAST", 0x2, iface.is_broadcast()),
        ("LOOPBACK", 0x8, iface.kind == IfaceKind::Loopback),
        ("POINTOPOINT", 0x10, iface.is_point_to_point()),
        ("RUNNING", 0x40, iface.is_running()),
        ("NOARP", 0x80, listing::shows_noarp(iface)),
        ("MULTICAST", 0x1000, ethernet),
    ];
    let set = flags.iter().filter(|(.., set)| *set);
    let number: u32 = set.clone().map(|(_, bit, _)| bit).sum();
    let words: Vec<&str> = set.map(|(word, ..)| *word).collect();
    format!("{number}<{}>", words.join(","))
}

fn counters(iface: &Iface) -> String {
    let (rx, tx) = (&iface.rx, &iface.tx);
    let pad = "        ";
    [
        format!("{pad}RX packets {}  bytes {}\n", rx.packets, bytes(rx)),
        format!("{pad}RX errors {}  dropped {}  overruns 0  frame 0\n", rx.errors, rx.dropped),
        format!("{pad}TX packets {}  bytes {}\n", tx.packets, bytes(tx)),
        format!(
            "{pad}TX errors {}  dropped {} overruns 0  carrier {}  collisions {}\n",
            tx.errors, tx.dropped, tx.carrier, tx.collisions
        ),
    ]
    .concat()
}

/// `3066 (2.9 KiB)`: one decimal, cut off.
fn bytes(counters: &Counters) -> String {
    const UNITS: [(&str, u32); 5] =
        [("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let bytes = counters.bytes;
    let unit = UNITS.iter().find(|(_, bits)| bytes > 1 << bits);
    let (name, bits) = unit.copied().unwrap_or(("B", 0));
    let tenths = (u128::from(bytes) * 10) >> bits;
    format!("{bytes} ({}.{} {name})", tenths / 10, tenths % 10)
}

/// A part of a name: numbers sort by value, so that `eth2` stands before `eth10`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Number(u64),
}

fn natural(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, more) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(number) if digits => Part::Number(number),
            _ => Part::Text(part.to_owned()),
        });
        rest = more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_numbers() {
        let mut names = ["lo:0", "tunl0", "eth10", "eth1:10", "eth1:2", "lo", "eth1", "eth0"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["eth0", "eth1", "eth1:2", "eth1:10", "eth10", "lo", "lo:0", "tunl0"]);
    }

    #[test]
    #[rustfmt::skip]
    fn bytes_have_a_unit() {
        let rows = [
            (0, "0 (0.0 B)"), (1_024, "1024 (1024.0 B)"), (3_066, "3066 (2.9 KiB)"), (432_642, "432642 (422.5 KiB)"),
            (1_048_577, "1048577 (1.0 MiB)"), (u64::MAX, "18446744073709551615 (16383.9 PiB)"),
        ];
        for (count, text) in rows {
            assert_eq!(bytes(&Counters { bytes: count, ..Counters::default() }), text);
        }
    }
}
