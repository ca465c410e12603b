//! What stands in a host's tables.

use std::net::Ipv4Addr;

use crate::Mac;
use crate::event::NodeId;
use crate::host::iface::IfaceKind;
use crate::reason::Field;
use crate::story::Player;
use crate::story::sight::{Ends, add, handled};
use crate::text;
use crate::text::Text;
use crate::trace::{Note, Trace};

/// How many connections are shown.
const MOST_SHOWN: usize = 8;

impl Player {
    pub(super) fn check_neigh(
        &self,
        on: &str,
        ip: Ipv4Addr,
        mac: Option<Mac>,
        owner: Option<&str>,
        trace: &Trace,
    ) -> Result<(), Text> {
        let host = self.world.net.node(self.node(on)).host();
        let known = host.and_then(|host| {
            host.neighbours().iter().find(|((_, addr), _)| *addr == ip).map(|(_, entry)| entry)
        });
        let Some(known) = known.filter(|entry| entry.state.is_valid()) else {
            let mut said = text!(
                "expected {on} to know {ip}, but it does not",
                "期望 {on} 知道 {ip} 的 MAC 地址，但是它不知道"
            );
            self.add_neighbour(&mut said, self.node(on), ip, trace);
            return Err(said);
        };
        let fits_mac = mac.is_none_or(|mac| mac == known.mac);
        let found = self.owner_of(known.mac);
        let fits_owner = owner.is_none_or(|name| found.is_some_and(|node| self.name(node) == name));
        if fits_mac && fits_owner {
            return Ok(());
        }
        let wanted = owner.map_or_else(|| mac.map(|mac| mac.to_string()), |name| Some(name.into()));
        let (wanted, has) = (wanted.unwrap_or_default(), known.mac);
        let whose = match found {
            Some(node) => Text::same(self.name(node)),
            None => text!("nobody's", "不属于任何节点"),
        };
        let mut said = text!(
            "expected {on} to have {ip} at {wanted}, it has it at {has}",
            "期望 {on} 把 {ip} 记在 {wanted}，它记在 {has}"
        );
        said.en += &format!(" ({})", whose.en);
        said.zh += &format!("（{}）", whose.zh);
        self.add_neighbour(&mut said, self.node(on), ip, trace);
        Err(said)
    }

    /// Adds the last decision about a neighbour, and the frame that it was about.
    fn add_neighbour(&self, said: &mut Text, node: NodeId, ip: Ipv4Addr, trace: &Trace) {
        let entries = trace.entries();
        let about = entries.iter().rposition(|entry| match &entry.what {
            Note::Why(reason) if entry.node == node && reason.code().starts_with("neigh.") => {
                reason.fields().iter().any(|(_, field)| *field == Field::Addr(ip))
            }
            _ => false,
        });
        let Some(at) = about else {
            return add(said, ("nobody has told it", "没有人告诉过它"), &Text::default());
        };
        if let Some(cause) = handled(entries, at) {
            add(said, ("cause", "起因"), &self.sight(cause));
        }
        add(said, ("decided", "判定"), &self.sight(&entries[at]));
    }

    fn owner_of(&self, mac: crate::Mac) -> Option<NodeId> {
        self.world.net.node_ids().find(|&id| {
            self.world.net.node(id).host().is_some_and(|host| {
                host.fib()
                    .ifaces
                    .iter()
                    .any(|iface| iface.kind == IfaceKind::Ethernet && iface.mac == mac)
            })
        })
    }

    pub(super) fn check_conns(
        &self,
        on: &str,
        state: Option<&str>,
        count: u32,
        trace: &Trace,
    ) -> Result<(), Text> {
        let node = self.node(on);
        let engine = self.world.net.node(node).host().and_then(|host| host.engine());
        let conns: Vec<_> = engine.map(|engine| engine.conns().collect()).unwrap_or_default();
        let fits = conns.iter().filter(|own| state.is_none_or(|state| state == own.state.name()));
        let fits = fits.count();
        if fits == count as usize {
            return Ok(());
        }
        let en = state.map_or(String::new(), |state| format!("{state} "));
        let zh = state.map_or(String::new(), |state| format!(" {state} "));
        let (now, all) = (self.world.now(), conns.len());
        let mut said = text!(
            "expected {en}connections on {on}: {count}; at {now} there are {fits} (of {all})",
            "期望 {on} 上的{zh}连接有 {count} 个；在 {now} 有 {fits} 个（共 {all} 个）"
        );
        for conn in conns.iter().take(MOST_SHOWN) {
            let client = (conn.client.addr, conn.client.port);
            let began = trace.entries().iter().find(|entry| match &entry.what {
                Note::Frame { frame, .. } if entry.node == node => {
                    Ends::read(frame.bytes.bytes()).is_some_and(|ends| ends.from == client)
                }
                _ => false,
            });
            let (state, rip) = (conn.state.name(), conn.rip);
            let label = text!("{state} to {rip}, since", "{state}，到 {rip}，始于");
            let since = began
                .map_or_else(|| Text::same(conn.client.to_string()), |entry| self.sight(entry));
            add(&mut said, (&label.en, &label.zh), &since);
        }
        if conns.is_empty() {
            self.add_last(&mut said, node, 0, trace);
        }
        Err(said)
    }
}
