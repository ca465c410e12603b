//! `ping` of iputils: echo requests, and what comes back.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::Instant;
use rand_core::RngCore;

use super::{AppEvent, Ctl, IcmpNews, Token};
use crate::command::ping as command;
use crate::event::IfaceId;
use crate::host::fib::{Fib, NoRoute, Out, RouteKind};
use crate::host::icmp::{ECHO, ECHO_REPLY, HEAD, PROTO, REDIRECT, TIME_EXCEEDED, UNREACHABLE};
use crate::host::packet::{IpHead, Skb, checksum};

const NEXT: Token = Token(0);
const DEADLINE: Token = Token(1);
const LAST: Token = Token(2);

/// What ping says when it may not send: it takes the refusal for that of a broadcast.
const BROADCAST: &str =
    "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
/// Bytes of the time stamp at the start of the payload.
const STAMP: usize = 16;
/// How long the last answer is waited for if none has come yet. iputils: MAXWAIT.
const LINGER: Duration = Duration::from_secs(10);

/// A `ping` that runs.
#[derive(Clone, Debug)]
pub(super) struct Ping {
    options: command::Ping,
    /// Who is asked: `0.0.0.0` on the command line means this host itself.
    host: Ipv4Addr,
    id: u16,
    src: Ipv4Addr,
    sent: u64,
    sent_at: Vec<Instant>,
    seen: BTreeSet<u16>,
    errors: u64,
    pipe: u64,
    times: Vec<Duration>,
}

impl Ping {
    pub(super) fn new(options: &command::Ping) -> Self {
        Self {
            options: options.clone(),
            host: options.host,
            id: 0,
            src: Ipv4Addr::UNSPECIFIED,
            sent: 0,
            sent_at: Vec::new(),
            seen: BTreeSet::new(),
            errors: 0,
            pipe: 0,
            times: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(NEXT) => self.send(ctl),
            AppEvent::Timer(_) | AppEvent::Signal(_) => self.finish(ctl),
            AppEvent::Icmp(news) => self.news(&news, ctl),
            _ => {}
        }
    }

    /// Whether a message answers, or quotes, a request of this ping.
    pub(super) fn hears(&self, news: &IcmpNews) -> bool {
        match news.kind {
            ECHO_REPLY => news.id == self.id && news.quoted_src == self.src,
            _ => news.quoted_proto == PROTO && news.id == self.id && news.quoted_dst == self.host,
        }
    }

    /// From where the options say.
    fn from(&self, fib: &Fib) -> (Option<Ipv4Addr>, Option<IfaceId>) {
        match &self.options.from {
            Some(command::Source::Addr(addr)) => (Some(*addr), None),
            Some(command::Source::Iface(name)) => (None, fib.iface_by_name(name)),
            None => (None, None),
        }
    }

    /// The way to the host.
    fn route(&self, ctl: &Ctl<'_, '_>) -> Result<Out, NoRoute> {
        let fib = ctl.host.fib();
        let (src, oif) = self.from(fib);
        fib.output(self.host, src, oif)
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let (src, oif) = self.from(ctl.host.fib());
        self.host = ctl.host.fib().meant(self.options.host, src, oif);
        let out = match self.way(ctl) {
            Ok(out) => out,
            Err(problem) => {
                // ping connects a UDP socket to learn its own address; with -I ADDR it need not.
                if self.options.from.is_none()
                    && let Err(why) = self.route(ctl)
                {
                    ctl.host.count_no_route(why);
                }
                ctl.complain(format!("ping: {problem}\n"));
                ctl.end(2);
                return;
            }
        };
        self.src = out.src;
        self.id = ctl.cx.rng.next_u32() as u16;
        let size = self.options.size;
        let from = match &self.options.from {
            Some(command::Source::Addr(addr)) => format!("from {addr} : "),
            Some(command::Source::Iface(name)) => format!("from {} {name}: ", self.src),
            None => String::new(),
        };
        ctl.print(format!(
            "PING {} ({}) {from}{size}({}) bytes of data.\n",
            self.options.host,
            self.host,
            u32::from(size) + 28
        ));
        if let Some(seconds) = self.options.deadline_s {
            ctl.after(Duration::from_secs(u64::from(seconds)), DEADLINE);
        }
        self.send(ctl);
    }

    /// The way to the host, or what ping says when there is none.
    fn way(&self, ctl: &Ctl<'_, '_>) -> Result<Out, String> {
        let fib = ctl.host.fib();
        match &self.options.from {
            Some(command::Source::Addr(addr)) if !fib.is_own(*addr) => {
                return Err("bind: Cannot assign requested address".into());
            }
            Some(command::Source::Iface(name)) if fib.iface_by_name(name).is_none() => {
                return Err(format!("SO_BINDTODEVICE {name}: No such device"));
            }
            _ => {}
        }
        Err(match self.route(ctl) {
            Ok(out) if out.kind != RouteKind::Broadcast => return Ok(out),
            Ok(_) | Err(NoRoute::Prohibited) => BROADCAST,
            Err(NoRoute::Net) => "connect: Network is unreachable",
            Err(NoRoute::Host) => "connect: No route to host",
            Err(NoRoute::Blackhole) => "connect: Invalid argument",
        }
        .into())
    }

    fn send(&mut self, ctl: &mut Ctl<'_, '_>) {
        if self.options.count.is_some_and(|count| self.sent >= count) {
            return;
        }
        let seq = (self.sent + 1) as u16;
        self.sent += 1;
        self.sent_at.push(ctl.now());
        self.request(seq, ctl);
        if self.options.count.is_none_or(|count| self.sent < count) {
            ctl.after(self.options.interval, NEXT);
        } else if !ctl.waits(LAST) {
            ctl.after(self.last_wait(), LAST);
        }
    }

    /// How long the last request is waited for. iputils ping_common.c, __schedule_exit.
    fn last_wait(&self) -> Duration {
        match self.times.iter().max() {
            Some(longest) => (*longest * 2).max(self.options.interval),
            None => self.options.linger.unwrap_or(LINGER),
        }
    }

    fn request(&mut self, seq: u16, ctl: &mut Ctl<'_, '_>) {
        let Ok(out) = self.route(ctl) else {
            ctl.complain("ping: sendmsg: Network is unreachable\n");
            self.errors += 1;
            return;
        };
        let len = HEAD + usize::from(self.options.size);
        let mode = self.options.pmtu.unwrap_or(command::Pmtu::Want);
        let fits = len + 20 <= usize::from(out.mtu);
        if mode == command::Pmtu::Do && !fits {
            ctl.complain(format!("ping: local error: message too long, mtu={}\n", out.mtu));
            self.errors += 1;
            return;
        }
        let df = mode != command::Pmtu::Dont && fits && !out.mtu_locked;
        let dst = self.host;
        let id = match mode {
            command::Pmtu::Do => 0,
            _ if dst.is_multicast() => 0,
            _ => ctl.host.hashed_id(self.src, dst, PROTO),
        };
        // Linux: IP_MULTICAST_TTL is 1 unless it was set.
        let ttl = match self.options.ttl {
            Some(ttl) => ttl,
            None if dst.is_multicast() => 1,
            None => ctl.host.default_ttl(),
        };
        let head = IpHead { src: self.src, dst, proto: PROTO, ttl, tos: 0, id, df };
        let (own, now) = (self.id, ctl.now().as_nanos() / 1_000);
        let packet = head.packet(len, |body| {
            body[0] = ECHO;
            body[4..6].copy_from_slice(&own.to_be_bytes());
            body[6..8].copy_from_slice(&seq.to_be_bytes());
            for (at, byte) in body[HEAD..].iter_mut().enumerate() {
                *byte = at as u8;
            }
            if let Some(stamp) = body[HEAD..].first_chunk_mut::<STAMP>() {
                stamp[..8].copy_from_slice(&(now / 1_000_000).to_le_bytes());
                stamp[8..].copy_from_slice(&(now % 1_000_000).to_le_bytes());
            }
            let sum = checksum(body, 0);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        });
        ctl.host.count_icmp(ECHO);
        ctl.host.ip_send(Skb::own(packet), out, ctl.cx);
    }

    fn news(&mut self, news: &IcmpNews, ctl: &mut Ctl<'_, '_>) {
        if news.kind == ECHO_REPLY {
            self.reply(news, ctl);
            return;
        }
        let (from, seq) = (news.from, news.seq);
        if news.kind == REDIRECT {
            self.redirected(news, ctl);
            return;
        }
        self.acknowledge(seq);
        let text = match (news.kind, news.code) {
            (UNREACHABLE, 0) => "Destination Net Unreachable".into(),
            (UNREACHABLE, 1) => "Destination Host Unreachable".into(),
            (UNREACHABLE, 2) => "Destination Protocol Unreachable".into(),
            (UNREACHABLE, 3) => "Destination Port Unreachable".into(),
            (UNREACHABLE, 4) => format!("Frag needed and DF set (mtu = {})", news.mtu),
            (UNREACHABLE, 13) => "Packet filtered".into(),
            (TIME_EXCEEDED, 0) => "Time to live exceeded".into(),
            (TIME_EXCEEDED, _) => "Frag reassembly time exceeded".into(),
            (kind, code) => format!("Bad ICMP type: {kind} code: {code}"),
        };
        self.errors += 1;
        if !self.options.quiet {
            ctl.print(format!("From {from} icmp_seq={seq} {text}\n"));
        }
        self.end_if_all(ctl);
    }

    /// Told, not counted. iputils ping.c, ping4_parse_reply and pr_icmph.
    fn redirected(&mut self, news: &IcmpNews, ctl: &mut Ctl<'_, '_>) {
        let IcmpNews { from, seq, gateway, .. } = news;
        let about = match news.code {
            0 => "Redirect Network",
            1 => "Redirect Host",
            2 => "Redirect Type of Service and Network",
            3 => "Redirect Type of Service and Host",
            code => &format!("Redirect, Bad Code: {code}"),
        };
        if !self.options.quiet {
            ctl.print(format!("From {from}: icmp_seq={seq} {about}(New nexthop: {gateway})\n"));
        }
    }

    /// How many requests were on their way when this one was answered. iputils ping.h, acknowledge.
    fn acknowledge(&mut self, seq: u16) {
        let behind = (self.sent as u16).wrapping_sub(seq);
        if behind <= 0x7fff {
            self.pipe = self.pipe.max(u64::from(behind) + 1);
        }
    }

    fn reply(&mut self, news: &IcmpNews, ctl: &mut Ctl<'_, '_>) {
        let at = usize::from(news.seq).wrapping_sub(1);
        let Some(&sent) = self.sent_at.get(at) else { return };
        self.acknowledge(news.seq);
        let took = ctl.now() - sent;
        let again = if self.seen.insert(news.seq) { "" } else { " (DUP!)" };
        let stamped = usize::from(self.options.size) >= STAMP;
        if stamped && again.is_empty() {
            self.times.push(took);
        }
        if !self.options.quiet {
            let time = if stamped { format!(" time={} ms", millis(took)) } else { String::new() };
            ctl.print(format!(
                "{} bytes from {}: icmp_seq={} ttl={}{time}{again}\n",
                news.len, news.from, news.seq, news.ttl
            ));
        }
        self.end_if_all(ctl);
    }

    /// From the first request to the last. iputils ping_common.c, finish: the time of the last send
    /// counts.
    fn sending(&self) -> Duration {
        match (self.sent_at.first(), self.sent_at.last()) {
            (Some(&first), Some(&last)) => last - first,
            _ => Duration::ZERO,
        }
    }

    fn end_if_all(&mut self, ctl: &mut Ctl<'_, '_>) {
        let heard = self.seen.len() as u64 + self.errors;
        if self.options.count.is_some_and(|count| heard >= count) {
            self.finish(ctl);
        }
    }

    fn finish(&mut self, ctl: &mut Ctl<'_, '_>) {
        let (sent, received) = (self.sent, self.seen.len() as u64);
        let errors = match self.errors {
            0 => String::new(),
            errors => format!("+{errors} errors, "),
        };
        let mut text = format!(
            "\n--- {} ping statistics ---\n{sent} packets transmitted, {received} received, \
             {errors}{}% packet loss, time {}ms\n",
            self.options.host,
            percent(sent - received.min(sent), sent),
            self.sending().as_millis(),
        );
        if let Some(line) = summary(&self.times) {
            text.push_str(&line);
        }
        if self.pipe > 1 {
            let comma = if self.times.is_empty() { "" } else { ", " };
            text.push_str(&format!("{comma}pipe {}", self.pipe));
        }
        text.push('\n');
        ctl.print(text);
        ctl.end(u8::from(received == 0));
    }
}

/// A share in percent as ping prints it (`%.6g`): six significant digits, none more than needed.
fn percent(part: u64, whole: u64) -> String {
    let whole = whole.max(1);
    let digits = match part * 100 / whole {
        100.. => 3,
        10.. => 4,
        1.. => 5,
        // Zeros behind the point are not significant; below 0.0001 ping would write an exponent.
        _ => (6..9).find(|&digits| part * 10_u64.pow(digits - 3) >= whole).unwrap_or(9),
    };
    let unit = 10_u64.pow(digits);
    let rounded = (part * 200 * unit + whole) / (2 * whole);
    let fraction = format!("{:0width$}", rounded % unit, width = digits as usize);
    match fraction.trim_end_matches('0') {
        "" => (rounded / unit).to_string(),
        fraction => format!("{}.{fraction}", rounded / unit),
    }
}

/// A time as ping prints it behind `time=`.
fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        100_000.. => format!("{}", micros / 1_000),
        10_000.. => format!("{}.{:01}", micros / 1_000, micros % 1_000 / 100),
        1_000.. => format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10),
        _ => format!("0.{micros:03}"),
    }
}

/// `rtt min/avg/max/mdev`; none without times.
fn summary(times: &[Duration]) -> Option<String> {
    let micros: Vec<u128> = times.iter().map(Duration::as_micros).collect();
    let count = micros.len() as u128;
    let (min, max) = (micros.iter().min()?, micros.iter().max()?);
    let average = micros.iter().sum::<u128>() / count;
    let squares = micros.iter().map(|time| time * time).sum::<u128>() / count;
    let deviation = squares.saturating_sub(average * average).isqrt();
    let form = |micros: u128| format!("{}.{:03}", micros / 1_000, micros % 1_000);
    Some(format!(
        "rtt min/avg/max/mdev = {}/{}/{}/{} ms",
        form(*min),
        form(average),
        form(*max),
        form(deviation)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_percent_as_ping_does() {
        let rows = [
            (0, 3, "0"),
            (3, 3, "100"),
            (1, 3, "33.3333"),
            (1, 2, "50"),
            (2, 3, "66.6667"),
            (1, 301, "0.332226"),
            (1, 1000, "0.1"),
            (1, 1001, "0.0999001"),
            (1, 65_270, "0.0015321"),
        ];
        for (part, whole, text) in rows {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn prints_times_as_ping_does() {
        let rows = [(110, "0.110"), (4_000, "4.00"), (12_345, "12.3"), (123_456, "123")];
        for (micros, text) in rows {
            assert_eq!(millis(Duration::from_micros(micros)), text);
        }
    }
}
