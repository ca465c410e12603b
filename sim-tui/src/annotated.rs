//! `lvsim run --pcapng FILE`: all interfaces in one capture, and beside each frame that came in what was decided about it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::Ipv4Addr;
use std::path::Path;

use sim_core::event::{IfaceId, NodeId, Seq};
use sim_core::explain;
use sim_core::export::pcap::LinkType;
use sim_core::export::pcapng::{self, Packet};
use sim_core::host::iface::IfaceKind;
use sim_core::names::Names;
use sim_core::net::{Kind, Net};
use sim_core::reason::Reason;
use sim_core::story::Player;
use sim_core::text;
use sim_core::trace::{Dir, Note, Trace};

use crate::captures::{self, refused};
use crate::lang::Lang;
use crate::open::Refused;

/// Makes sure that the capture can be written, before the story is played.
///
/// # Errors
/// When the file cannot be written, or is there already and somebody else's.
pub fn begin(file: &Path) -> Result<(), Refused> {
    if !is_free(file).map_err(|why| refused(file, &why))? {
        let file = file.display();
        return Err(Refused(vec![text!(
            "{file}: is there already and is no capture of lvsim: move it away or name another file",
            "{file}：已经存在，且不是 lvsim 的抓包文件：请移走它，或换一个文件名"
        )]));
    }
    captures::begin(file)
}

/// Whether nothing is lost when a file is written: it is not there, empty, a pipe or the like, or
/// was written by lvsim.
fn is_free(file: &Path) -> io::Result<bool> {
    match file.metadata() {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(why) => Err(why),
        Ok(known) if !known.is_file() || known.len() == 0 => Ok(true),
        Ok(_) => {
            let mut head = Vec::new();
            File::open(file)?.take(SECTION_AT_MOST).read_to_end(&mut head)?;
            Ok(pcapng::program(&head).is_some_and(|program| program.starts_with(b"lvsim ")))
        }
    }
}

/// The first block of a capture of ours is not longer.
const SECTION_AT_MOST: u64 = 64 << 10;

/// Writes the capture of a run.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, player: &Player, trace: &Trace, lang: Lang) -> Result<(), Refused> {
    let (scenario, net) = (player.scenario(), &player.world.net);
    let mut out = Vec::new();
    let about = format!("{}, seed {}", scenario.file, scenario.seed);
    pcapng::section(concat!("lvsim ", env!("CARGO_PKG_VERSION")), &about, &mut out);
    let mut numbers = BTreeMap::new();
    for (node, iface, link) in interfaces(net) {
        let (host, own) = (&net.node(node).name, net.node(node).iface_name(iface));
        let number = u32::try_from(numbers.len()).expect("a lab has fewer interfaces");
        numbers.insert((node, iface), number);
        pcapng::interface(&format!("{host}.{own}"), &format!("{own} of {host}"), link, &mut out);
    }
    let owners = owners(net);
    pcapng::names(owners.iter().map(|(addr, name)| (*addr, *name)), &mut out);

    let reasons = reasons(trace);
    for entry in trace.entries() {
        let (iface, dir, bytes) = match &entry.what {
            Note::Frame { iface, dir, frame } => (iface, dir, &frame.bytes),
            Note::Packet { iface, dir, bytes } => (iface, dir, bytes),
            _ => continue,
        };
        let Some(iface) = numbers.get(&(entry.node, *iface)) else { continue };
        let inward = *dir == Dir::In;
        let decided = reasons.get(&(entry.node, entry.seq)).filter(|_| inward);
        let names = Names { net, origins: &player.world.origins, node: entry.node, lang };
        let comments: Vec<String> =
            decided.into_iter().flatten().map(|reason| comment(reason, &names)).collect();
        let (at_ns, bytes) = (entry.at.as_nanos(), bytes.bytes());
        let packet = Packet { iface: *iface, at_ns, inward, bytes, comments: &comments };
        pcapng::packet(&packet, &mut out);
    }
    fs::write(file, out).map_err(|why| refused(file, &why))
}

/// Every interface, node by node.
fn interfaces(net: &Net) -> Vec<(NodeId, IfaceId, LinkType)> {
    let mut all = Vec::new();
    for node in net.node_ids() {
        match &net.node(node).kind {
            Kind::Host(host) => all.extend(host.fib().iface_ids().map(|iface| {
                let link = match host.fib().iface(iface).kind {
                    IfaceKind::Ethernet | IfaceKind::Dummy | IfaceKind::Loopback => {
                        LinkType::Ethernet
                    }
                    IfaceKind::Tunnel => LinkType::Raw,
                };
                (node, iface, link)
            })),
            Kind::Switch(switch) => {
                let ports = (0..switch.ifaces.len()).filter_map(|port| u16::try_from(port).ok());
                all.extend(ports.map(|port| (node, IfaceId(port), LinkType::Ethernet)));
            }
        }
    }
    all
}

/// Addresses that are one host's alone; the VIP of DR is everybody's.
fn owners(net: &Net) -> BTreeMap<Ipv4Addr, &str> {
    let mut owners: BTreeMap<Ipv4Addr, Vec<&str>> = BTreeMap::new();
    for node in net.node_ids() {
        let Some(host) = net.node(node).host() else { continue };
        for iface in host.fib().iface_ids() {
            for own in &host.fib().iface(iface).addrs {
                owners.entry(own.local.addr).or_default().push(&net.node(node).name);
            }
        }
    }
    let alone = owners.into_iter().filter_map(|(addr, names)| match names[..] {
        [name] => Some((addr, name)),
        _ => None,
    });
    alone.collect()
}

/// What each node decided during each event.
fn reasons(trace: &Trace) -> BTreeMap<(NodeId, Seq), Vec<Reason>> {
    let mut reasons: BTreeMap<(NodeId, Seq), Vec<Reason>> = BTreeMap::new();
    for entry in trace.entries() {
        if let Note::Why(reason) = entry.what
            && !matches!(reason, Reason::Read { .. })
        {
            reasons.entry((entry.node, entry.seq)).or_default().push(reason);
        }
    }
    reasons
}

/// The code, the sentence, the values.
fn comment(reason: &Reason, names: &Names<'_>) -> String {
    let code = reason.code();
    let title =
        explain::entry(code).map_or("", |entry| names.lang.pick(entry.title.en, entry.title.zh));
    format!("{code}: {title} ({})", names.detail(reason))
}
