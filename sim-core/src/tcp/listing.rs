//! What `ss -tan` shows of the sockets.
//!
//! Linux 6.1 net/ipv4/tcp_diag.c tcp_diag_get_info; inet_diag.c. Rows are in order of creation,
//! listeners first; the kernel's order is that of its hash tables.

use lvs_engine::{Endpoint, Instant};

use super::alarms::Alarm;
use super::socket::Socket;
use super::{Entry, SocketId, State, Tcp};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The socket; listeners have none.
    pub socket: Option<SocketId>,
    /// Its state, as `ss` writes it.
    pub state: &'static str,
    /// Bytes received and not read, FIN included; for a listener connections not yet accepted.
    pub recv_q: u32,
    /// Bytes not yet acknowledged, SYN and FIN included; for a listener its backlog.
    pub send_q: u32,
    /// Own address and port; `None` is the unspecified address.
    pub local: (Option<std::net::Ipv4Addr>, u16),
    /// The other side; none for a listener.
    pub remote: Option<Endpoint>,
    /// What it waits for, by the name of `ss -o`, and when that is over.
    pub timer: Option<(&'static str, Instant)>,
    /// How often it has sent something again, or asked for a window, since the last answer.
    pub tries: u32,
    /// No program has it open any more.
    pub orphan: bool,
}

impl Tcp {
    /// All sockets, listeners first, then in order of creation. A socket whose connection is over
    /// is not listed.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let listeners = self.listeners.iter().map(|listener| Row {
            socket: None,
            state: "LISTEN",
            recv_q: listener.queue.len() as u32,
            send_q: listener.backlog as u32,
            local: (listener.bind, listener.port),
            remote: None,
            timer: None,
            tries: 0,
            orphan: false,
        });
        listeners.chain(self.slots.iter().filter_map(|slot| row(slot.id, &slot.entry)))
    }
}

fn row(id: SocketId, entry: &Entry) -> Option<Row> {
    let blank = |state, local: Endpoint, remote| Row {
        socket: Some(id),
        state,
        recv_q: 0,
        send_q: 0,
        local: (Some(local.addr), local.port),
        remote: Some(remote),
        timer: None,
        tries: 0,
        orphan: false,
    };
    Some(match entry {
        Entry::Request(request) => Row {
            timer: Some(("on", request.timer.at)),
            tries: request.retransmits,
            ..blank("SYN-RECV", request.local, request.remote)
        },
        Entry::TimeWait(record) => {
            let state = if record.is_closed() { "TIME-WAIT" } else { "FIN-WAIT-2" };
            let timer = Some(("timewait", record.timer.at));
            Row { timer, ..blank(state, record.local, record.remote) }
        }
        Entry::Socket(socket) => {
            let (recv_q, send_q) = queues(socket);
            let timer = timer(socket);
            let tries = match timer {
                Some(("persist", _)) => socket.probes,
                Some(_) => socket.retransmits,
                None => 0,
            };
            let row = blank(state_name(socket.state)?, socket.local, socket.remote);
            Row { recv_q, send_q, timer, tries, orphan: socket.orphan, ..row }
        }
    })
}

fn state_name(state: State) -> Option<&'static str> {
    Some(match state {
        State::SynSent => "SYN-SENT",
        State::Established => "ESTAB",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::CloseWait => "CLOSE-WAIT",
        State::LastAck => "LAST-ACK",
        State::Closing => "CLOSING",
        State::Closed => return None,
    })
}

fn queues(socket: &Socket) -> (u32, u32) {
    let received = socket.rcv_nxt.wrapping_sub(socket.read_seq);
    (received, socket.snd.written.wrapping_sub(socket.snd.una))
}

fn timer(socket: &Socket) -> Option<(&'static str, Instant)> {
    let (alarm, timer) = socket.alarm?;
    Some((if alarm == Alarm::Window { "persist" } else { "on" }, timer.at))
}
