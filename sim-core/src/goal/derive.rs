//! A goal from a scenario that has none: by its ipvsadm lines and the requests of its story.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::seen::{Ask, Request, commands, requests};
use super::{Goal, Judgement, Requests, Works};
use crate::command::Command;
use crate::command::ipvsadm::{Ipvsadm, Proto, ServiceAddr};
use crate::event::NodeId;
use crate::scenario::{Node, Scenario, Step};
use crate::shell::Shell;
use crate::whatif::Run;
use crate::world::World;

/// The goal that is written in a run's scenario, or the one that its lines tell: whoever asks a
/// service that some ipvsadm line sets up is served through that director, by one of those that its
/// lines name. None if nobody asks any.
pub fn of(run: &Run) -> Option<Goal> {
    let scenario = run.player.scenario();
    if let Some(goal) = &scenario.goal {
        return Some(goal.clone());
    }
    let world = &run.player.world;
    let services = services(scenario);
    let mut seen = requests(run);
    let mut entries: Vec<Requests> = Vec::new();
    for (client, ask) in asked(scenario) {
        let own = |own: &Request| {
            *world.net.node(own.client).name == *client
                && own.name == ask.name
                && own.udp == ask.udp
        };
        // A story that stops early has fewer than its lines say.
        let known = seen.iter().position(own).map(|at| seen.remove(at));
        let fitting: Vec<&Service> =
            services.iter().filter(|service| service.answers(&ask, world)).collect();
        let picked = known.and_then(|own| own.picks.last().copied());
        let by_run = picked.map(|pick| &*world.net.node(pick.director).name);
        let service = fitting.iter().find(|own| Some(&*own.director) == by_run);
        let Some(service) = service.or(fitting.first()) else { continue };
        let key = |own: &Requests| {
            let through = own.through.as_ref() == Some(&service.director);
            through && own.client == client && own.name == ask.name && own.udp == ask.udp
        };
        match entries.iter_mut().find(|own| key(own)) {
            Some(entry) => entry.times += 1,
            None => entries.push(Requests {
                name: ask.name,
                udp: ask.udp,
                through: Some(service.director.clone()),
                times: 1,
                servers: servers(service, &fitting, scenario, world),
                shares: BTreeMap::new(),
                client,
            }),
        }
    }
    let goal = whole(entries, Vec::new());
    goal.filter(|goal| goal.requests.iter().all(|own| !own.servers.is_empty()))
}

/// The goal of a run in which all is well, so that a mistake can be told by it: every request that
/// is served, with who served how many, and every ping that was answered. None if a request of a
/// service is not served as it should.
pub fn written_out(run: &Run) -> Option<Goal> {
    let judged = Judgement::of(&of(run)?, run);
    if !judged.holds() || run.player.error().is_some() {
        return None;
    }
    let world = &run.player.world;
    let name = |node: NodeId| world.net.node(node).name.to_string();
    let mut entries: Vec<Requests> = Vec::new();
    for request in &judged.requests {
        let Some(by) = request.answer.and_then(|answer| answer.by).map(name) else { continue };
        let (client, through) = (name(request.client), request.picks.last());
        let through = through.map(|pick| name(pick.director));
        let key = |own: &Requests| {
            own.client == client
                && own.through == through
                && own.name == request.name
                && own.udp == request.udp
        };
        let at = entries.iter().position(key).unwrap_or(entries.len());
        if at == entries.len() {
            let (servers, shares) = (Vec::new(), BTreeMap::new());
            let (name, udp, times) = (request.name, request.udp, 0);
            entries.push(Requests { client, name, udp, through, times, servers, shares });
        }
        entries[at].times += 1;
        *entries[at].shares.entry(by).or_default() += 1;
    }
    // What no director is asked, and is refused once, is not what the network is for.
    let is_refused = |own: &Requests| {
        let alike = |request: &&Request| {
            name(request.client) == own.client && request.name == own.name && request.udp == own.udp
        };
        own.through.is_none()
            && judged.requests.iter().filter(alike).any(|own| own.answer.is_none())
    };
    entries.retain(|own| !is_refused(own));
    for entry in &mut entries {
        entry.servers = entry.shares.keys().cloned().collect();
    }
    // What goes through a director is what the network is for.
    entries.sort_by_key(|own| own.through.is_none());
    whole(entries, works(run)).filter(|goal| Judgement::of(goal, run).holds())
}

/// A goal of these entries: the first says it in brief.
fn whole(requests: Vec<Requests>, works: Vec<Works>) -> Option<Goal> {
    let Requests { client, servers, through, name, .. } = requests.first()?.clone();
    Some(Goal { client, servers, through, name, requests, works })
}

/// The pings of a run that were answered.
pub fn works(run: &Run) -> Vec<Works> {
    let mut works: Vec<Works> = Vec::new();
    for (_, job) in run.player.typed().filter(|(_, job)| job.status == Some(0)) {
        if !commands(&job.text).any(|command| matches!(command, Command::Ping(_))) {
            continue;
        }
        let on = run.player.world.net.node(job.node).name.to_string();
        match works.iter_mut().find(|own| own.on == on && own.command == job.text) {
            Some(own) => own.times += 1,
            None => works.push(Works { on, command: job.text.clone(), times: 1 }),
        }
    }
    works
}

/// A service as the lines of a file set it up, whether they succeed or not.
struct Service {
    director: String,
    addr: ServiceAddr,
    rips: Vec<Ipv4Addr>,
}

impl Service {
    /// Whether a request is for this service. One by mark takes whatever the director owns.
    fn answers(&self, ask: &Ask, world: &World) -> bool {
        match self.addr {
            ServiceAddr::Port { proto, vip } => {
                let port = vip.port == ask.name.port() || vip.port == 0;
                vip.addr == *ask.name.ip() && port && (proto == Proto::Udp) == ask.udp
            }
            ServiceAddr::Mark(_) => {
                let node = world.net.node_by_name(&self.director);
                let host = node.and_then(|node| world.net.node(node).host());
                host.is_some_and(|host| host.fib().is_own(*ask.name.ip()))
            }
        }
    }
}

/// All commands of a file with their hosts, in the order of the file.
fn typed(scenario: &Scenario) -> Vec<(&str, bool, Command)> {
    let mut shells: BTreeMap<&str, Shell> = BTreeMap::new();
    let mut all = Vec::new();
    let mut take = |on, in_story, line: &str| {
        let steps = shells.entry(on).or_default().compile(line).unwrap_or_default();
        all.extend(steps.into_iter().map(|step| (on, in_story, step.command)));
    };
    for node in &scenario.nodes {
        for line in node.script() {
            take(node.name(), false, &line.value);
        }
    }
    for step in &scenario.story {
        if let Step::Do { on, run } = &step.value {
            run.iter().for_each(|line| take(on, true, &line.value));
        }
    }
    all
}

/// The services that a file's lines set up.
fn services(scenario: &Scenario) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for (on, _, command) in typed(scenario) {
        let commands = match command {
            Command::Ipvsadm(Ipvsadm::Restore(all)) => all,
            Command::Ipvsadm(one) => vec![one],
            _ => continue,
        };
        for command in commands {
            let (addr, rip) = match command {
                Ipvsadm::AddService(service) => (service.addr, None),
                Ipvsadm::AddServer(addr, server) => (addr, Some(server.addr.addr)),
                _ => continue,
            };
            let is_own = |own: &Service| own.director == on && own.addr == addr;
            let at = services.iter().position(is_own).unwrap_or(services.len());
            if at == services.len() {
                services.push(Service { director: on.into(), addr, rips: Vec::new() });
            }
            services[at].rips.extend(rip);
        }
    }
    services
}

/// The requests of a story, with who makes them.
fn asked(scenario: &Scenario) -> Vec<(String, Ask)> {
    let all = typed(scenario).into_iter().filter(|(_, in_story, _)| *in_story);
    all.filter_map(|(on, _, command)| Some((on.to_owned(), Ask::of(&command)?))).collect()
}

/// Who may answer for a service: who has the addresses that its lines name; if one of them is
/// nobody's, whoever serves anything.
fn servers(
    service: &Service,
    alike: &[&Service],
    scenario: &Scenario,
    world: &World,
) -> Vec<String> {
    let mut servers: Vec<String> = Vec::new();
    let own = alike.iter().filter(|own| own.director == service.director);
    for rip in own.flat_map(|own| &own.rips) {
        let owners: Vec<&str> = (world.net.nodes.iter())
            .filter(|node| node.host().is_some_and(|host| host.fib().is_own(*rip)))
            .map(|node| &*node.name)
            .collect();
        let serving = || {
            let serves = |node: &Node| {
                let is_serve =
                    |line: &str| commands(line).any(|command| matches!(command, Command::Serve(_)));
                node.script().iter().any(|line| is_serve(&line.value))
            };
            scenario.nodes.iter().filter(move |node| serves(node)).map(|node| node.name())
        };
        let named: Vec<&str> = if owners.is_empty() { serving().collect() } else { owners };
        for name in named {
            if !servers.iter().any(|own| own == name) {
                servers.push(name.to_owned());
            }
        }
    }
    servers
}
