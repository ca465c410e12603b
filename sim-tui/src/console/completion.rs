//! The words that the console's editor offers when Tab is pressed.

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};
use sim_core::command::complete::{Around, complete};
use sim_core::host::Host;
use sim_core::net::Kind;
use sim_core::world::World;

/// What the editor asks. It knows what the world had when the prompt was shown.
#[derive(Default)]
pub struct Words {
    /// What can be named.
    pub around: Around,
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(complete(line.get(..at).unwrap_or_default(), &self.around))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

/// What can be named at a node: its own interfaces and settings, and every host's addresses.
pub fn around(world: &World, host: Option<&Host>) -> Around {
    let hosts = world.net.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Host(host) => Some(host),
        Kind::Switch(_) => None,
    });
    let mut addrs: Vec<String> = hosts
        .flat_map(|host| &host.fib().ifaces)
        .flat_map(|iface| &iface.addrs)
        .map(|own| own.local.addr.to_string())
        .collect();
    addrs.sort();
    addrs.dedup();
    let ifaces = host.map_or(Vec::new(), |host| {
        let own = host.fib().ifaces.iter().filter(|iface| !iface.gone);
        own.map(|iface| iface.name.clone()).collect()
    });
    Around { ifaces, addrs, settings: host.map_or(Vec::new(), Host::setting_names) }
}
