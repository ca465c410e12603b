//! `traceroute`: datagrams or echo requests with a TTL of 1, 2, 3, … and who complains.
//!
//! As Debian's traceroute 2.1 it keeps 16 probes under way and prints them in order.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::Instant;
use rand_core::RngCore;

use super::{AppEvent, Ctl, IcmpNews, Token};
use crate::command::traceroute as command;
use crate::counters::Counter;
use crate::host::icmp::{ECHO, ECHO_REPLY, HEAD, PROTO, REDIRECT, TIME_EXCEEDED, UNREACHABLE};
use crate::host::packet::{IpHead, Skb, checksum, pseudo};
use crate::host::udp;

/// Probes under way at a time.
const AT_ONCE: usize = 16;
/// The first destination port; each probe takes the next one.
const FIRST_PORT: u16 = 33_434;
/// Bytes of a probe behind its IP header.
const LEN: usize = 40;

/// A `traceroute` that runs.
#[derive(Clone, Debug)]
pub(super) struct Traceroute {
    options: command::Traceroute,
    src: Ipv4Addr,
    /// Who is looked for: `0.0.0.0` on the command line means this host itself.
    dst: Ipv4Addr,
    /// Source port of datagrams, identifier of echo requests.
    id: u16,
    probes: Vec<Probe>,
    printed: usize,
    last_shown: Option<Ipv4Addr>,
    /// The TTL at which the host itself answered.
    reached: Option<u8>,
}

#[derive(Clone, Debug)]
struct Probe {
    sent: Instant,
    answer: Option<Answer>,
    expired: bool,
}

#[derive(Clone, Debug)]
struct Answer {
    from: Ipv4Addr,
    took: Duration,
    mark: &'static str,
}

impl Traceroute {
    pub(super) fn new(options: &command::Traceroute) -> Self {
        Self {
            options: options.clone(),
            src: Ipv4Addr::UNSPECIFIED,
            dst: options.host,
            id: 0,
            probes: Vec::new(),
            printed: 0,
            last_shown: None,
            reached: None,
        }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(Token(at)) => {
                if let Some(probe) = self.probes.get_mut(at as usize) {
                    probe.expired = true;
                }
                self.go_on(ctl);
            }
            AppEvent::Icmp(news) => self.news(&news, ctl),
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let host = self.options.host;
        ctl.print(format!(
            "traceroute to {host} ({host}), {} hops max, 60 byte packets\n",
            self.options.max_hops
        ));
        let out = ctl.host.fib().output(host, None, None);
        if let Err(why) = out {
            ctl.host.count_no_route(why);
        }
        let out = match out {
            Ok(out) => out,
            Err(why) => {
                ctl.complain(format!("connect: {why}\n"));
                ctl.end(1);
                return;
            }
        };
        (self.src, self.dst) = (out.src, ctl.host.fib().meant(host, None, None));
        let choices = udp::PORTS.len() as u32;
        self.id = udp::PORTS.start() + (ctl.cx.rng.next_u32() % choices) as u16;
        self.go_on(ctl);
    }

    fn ttl_of(&self, probe: usize) -> u8 {
        (probe / usize::from(self.options.queries.max(1)) + 1).min(255) as u8
    }

    /// How many probes there will be at most: up to the host, or to the last TTL.
    fn most(&self) -> usize {
        let hops = self.reached.unwrap_or(self.options.max_hops);
        usize::from(hops) * usize::from(self.options.queries)
    }

    fn go_on(&mut self, ctl: &mut Ctl<'_, '_>) {
        self.print(ctl);
        if self.printed >= self.most() {
            ctl.end(0);
            return;
        }
        let open = |probe: &&Probe| probe.answer.is_none() && !probe.expired;
        while self.probes.len() < self.most() && self.probes.iter().filter(open).count() < AT_ONCE {
            if !self.send(ctl) {
                ctl.complain("send: Operation not permitted\n");
                ctl.end(1);
                return;
            }
        }
    }

    /// Sends the next probe; false if this host's own rules do not let it out.
    fn send(&mut self, ctl: &mut Ctl<'_, '_>) -> bool {
        let nth = self.probes.len();
        let (src, dst, ttl) = (self.src, self.dst, self.ttl_of(nth));
        self.probes.push(Probe { sent: ctl.now(), answer: None, expired: false });
        ctl.after(self.options.wait, Token(nth as u32));
        let proto = if self.options.icmp { PROTO } else { udp::PROTO };
        let head = IpHead {
            src,
            dst,
            proto,
            ttl,
            tos: 0,
            id: ctl.host.hashed_id(src, dst, proto),
            df: false,
        };
        let (own, icmp) = (self.id, self.options.icmp);
        let packet = head.packet(LEN, |body| {
            // Of an echo request traceroute counts the header in, of a datagram it does not.
            let first = if icmp { HEAD as u8 } else { 0 };
            for (byte, value) in body[HEAD..].iter_mut().zip(b'@' + first..) {
                *byte = value;
            }
            if icmp {
                body[0] = ECHO;
                body[4..6].copy_from_slice(&own.to_be_bytes());
                body[6..8].copy_from_slice(&(nth as u16 + 1).to_be_bytes());
                let sum = checksum(body, 0);
                body[2..4].copy_from_slice(&sum.to_be_bytes());
                return;
            }
            body[..2].copy_from_slice(&own.to_be_bytes());
            body[2..4].copy_from_slice(&(FIRST_PORT + nth as u16).to_be_bytes());
            body[4..6].copy_from_slice(&(LEN as u16).to_be_bytes());
            let sum = checksum(body, pseudo(src, dst, proto, LEN));
            body[6..8].copy_from_slice(&sum.to_be_bytes());
        });
        let Ok(out) = ctl.host.fib().output(dst, Some(src), None) else { return true };
        match icmp {
            true => ctl.host.count_icmp(ECHO),
            false => ctl.host.counters.count(Counter::UdpOutDatagrams),
        }
        ctl.host.ip_send(Skb::own(packet), out, ctl.cx)
    }

    /// Whether a message answers, or quotes, one of its probes.
    pub(super) fn hears(&self, news: &IcmpNews) -> bool {
        match news.kind {
            ECHO_REPLY => self.options.icmp && news.id == self.id,
            _ if self.options.icmp => news.quoted_proto == PROTO && news.id == self.id,
            _ => news.quoted_proto == udp::PROTO && news.quoted_ports.0 == self.id,
        }
    }

    fn news(&mut self, news: &IcmpNews, ctl: &mut Ctl<'_, '_>) {
        if news.kind == REDIRECT {
            return;
        }
        let nth = usize::from(match self.options.icmp {
            true => news.seq.wrapping_sub(1),
            false => news.quoted_ports.1.wrapping_sub(FIRST_PORT),
        });
        let ttl = self.ttl_of(nth);
        let Some(probe) = self.probes.get_mut(nth).filter(|probe| probe.answer.is_none()) else {
            return;
        };
        let mark = match (news.kind, news.code) {
            (UNREACHABLE, 0) => " !N",
            (UNREACHABLE, 1) => " !H",
            (UNREACHABLE, 2) => " !P",
            (UNREACHABLE, 4) => " !F",
            (UNREACHABLE, 13) => " !X",
            _ => "",
        };
        probe.answer = Some(Answer { from: news.from, took: ctl.now() - probe.sent, mark });
        ctl.cancel(Token(nth as u32));
        if news.kind != TIME_EXCEEDED {
            self.reached = Some(self.reached.map_or(ttl, |known| known.min(ttl)));
        }
        self.go_on(ctl);
    }

    /// Prints all probes up to the first that is still open.
    fn print(&mut self, ctl: &mut Ctl<'_, '_>) {
        let queries = usize::from(self.options.queries.max(1));
        let mut text = String::new();
        while self.printed < self.most() {
            let Some(probe) = self.probes.get(self.printed) else { break };
            if self.printed.is_multiple_of(queries) {
                if probe.answer.is_none() && !probe.expired {
                    break;
                }
                text.push_str(&format!("{:2} ", self.ttl_of(self.printed)));
                self.last_shown = None;
            }
            match &probe.answer {
                Some(answer) => {
                    if self.last_shown != Some(answer.from) {
                        let name = match self.options.numeric {
                            true => format!(" {}", answer.from),
                            false => format!(" {0} ({0})", answer.from),
                        };
                        text.push_str(&name);
                        self.last_shown = Some(answer.from);
                    }
                    let micros = answer.took.as_micros();
                    text.push_str(&format!("  {}.{:03} ms", micros / 1_000, micros % 1_000));
                    text.push_str(answer.mark);
                }
                None if probe.expired => text.push_str(" *"),
                None => break,
            }
            self.printed += 1;
            if self.printed.is_multiple_of(queries) {
                text.push('\n');
            }
        }
        ctl.print(text);
    }
}
