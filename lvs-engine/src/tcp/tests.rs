//! The whole state table, written as the kernel's documentation of it is, and the events' order.

use alloc::vec::Vec;

use crate::fixture::{ACK, FIN, RST, SYN, client, tcp, vip};
use crate::tcp::{Segment, next};
use crate::{Flags, Proto, State, View, Way};

/// The kernel's table: direction, event, then the next state by the current one.
const TABLE: &str = "
                 NO ES SS SR FW TW CL CW LA LI SA
      INPUT syn SR ES ES SR SR SR SR SR SR SR SR
      INPUT fin CL CW SS TW TW TW CL CW LA LI TW
      INPUT ack ES ES SS ES FW TW CL CW CL LI ES
      INPUT rst CL CL CL SR CL CL CL CL LA LI SR
     OUTPUT syn SS ES SS SR SS SS SS SS SS LI SR
     OUTPUT fin TW FW SS TW FW TW CL TW LA LI TW
     OUTPUT ack ES ES SS ES FW TW CL CW LA ES ES
     OUTPUT rst CL CL SS CL CL TW CL CL CL CL CL
    IN-ONLY syn SR ES ES SR SR SR SR SR SR SR SR
    IN-ONLY fin CL FW SS TW FW TW CL CW LA LI TW
    IN-ONLY ack ES ES SS ES FW TW CL CW CL LI ES
    IN-ONLY rst CL CL CL SR CL CL CL CL LA LI CL
";

/// The lines of `secure_tcp` that differ.
const SECURE_TABLE: &str = "
                 NO ES SS SR FW TW CL CW LA LI SA
      INPUT syn SR ES ES SR SR SR SR SR SR SR SA
      INPUT fin CL CW SS TW TW TW CL CW LA LI SA
      INPUT ack ES ES SS SR FW TW CL CW CL LI SA
      INPUT rst CL CL CL SR CL CL CL CL LA LI CL
     OUTPUT syn SS ES SS SA SS SS SS SS SS LI SA
    IN-ONLY syn SA ES ES SR SA SA SA SA SA SA SA
";

fn state(code: &str) -> State {
    match code {
        "NO" => State::None,
        "ES" => State::Established,
        "SS" => State::SynSent,
        "SR" => State::SynRecv,
        "FW" => State::FinWait,
        "TW" => State::TimeWait,
        "CL" => State::Close,
        "CW" => State::CloseWait,
        "LA" => State::LastAck,
        "LI" => State::Listen,
        "SA" => State::SynAck,
        other => panic!("no state {other}"),
    }
}

/// The state after a segment with these flags, and whether replies are still not expected.
fn after(from: State, way: Way, no_output: bool, tcp_flags: u8) -> (State, bool) {
    follow(from, way, no_output, tcp_flags, false)
}

fn follow(from: State, way: Way, no_output: bool, tcp_flags: u8, is_secure: bool) -> (State, bool) {
    let packet = tcp(client(1), vip(Proto::Tcp), tcp_flags);
    let segment = Segment::of(&View::new(&packet).unwrap()).unwrap();
    let mut flags = Flags { no_output, ..Flags::default() };
    let to = next(from, &mut flags, way, segment, is_secure);
    (to, flags.no_output)
}

/// Each cell of a table: direction, event, the state before, and what the table says comes after.
fn cells(table: &'static str) -> Vec<[&'static str; 4]> {
    let mut lines = table.lines().skip(1);
    let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut cells = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words.len(), 2 + columns.len());
        for (from, to) in columns.iter().zip(&words[2..]) {
            cells.push([words[0], words[1], from, to]);
        }
    }
    cells
}

#[test]
fn each_cell_of_the_tables() {
    let (normal, differs) = (cells(TABLE), cells(SECURE_TABLE));
    assert_eq!(normal.len(), 12 * 11);
    for [direction, event, from, to] in normal {
        let (way, no_output) = match direction {
            "INPUT" => (Way::Request, false),
            "IN-ONLY" => (Way::Request, true),
            _ => (Way::Reply, false),
        };
        let flags = match event {
            "syn" => SYN,
            "fin" => FIN,
            "ack" => ACK,
            _ => RST,
        };
        let secure = differs.iter().find(|cell| cell[..3] == [direction, event, from]);
        let secure_to = secure.map_or(to, |cell| cell[3]);
        for (to, is_secure) in [(to, false), (secure_to, true)] {
            let got = follow(state(from), way, no_output, flags, is_secure);
            assert_eq!(got, (state(to), no_output), "{direction} {event} from {from} {is_secure}");
        }
    }
}

#[test]
fn the_first_of_rst_syn_fin_ack_counts() {
    let request = |flags| after(State::Established, Way::Request, false, flags).0;
    assert_eq!(request(RST | SYN | FIN | ACK), State::Close);
    assert_eq!(request(SYN | FIN | ACK), State::Established);
    assert_eq!(request(FIN | ACK), State::CloseWait);
    assert_eq!(request(ACK | 8), State::Established);
    assert_eq!(request(8), State::Close); // PSH alone is no event
}

#[test]
fn a_reply_ends_guessing_for_good() {
    assert_eq!(after(State::Established, Way::Reply, true, FIN), (State::FinWait, false));
}
