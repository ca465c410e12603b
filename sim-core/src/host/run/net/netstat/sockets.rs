//! `netstat -t -u -a -l -o`: the sockets. net-tools 2.10: netstat.c, tcp_do_one and udp_do_one.
//!
//! Differs from Linux: rows are in order of creation, listeners first.

use std::net::Ipv4Addr;

use crate::command::netstat::{Protos, Shown};
use crate::host::Host;
use crate::host::{tcp, udp};
use crate::netfilter::names::port_name;

/// How sockets are listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub shown: Shown,
    pub timers: bool,
    pub numeric: bool,
}

/// A socket as a row shows it.
struct Row {
    proto: (&'static str, u8),
    queues: [u32; 2],
    /// Both ends; address 0.0.0.0 and port 0 are any.
    ends: [(Ipv4Addr, u16); 2],
    state: &'static str,
    /// Its name, hundredths of a second, tries, and unanswered questions for a window.
    timer: (&'static str, u128, [u32; 2]),
}

const ANY: (Ipv4Addr, u16) = (Ipv4Addr::UNSPECIFIED, 0);
/// The width of an end; its text is cut to two letters less than that.
const END: usize = 23;

impl Host {
    /// `netstat` without `-r`, `-i` and `-s`. No program here has a UNIX domain socket.
    pub(super) fn netstat_sockets(&self, protos: Protos, style: Style) -> String {
        let which = match style.shown {
            Shown::All => "(servers and established)",
            Shown::Listening => "(only servers)",
            Shown::Connected => "(w/o servers)",
        };
        let mut text = format!(
            "Active Internet connections {which}\nProto Recv-Q Send-Q Local Address           \
             Foreign Address         State      {}\n",
            if style.timers { " Timer" } else { "" }
        );
        let tcp = self.tcp_sockets().into_iter().filter(|_| protos.tcp());
        let udp = self.udp_sockets().into_iter().filter(|_| protos.udp());
        for row in tcp.chain(udp).filter(|row| is_shown(row, style.shown)) {
            text += &line(&row, style);
        }
        if protos == Protos::All {
            text += &format!(
                "Active UNIX domain sockets {which}\n\
                 Proto RefCnt Flags       Type       State         I-Node   Path\n"
            );
        }
        text
    }

    fn tcp_sockets(&self) -> Vec<Row> {
        let of = |row: crate::tcp::Row| {
            let (state, is_listener) = (long_name(row.state), row.remote.is_none());
            let timer = match row.timer {
                Some((name, at)) => {
                    let left = (at - self.fib.now).as_millis() / 10;
                    match name {
                        "persist" => ("probe", left, [0, row.tries]),
                        name => (name, left, [row.tries, 0]),
                    }
                }
                None => ("off", 0, [0, 0]),
            };
            Row {
                proto: ("tcp", tcp::PROTO),
                queues: [row.recv_q, if is_listener { 0 } else { row.send_q }],
                ends: [
                    (row.local.0.unwrap_or(Ipv4Addr::UNSPECIFIED), row.local.1),
                    row.remote.map_or(ANY, |end| (end.addr, end.port)),
                ],
                state,
                timer,
            }
        };
        self.tcp.rows().map(of).collect()
    }

    fn udp_sockets(&self) -> Vec<Row> {
        let of = |socket: &udp::UdpSocket| Row {
            proto: ("udp", udp::PROTO),
            queues: [0, 0],
            ends: [
                (socket.addr.unwrap_or(Ipv4Addr::UNSPECIFIED), socket.port),
                socket.peer.map_or(ANY, |end| (end.addr, end.port)),
            ],
            state: if socket.peer.is_some() { "ESTABLISHED" } else { "" },
            timer: ("off", 0, [0, 0]),
        };
        self.udp.iter().map(of).collect()
    }
}

fn is_shown(row: &Row, shown: Shown) -> bool {
    match shown {
        Shown::All => true,
        Shown::Listening => row.ends[1] == ANY,
        Shown::Connected => row.ends[1] != ANY,
    }
}

fn line(row: &Row, style: Style) -> String {
    let [recv_q, send_q] = row.queues;
    let [local, remote] = row.ends.map(|end| end_text(end, row.proto.1, style.numeric));
    let (proto, state) = (row.proto.0, row.state);
    let mut line =
        format!("{proto:<4}  {recv_q:>6} {send_q:>6} {local:<END$} {remote:<END$} {state:<11}");
    if style.timers {
        let (name, hundredths, [tries, asked]) = row.timer;
        let (seconds, rest) = (hundredths / 100, hundredths % 100);
        line += &format!(" {name} ({seconds}.{rest:02}/{tries}/{asked})");
    }
    line + "\n"
}

/// An end: the address gives way to the port where both do not fit.
fn end_text((addr, port): (Ipv4Addr, u16), proto: u8, numeric: bool) -> String {
    let port = match (port, numeric) {
        (0, _) => "*".to_owned(),
        (port, true) => port.to_string(),
        (port, false) => port_name(port, proto),
    };
    let addr = match addr {
        // The one name that each host knows by itself: /etc/hosts.
        Ipv4Addr::LOCALHOST if !numeric => "localhost".to_owned(),
        addr => addr.to_string(),
    };
    let room = (END - 1).saturating_sub(port.len()).min(addr.len());
    format!("{}:{port}", &addr[..room])
}

/// A state as net-tools writes it.
fn long_name(state: &'static str) -> &'static str {
    match state {
        "ESTAB" => "ESTABLISHED",
        "SYN-SENT" => "SYN_SENT",
        "SYN-RECV" => "SYN_RECV",
        "FIN-WAIT-1" => "FIN_WAIT1",
        "FIN-WAIT-2" => "FIN_WAIT2",
        "TIME-WAIT" => "TIME_WAIT",
        "CLOSE-WAIT" => "CLOSE_WAIT",
        "LAST-ACK" => "LAST_ACK",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each stood in a file: net-tools 2.10, fed with such sockets.
    #[test]
    fn rows_are_those_of_netstat() {
        let far = Ipv4Addr::new(192, 168, 200, 200);
        let row =
            |ends, queues, state, timer| Row { proto: ("tcp", 6), queues, ends, state, timer };
        let style = Style { shown: Shown::All, timers: false, numeric: true };
        let timed = Style { timers: true, ..style };
        let named = Style { numeric: false, ..style };
        let off = ("off", 0, [0, 0]);
        let web = [(far, 8080), (far, 40010)];
        for (row, style, text) in [
            (
                row([(Ipv4Addr::LOCALHOST, 8080), ANY], [0, 0], "LISTEN", off),
                timed,
                "tcp        0      0 127.0.0.1:8080          0.0.0.0:*               LISTEN      off (0.00/0/0)\n",
            ),
            (
                row([(Ipv4Addr::LOCALHOST, 8080), ANY], [0, 0], "LISTEN", off),
                named,
                "tcp        0      0 localhost:http-alt      0.0.0.0:*               LISTEN     \n",
            ),
            (
                row(web, [0, 16], "ESTABLISHED", ("on", 20, [2, 0])),
                timed,
                "tcp        0     16 192.168.200.200:8080    192.168.200.200:40010   ESTABLISHED on (0.20/2/0)\n",
            ),
            (
                row(web, [0, 16], "ESTABLISHED", off),
                named,
                "tcp        0     16 192.168.200.20:http-alt 192.168.200.200:40010   ESTABLISHED\n",
            ),
            (
                row([(far, 80), (far, 40012)], [0, 0], "TIME_WAIT", ("timewait", 6000, [0, 0])),
                timed,
                "tcp        0      0 192.168.200.200:80      192.168.200.200:40012   TIME_WAIT   timewait (60.00/0/0)\n",
            ),
        ] {
            assert_eq!(line(&row, style), text);
        }
    }
}
