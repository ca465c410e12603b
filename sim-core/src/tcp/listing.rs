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
        });
        listeners.chain(self.slots.iter().filter_map(|slot| row(slot.id, &slot.entry)))
    }
}

fn row(id: SocketId, entry: &Entry) -> Option<Row> {
    let (state, queues, local, remote, timer) = match entry {
        Entry::Request(request) => {
            let timer = Some(("on", request.timer.at));
            ("SYN-RECV", (0, 0), request.local, request.remote, timer)
        }
        Entry::TimeWait(record) => {
            let state = if record.is_closed() { "TIME-WAIT" } else { "FIN-WAIT-2" };
            let timer = Some(("timewait", record.timer.at));
            (state, (0, 0), record.local, record.remote, timer)
        }
        Entry::Socket(socket) => {
            let state = state_name(socket.state)?;
            (state, queues(socket), socket.local, socket.remote, timer(socket))
        }
    };
    Some(Row {
        socket: Some(id),
        state,
        recv_q: queues.0,
        send_q: queues.1,
        local: (Some(local.addr), local.port),
        remote: Some(remote),
        timer,
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
