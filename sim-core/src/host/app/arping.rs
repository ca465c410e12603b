//! `arping` of iputils: ARP requests, announcements and the search for a duplicate.

use std::net::Ipv4Addr;
use std::time::Duration;

use etherparse::{ArpEthIpv4Packet, ArpOperation};
use lvs_engine::Instant;

use super::{AppEvent, Ctl, Token};
use crate::Mac;
use crate::command::arping as command;
use crate::command::arping::Mode;
use crate::event::IfaceId;
use crate::host::iface::IfaceKind;

const NEXT: Token = Token(0);
const DEADLINE: Token = Token(1);
const SECOND: Duration = Duration::from_secs(1);

/// An `arping` that runs.
#[derive(Clone, Debug)]
pub(super) struct Arping {
    options: command::Arping,
    iface: IfaceId,
    source: Ipv4Addr,
    /// The MAC address of the last answer: later requests go there.
    known: Option<Mac>,
    sent: u32,
    broadcasts: u32,
    received: u32,
    /// Answers that came as broadcasts.
    broadcasts_heard: u32,
    last: Instant,
}

impl Arping {
    pub(super) fn new(options: &command::Arping) -> Self {
        Self {
            options: options.clone(),
            iface: IfaceId(0),
            source: Ipv4Addr::UNSPECIFIED,
            known: None,
            sent: 0,
            broadcasts: 0,
            received: 0,
            broadcasts_heard: 0,
            last: Instant::ZERO,
        }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(NEXT) if self.is_done() => self.finish(ctl),
            AppEvent::Timer(NEXT) => self.send(ctl),
            AppEvent::Timer(_) | AppEvent::Signal(_) => self.finish(ctl),
            AppEvent::Arp { iface, from, mac, to, unicast }
                if (iface, from, to) == (self.iface, self.options.addr, self.source) =>
            {
                self.answer(mac, unicast, ctl);
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        self.options.count.is_some_and(|count| self.sent >= count)
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let fib = ctl.host.fib();
        let target = self.options.addr;
        let named = self.options.iface.as_deref();
        let found = match named {
            Some(name) => fib.iface_by_name(name),
            None => fib.output(target, None, None).ok().map(|out| out.iface),
        };
        let name = named.unwrap_or("eth0").to_owned();
        let Some(iface) = found else {
            ctl.complain(format!("arping: Device {name} not available.\n"));
            ctl.end(2);
            return;
        };
        let (up, is_card) = (fib.iface(iface).up, fib.iface(iface).kind == IfaceKind::Ethernet);
        if !up || !is_card {
            let what = if up { "not ARPable" } else { "down" };
            ctl.print(format!("Interface \"{name}\" is {what}\n"));
            // Where nobody can be asked no duplicate is found.
            ctl.end(if up && self.options.mode == Mode::Duplicate { 0 } else { 2 });
            return;
        }
        let own = fib.iface(iface).name.clone();
        let source = match (self.options.mode, self.options.source) {
            (_, Some(source)) if !fib.is_own(source) => {
                ctl.complain("arping: bind: Cannot assign requested address\n");
                ctl.end(2);
                return;
            }
            (_, Some(source)) => source,
            (Mode::Duplicate, None) => Ipv4Addr::UNSPECIFIED,
            (Mode::Announce | Mode::Answer, None) if !fib.is_own(target) => {
                ctl.complain("arping: bind: Cannot assign requested address\n");
                ctl.end(2);
                return;
            }
            (Mode::Announce | Mode::Answer, None) => target,
            // iputils arping.c, run: the socket that asks for the route is bound to the card.
            _ => fib.output(target, None, Some(iface)).map_or(Ipv4Addr::UNSPECIFIED, |out| out.src),
        };
        (self.iface, self.source) = (iface, source);
        ctl.print(format!("ARPING {target} from {source} {own}\n"));
        if let Some(seconds) = self.options.deadline_s {
            ctl.after(SECOND * seconds, DEADLINE);
        }
        self.send(ctl);
    }

    fn send(&mut self, ctl: &mut Ctl<'_, '_>) {
        let mac = ctl.host.fib().iface(self.iface).mac;
        let to = self.known.filter(|_| !self.options.broadcast);
        let target_mac = match self.options.mode {
            Mode::Answer => mac,
            _ => to.unwrap_or(Mac::BROADCAST),
        };
        let message = ArpEthIpv4Packet {
            operation: match self.options.mode {
                Mode::Answer => ArpOperation::REPLY,
                _ => ArpOperation::REQUEST,
            },
            sender_mac: mac.0,
            sender_ipv4: self.source.octets(),
            target_mac: target_mac.0,
            target_ipv4: self.options.addr.octets(),
        };
        self.sent += 1;
        self.broadcasts += u32::from(to.is_none());
        self.last = ctl.now();
        ctl.host.arp_send(self.iface, to.unwrap_or(Mac::BROADCAST), message, ctl.cx);
        ctl.after(SECOND, NEXT);
    }

    fn answer(&mut self, mac: Mac, unicast: bool, ctl: &mut Ctl<'_, '_>) {
        self.received += 1;
        self.broadcasts_heard += u32::from(!unicast);
        // iputils 20221126 arping.c, recv_pack: half a millisecond is added to the part after the
        // point, and the full ones are rounded.
        let took = (ctl.now() - self.last).as_micros() as u64;
        let full = (took + 500) / 1_000;
        let part = took + 500 - full * 1_000;
        let kind = if unicast { "Unicast" } else { "Broadcast" };
        let shown = mac.to_string().to_uppercase();
        ctl.print(format!(
            "{kind} reply from {} [{shown}]  {full}.{part:03}ms\n",
            self.options.addr,
        ));
        let enough = self.options.deadline_s.is_some() && Some(self.received) == self.options.count;
        if enough || self.options.first || self.options.mode == Mode::Duplicate {
            self.finish(ctl);
        }
        self.known = Some(mac);
    }

    /// The sums, and the exit status: unless there was a deadline and no count, each request wants
    /// exactly one answer. iputils 20221126 arping.c, finish and event_loop.
    fn finish(&mut self, ctl: &mut Ctl<'_, '_>) {
        let broadcasts = match self.broadcasts_heard {
            0 => String::new(),
            heard => format!(" ({heard} broadcast(s))"),
        };
        ctl.print(format!(
            "Sent {} probes ({} broadcast(s))\nReceived {} response(s){broadcasts}\n",
            self.sent, self.broadcasts, self.received
        ));
        let answered = self.received > 0;
        ctl.end(match self.options.mode {
            Mode::Ask if self.options.deadline_s.is_some() && self.options.count.is_none() => {
                u8::from(!answered)
            }
            Mode::Ask => u8::from(!answered || self.sent != self.received),
            Mode::Duplicate => u8::from(answered),
            Mode::Announce | Mode::Answer => 0,
        });
    }
}
