//! TCP as the director follows it: one event a segment, a table per direction.
//!
//! Linux 6.1 ip_vs_proto_tcp.c, tcp_state_idx, tcp_states, tcp_states_dos, set_tcp_state. The
//! director sees both ways only under NAT. Under DR and TUN it guesses from the client's segments
//! alone, by a table of its own. Under `secure_tcp` a client's word alone opens nothing under NAT,
//! and under DR and TUN it is marked as taken on trust.

use crate::State::{
    Close as CL, CloseWait as CW, Established as ES, FinWait as FW, LastAck as LA, Listen as LI,
    SynAck as SA, SynRecv as SR, SynSent as SS, TimeWait as TW,
};
use crate::{Flags, State, View, Way};

/// The bits of the flags byte that matter.
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// The flags of a segment whose fixed header is whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment(u8);

impl Segment {
    /// The segment in this packet; `None` if its header ends early.
    #[inline]
    pub(crate) fn of(view: &View<'_>) -> Option<Self> {
        view.payload().first_chunk::<20>().map(|header| Self(header[13]))
    }

    /// Whether SYN is set, whatever else is.
    pub(crate) const fn syn(self) -> bool {
        self.0 & SYN != 0
    }

    /// Whether RST is set.
    pub(crate) const fn rst(self) -> bool {
        self.0 & RST != 0
    }

    /// The event that this segment is: the first of RST, SYN, FIN, ACK that is set.
    const fn event(self) -> Option<Event> {
        match self.0 {
            flags if flags & RST != 0 => Some(Event::Rst),
            flags if flags & SYN != 0 => Some(Event::Syn),
            flags if flags & FIN != 0 => Some(Event::Fin),
            flags if flags & ACK != 0 => Some(Event::Ack),
            _ => None,
        }
    }
}

/// What a segment means for the state. The numbers are the rows of [`NEXT`].
#[derive(Clone, Copy, Debug)]
enum Event {
    Syn = 0,
    Fin = 1,
    Ack = 2,
    Rst = 3,
}

/// The state after this segment, by the normal tables or those of `secure_tcp`. A reply clears
/// `no_output` for good: both ways are seen after all.
#[inline]
pub(crate) fn next(
    state: State,
    flags: &mut Flags,
    way: Way,
    segment: Segment,
    is_secure: bool,
) -> State {
    let table = match (way, flags.no_output, is_secure) {
        (Way::Reply, _, false) => &REPLY,
        (Way::Reply, _, true) => &SECURE_REPLY,
        (Way::Request, true, false) => &REQUEST_ONLY,
        (Way::Request, true, true) => &SECURE_REQUEST_ONLY,
        (Way::Request, false, false) => &REQUEST,
        (Way::Request, false, true) => &SECURE_REQUEST,
    };
    if way == Way::Reply {
        flags.no_output = false;
    }
    match (segment.event(), column(state)) {
        (Some(event), Some(column)) => table[event as usize][column],
        _ => State::Close,
    }
}

/// The columns of the tables, in the kernel's order.
const fn column(state: State) -> Option<usize> {
    match state {
        State::Udp | State::Assured => None,
        state => Some(state as usize),
    }
}

/// Next states by event (SYN, FIN, ACK, RST) and current state.
type Table = [[State; 11]; 4];

/// The client's segments while the server's are seen, too.
#[rustfmt::skip]
const REQUEST: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR ],
    [  CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW ],
    [  ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES ],
    [  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR ],
];

/// The server's segments.
#[rustfmt::skip]
const REPLY: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR ],
    [  TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW ],
    [  ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES ],
    [  CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL ],
];

/// The client's segments while the server's are never seen.
#[rustfmt::skip]
const REQUEST_ONLY: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR ],
    [  CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW ],
    [  ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES ],
    [  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL ],
];

/// `REQUEST` under `secure_tcp`: an entry is open only when the server has answered.
#[rustfmt::skip]
const SECURE_REQUEST: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SA ],
    [  CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, SA ],
    [  ES, ES, SS, SR, FW, TW, CL, CW, CL, LI, SA ],
    [  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL ],
];

/// `REPLY` under `secure_tcp`: a server's SYN-ACK moves SYN_RECV on.
#[rustfmt::skip]
const SECURE_REPLY: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SS, ES, SS, SA, SS, SS, SS, SS, SS, LI, SA ],
    REPLY[1], REPLY[2], REPLY[3],
];

/// `REQUEST_ONLY` under `secure_tcp`: the server's SYN-ACK is supposed.
#[rustfmt::skip]
const SECURE_REQUEST_ONLY: Table = [
    // NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    [  SA, ES, ES, SR, SA, SA, SA, SA, SA, SA, SA ],
    REQUEST_ONLY[1], REQUEST_ONLY[2], REQUEST_ONLY[3],
];

#[cfg(test)]
mod tests;
