//! Where hosts and cables stand on the map.
//!
//! Hosts stand in columns, by how many cables lie between them and the first one of the file, who is the client in most labs; so
//! requests go to the right and answers to the left. Hosts that share a switch hang on one line between two columns. The more
//! hosts there are, the less each of them says.

mod host;

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use sim_core::event::{IfaceId, NodeId};
use sim_core::net::{Kind, Net};
use unicode_width::UnicodeWidthStr;

use self::host::{Detail, rows, shared};
pub use self::host::{Row, Says};

/// A map. Columns and rows count from its own corner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// The hosts that have room.
    pub hosts: Vec<Host>,
    /// The lines between them.
    pub segments: Vec<Segment>,
    /// How many hosts have no room.
    pub hidden: usize,
}

/// A host on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Which.
    pub node: NodeId,
    /// Its column.
    pub x: u16,
    /// Its first row.
    pub y: u16,
    /// Its width.
    pub width: u16,
    /// What is written, a row each.
    pub rows: Vec<Row>,
}

/// A line that hosts hang on: a switch, or several that are cabled, or a mere cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The names of the switches; none: a cable.
    pub name: String,
    /// Its column.
    pub x: u16,
    /// Its rows, both included.
    pub rows: (u16, u16),
    /// Its ends.
    pub ends: Vec<End>,
}

/// Where a host hangs on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The host.
    pub node: NodeId,
    /// By which interface.
    pub iface: IfaceId,
    /// The column beside the host.
    pub x: u16,
    /// The row.
    pub y: u16,
    /// Whether the host is to the left of the line.
    pub left: bool,
    /// Whether it carries.
    pub up: bool,
}

/// A switch or several, or a cable, with the hosts on it.
#[derive(Default)]
struct Wire {
    name: String,
    ends: Vec<(NodeId, IfaceId, bool)>,
}

/// The room between two columns of hosts, besides that for lines.
const GAP: usize = 5;

impl Map {
    /// The map of a network in so much room; these nodes are to be seen on it.
    pub fn new(net: &Net, width: u16, height: u16, wanted: &[NodeId]) -> Self {
        let (width, height) = (usize::from(width), usize::from(height));
        let wires = wires(net);
        let columns = columns(net, &wires);
        let shared = shared(net);
        let gaps = gaps(&columns, &wires);
        let told = Told { net, shared: &shared, width, height };
        let details = told.details(&columns, &gaps);
        let mut map = Self::default();
        let mut placed: Vec<Vec<(NodeId, Vec<Row>)>> = Vec::new();
        for (column, (detail, _)) in columns.iter().zip(&details) {
            let keep = window(column, height, *detail, wanted);
            map.hidden += column.len() - keep.len();
            placed.push(keep.iter().map(|node| (*node, told.rows(*detail, *node))).collect());
        }
        let widths = widths(&placed, &gaps, width);
        let (xs, bus_xs) = across(&widths, &gaps, width);
        for (at, column) in placed.into_iter().enumerate() {
            let blank = details[at].1;
            let rows: usize = column
                .iter()
                .map(|(_, rows)| rows.len() + blank)
                .sum::<usize>()
                .saturating_sub(blank);
            let mut y = height.saturating_sub(rows) / 2;
            for (node, rows) in column {
                let count = rows.len();
                map.hosts.push(Host {
                    node,
                    x: xs[at] as u16,
                    y: y as u16,
                    width: widths[at] as u16,
                    rows,
                });
                y += count + blank;
            }
        }
        map.level(&wires, &columns, height);
        for (gap, own) in gaps.iter().enumerate() {
            for (place, wire) in own.iter().enumerate() {
                map.segment(&wires[*wire], bus_xs[gap][place]);
            }
        }
        map
    }

    /// A host that stands alone in its column is moved so that the cable to another such is straight.
    fn level(&mut self, wires: &[Wire], columns: &[Vec<NodeId>], height: usize) {
        for at in (1..columns.len()).rev() {
            let ([left], [right]) = (&columns[at - 1][..], &columns[at][..]) else { continue };
            let cable = wires.iter().find(|wire| {
                wire.name.is_empty()
                    && [left, right]
                        .iter()
                        .all(|node| wire.ends.iter().any(|(own, ..)| own == *node))
            });
            let Some(cable) = cable else { continue };
            let row = |map: &Self, node: &NodeId| -> Option<u16> {
                let (_, iface, _) = cable.ends.iter().find(|(own, ..)| own == node)?;
                map.port(*node, *iface).map(|(_, row)| row)
            };
            let (Some(wanted), Some(own)) = (row(self, right), row(self, left)) else { continue };
            if let Some(host) = self.hosts.iter_mut().find(|host| host.node == *left) {
                let most = height.saturating_sub(host.rows.len()) as u16;
                host.y = (host.y + wanted).saturating_sub(own).min(most);
            }
        }
    }

    /// The host of an interface, and the row in which its cable ends.
    fn port(&self, node: NodeId, iface: IfaceId) -> Option<(&Host, u16)> {
        let host = self.hosts.iter().find(|host| host.node == node)?;
        let row = host.rows.iter().position(|row| row.ifaces.contains(&iface))?;
        Some((host, host.y + row as u16))
    }

    fn segment(&mut self, wire: &Wire, x: usize) {
        let x = x as u16;
        let end = |(node, iface, up): &(NodeId, IfaceId, bool)| {
            let (host, y) = self.port(*node, *iface)?;
            let left = host.x < x;
            // A host ends where its words in that row end, so that the cable reaches them.
            let text = &host.rows[usize::from(y - host.y)].text;
            let own = if left {
                host.x + (text.width() as u16).min(host.width) + 1
            } else {
                host.x.saturating_sub(1)
            };
            Some(End { node: *node, iface: *iface, x: own, y, left, up: *up })
        };
        let ends: Vec<End> = wire.ends.iter().filter_map(end).collect();
        let rows = || ends.iter().map(|end| end.y);
        if let (Some(top), Some(bottom)) = (rows().min(), rows().max()) {
            self.segments.push(Segment { name: wire.name.clone(), x, rows: (top, bottom), ends });
        }
    }

    /// The cells that a frame passes from one interface to another, if a line leads from the one to the other.
    pub fn way(&self, from: (NodeId, IfaceId), to: (NodeId, IfaceId)) -> Vec<(u16, u16)> {
        let end = |segment: &Segment, (node, iface)| {
            segment.ends.iter().find(|end| (end.node, end.iface) == (node, iface)).copied()
        };
        let found =
            self.segments.iter().find_map(|own| Some((own, end(own, from)?, end(own, to)?)));
        let Some((segment, from, to)) = found else { return Vec::new() };
        let between = |from: u16, to: u16| -> Vec<u16> {
            if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() }
        };
        let mut way: Vec<(u16, u16)> =
            between(from.x, segment.x).into_iter().map(|x| (x, from.y)).collect();
        way.extend(between(from.y, to.y).into_iter().map(|y| (segment.x, y)));
        way.extend(between(segment.x, to.x).into_iter().map(|x| (x, to.y)));
        way.dedup();
        way
    }
}

/// How much each column of hosts says.
struct Told<'a> {
    net: &'a Net,
    shared: &'a [Ipv4Addr],
    width: usize,
    height: usize,
}

impl Told<'_> {
    fn rows(&self, detail: Detail, node: NodeId) -> Vec<Row> {
        rows(self.net, node, detail, self.shared)
    }

    /// The most that fits, with blank rows between the hosts if there is room for them.
    fn details(&self, columns: &[Vec<NodeId>], gaps: &[Vec<usize>]) -> Vec<(Detail, usize)> {
        // One column says as much as the next, but for those whose hosts are too many.
        const TALL: [(Detail, usize); 4] =
            [(Detail::Full, 1), (Detail::Full, 0), (Detail::Short, 1), (Detail::Short, 0)];
        const FLAT: [(Detail, usize); 2] = [(Detail::Line, 1), (Detail::Line, 0)];
        let fits = |column: &[NodeId], (detail, blank): (Detail, usize)| {
            let rows = column.iter().map(|node| self.rows(detail, *node).len() + blank);
            rows.sum::<usize>() <= self.height + blank
        };
        let wide = |details: &[(Detail, usize)]| {
            let row = |detail, node: &NodeId| self.rows(detail, *node).iter().map(Row::width).max();
            let column = |(own, told): (&Vec<NodeId>, &(Detail, usize))| {
                own.iter().filter_map(|node| row(told.0, node)).max().unwrap_or(0)
            };
            columns.iter().zip(details).map(column).sum::<usize>() + least(gaps)
        };
        let of = |column: &Vec<NodeId>, told: &[(Detail, usize)]| {
            let found = told.iter().find(|told| fits(column, **told));
            found.copied().unwrap_or((Detail::Name, 0))
        };
        let same = TALL.into_iter().find(|told| columns.iter().all(|column| fits(column, *told)));
        let mut details: Vec<(Detail, usize)> = match same {
            Some(told) => vec![told; columns.len()],
            None => {
                columns.iter().map(|column| of(column, &[&TALL[2..], &FLAT].concat())).collect()
            }
        };
        for less in [Detail::Short, Detail::Name, Detail::Bare] {
            if wide(&details) <= self.width {
                break;
            }
            for (told, column) in details.iter_mut().zip(columns) {
                let is_tall =
                    told.0 >= Detail::Short && !(less == Detail::Short && told.0 == Detail::Full);
                if !is_tall && fits(column, (less, told.1)) {
                    told.0 = less;
                }
            }
        }
        details
    }
}

/// The switches and cables that hosts hang on, in the order of the file.
fn wires(net: &Net) -> Vec<Wire> {
    let is_switch = |node: NodeId| matches!(net.node(node).kind, Kind::Switch(_));
    // Switches that are cabled to each other are one line.
    let mut group: BTreeMap<NodeId, NodeId> =
        net.node_ids().filter(|node| is_switch(*node)).map(|node| (node, node)).collect();
    for link in &net.links {
        let [one, other] = link.ends.map(|end| group.get(&end.node).copied());
        if let (Some(one), Some(other)) = (one, other) {
            let (first, second) = (one.min(other), one.max(other));
            group.values_mut().filter(|own| **own == second).for_each(|own| *own = first);
        }
    }
    let mut wires: Vec<Wire> = Vec::new();
    let mut of_group: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (switch, first) in &group {
        let at = *of_group.entry(*first).or_insert_with(|| {
            wires.push(Wire::default());
            wires.len() - 1
        });
        let plus = if wires[at].name.is_empty() { "" } else { "+" };
        wires[at].name += &format!("{plus}{}", net.node(*switch).name);
    }
    for (at, link) in net.links.iter().enumerate() {
        let up = net.is_connected(at);
        let ends = link.ends.map(|end| (end, group.get(&end.node).map(|first| of_group[first])));
        match ends {
            [(host, None), (_, Some(wire))] | [(_, Some(wire)), (host, None)] => {
                wires[wire].ends.push((host.node, host.iface, up));
            }
            [(one, None), (other, None)] => {
                let ends = vec![(one.node, one.iface, up), (other.node, other.iface, up)];
                wires.push(Wire { name: String::new(), ends });
            }
            _ => {}
        }
    }
    wires
}

/// The hosts by how far they are from the first one.
fn columns(net: &Net, wires: &[Wire]) -> Vec<Vec<NodeId>> {
    let hosts: Vec<NodeId> =
        net.node_ids().filter(|node| net.node(*node).host().is_some()).collect();
    let mut of_host: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
    for (at, wire) in wires.iter().enumerate() {
        for (node, ..) in &wire.ends {
            of_host.entry(*node).or_default().push(at);
        }
    }
    let mut far: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut done = vec![false; wires.len()];
    for start in &hosts {
        if far.contains_key(start) {
            continue;
        }
        far.insert(*start, 0);
        let mut queue = VecDeque::from([*start]);
        while let Some(node) = queue.pop_front() {
            for wire in of_host.get(&node).into_iter().flatten() {
                if std::mem::replace(&mut done[*wire], true) {
                    continue;
                }
                for (other, ..) in &wires[*wire].ends {
                    if !far.contains_key(other) {
                        far.insert(*other, far[&node] + 1);
                        queue.push_back(*other);
                    }
                }
            }
        }
    }
    let count = far.values().max().map_or(0, |most| most + 1);
    let mut columns = vec![Vec::new(); count];
    for node in hosts {
        columns[far[&node]].push(node);
    }
    columns
}

/// The lines to the right of each column.
fn gaps(columns: &[Vec<NodeId>], wires: &[Wire]) -> Vec<Vec<usize>> {
    let column = |node: &NodeId| columns.iter().position(|own| own.contains(node)).unwrap_or(0);
    let mut gaps = vec![Vec::new(); columns.len()];
    for (at, wire) in wires.iter().enumerate() {
        if let Some(first) = wire.ends.iter().map(|(node, ..)| column(node)).min() {
            gaps[first].push(at);
        }
    }
    gaps
}

/// The hosts of a column that have room: all, or those around the wanted ones.
fn window(column: &[NodeId], height: usize, detail: Detail, wanted: &[NodeId]) -> Vec<NodeId> {
    if detail > Detail::Line || column.len() <= height {
        return column.to_vec();
    }
    let center = column.iter().rposition(|node| wanted.contains(node)).unwrap_or(0);
    let start = center.saturating_sub(height / 2).min(column.len() - height);
    let mut kept = column[start..start + height].to_vec();
    // Two ends of a frame may be far apart: the other one takes the first place.
    for node in column.iter().filter(|node| wanted.contains(node)) {
        if !kept.contains(node) && !kept.is_empty() {
            kept[0] = *node;
        }
    }
    kept
}

/// The width of each column of hosts; where they do not fit all are cut alike.
fn widths(placed: &[Vec<(NodeId, Vec<Row>)>], gaps: &[Vec<usize>], width: usize) -> Vec<usize> {
    let widest = |column: &Vec<(NodeId, Vec<Row>)>| {
        let rows = column.iter().flat_map(|(_, rows)| rows);
        rows.map(|row| row.text.width()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = placed.iter().map(widest).collect();
    let room = width.saturating_sub(least(gaps));
    while widths.iter().sum::<usize>() > room {
        let Some(most) = widths.iter().copied().max().filter(|most| *most > 1) else { break };
        let at = widths.iter().rposition(|own| *own == most).unwrap_or(0);
        widths[at] -= 1;
    }
    widths
}

/// The least room for all lines.
fn least(gaps: &[Vec<usize>]) -> usize {
    let last = gaps.len().saturating_sub(1);
    gaps.iter().enumerate().map(|(at, own)| room(own.len(), at == last)).sum()
}

/// The least room for so many lines.
fn room(lines: usize, is_last: bool) -> usize {
    match (lines, is_last) {
        (0, true) => 0,
        (lines, true) => lines * 2 + 2,
        (lines, false) => GAP + lines.saturating_sub(1) * 2,
    }
}

/// Where each column of hosts begins, and where the lines between them are.
fn across(widths: &[usize], gaps: &[Vec<usize>], width: usize) -> (Vec<usize>, Vec<Vec<usize>>) {
    let last = gaps.len().saturating_sub(1);
    let least = |at: usize| room(gaps[at].len(), at == last);
    let used: usize = widths.iter().sum::<usize>() + (0..gaps.len()).map(least).sum::<usize>();
    // What is left over widens the gaps, but not without end.
    let free = width.saturating_sub(used);
    let share = free.checked_div(last).unwrap_or(0).min(10);
    let mut x = free.saturating_sub(share * last) / 2;
    let (mut xs, mut lines) = (Vec::new(), Vec::new());
    for (at, own) in gaps.iter().enumerate() {
        xs.push(x);
        x += widths[at];
        let gap = least(at) + if at == last { 0 } else { share };
        let count = own.len();
        lines.push((0..count).map(|place| x + (gap * (place + 1)) / (count + 1)).collect());
        x += gap;
    }
    (xs, lines)
}

#[cfg(test)]
mod tests {
    use sim_core::story::open;

    use super::*;
    use crate::scenarios::SHIPPED;
    use crate::session::Session;

    /// In every lab, in every room: nothing overlaps, nothing lies outside, and every cable ends at its host.
    #[test]
    fn maps_are_in_order() {
        for (name, text) in SHIPPED {
            let session = Session::new(open(name, text, None, false).expect("it loads"))
                .expect("it is set up");
            let net = &session.world().net;
            let hosts = net.nodes.iter().filter(|node| node.host().is_some()).count();
            for (width, height) in [(78, 10), (60, 12), (40, 6), (118, 30)] {
                let map = Map::new(net, width, height, &[]);
                assert_eq!(map.hosts.len() + map.hidden, hosts, "{name}");
                for host in &map.hosts {
                    let (right, bottom) =
                        (host.x + host.width, usize::from(host.y) + host.rows.len());
                    assert!(
                        right <= width && bottom <= usize::from(height),
                        "{name} {width}x{height}: {host:?}"
                    );
                    for other in map.hosts.iter().filter(|other| other.node > host.node) {
                        let apart = other.x >= right
                            || other.x + other.width <= host.x
                            || usize::from(other.y) >= bottom
                            || usize::from(other.y) + other.rows.len() <= usize::from(host.y);
                        assert!(apart, "{name} {width}x{height}: {host:?} {other:?}");
                    }
                }
                for segment in &map.segments {
                    for end in &segment.ends {
                        assert!(
                            segment.x < width.max(1) + 2,
                            "{name} {width}x{height}: {segment:?}"
                        );
                        let way = map.way(
                            (end.node, end.iface),
                            (segment.ends[0].node, segment.ends[0].iface),
                        );
                        assert!(!way.is_empty(), "{name}");
                        for pair in way.windows(2) {
                            let far = pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1);
                            assert_eq!(far, 1, "{name}: a frame jumps");
                        }
                    }
                }
            }
        }
    }
}
