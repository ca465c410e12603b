//! A table as rows of cells, and which tables a node has.
//!
//! Words are those of the commands that list them on Linux. A listing of Linux is text; here each value stands in a cell of its own
//! with where it was set, so that one can say which of them has changed.

use lvs_engine::OriginId;
use sim_core::Lang;
use sim_core::event::NodeId;
use sim_core::net::{Kind as NodeKind, Net};
use sim_core::switch::Switch;
use sim_core::world::World;
use sim_core::{Instant, Mac};

use super::{host, ipvs, settings};

/// So many rows of a table are shown at most.
pub const MOST: usize = 400;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Interfaces.
    Link,
    /// Addresses.
    Addr,
    /// Neighbours: who has which MAC address.
    Neigh,
    /// Routes, and what was learnt about paths.
    Route,
    /// Settings, with the value that counts.
    Sysctl,
    /// Services of IPVS with their destinations.
    Services,
    /// Connections of IPVS.
    Conns,
    /// Connections that netfilter tracks.
    Conntrack,
    /// Where a switch has heard which MAC address.
    Fdb,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as Linux names it.
    pub name: &'static str,
    /// A time that runs: that it is another one is no change.
    pub runs: bool,
}

const fn column(name: &'static str) -> Column {
    Column { name, runs: false }
}

const fn clock(name: &'static str) -> Column {
    Column { name, runs: true }
}

impl Kind {
    /// The tables of a host, in their order.
    pub const OF_HOST: [Self; 8] = [
        Self::Link,
        Self::Addr,
        Self::Neigh,
        Self::Route,
        Self::Sysctl,
        Self::Services,
        Self::Conns,
        Self::Conntrack,
    ];

    /// Its title.
    pub fn title(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Link => ("LINK", "网卡"),
            Self::Addr => ("ADDR", "地址"),
            Self::Neigh => ("NEIGH", "邻居"),
            Self::Route => ("ROUTE", "路由"),
            Self::Sysctl => ("SYSCTL", "参数"),
            Self::Services => ("IPVS", "服务"),
            Self::Conns => ("CONNS", "连接"),
            Self::Conntrack => ("CONNTRACK", "跟踪"),
            Self::Fdb => ("FDB", "转发表"),
        };
        lang.pick(en, zh)
    }

    /// The command that lists it on Linux.
    pub fn command(self) -> &'static str {
        match self {
            Self::Link => "ip link",
            Self::Addr => "ip addr",
            Self::Neigh => "ip neigh",
            Self::Route => "ip route show table all",
            Self::Sysctl => "sysctl",
            Self::Services => "ipvsadm -Ln",
            Self::Conns => "ipvsadm -Lnc",
            Self::Conntrack => "conntrack -L",
            Self::Fdb => "bridge fdb show",
        }
    }

    /// Its columns.
    pub fn columns(self) -> &'static [Column] {
        const LINK: &[Column] = &[column("dev"), column("state"), column("mtu"), column("lladdr")];
        const ADDR: &[Column] = &[column("dev"), column("inet"), column("scope"), column("label")];
        const NEIGH: &[Column] =
            &[column("address"), column("dev"), column("lladdr"), column("state"), column("whose")];
        const ROUTE: &[Column] =
            &[column("to"), column("via"), column("dev"), column("src"), column("more")];
        const SYSCTL: &[Column] = &[column("setting"), column("value"), column("counts")];
        const SERVICES: &[Column] = &[
            column("Address:Port"),
            column("Forward"),
            column("Weight"),
            column("Active"),
            column("InAct"),
            column("InPkts"),
            column("OutPkts"),
        ];
        const CONNS: &[Column] = &[
            column("pro"),
            clock("expire"),
            column("state"),
            column("source"),
            column("virtual"),
            column("destination"),
            column("local"),
        ];
        const CONNTRACK: &[Column] = &[
            column("pro"),
            clock("timeout"),
            column("state"),
            column("original"),
            column("reply"),
            column("flags"),
        ];
        const FDB: &[Column] = &[column("mac"), column("dev"), column("whose"), clock("age")];
        match self {
            Self::Link => LINK,
            Self::Addr => ADDR,
            Self::Neigh => NEIGH,
            Self::Route => ROUTE,
            Self::Sysctl => SYSCTL,
            Self::Services => SERVICES,
            Self::Conns => CONNS,
            Self::Conntrack => CONNTRACK,
            Self::Fdb => FDB,
        }
    }

    /// Whether entries go without an event: whoever looks for them finds that their time is over.
    pub fn fades(self) -> bool {
        matches!(self, Self::Route | Self::Conntrack | Self::Fdb)
    }
}

/// What has become of a row since the step before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    #[default]
    None,
    /// It is new.
    New,
    /// It is gone: what stands there is how it was.
    Gone,
    /// It was like this.
    Was(Vec<String>),
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What tells it from the others of its table.
    pub key: String,
    /// A text a column.
    pub cells: Vec<String>,
    /// Where it was set, if that is known of this kind of row.
    pub origin: Option<OriginId>,
    /// What has become of it.
    pub change: Change,
}

impl Row {
    pub(super) fn new(key: String, cells: Vec<String>, origin: Option<OriginId>) -> Self {
        Self { key, cells, origin, change: Change::None }
    }

    /// Whether this cell is another one than at the step before.
    pub fn is_changed(&self, column: usize) -> bool {
        match &self.change {
            Change::Was(old) => old.get(column) != self.cells.get(column),
            _ => false,
        }
    }

    /// The sign of its change, one column wide.
    pub fn sign(&self) -> &'static str {
        match self.change {
            Change::None => " ",
            Change::New => "+",
            Change::Gone => "-",
            Change::Was(_) => "~",
        }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Which.
    pub kind: Kind,
    /// Its rows.
    pub rows: Vec<Row>,
    /// How many rows more there are.
    pub left: usize,
}

impl Table {
    /// Whether anything has changed.
    pub fn is_changed(&self) -> bool {
        self.rows.iter().any(|row| row.change != Change::None)
    }
}

/// The tables of a node; none if it is switched off. Those of a part that it has not loaded are missing. `all`: with the settings
/// that nobody set, and the routes of broadcasts.
pub fn tables(world: &World, node: NodeId, all: bool) -> Vec<Table> {
    let kinds = match world.net.node(node).kind {
        NodeKind::Host(_) => &Kind::OF_HOST[..],
        NodeKind::Switch(_) => &[Kind::Fdb],
    };
    kinds.iter().filter_map(|kind| table(world, node, *kind, all)).collect()
}

/// One table of a node, if it has it.
fn table(world: &World, node: NodeId, kind: Kind, all: bool) -> Option<Table> {
    let mut rows = rows(world, node, kind, all)?;
    let left = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    Some(Table { kind, rows, left })
}

/// All rows of a table of a node, if it has it.
pub fn rows(world: &World, node: NodeId, kind: Kind, all: bool) -> Option<Vec<Row>> {
    let own = world.net.node(node);
    if !own.on {
        return None;
    }
    let now = world.now();
    let host = match &own.kind {
        NodeKind::Switch(switch) => {
            return (kind == Kind::Fdb).then(|| heard(switch, &world.net, now));
        }
        NodeKind::Host(host) => host,
    };
    Some(match kind {
        Kind::Link => host::links(host),
        Kind::Addr => host::addrs(host),
        Kind::Neigh => host::neighbours(host, &world.net),
        Kind::Route => host::routes(host, all),
        Kind::Sysctl => settings::settings(host, all),
        Kind::Services => ipvs::services(host.engine()?),
        Kind::Conns => ipvs::conns(host.engine()?, now),
        Kind::Conntrack => {
            let own = host.netfilter()?;
            let rows = ipvs::tracked(own, now);
            // What is not tracked any more is still listed until its time is over.
            return (own.tracks() || !rows.is_empty()).then_some(rows);
        }
        Kind::Fdb => return None,
    })
}

/// A switch's table.
fn heard(switch: &Switch, net: &Net, now: Instant) -> Vec<Row> {
    let row = |(mac, heard): (Mac, sim_core::switch::Heard)| {
        let age = format!("{} s", now.since(heard.last).as_secs());
        let cells = vec![mac.to_string(), heard.at.0.to_string(), whose(net, mac), age];
        Row::new(mac.to_string(), cells, None)
    };
    switch.table(now).map(row).collect()
}

/// The host whose card has a MAC address; nothing if nobody has it.
pub(super) fn whose(net: &Net, mac: Mac) -> String {
    let has = |node: &&sim_core::net::Node| {
        let cards = node.host().map(|host| &host.fib().ifaces);
        cards.is_some_and(|cards| cards.iter().any(|card| card.mac == mac && !card.gone))
    };
    net.nodes.iter().find(has).map(|node| node.name.to_string()).unwrap_or_default()
}
