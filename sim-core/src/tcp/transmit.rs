//! How one segment is made: header fields, options, IP ID, and what the sending of it changes.
//!
//! Linux 6.1 net/ipv4/tcp_output.c __tcp_transmit_skb, tcp_send_ack, tcp_xmit_probe_skb,
//! tcp_send_active_reset, tcp_options_write.

use lvs_engine::Instant;

use super::emit::{Emit, IpId};
use super::handshake::advertised_mss;
use super::options::{OptionBytes, Options, Timestamps};
use super::segment::Flags;
use super::socket::Socket;
use super::{Cx, Output, seq, window};
use crate::counters::Counter;

/// What all segments of one chunk have in common.
#[derive(Clone, Copy)]
struct Header {
    ack: u32,
    window: u16,
    options: OptionBytes,
}

impl Socket {
    /// Acknowledgement, window and options of what is sent now, with the clock of `at`. From here on nothing waits to be
    /// acknowledged.
    fn header(&mut self, at: Instant) -> Header {
        let timestamps = self.agreed.timestamps.then(|| self.stamp(at));
        let sacks = if self.agreed.sack { self.inbox.sacks_to_send() } else { Vec::new() };
        let options = OptionBytes::established(timestamps, &sacks);
        let (window, room) = self.window.offer(self.rcv_nxt, self.inbox.held(), self.acks.mss);
        if room.tight {
            self.acks.leave_quick();
        }
        self.acks.sent();
        self.squeeze.sent();
        Header { ack: self.rcv_nxt, window, options }
    }

    fn stamp(&self, at: Instant) -> Timestamps {
        Timestamps { value: self.clock(at), echo: self.ts_recent }
    }

    fn emit(&mut self, cx: &mut Cx<'_>, seq: u32, flags: Flags, header: &Header, payload: Vec<u8>) {
        let len = payload.len() as u32 + u32::from(flags.has(Flags::FIN));
        let is_again = len > 0 && !seq::after(seq.wrapping_add(len), self.snd.nxt);
        // A SYN is counted by whoever knows whether it is the first.
        if !flags.has(Flags::SYN) {
            cx.count(if is_again { Counter::TcpRetransSegs } else { Counter::TcpOutSegs });
        }
        let ip_id = IpId::Counted(self.ip_id);
        self.ip_id = self.ip_id.wrapping_add(1);
        self.snd.last = cx.now;
        cx.out.push(Output::Segment(Emit {
            src: self.local,
            dst: self.remote,
            seq,
            ack: header.ack,
            flags,
            window: header.window,
            options: header.options,
            payload,
            ip_id,
            tos: 0,
            df: !self.path.locked,
        }));
    }

    /// Sends the SYN. The window is not scaled, and the clock of the first one is remembered as
    /// that of the attempt.
    pub fn send_syn(&mut self, cx: &mut Cx<'_>) {
        // Linux 6.1 tcp_output.c, tcp_advertise_mss: never more than at first.
        self.advmss = self.advmss.min(advertised_mss(self.path));
        let options = Options {
            mss: Some(self.advmss as u16),
            scale: Some(window::SCALE),
            sack_permitted: true,
            timestamps: Some(self.stamp(cx.now)),
            ..Options::default()
        };
        let window = self.window.offered.min(0xffff) as u16;
        let header = Header { ack: 0, window, options: OptionBytes::syn(&options) };
        if self.syn.is_none() {
            cx.count(Counter::TcpOutSegs);
        }
        let first = self.syn.map_or(cx.now, |(first, _)| first);
        self.syn = Some((first, cx.now));
        self.emit(cx, self.snd.una, Flags::SYN, &header, Vec::new());
    }

    /// Sends a bare acknowledgement.
    pub fn send_ack(&mut self, cx: &mut Cx<'_>) {
        let header = self.header(cx.now);
        self.emit(cx, self.acceptable_seq(), Flags::ACK, &header, Vec::new());
    }

    /// A sequence number that the peer accepts, also after it has shrunk its window.
    fn acceptable_seq(&self) -> u32 {
        seq::earlier(self.window_end(), self.snd.nxt)
    }

    /// Asks for the window: an acknowledgement with an old sequence number, which the peer must
    /// answer.
    pub fn send_window_probe(&mut self, cx: &mut Cx<'_>) {
        let header = self.header(cx.now);
        self.emit(cx, self.snd.una.wrapping_sub(1), Flags::ACK, &header, Vec::new());
    }

    /// Tells the peer that the connection is gone.
    pub fn send_reset(&mut self, cx: &mut Cx<'_>) {
        cx.count(Counter::TcpOutRsts);
        let header = self.header(cx.now);
        self.emit(cx, self.acceptable_seq(), Flags::RST | Flags::ACK, &header, Vec::new());
    }

    /// Sends a chunk, cut into segments. The last of several always carries PSH, as Linux marks
    /// what it hands down whole.
    pub fn send_chunk(&mut self, cx: &mut Cx<'_>, at: usize, mss: u32) {
        self.cut_for = self.path.mtu;
        let chunk = self.outbox.chunk_mut(at);
        chunk.mss = mss;
        chunk.sent_at = self.snd.clock;
        chunk.order = self.snd.readings;
        let mut chunk = chunk.clone();
        // Only the copy that is handed down is marked: what is cut off it later is not.
        // Linux 6.1 tcp_output.c, __tcp_transmit_skb.
        chunk.push |= chunk.segments() > 1;
        let header = self.header(self.snd.clock);
        let mut start = 0;
        loop {
            let len = mss.min(chunk.len - start);
            let is_last = start + len == chunk.len;
            let mut flags = Flags::ACK;
            if is_last && chunk.push && chunk.len > 0 {
                flags = flags | Flags::PSH;
            }
            if is_last && chunk.fin {
                flags = flags | Flags::FIN;
            }
            let first = chunk.seq.wrapping_add(start);
            let payload = self.outbox.payload(first, len);
            self.emit(cx, first, flags, &header, payload);
            start += len;
            if is_last {
                break;
            }
        }
        if chunk.len > 0 {
            self.snd.last_data = cx.now;
            self.acks.data_sent(cx.now);
        }
    }
}
