//! What the director's host says itself: which packets may leave that the engine has not made.

use lvs_engine::{Endpoint, Hook, IcmpError, Meta, Method, Proto, Rewrite, ServiceKey, View};
use lvsim_tests::packet::{ICMP, Ip, TCP, UDP, u16_at};

use super::bytes;
use super::director::{Awaited, Director, Seen};
use super::table::Whose;

impl Director {
    /// Whether the host itself has made a packet that left. It has met the engine at LOCAL_OUT, and
    /// is seen only behind it. So what it was before is guessed, and a guess is right if it is
    /// something that the host says, and the engine makes of it what was seen.
    pub(super) fn is_own(&mut self, seen: &Seen<'_>) -> bool {
        if self.table.whose(seen.packet.src()) != Whose::Own {
            return false;
        }
        let now = self.wait_until(seen.at);
        for guess in self.guesses(&seen.packet) {
            let packet = Ip::read(&guess).expect("it was read before");
            let is_said = match packet.proto() {
                TCP | UDP => self.is_talk(&packet),
                ICMP => self.is_message(&packet),
                _ => false,
            };
            if !is_said || self.table.whose(packet.src()) != Whose::Own {
                continue;
            }
            let routed_local = self.table.whose(packet.dst()) == Whose::Own;
            let meta = Meta { routed_local, ..Meta::at(Hook::LocalOut) };
            let view = View::new(&guess).expect("it was read before");
            let mut engine = self.engine.clone();
            let verdict = engine.handle(now, meta, &view, &mut self.table, &mut ());
            let made = verdict.passing().map(|(rewrite, _)| bytes::edited(&guess, rewrite));
            if made.is_some_and(|made| seen.is(&made)) {
                self.engine = engine;
                return true;
            }
        }
        false
    }

    /// A segment or datagram of a program here: an answer to what the engine let in, or not in the
    /// name of a service.
    fn is_talk(&self, packet: &Ip<'_>) -> bool {
        let Some((proto, src, dst)) = ends(packet) else { return true };
        let asked = (proto, dst, src);
        let was_let_in = self
            .let_in
            .iter()
            .any(|packet| Ip::read(packet).and_then(|packet| ends(&packet)) == Some(asked));
        let named = |port| ServiceKey::Port { proto, vip: Endpoint::new(src.addr, port) };
        let mut ports = [src.port, 0].into_iter();
        let is_service = ports.any(|port| self.engine.service(named(port)).is_some());
        let mut conns = self.engine.conns();
        let is_vip = conns.any(|conn| (conn.proto, conn.vip, conn.client) == (proto, src, dst));
        was_let_in || !(is_service || is_vip)
    }

    /// A message of the host's ICMP: an echo request, the answer to one that it got, or an error
    /// about a packet that the engine left to it or that it could not hand over.
    fn is_message(&self, packet: &Ip<'_>) -> bool {
        let message = packet.payload();
        let asked = |own: &Ip<'_>| {
            own.proto() == ICMP
                && own.payload().first() == Some(&8)
                && (own.src(), own.dst()) == (packet.dst(), packet.src())
        };
        let quoted = |own: &Ip<'_>| {
            let place = message.get(8..28).map(|quote| (quote[9], &quote[12..20]));
            let same = place == Some((own.proto(), &own.bytes()[12..20]));
            same && message.get(28..).is_some_and(|rest| {
                let len = rest.len().min(4).min(own.payload().len());
                rest[..len] == own.payload()[..len]
            })
        };
        // Of TCP a host refuses a port by a RST: this error is IPVS's.
        if message.starts_with(&[3, 3]) && message.get(17) == Some(&TCP) {
            return false;
        }
        let mut left = self.let_in.iter().chain(self.awaited.iter().map(|own| &own.bytes));
        match message.first() {
            Some(8) => true,
            Some(5) => self.crossed.iter().any(|own| Ip::read(own).is_some_and(|own| quoted(&own))),
            Some(0) => left.any(|own| Ip::read(own).is_some_and(|own| asked(&own))),
            _ => left.any(|own| Ip::read(own).is_some_and(|own| quoted(&own))),
        }
    }

    /// What a packet of this host may have been before IPVS had it.
    fn guesses(&self, sent: &Ip<'_>) -> Vec<Vec<u8>> {
        let mut guesses = Vec::new();
        if let Some((proto, src, dst)) = ends(sent) {
            for conn in self.engine.conns().filter(|conn| conn.proto == proto) {
                // A real server here has answered in the VIP's name.
                if (conn.vip, conn.client) == (src, dst) && conn.method == Method::Nat {
                    let back = Rewrite { src: Some(conn.rip), ..Rewrite::default() };
                    guesses.push(bytes::edited(sent.bytes(), back));
                }
            }
            // IPVS has counted a hop: a client here has asked for a service.
            if sent.ttl() + 1 == self.own_ttl() {
                for service in self.engine.services() {
                    let ServiceKey::Port { vip, .. } = service.key() else { continue };
                    let back = Rewrite { dst: Some(vip), ..Rewrite::default() };
                    guesses.push(bytes::younger(&bytes::edited(sent.bytes(), back)));
                }
            }
        }
        // The neighbour of a packet that IPVS had made did not answer: the host tells its sender.
        if sent.proto() == ICMP && sent.payload().starts_with(&[3, 1]) {
            let (to, ttl) = (sent.dst(), self.own_ttl());
            let src = self.table.source(to).unwrap_or(sent.src());
            let stuck = self.awaited.iter().filter(|own| own.bytes[12..16] == to.octets());
            let told =
                |own: &Awaited| bytes::error(IcmpError::HostUnreachable, &own.bytes, src, to, ttl);
            guesses.extend(stuck.map(told));
        }
        guesses.push(sent.bytes().to_vec());
        guesses
    }
}

/// A packet's ends: protocol, source, destination.
type Ends = (Proto, Endpoint, Endpoint);

/// The ends of a segment or datagram.
fn ends(packet: &Ip<'_>) -> Option<Ends> {
    let proto = Proto::from_number(packet.proto())?;
    let port = |at| u16_at(packet.payload(), at);
    let (src, dst) = (port(0)?, port(2)?);
    Some((proto, Endpoint::new(packet.src(), src), Endpoint::new(packet.dst(), dst)))
}
