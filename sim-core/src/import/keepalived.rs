//! `keepalived.conf`: virtual servers and what VRRP does with addresses.
//!
//! keepalived is a program that sets tables up; here its tables count, not its doings: who is
//! checked how, and who takes over when, is named as not simulated. keepalived 2.2: the manual page
//! keepalived.conf(5).

mod servers;
mod syntax;
mod vrrp;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::ip::Route;
use super::ipvs::Virtual;
use super::told::{Tally, Told};
use super::{Dump, Place};
use crate::text;
use syntax::Statement;
pub(super) use vrrp::{Instance, VirtualAddr};

/// What a host's configuration says.
#[derive(Clone, Debug, Default)]
pub(super) struct Keepalived {
    pub(super) services: Vec<Virtual>,
    pub(super) instances: Vec<Instance>,
    /// `static_ipaddress`: on the host whatever VRRP says.
    pub(super) addrs: Vec<VirtualAddr>,
    /// `static_routes`.
    pub(super) routes: Vec<Route>,
    /// The files that it includes, by name, with their places.
    includes: Vec<(String, Place)>,
}

/// Blocks and words at the top that concern other things than tables.
#[rustfmt::skip]
const TOP: [&str; 22] = [
    "global_defs", "vrrp_script", "vrrp_sync_group", "vrrp_track_process", "vrrp_track_file", "track_file",
    "static_rules", "static_track_group", "garp_group", "bfd_instance", "linkbeat_interfaces",
    "linkbeat_use_polling", "interface_up_down_delays", "net_namespace", "net_namespace_ipvs", "instance",
    "use_pid_dir", "process_names", "SSL", "track_group", "track_bfd", "nftables",
];

/// What is read in passing: names that blocks refer to.
#[derive(Default)]
struct Named {
    /// `virtual_server_group`.
    groups: BTreeMap<String, Vec<servers::Key>>,
    /// `local_address_group`.
    locals: BTreeMap<String, Vec<Ipv4Addr>>,
}

/// Reads the configuration of a host: all its files together, as `include` would.
pub(super) fn read(dumps: &[&Dump], told: &mut Told) -> Keepalived {
    let mut keepalived = Keepalived::default();
    let mut named = Named::default();
    let mut tally = Tally::default();
    let mut files = Vec::new();
    for dump in dumps {
        files.push((dump.path.as_str(), syntax::read(dump, told)));
    }
    for (file, statements) in &files {
        let mut within = Within { file, told, tally: &mut tally };
        for statement in statements {
            names(statement, &mut named, &mut within);
        }
    }
    for (file, statements) in &files {
        let mut within = Within { file, told, tally: &mut tally };
        for statement in statements {
            top(statement, &mut keepalived, &named, &mut within);
        }
    }
    tally.tell(told);
    included(&keepalived, dumps, told);
    keepalived
}

/// Where statements stand, and where it is said what is wrong with them.
struct Within<'a> {
    file: &'a str,
    told: &'a mut Told,
    tally: &'a mut Tally,
}

impl Within<'_> {
    fn place(&self, statement: &Statement) -> Place {
        Place { file: self.file.to_owned(), line: statement.line }
    }

    /// A word that is known, and has no meaning here.
    fn without(&mut self, statement: &Statement) {
        let place = self.place(statement);
        self.tally.count(statement.name(), &place);
    }

    /// A word that is not known in this block.
    fn unknown(&mut self, statement: &Statement, block: &str) {
        let (word, place) = (statement.name(), self.place(statement));
        let text = match block {
            "" => text!("unknown word `{word}`", "未知的词 `{word}`"),
            block => text!("unknown word `{word}` in {block}", "{block} 中有未知的词 `{word}`"),
        };
        self.told.unknown(&place, text);
    }

    /// A value that cannot be read.
    fn bad(&mut self, statement: &Statement) {
        let (words, place) = (statement.words.join(" "), self.place(statement));
        self.told.wrong(&place, text!("cannot be understood: `{words}`", "无法理解：`{words}`"));
    }

    /// An address: none for IPv6, which is told, and for what is none.
    fn addr(&mut self, statement: &Statement, text: &str) -> Option<Ipv4Addr> {
        if text.contains(':') {
            let place = self.place(statement);
            self.tally.count("IPv6", &place);
            return None;
        }
        let addr = text.parse().ok();
        if addr.is_none() {
            self.bad(statement);
        }
        addr
    }
}

/// The blocks that others name.
fn names(statement: &Statement, named: &mut Named, within: &mut Within<'_>) {
    let Some(name) = statement.words.get(1) else { return };
    match statement.name() {
        "virtual_server_group" => {
            let keys =
                statement.block.iter().flat_map(|line| servers::keys(line, within)).collect();
            named.groups.insert(name.clone(), keys);
        }
        "local_address_group" => {
            let mut addrs = Vec::new();
            for line in &statement.block {
                addrs.extend(servers::addrs(line, within));
            }
            named.locals.insert(name.clone(), addrs);
        }
        _ => {}
    }
}

fn top(statement: &Statement, keepalived: &mut Keepalived, named: &Named, within: &mut Within<'_>) {
    match statement.name() {
        "virtual_server" => keepalived.services.extend(servers::read(statement, named, within)),
        "vrrp_instance" => keepalived.instances.push(vrrp::read(statement, within)),
        "virtual_server_group" | "local_address_group" => {}
        "static_ipaddress" => {
            let found = statement.block.iter().filter_map(|line| vrrp::addr(line, "", within));
            keepalived.addrs.extend(found);
        }
        "static_routes" => keepalived.routes.extend(vrrp::routes(statement, within)),
        "include" | "includer" | "includem" | "includew" | "includeb" => {
            let path = statement.words.get(1).cloned().unwrap_or_default();
            let place = within.place(statement);
            keepalived.includes.push((path, place));
        }
        name if TOP.contains(&name) => within.without(statement),
        _ => within.unknown(statement, ""),
    }
}

/// What is included must have been brought too: the files of a host are read together.
fn included(keepalived: &Keepalived, dumps: &[&Dump], told: &mut Told) {
    for (path, place) in &keepalived.includes {
        let wanted = path.rsplit('/').next().unwrap_or_default();
        let has = dumps.iter().filter(|dump| dump.path != place.file).any(|dump| {
            let name = dump.path.rsplit('/').next().unwrap_or_default();
            match wanted.split_once('*') {
                Some((start, end)) => name.starts_with(start) && name.ends_with(end),
                None => name == wanted,
            }
        });
        if !has {
            let text = text!(
                "includes {path}, which was not brought: put it into the folder of this host",
                "包含 {path}，但没有这个文件：请把它放进这台主机的文件夹"
            );
            told.wrong(place, text);
        }
    }
}
