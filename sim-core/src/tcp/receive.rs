//! A segment comes to the host: who answers for it, and what becomes of the entry that does.
//!
//! Linux 6.1 net/ipv4/tcp_ipv4.c tcp_v4_rcv, tcp_v4_do_rcv.

use lvs_engine::{Endpoint, Instant, OriginId};

use super::handshake::Birth;
use super::listener::{self, Request};
use super::segment::{Flags, Segment};
use super::socket::Socket;
use super::time_wait;
use super::{Cx, Entry, Output, PathInfo, Slot, SocketEvent, SocketId, State, Tcp, reset};
use crate::counters::Counter;

impl Tcp {
    /// A segment for a local address comes, its checksum verified. `path` is the route back to its
    /// sender.
    pub fn receive(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>, path: PathInfo) {
        let Some(&id) = self.tuples.get(&(segment.dst, segment.src)) else {
            self.receive_at_listener(cx, segment, path, None);
            return;
        };
        match self.entry_mut(id) {
            Some(Entry::Request(request)) => {
                let check = request.check(cx, segment);
                self.receive_at_request(cx, segment, id, check);
            }
            Some(Entry::TimeWait(record)) => {
                let before = record.timer.at;
                let check = record.check(cx, segment);
                let now = record.timer.at;
                self.resting.remove(&(before, id));
                self.resting.insert((now, id));
                match check {
                    time_wait::Check::Keep => {}
                    time_wait::Check::Forget => self.forget(id),
                    time_wait::Check::ForgetAndReset => {
                        self.forget(id);
                        send_reset(cx, segment);
                    }
                    time_wait::Check::Renew(isn) => {
                        self.forget(id);
                        self.receive_at_listener(cx, segment, path, Some(isn));
                    }
                }
            }
            Some(Entry::Socket(_)) => {
                let is_refused = self.with(cx, id, |socket, cx| socket.receive(cx, segment));
                if is_refused == Some(true) {
                    send_reset(cx, segment);
                }
            }
            None => {}
        }
    }

    /// No connection: a listener takes a SYN, everything else with a sequence number to deny is
    /// reset.
    fn receive_at_listener(
        &mut self,
        cx: &mut Cx<'_>,
        segment: &Segment<'_>,
        path: PathInfo,
        isn: Option<u32>,
    ) {
        let Some(listener) = self.listener_for(segment.dst) else {
            send_reset(cx, segment);
            return;
        };
        if segment.has(Flags::RST) {
            return;
        }
        if segment.has(Flags::ACK) {
            send_reset(cx, segment);
            return;
        }
        if !segment.has(Flags::SYN) || segment.has(Flags::FIN) {
            return;
        }
        if listener.is_full() {
            cx.count(Counter::TcpExtListenOverflows);
            cx.count(Counter::TcpExtListenDrops);
            return;
        }
        let (local, remote) = (segment.dst, segment.src);
        let isn = isn.unwrap_or_else(|| self.isn(cx.now, local, remote));
        let numbers = (isn, self.ts_offset(local, remote));
        let origin = listener.origin;
        let request = Request::new(cx, listener.id, segment, path, numbers);
        request.send_syn_ack(cx);
        let id = SocketId(self.fresh_id());
        self.insert(id, (local, remote), Entry::Request(Box::new(request)), origin);
    }

    fn receive_at_request(
        &mut self,
        cx: &mut Cx<'_>,
        segment: &Segment<'_>,
        id: SocketId,
        check: listener::Check,
    ) {
        match check {
            listener::Check::Keep => {}
            listener::Check::Forget => {
                count_embryo(cx);
                self.forget(id);
            }
            listener::Check::Reset => send_reset(cx, segment),
            listener::Check::ForgetAndReset => {
                count_embryo(cx);
                self.forget(id);
                send_reset(cx, segment);
            }
            listener::Check::Complete => self.complete(cx, segment, id),
        }
    }

    /// The handshake is complete: the request becomes a socket, if the accept queue has room.
    fn complete(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>, id: SocketId) {
        let settings = self.settings;
        let Ok(at) = self.slots.binary_search_by_key(&id, |slot| slot.id) else { return };
        let Entry::Request(request) = &mut self.slots[at].entry else { return };
        let of_it = |listener: &&mut listener::Listener| listener.id == request.listener;
        let Some(listener) = self.listeners.iter_mut().find(of_it) else { return };
        if listener.is_full() {
            request.waits_for_room = true;
            cx.count(Counter::TcpExtListenOverflows);
            cx.count(Counter::TcpExtListenDrops);
            return;
        }
        listener.queue.push_back(id);
        let birth = Birth {
            id,
            local: request.local,
            remote: request.remote,
            path: request.path,
            isn: request.isn,
            ts_offset: request.ts_offset,
            settings,
        };
        cx.count(Counter::TcpPassiveOpens);
        let event = SocketEvent::Accepted { listener: listener.id };
        let socket = Socket::accepted(cx, birth, request, segment);
        self.slots[at].entry = Entry::Socket(Box::new(socket));
        cx.out.push(Output::Event { socket: id, event });
        if self.with(cx, id, |socket, cx| socket.receive(cx, segment)) == Some(true) {
            send_reset(cx, segment);
        }
    }

    /// Lets a socket do something, and afterwards removes or replaces it if that was its end.
    pub(super) fn with<T>(
        &mut self,
        cx: &mut Cx<'_>,
        id: SocketId,
        action: impl FnOnce(&mut Socket, &mut Cx<'_>) -> T,
    ) -> Option<T> {
        let at = self.slots.binary_search_by_key(&id, |slot| slot.id).ok()?;
        let Slot { entry: Entry::Socket(socket), origin, .. } = &mut self.slots[at] else {
            return None;
        };
        let origin = *origin;
        let result = action(socket, cx);
        let tuple = (socket.local, socket.remote);
        let successor = socket.successor.take();
        if socket.state == State::Closed {
            let is_orphan = socket.orphan;
            // Another connection may use these endpoints already.
            if self.tuples.get(&tuple) == Some(&id) {
                self.tuples.remove(&tuple);
            }
            if is_orphan {
                self.forget(id);
            }
        }
        if let Some(record) = successor {
            let id = SocketId(self.fresh_id());
            self.insert(id, tuple, Entry::TimeWait(record), origin);
        }
        Some(result)
    }

    pub(super) fn entry(&self, id: SocketId) -> Option<&Entry> {
        let at = self.slots.binary_search_by_key(&id, |slot| slot.id).ok()?;
        Some(&self.slots[at].entry)
    }

    pub(super) fn entry_mut(&mut self, id: SocketId) -> Option<&mut Entry> {
        let at = self.slots.binary_search_by_key(&id, |slot| slot.id).ok()?;
        Some(&mut self.slots[at].entry)
    }

    pub(super) fn insert(
        &mut self,
        id: SocketId,
        tuple: (Endpoint, Endpoint),
        entry: Entry,
        origin: OriginId,
    ) {
        match &entry {
            Entry::TimeWait(record) => {
                self.resting.insert((record.timer.at, id));
            }
            Entry::Request(_) | Entry::Socket(_) => self.busy.push(id),
        }
        self.slots.push(Slot { id, entry, origin });
        self.tuples.insert(tuple, id);
    }

    /// Removes an entry.
    pub(super) fn forget(&mut self, id: SocketId) {
        let Ok(at) = self.slots.binary_search_by_key(&id, |slot| slot.id) else { return };
        let entry = self.slots.remove(at).entry;
        let tuple = match &entry {
            Entry::Request(request) => (request.local, request.remote),
            Entry::Socket(socket) => (socket.local, socket.remote),
            Entry::TimeWait(record) => (record.local, record.remote),
        };
        match &entry {
            Entry::TimeWait(record) => {
                self.resting.remove(&(record.timer.at, id));
            }
            Entry::Request(_) | Entry::Socket(_) => self.busy.retain(|own| *own != id),
        }
        if self.tuples.get(&tuple) == Some(&id) {
            self.tuples.remove(&tuple);
        }
    }

    pub(super) fn fresh_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn birth(
        &self,
        id: SocketId,
        local: Endpoint,
        remote: Endpoint,
        path: PathInfo,
        isn: u32,
    ) -> Birth {
        let ts_offset = self.ts_offset(local, remote);
        Birth { id, local, remote, path, isn, ts_offset, settings: self.settings }
    }

    /// The first sequence number: a secret of the endpoints, and a clock of 64 ns (RFC 6528).
    pub(super) fn isn(&self, now: Instant, local: Endpoint, remote: Endpoint) -> u32 {
        let ports = u64::from(local.port) << 16 | u64::from(remote.port);
        let keyed = mix(self.pair_secret(local, remote) ^ ports << 32);
        (keyed as u32).wrapping_add((now.as_nanos() / 64) as u32)
    }

    /// Where the clock of the timestamps starts for a pair of addresses.
    pub(super) fn ts_offset(&self, local: Endpoint, remote: Endpoint) -> u32 {
        (self.pair_secret(local, remote) >> 32) as u32
    }

    fn pair_secret(&self, local: Endpoint, remote: Endpoint) -> u64 {
        let addresses = u64::from(u32::from(local.addr)) << 32 | u64::from(u32::from(remote.addr));
        mix(self.secret ^ mix(addresses))
    }
}

/// A half-open connection ends by a RST or a SYN. Linux 6.1 tcp_minisocks.c, tcp_check_req.
fn count_embryo(cx: &mut Cx<'_>) {
    cx.count(Counter::TcpAttemptFails);
    cx.count(Counter::TcpExtEmbryonicRsts);
}

fn send_reset(cx: &mut Cx<'_>, segment: &Segment<'_>) {
    if let Some(answer) = reset::answer(segment) {
        cx.count(Counter::TcpOutRsts);
        cx.count(Counter::TcpOutSegs);
        cx.out.push(Output::Segment(answer));
    }
}

/// Spreads every bit of the input over the output (the finaliser of SplitMix64).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
