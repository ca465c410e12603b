//! One director: the engine and its table, what came to its interfaces, and what left them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use lvs_engine::{ConfigError, Engine, Hook, IcmpError, Instant, Limits, Meta, Verdict, View};
use lvsim_tests::packet::{ETHERNET, Ip};
use lvsim_tests::sum;
use sim_core::canonical::{self, Memory};
use sim_core::command::Command;
use sim_core::receipt::Output;
use sim_core::tcpdump::{Options, Tcpdump};
use sim_core::{Mac, shell};

use super::bytes;
use super::lines::{self, Marks};
use super::table::{Table, Way, Whose};

/// For how long a packet waits for its neighbour's answer: three questions, a second each, and the
/// kernel's own slack.
const PATIENCE: u64 = 3_300_000_000;

/// What was judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judged {
    /// Packets that the engine made and the kernel sent.
    pub packets: usize,
    /// Refusals: errors that both sent.
    pub refusals: usize,
    /// Packets that the engine dropped, and the kernel too.
    pub drops: usize,
}

impl Judged {
    /// Counts another one's as well.
    pub const fn add(&mut self, other: Self) {
        self.packets += other.packets;
        self.refusals += other.refusals;
        self.drops += other.drops;
    }
}

/// Why a packet is expected to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// The engine made it.
    Made,
    /// The engine refused another one, and this says so.
    Refusal,
    /// The engine passed it on, and the host forwards it or not.
    Passing,
}

/// A packet that is expected to leave.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    at: u64,
    why: Why,
    way: Way,
    pub(super) bytes: Vec<u8>,
    /// One that was made later for the same neighbour has left.
    overtaken: bool,
}

impl Awaited {
    fn told(&self) -> String {
        format!("{}: the engine {:?} {}", seconds(self.at), self.why, told(&self.bytes))
    }
}

/// One interface.
#[derive(Clone, Debug)]
struct Wire {
    mac: Mac,
    /// What was seen on it, as the receipt's writer had seen it.
    memory: Memory,
    /// Whom the director asked for by ARP, and who was heard by ARP, and when.
    asked: Vec<(u64, Ipv4Addr)>,
    heard: Vec<(u64, Ipv4Addr)>,
}

/// A frame that left.
pub(super) struct Seen<'a> {
    pub(super) at: u64,
    frame: &'a [u8],
    pub(super) packet: Ip<'a>,
    /// What was seen before on its interface.
    memory: Memory,
}

impl Seen<'_> {
    /// Whether a packet is this one, save the masks.
    pub(super) fn is(&self, packet: &[u8]) -> bool {
        let framed = [&self.frame[..ETHERNET], packet].concat();
        let framed = canonical::frame(&framed, &mut self.memory.clone());
        framed[ETHERNET..] == *self.packet.bytes()
    }
}

impl Wire {
    /// Whether ARP had no answer for a packet's neighbour.
    fn asked_in_vain(&self, own: &Awaited) -> bool {
        let was_heard = |from: u64| {
            let until = from.max(own.at) + PATIENCE;
            self.heard.iter().any(|(at, who)| *who == own.way.next && (from..until).contains(at))
        };
        let asked = self.asked.iter().filter(|(_, who)| *who == own.way.next);
        asked.filter(|(at, _)| at.abs_diff(own.at) < PATIENCE).any(|(at, _)| !was_heard(*at))
    }
}

/// A director under judgement.
#[derive(Clone, Debug)]
pub struct Director {
    pub(super) engine: Engine,
    pub(super) table: Table,
    shell: shell::Shell,
    settings: BTreeMap<String, String>,
    /// `/etc/sysctl.conf`.
    file: String,
    marks: Marks,
    wires: BTreeMap<usize, Wire>,
    /// Pieces whose whole is not there yet.
    pieces: Vec<Vec<u8>>,
    pub(super) awaited: Vec<Awaited>,
    /// What came and was left to the host.
    pub(super) let_in: Vec<Vec<u8>>,
    /// What came to be forwarded, as the host had it before IPVS.
    pub(super) crossed: Vec<Vec<u8>>,
    /// What was judged.
    pub judged: Judged,
    /// Where engine and kernel differ.
    pub wrong: Vec<String>,
}

impl Director {
    /// A director with these cards, before anything is typed.
    pub fn new<'a>(
        cards: impl Iterator<Item = (&'a str, Mac, Option<u16>)> + Clone,
        conns: Option<u32>,
    ) -> Self {
        let mut table = Table::new(cards.clone().map(|(name, _, mtu)| (name, mtu)));
        let wires = cards.map(|(name, mac, _)| {
            let wire = Wire { mac, memory: Memory::default(), asked: vec![], heard: vec![] };
            (table.iface(name), wire)
        });
        let wires = wires.collect();
        let limits =
            Limits { conns: conns.unwrap_or(Limits::default().conns), ..Limits::default() };
        Self {
            engine: Engine::new(limits, 1),
            table,
            shell: shell::Shell::default(),
            settings: BTreeMap::new(),
            file: String::new(),
            marks: Marks::default(),
            wires,
            pieces: Vec::new(),
            awaited: Vec::new(),
            let_in: Vec::new(),
            crossed: Vec::new(),
            judged: Judged::default(),
            wrong: Vec::new(),
        }
    }

    /// Lets the time come.
    pub(super) fn wait_until(&mut self, at: u64) -> Instant {
        let now = Instant::from_nanos(at);
        self.engine.handle_timeout(now, &mut ());
        self.table.now = at;
        now
    }

    /// A line of the setup.
    pub fn set_up(&mut self, line: &str) {
        let steps = self.shell.compile(line).expect("the loader has read the line");
        for step in steps {
            self.type_command(0, &step.command, None);
        }
    }

    /// A command of the story, with what the kernel's tool said.
    pub fn type_line(&mut self, at: u64, output: &Output) {
        let steps = self.shell.compile(&output.text).expect("the receipt's line can be read");
        for step in steps {
            self.type_command(at, &step.command, Some(output));
        }
    }

    fn type_command(&mut self, at: u64, command: &Command, output: Option<&Output>) {
        let now = self.wait_until(at);
        let is_refused = output.is_some_and(|output| output.status.is_some_and(|code| code != 0));
        if let Command::Ipvsadm(line) = command {
            for change in lines::changes(line) {
                let before = self.engine.clone();
                let refused = self.engine.apply(now, change).err();
                let by_host = is_refused && refused.is_none();
                if by_host {
                    self.engine = before;
                }
                // Which addresses can be a real server's is the host's to say.
                let refused = if by_host { Some(ConfigError::BadAddress) } else { refused };
                let said = refused.map(|error| format!("{error}\n")).unwrap_or_default();
                let heard = output.map_or("", |output| &output.output);
                if said != heard {
                    self.wrong.push(format!("{command}: {said:?}, the kernel {heard:?}"));
                }
            }
        }
        if is_refused {
            return;
        }
        self.table.type_command(command);
        self.marks.type_command(command);
        for (path, value) in lines::settings(command, &mut self.file) {
            if let Some(change) = lines::engine_setting(&path, &value) {
                let said = self.engine.apply(now, change);
                self.wrong.extend(said.err().map(|error| format!("{path}={value}: {error}")));
            }
            self.settings.insert(path, value);
        }
    }

    fn is_on(&self, path: &str) -> bool {
        self.settings.get(path).is_some_and(|value| value != "0")
    }

    /// A frame came in.
    pub fn receive(&mut self, at: u64, iface: &str, frame: &[u8]) {
        let iface = self.table.iface(iface);
        let wire = self.wires.get_mut(&iface).expect("a card of this host");
        canonical::frame(frame, &mut wire.memory);
        if let Some(sender) = arp_sender(frame) {
            wire.heard.push((at, sender));
        }
        let to_us = frame.starts_with(&wire.mac.0);
        let Some(packet) = Ip::of_frame(frame).filter(|_| to_us || frame[0] & 1 == 1) else {
            return;
        };
        if !sum::is_right(&[packet.header()]) {
            return;
        }
        if !packet.is_piece() {
            self.arrive(at, iface, packet.bytes(), to_us);
            return;
        }
        self.pieces.push(packet.bytes().to_vec());
        let is_its = |piece: &Ip<'_>| piece.whole() == packet.whole();
        let its = self.pieces.iter().filter(|piece| Ip::read(piece).as_ref().is_some_and(is_its));
        let same: Vec<Vec<u8>> = its.cloned().collect();
        if let Some(whole) = bytes::whole(&same) {
            self.pieces.retain(|piece| !same.contains(piece));
            self.arrive(at, iface, &whole, to_us);
        }
    }

    /// A whole packet: whose it is decides at which hook IPVS meets it, if at all.
    fn arrive(&mut self, at: u64, iface: usize, bytes: &[u8], to_us: bool) {
        let packet = Ip::read(bytes).expect("it was read before");
        let claims_us = self.table.whose(packet.src()) == Whose::Own;
        let accepts = ["all", self.table.name(iface)]
            .iter()
            .any(|of| self.is_on(&format!("net/ipv4/conf/{of}/accept_local")));
        if claims_us && !accepts {
            return;
        }
        let mark = self.marks.of(self.table.name(iface), &packet);
        let seen = match self.table.whose(packet.dst()) {
            Whose::Own => Some((Hook::LocalIn, bytes.to_vec())),
            Whose::Other if to_us && self.is_on("net/ipv4/ip_forward") => {
                let way = self.table.way(packet.dst());
                let df = bytes[6] & 0x40 != 0;
                let fits = way.is_some_and(|way| !df || bytes.len() <= usize::from(way.mtu));
                (packet.ttl() > 1 && fits).then(|| (Hook::Forward, bytes::aged(bytes)))
            }
            _ => None,
        };
        let Some((hook, seen)) = seen else {
            self.let_in.push(bytes.to_vec());
            return;
        };
        if hook == Hook::Forward {
            self.crossed.push(seen.clone());
        }
        let meta = Meta { mark, to_us, ..Meta::at(hook) };
        let now = self.wait_until(at);
        let view = View::new(&seen).expect("it was read before");
        let verdict = self.engine.handle(now, meta, &view, &mut self.table, &mut ());
        self.obey(at, hook, verdict, &seen);
    }

    /// Writes down what must leave by the engine's word.
    fn obey(&mut self, at: u64, hook: Hook, verdict: Verdict<Way>, seen: &[u8]) {
        match verdict {
            Verdict::Forward { path, rewrite, .. } => {
                self.expect(at, Why::Made, Some(path), bytes::edited(seen, rewrite));
            }
            Verdict::Reroute(rewrite, _) => {
                let made = bytes::edited(seen, rewrite);
                self.expect(at, Why::Made, self.way_of(&made), made);
            }
            Verdict::Accept(rewrite, _) if hook == Hook::Forward => {
                self.let_in.push(seen.to_vec());
                let why = if rewrite.is_empty() { Why::Passing } else { Why::Made };
                self.expect(at, why, self.way_of(seen), bytes::edited(seen, rewrite));
            }
            Verdict::Accept(rewrite, _) | Verdict::Local(rewrite, _) => {
                let left = bytes::edited(seen, rewrite);
                let inner = Ip::read(&left).and_then(|packet| packet.inner());
                if let (Some(tunnel), Some(inner)) = (self.table.up("tunl0"), inner) {
                    self.arrive(at, tunnel, inner.bytes(), true);
                }
                self.let_in.push(left);
            }
            Verdict::Reject { error, about, aged } => {
                let mut quoted = about.of(seen).to_vec();
                if aged {
                    quoted = bytes::aged(&quoted);
                }
                self.refuse(at, error, &quoted);
            }
            Verdict::Drop => self.judged.drops += 1,
        }
    }

    fn refuse(&mut self, at: u64, error: IcmpError, quoted: &[u8]) {
        let addr =
            |at: usize| Ipv4Addr::new(quoted[at], quoted[at + 1], quoted[at + 2], quoted[at + 3]);
        let (to, vip) = (addr(12), addr(16));
        let own = (self.table.whose(vip) == Whose::Own).then_some(vip);
        let Some(src) = own.or_else(|| self.table.source(to)) else { return };
        let ttl = self.own_ttl();
        let made = bytes::error(error, quoted, src, to, ttl);
        self.expect(at, Why::Refusal, self.table.way(to), made);
    }

    pub(super) fn own_ttl(&self) -> u8 {
        let set = self.settings.get("net/ipv4/ip_default_ttl");
        set.and_then(|value| value.parse().ok()).unwrap_or(64)
    }

    fn way_of(&self, packet: &[u8]) -> Option<Way> {
        Ip::read(packet).and_then(|packet| self.table.way(packet.dst()))
    }

    /// A packet is to leave this way; one for this host itself is not seen on any wire.
    fn expect(&mut self, at: u64, why: Why, way: Option<Way>, made: Vec<u8>) {
        let Some(way) = way else { return };
        for bytes in bytes::pieces(&made, way.mtu) {
            self.awaited.push(Awaited { at, why, way, bytes, overtaken: false });
        }
    }

    /// A frame left; `at` is when the host sent it, before the cable's delay.
    pub fn send(&mut self, at: u64, iface: &str, frame: &[u8]) {
        let iface = self.table.iface(iface);
        let wire = self.wires.get_mut(&iface).expect("a card of this host");
        canonical::frame(frame, &mut wire.memory);
        if frame.get(12..14) == Some(&[8, 6]) && frame.get(20..22) == Some(&[0, 1]) {
            let target = [frame[38], frame[39], frame[40], frame[41]];
            wire.asked.push((at, target.into()));
            return;
        }
        let Some(packet) = Ip::of_frame(frame) else { return };
        let seen = Seen { at, frame, packet, memory: wire.memory.clone() };
        if self.was_expected(iface, &seen) || self.is_own(&seen) {
            return;
        }
        let mut found = format!("{}: the kernel sent {}", seconds(at), told(packet.bytes()));
        for own in self.awaited.iter().filter(|own| own.at + PATIENCE > at) {
            found += &format!("\n    {}", own.told());
        }
        self.wrong.push(found);
    }

    /// Takes it off the list of what is to leave.
    fn was_expected(&mut self, iface: usize, seen: &Seen<'_>) -> bool {
        let is_it = |own: &Awaited| {
            let is_alive = !own.overtaken && own.at + PATIENCE > seen.at;
            own.way.iface == iface && is_alive && seen.is(&own.bytes)
        };
        let Some(place) = self.awaited.iter().position(is_it) else { return false };
        let found = self.awaited.remove(place);
        for earlier in &mut self.awaited[..place] {
            earlier.overtaken |= earlier.way == found.way;
        }
        match found.why {
            Why::Made => self.judged.packets += 1,
            Why::Refusal => self.judged.refusals += 1,
            Why::Passing => {}
        }
        true
    }

    /// What should have left and has not: it is excused if a question for its neighbour stayed
    /// unanswered.
    pub fn end(&mut self) {
        for own in std::mem::take(&mut self.awaited) {
            let is_excused =
                self.wires.get(&own.way.iface).is_some_and(|wire| wire.asked_in_vain(&own));
            if own.why != Why::Passing && !is_excused {
                self.wrong.push(format!("{}, which did not leave", own.told()));
            }
        }
    }
}

/// Who sent an ARP packet.
fn arp_sender(frame: &[u8]) -> Option<Ipv4Addr> {
    let addr = frame.get(28..32).filter(|_| frame[12..14] == [8, 6])?;
    Some([addr[0], addr[1], addr[2], addr[3]].into())
}

/// A packet in tcpdump's words.
fn told(packet: &[u8]) -> String {
    let options = Options { verbose: 1, absolute: true, ..Options::default() };
    Tcpdump::new(options).packet_line(packet).replace('\n', " ")
}

fn seconds(ns: u64) -> String {
    Instant::from_nanos(ns).to_string()
}
