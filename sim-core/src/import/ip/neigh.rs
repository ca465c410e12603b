//! Neighbours: `ip -j neigh`, `ip neigh`.

use std::net::Ipv4Addr;

use serde_json::{Map, json};

use super::{Object, lines, objects, word, words};
use crate::Mac;
use crate::import::told::Told;
use crate::import::{Dump, Place};
use crate::text;

/// An entry of the neighbour table.
#[derive(Clone, Debug)]
pub(in crate::import) struct Neighbour {
    pub(in crate::import) addr: Ipv4Addr,
    pub(in crate::import) dev: String,
    pub(in crate::import) mac: Option<Mac>,
    /// An administrator has set it; all others were learnt, and will be learnt again.
    pub(in crate::import) is_permanent: bool,
    pub(in crate::import) place: Place,
}

impl Neighbour {
    /// The command that adds it, if it is not learnt.
    pub(in crate::import) fn line(&self) -> Option<String> {
        let (addr, dev, mac) = (self.addr, &self.dev, self.mac?);
        let line = format!("ip neigh add {addr} lladdr {mac} dev {dev} nud permanent");
        self.is_permanent.then_some(line)
    }
}

/// Reads a dump of neighbours.
pub(in crate::import) fn neighbours(dump: &Dump, told: &mut Told) -> Vec<Neighbour> {
    let mut found = Vec::new();
    let mut learnt = 0_u32;
    for (object, place) in objects(dump, told, from_text) {
        let dst = word(&object, "dst").unwrap_or_default();
        if dst.contains(':') {
            continue;
        }
        let Ok(addr) = dst.parse() else {
            told.unknown(&place, text!("not a neighbour: `{dst}`", "不是邻居：`{dst}`"));
            continue;
        };
        let mac = word(&object, "lladdr").and_then(|mac| mac.parse().ok());
        let is_permanent = words(&object, "state").iter().any(|state| state == "PERMANENT");
        learnt += u32::from(!is_permanent);
        let dev = word(&object, "dev").unwrap_or_default();
        found.push(Neighbour { addr, dev, mac, is_permanent, place });
    }
    if learnt > 0 {
        let place = Place { file: dump.path.clone(), line: 0 };
        let text = text!(
            "learnt entries ({learnt}): the scenario begins without them, and ARP learns them again",
            "学到的条目（{learnt} 个）：场景开始时没有，由 ARP 重新学习"
        );
        told.without(&place, text);
    }
    found
}

/// `192.0.2.1 dev eth0 lladdr 02:00:00:00:00:a1 STALE`.
fn from_text(dump: &Dump, told: &mut Told) -> Vec<Object> {
    let mut objects = Vec::new();
    for (line, place) in lines(dump) {
        let mut words = line.split_whitespace();
        let mut object = Map::new();
        object.insert("dst".into(), json!(words.next().unwrap_or_default()));
        while let Some(word) = words.next() {
            match word {
                "dev" | "lladdr" => {
                    object.insert(word.into(), json!(words.next().unwrap_or_default()));
                }
                "router" | "proxy" | "extern_learn" | "managed" => {}
                "PERMANENT" | "NOARP" | "REACHABLE" | "STALE" | "DELAY" | "PROBE" | "FAILED"
                | "INCOMPLETE" | "NONE" => {
                    object.insert("state".into(), json!([word]));
                }
                "ref" | "used" | "probes" | "proto" => drop(words.next()),
                other => {
                    let text = text!(
                        "unknown word `{other}` of a neighbour",
                        "邻居中有未知的词 `{other}`"
                    );
                    told.unknown(&place, text);
                }
            }
        }
        objects.push((object, place));
    }
    objects
}
