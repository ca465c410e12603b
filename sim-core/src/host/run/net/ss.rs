//! `ss`: the sockets, in columns as wide as their widest field.
//!
//! iproute2 6.1: misc/ss.c, render_calc_width and render, as it prints into a file or a pipe.
//! Differs from Linux: rows are in order of creation, where the kernel walks its hash tables.

use lvs_engine::Endpoint;

use super::Done;
use crate::command::Ss;
use crate::host::Host;
use crate::host::{tcp, udp};
use crate::netfilter::names::port_name;

/// A column: its head, what stands before it, and whether its fields stand at its right.
struct Column {
    head: &'static str,
    before: &'static str,
    right: bool,
}

const COLUMNS: [Column; 9] = [
    Column { head: "Netid", before: "", right: false },
    Column { head: "State", before: " ", right: false },
    Column { head: "Recv-Q", before: " ", right: false },
    Column { head: "Send-Q", before: " ", right: false },
    Column { head: "Local Address:", before: " ", right: true },
    Column { head: "Port", before: "", right: false },
    Column { head: "Peer Address:", before: " ", right: true },
    Column { head: "Port", before: "", right: false },
    Column { head: "Process", before: "", right: false },
];
const NETID: usize = 0;
const STATE: usize = 1;
const PROCESS: usize = 8;

/// The fields of a row.
type Row = [String; COLUMNS.len()];

impl Host {
    /// `ss`.
    pub(in crate::host) fn run_ss(&self, command: &Ss) -> Done {
        let states = command.listed();
        let summary = if command.summary { self.ss_summary() } else { String::new() };
        if !command.tcp && !command.udp {
            return Done::ok(summary);
        }
        let mut rows = Vec::new();
        if !command.no_header {
            rows.push(std::array::from_fn(|at| COLUMNS[at].head.to_owned()));
        }
        if command.udp {
            rows.extend(self.udp_rows(command));
        }
        if command.tcp {
            rows.extend(self.tcp_rows(command));
        }
        let hidden = |at: usize| match at {
            NETID => !(command.tcp && command.udp),
            STATE => states.is_one(),
            _ => false,
        };
        Done::ok(summary + &table(&rows, hidden))
    }

    fn tcp_rows(&self, command: &Ss) -> impl Iterator<Item = Row> {
        let (states, now) = (command.listed(), self.fib.now);
        let rows = self.tcp.rows().filter(move |row| states.has(row.state));
        rows.map(move |row| {
            let (addr, port) = row.local;
            let local = Some(Endpoint::new(addr.unwrap_or([0, 0, 0, 0].into()), port));
            let ends = [local, row.remote];
            let queues = [row.recv_q, row.send_q];
            let mut fields = fields(("tcp", tcp::PROTO), row.state, queues, ends, command);
            if let Some((name, at)) = row.timer.filter(|_| command.timers) {
                let left = span((at - now).as_millis());
                fields[PROCESS] = format!(" timer:({name},{left},{})", row.tries);
            }
            fields
        })
    }

    fn udp_rows(&self, command: &Ss) -> impl Iterator<Item = Row> {
        let states = command.listed();
        let rows = self.udp.iter().map(|socket| {
            let state = if socket.peer.is_some() { "ESTAB" } else { "UNCONN" };
            let addr = socket.addr.unwrap_or([0, 0, 0, 0].into());
            (state, [Some(Endpoint::new(addr, socket.port)), socket.peer])
        });
        let rows = rows.filter(move |(state, _)| states.has(state));
        rows.map(|(state, ends)| fields(("udp", udp::PROTO), state, [0, 0], ends, command))
    }
}

/// A time as ss writes it: seconds from one on, thousandths below ten, minutes. iproute2 6.1
/// misc/ss.c, print_ms_timer.
fn span(millis: u128) -> String {
    let (minutes, seconds, millis) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
    let seconds = if minutes > 9 { 0 } else { seconds };
    let millis = if minutes > 0 || seconds > 9 { 0 } else { millis };
    let mut text = if minutes > 0 { format!("{minutes}min") } else { String::new() };
    if seconds > 0 {
        text += &format!("{seconds}{}", if millis > 0 { "." } else { "sec" });
    }
    if millis > 0 {
        text += &format!("{millis:03}ms");
    }
    text
}

fn fields(
    (netid, proto): (&str, u8),
    state: &str,
    queues: [u32; 2],
    ends: [Option<Endpoint>; 2],
    command: &Ss,
) -> Row {
    let [recv_q, send_q] = queues.map(|queue| format!("{queue:<6}"));
    let port = |port: u16| match command.numeric {
        true => port.to_string(),
        false => port_name(port, proto),
    };
    let [local, remote] = ends.map(|end| match end {
        Some(end) => (format!("{}:", end.addr), port(end.port)),
        None => ("0.0.0.0:".to_owned(), "*".to_owned()),
    });
    let (netid, state) = (netid.to_owned(), state.to_owned());
    [netid, state, recv_q, send_q, local.0, local.1, remote.0, remote.1, String::new()]
}

/// The rows with their fields in columns.
fn table(rows: &[Row], hidden: impl Fn(usize) -> bool) -> String {
    let shown: Vec<usize> = (0..COLUMNS.len()).filter(|&at| !hidden(at)).collect();
    let mut widths = [0; COLUMNS.len()];
    let mut is_first = true;
    for &at in &shown {
        // ss measures a field when the next one begins: not the very last one.
        let measured = match (at, rows) {
            (PROCESS, [others @ .., _]) if !others.is_empty() => others,
            _ => rows,
        };
        let longest = measured.iter().map(|row| row[at].len()).max().unwrap_or_default();
        let before = if is_first || longest == 0 { 0 } else { COLUMNS[at].before.len() };
        widths[at] = longest + before;
        is_first &= longest == 0;
    }
    let mut text = String::new();
    for row in rows {
        for (nth, &at) in shown.iter().enumerate().filter(|(_, at)| widths[**at] > 0) {
            let before = if nth == 0 { "" } else { COLUMNS[at].before };
            let width = widths[at] - before.len();
            text += before;
            match COLUMNS[at].right {
                true => text += &format!("{:>width$}", row[at]),
                false => text += &format!("{:<width$}", row[at]),
            }
        }
        text.push('\n');
    }
    text
}

impl Host {
    /// `ss -s`. iproute2 6.1 misc/ss.c, print_summary, from what the kernel tells in
    /// `/proc/net/sockstat`: records in TIME_WAIT are no sockets, and count as closed once more.
    fn ss_summary(&self) -> String {
        let is_record =
            |row: &&crate::tcp::Row| row.timer.is_some_and(|(name, _)| name == "timewait");
        let rows: Vec<crate::tcp::Row> = self.tcp.rows().collect();
        let waiting = rows.iter().filter(is_record).count();
        let count = |is: fn(&crate::tcp::Row) -> bool| rows.iter().filter(|row| is(row)).count();
        let half_open = count(|row| row.state == "SYN-RECV");
        let tcp = rows.len() - waiting - half_open;
        let established = count(|row| matches!(row.state, "ESTAB" | "CLOSE-WAIT"));
        let orphaned = count(|row| row.orphan);
        let raw = self.running().filter(|(_, process)| process.name() == "ping").count();
        let udp = self.udp.len();
        let mut text = format!(
            "Total: {}\nTCP:   {} (estab {established}, closed {waiting}, orphaned {orphaned}, \
             timewait {waiting})\n\nTransport Total     IP        IPv6\n",
            tcp + udp + raw,
            tcp + waiting,
        );
        let frags = self.incomplete.len();
        let all = [("RAW", raw), ("UDP", udp), ("TCP", tcp), ("INET", raw + udp + tcp)];
        for (name, sockets) in all.into_iter().chain([("FRAG", frags)]) {
            text += &format!("{name}\t  {sockets:<9} {sockets:<9} {:<9}\n", 0);
        }
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn times_are_those_of_ss() {
        for (millis, text) in [
            (0, ""), (200, "200ms"), (1_000, "1sec"), (5_250, "5.250ms"), (9_007, "9.007ms"), (59_020, "59sec"),
            (60_000, "1min"), (90_500, "1min30sec"), (601_000, "10min"),
        ] {
            assert_eq!(span(millis), text, "{millis}");
        }
    }

    fn row(state: &str, ends: [Option<Endpoint>; 2], send_q: u32, command: &Ss) -> Row {
        fields(("tcp", tcp::PROTO), state, [0, send_q], ends, command)
    }

    /// Each stood in a terminal: iproute2 6.1 on Linux 6.1.176, piped into a file.
    #[test]
    fn columns_are_those_of_ss() {
        let command = Ss { tcp: true, all: true, numeric: true, ..Ss::default() };
        let end = |addr: [u8; 4], port| Some(Endpoint::new(addr.into(), port));
        let head = || -> Row { std::array::from_fn(|at| COLUMNS[at].head.to_owned()) };
        let rows = [
            head(),
            row("LISTEN", [end([0; 4], 80), None], 1024, &command),
            row("LISTEN", [end([192, 0, 2, 11], 8080), None], 1024, &command),
            row("ESTAB", [end([192, 0, 2, 11], 80), end([10, 0, 0, 10], 55848)], 0, &command),
        ];
        assert_eq!(
            table(&rows, |at| at == NETID),
            "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n\
             LISTEN 0      1024         0.0.0.0:80        0.0.0.0:*           \n\
             LISTEN 0      1024      192.0.2.11:8080      0.0.0.0:*           \n\
             ESTAB  0      0         192.0.2.11:80      10.0.0.10:55848       \n"
        );
        let without_n = Ss { numeric: false, ..command };
        let wait =
            row("TIME-WAIT", [end([10, 0, 0, 10], 36696), end([192, 0, 2, 11], 80)], 0, &without_n);
        assert_eq!(
            table(&[wait], |at| at == NETID),
            "TIME-WAIT 0      0      10.0.0.10:36696 192.0.2.11:http\n"
        );
        assert_eq!(
            table(&[head()], |at| at == NETID || at == STATE),
            "Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
        );
    }
}
