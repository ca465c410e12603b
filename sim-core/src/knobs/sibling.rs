//! Knobs that make a machine as its sibling is: a line that one of two like machines has and the
//! other lacks, with names and addresses put over.

use std::net::Ipv4Addr;

use super::{Bench, Kind, Seat};
use crate::host::iface::IfaceKind;
use crate::scenario::Node;
use crate::shell::Shell;

/// What is typed into a host before the story, command by command, and its own addresses.
struct Lines {
    texts: Vec<String>,
    own: Vec<Ipv4Addr>,
    cards: usize,
}

pub(super) fn add(bench: &mut Bench<'_>) {
    let seats = bench.seats();
    let all: Vec<Lines> = seats.iter().map(|seat| lines(bench, seat)).collect();
    for (seat, mine) in seats.iter().zip(&all) {
        for (other, theirs) in seats.iter().zip(&all) {
            if seat.id == other.id || mine.cards != theirs.cards {
                continue;
            }
            let as_mine = |line: &String| translated(line, [other.name, seat.name], theirs, mine);
            let theirs: Vec<String> = theirs.texts.iter().filter_map(as_mine).collect();
            let shared = theirs.iter().filter(|line| mine.texts.contains(line)).count();
            let is_sibling = shared >= 2 && 3 * shared >= mine.texts.len().max(theirs.len());
            for line in theirs.iter().filter(|line| is_sibling && !mine.texts.contains(line)) {
                bench.line(Kind::Sibling, seat, line.clone(), None);
            }
        }
    }
}

fn lines(bench: &Bench<'_>, seat: &Seat<'_>) -> Lines {
    let is_it = |node: &&crate::scenario::Located<Node>| node.name() == seat.name;
    let node = bench.scenario.nodes.iter().find(is_it);
    let mut shell = Shell::default();
    let mut texts = Vec::new();
    for line in node.map(|node| node.script()).unwrap_or_default() {
        for step in shell.compile(&line.value).unwrap_or_default() {
            let end = if step.background { " &" } else { "" };
            texts.push(format!("{}{end}", step.text));
        }
    }
    let cards = || {
        let ifaces = seat.host.fib().ifaces.iter();
        ifaces.filter(|iface| iface.kind == IfaceKind::Ethernet)
    };
    // What two machines both have is no machine's own.
    let shared = |addr: &Ipv4Addr| {
        let others = bench.seats();
        let mut others = others.iter().filter(|other| other.id != seat.id);
        others.any(|other| other.host.fib().is_own(*addr))
    };
    let own = cards().flat_map(|iface| &iface.addrs).map(|own| own.local.addr);
    let own = own.filter(|addr| !shared(addr)).collect();
    Lines { texts, own, cards: cards().count() }
}

/// A line as the other machine would type it; none if it names an address for which that one has no
/// counterpart.
fn translated(line: &str, names: [&str; 2], from: &Lines, to: &Lines) -> Option<String> {
    let mut words = Vec::new();
    for word in line.split(' ') {
        let end = word.find(['/', ':']).unwrap_or(word.len());
        let (head, tail) = word.split_at(end);
        let addr = head.parse::<Ipv4Addr>().ok();
        let at = addr.and_then(|addr| from.own.iter().position(|own| *own == addr));
        words.push(match at {
            Some(at) => format!("{}{tail}", to.own.get(at)?),
            None if word == names[0] => names[1].to_owned(),
            None => word.to_owned(),
        });
    }
    Some(words.join(" "))
}
