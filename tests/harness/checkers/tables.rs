//! What a director's tables say of each other.

use lvs_engine::{Conn, Engine, Instant, Method};

/// The law of the counters.
pub const COUNTS: &str = "active + inactive of a destination equals the connections bound to it";
/// The law of NAT's return path. Two services may name the same real server, and then a client may
/// reach it by both from one port: Linux cannot tell the replies apart either, so this is about one
/// destination. Under FULLNAT the local port tells them apart, whosever they are.
pub const TUPLES: &str = "no two live NAT connections of one destination share (RIP:port, CIP:port), \
     and no two live FULLNAT connections (RIP:port, LIP:port)";

/// A destination's counters and the connections that are bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which one.
    pub dest: String,
    /// ActiveConn and InActConn as the destination counts them.
    pub counts: (u32, u32),
    /// The same, counted in the connection table.
    pub bound: (u32, u32),
}

/// The destinations of an engine, the deleted ones too as long as a connection names them.
pub fn counted(engine: &Engine) -> Vec<Counted> {
    let mut all = Vec::new();
    for service in engine.services() {
        for dest in engine.dests(service) {
            let bound = engine.conns().filter(|conn| {
                conn.service == Some(service.id())
                    && engine.dest(conn.dest).is_some_and(|own| own.rip() == dest.rip())
            });
            let counts = (dest.active(), dest.inactive());
            let name = format!("{} of {}", dest.rip(), service.key());
            all.push(Counted { dest: name, counts, bound: count(bound) });
        }
    }
    let mut deleted: Vec<_> =
        engine.conns().filter(|conn| conn.service.is_none()).map(|conn| conn.dest).collect();
    deleted.sort_unstable();
    deleted.dedup();
    for id in deleted {
        let Some(dest) = engine.dest(id) else { continue };
        let bound = count(engine.conns().filter(|conn| conn.dest == id));
        let counts = (dest.active(), dest.inactive());
        all.push(Counted { dest: format!("{}, deleted", dest.rip()), counts, bound });
    }
    all
}

fn count(conns: impl Iterator<Item = Conn>) -> (u32, u32) {
    let conns = conns.filter(|conn| !conn.flags.template);
    conns.fold((0, 0), |(active, inactive), conn| match conn.flags.inactive {
        true => (active, inactive + 1),
        false => (active + 1, inactive),
    })
}

/// What is wrong with an engine's tables: the law, and how it is broken.
pub fn breaches(engine: &Engine, now: Instant) -> Vec<(&'static str, String)> {
    let mut found = miscounts(&counted(engine));
    found.extend(shared_tuples(engine.conns(), now));
    found
}

/// The destinations that count wrongly.
pub fn miscounts(all: &[Counted]) -> Vec<(&'static str, String)> {
    let wrong = all.iter().filter(|counted| counted.counts != counted.bound);
    wrong
        .map(|Counted { dest, counts, bound }| {
            let what = format!(
                "{dest} counts {} active and {} inactive, the table has {} and {}",
                counts.0, counts.1, bound.0, bound.1
            );
            (COUNTS, what)
        })
        .collect()
}

/// The connections whose replies could be another's. One whose time is over is found by no packet
/// any more: a new SYN from an old port has ended it.
pub fn shared_tuples(
    conns: impl Iterator<Item = Conn>,
    now: Instant,
) -> Vec<(&'static str, String)> {
    let translated =
        |conn: &Conn| matches!(conn.method, Method::Nat | Method::FullNat) && !conn.flags.template;
    let mut all: Vec<Conn> =
        conns.filter(|conn| translated(conn) && conn.expires_at > now).collect();
    let tuple = |conn: &Conn| {
        let dest = (conn.method == Method::Nat).then_some(conn.dest);
        (dest, conn.proto, conn.rip, conn.lip)
    };
    all.sort_by_key(tuple);
    let pairs = all.windows(2).filter(|pair| tuple(&pair[0]) == tuple(&pair[1]));
    pairs
        .map(|pair| {
            let [one, other] = [&pair[0], &pair[1]];
            let what =
                format!("{} to {} and to {} both go to {}", one.lip, one.vip, other.vip, one.rip);
            (TUPLES, what)
        })
        .collect()
}
