//! The scenario of a network: its machines as commands, what they serve, who asks for what.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Place;
use super::ipvs::Virtual;
use super::links::Links;
use super::machine::Machine;
use super::told::Told;
use super::wiring::Network;
use crate::command::ipvsadm::{Method, Proto, Server, ServiceAddr};
use crate::scenario::{Goal, Kernel, Limits, Line, Link, Located, Node, Scenario, Step, Wait};
use crate::text;
use crate::text::Text;

/// Requests to one service at most, and to all of them.
const MOST: u32 = 16;
const MOST_ALL: usize = 120;

/// A scenario that has not run yet, and the places that its lines come from.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) scenario: Scenario,
    /// Of each node, the place of each line of its setup.
    pub(super) places: Vec<Vec<Place>>,
    /// The requests, in order.
    pub(super) asked: Vec<Asked>,
}

/// The requests to one service.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The step of the story that makes them.
    pub(super) step: usize,
    /// How many.
    pub(super) times: usize,
    /// The service, as its option.
    pub(super) service: String,
    pub(super) place: Place,
}

/// How a service is asked.
struct Door {
    addr: std::net::Ipv4Addr,
    port: u16,
    proto: Proto,
}

/// Writes the scenario.
pub(super) fn write(name: &str, network: &Network, links: &Links, told: &mut Told) -> Lab {
    let mut serves = serves(network, told);
    let mut nodes = Vec::new();
    let mut places = Vec::new();
    let order = order(network);
    let client = &network.machines[network.client].name;
    let is_outside = |at: &usize| {
        let own = &network.machines[*at];
        own.is_added && own.services.is_empty() && !serves.contains_key(at)
    };
    let (outside, inside): (Vec<usize>, Vec<usize>) = order.into_iter().partition(is_outside);
    for at in outside {
        push_host(network, at, &mut serves, &mut nodes, &mut places, told);
    }
    for (name, ports) in &network.switches {
        nodes.push(Node::Switch { name: name.clone(), ports: *ports });
        places.push(Vec::new());
    }
    for at in inside {
        push_host(network, at, &mut serves, &mut nodes, &mut places, told);
    }
    let mut story = vec![Step::Say(text!(
        "As it was brought: each service is asked, once for each of its real servers.",
        "按导入的样子：对每个服务按真实服务器的个数发起请求。"
    ))];
    let asked = requests(network, client, &mut story, told);
    let name = if name.is_empty() { "." } else { name };
    let scenario = Scenario {
        file: String::new(),
        title: text!("Imported from {name}", "导入自 {name}"),
        teaches: Vec::new(),
        seed: 1,
        kernel: kernel(network),
        slow: false,
        limits: Limits::default(),
        params: BTreeMap::new(),
        vary: BTreeMap::new(),
        goal: links.goal.clone().or_else(|| goal(network, client)),
        nodes: nodes.into_iter().map(Located::from).collect(),
        links: network.links.iter().cloned().map(Located::from).collect(),
        story: story.into_iter().map(Located::from).collect(),
    };
    Lab { scenario, places, asked }
}

/// Whether a real kernel can be asked to do the same.
fn kernel(network: &Network) -> Kernel {
    let services = network.machines.iter().flat_map(|own| &own.services);
    let mut dests = services.flat_map(|own| &own.dests);
    if dests.any(|(dest, _)| dest.method == Method::FullNat) {
        return Kernel::No(text!("no mainline kernel has FULLNAT", "主线内核没有 FULLNAT"));
    }
    let is_ours = |link: &Link| {
        let short = !link.delay.is_zero() && link.delay < Duration::from_millis(1);
        short || link.loss.is_some() || link.reorder.is_some() || link.bandwidth.is_some()
    };
    match network.links.iter().any(is_ours) {
        true => Kernel::No(text!("its cables are only simulated", "网线的特性只有模拟器才有")),
        false => Kernel::Yes,
    }
}

/// The client first, then what was added, then the hosts as they were brought.
fn order(network: &Network) -> Vec<usize> {
    let others = (0..network.machines.len()).filter(|at| *at != network.client);
    std::iter::once(network.client).chain(others).collect()
}

fn push_host(
    network: &Network,
    at: usize,
    serves: &mut BTreeMap<usize, Vec<String>>,
    nodes: &mut Vec<Node>,
    places: &mut Vec<Vec<Place>>,
    told: &mut Told,
) {
    let machine = &network.machines[at];
    let (lines, from): (Vec<String>, Vec<Place>) = machine.setup(told).into_iter().unzip();
    let served = serves.remove(&at).unwrap_or_default();
    nodes.push(Node::Host {
        name: machine.name.clone(),
        nics: network.nics[at].clone(),
        serves: served.into_iter().map(Line::from).collect(),
        setup: lines.into_iter().map(Line::from).collect(),
    });
    places.push(from);
}

/// What each machine serves: the ports that directors ask it for.
fn serves(network: &Network, told: &mut Told) -> BTreeMap<usize, Vec<String>> {
    let mut serves: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for machine in &network.machines {
        for service in &machine.services {
            for (dest, _) in &service.dests {
                let rip = dest.addr.addr;
                let owner = match rip.is_loopback() {
                    true => network.machines.iter().position(|own| own.name == machine.name),
                    false => owner(network, rip),
                };
                let Some(owner) = owner else { continue };
                let own = serves.entry(owner).or_default();
                for what in spoken(machine, service, dest, &network.machines[owner]) {
                    if !own.contains(&what) {
                        own.push(what);
                    }
                }
            }
        }
    }
    for (at, what) in &serves {
        let (name, what) = (&network.machines[*at].name, what.join(", "));
        let text = text!("{name} serves {what}", "{name} 提供 {what}");
        told.guess(&Place::default(), text);
    }
    serves
}

/// Whose address it is: a card's rather than one that lies beside it.
fn owner(network: &Network, rip: std::net::Ipv4Addr) -> Option<usize> {
    let on_card = network.machines.iter().position(|own| own.has_on_card(rip));
    on_card.or_else(|| network.machines.iter().position(|own| own.owns(rip)))
}

/// What a destination is asked for: `http 80`.
fn spoken(machine: &Machine, service: &Virtual, dest: &Server, owner: &Machine) -> Vec<String> {
    let rewrites = matches!(dest.method, Method::Nat | Method::FullNat);
    let doors = doors(machine, service);
    let one = |door: &Door| {
        let asked = dest.endpoint(service.service.addr).port;
        let port = if rewrites && asked != 0 { asked } else { door.port };
        match door.proto {
            Proto::Tcp => format!("http {port}"),
            // Unbound it would answer from the address of the card.
            Proto::Udp if !rewrites && owner.owns(door.addr) => {
                format!("udp {port} --bind {}", door.addr)
            }
            Proto::Udp => format!("udp {port}"),
        }
    };
    doors.iter().map(one).collect()
}

/// At which addresses and ports a service is asked; without a port, at 80.
fn doors(machine: &Machine, service: &Virtual) -> Vec<Door> {
    let usual = |port: u16| if port == 0 { 80 } else { port };
    match service.service.addr {
        ServiceAddr::Port { proto, vip } => {
            vec![Door { addr: vip.addr, port: usual(vip.port), proto }]
        }
        ServiceAddr::Mark(mark) => {
            let marked = machine.rules.marks.iter().filter(|own| own.mark == mark);
            let mut doors = Vec::new();
            for own in marked {
                let Some(addr) = own.vip else { continue };
                let ports = if own.ports.is_empty() { &[80][..] } else { &own.ports };
                doors.extend(ports.iter().map(|port| Door {
                    addr,
                    port: usual(*port),
                    proto: own.proto,
                }));
            }
            doors
        }
    }
}

/// The client asks each service as often as it has destinations, or weight to give out.
fn requests(network: &Network, client: &str, story: &mut Vec<Step>, told: &mut Told) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    let mut seen = Vec::new();
    let mut all = 0;
    for machine in &network.machines {
        for service in &machine.services {
            let (addr, place) = (service.service.addr, service.place.clone());
            // A backup has the services of the master.
            if seen.contains(&addr) {
                continue;
            }
            seen.push(addr);
            let doors = doors(machine, service);
            if doors.is_empty() {
                let text = text!(
                    "no rule of iptables marks what is asked at an address with the mark of {addr}: \
                     nobody asks for it",
                    "没有 iptables 规则给发往某个地址的报文打 {addr} 的标记：没有人请求它"
                );
                told.wrong(&place, text);
                continue;
            }
            let times = times(service) as usize;
            if all + times > MOST_ALL {
                let text = text!(
                    "{addr} is not asked: there are too many services",
                    "不请求 {addr}：服务太多"
                );
                told.guess(&place, text);
                continue;
            }
            all += times;
            let run =
                doors.iter().cycle().take(times).map(|door| Line::from(request(door))).collect();
            asked.push(Asked { step: story.len(), times, service: addr.to_string(), place });
            story.push(Step::Do { on: client.to_owned(), run });
            story.push(Step::Wait(Wait::Idle));
        }
    }
    asked
}

fn request(door: &Door) -> String {
    let Door { addr, port, proto } = door;
    match (proto, port) {
        (Proto::Tcp, 80) => format!("curl -m 4 http://{addr}/"),
        (Proto::Tcp, port) => format!("curl -m 4 http://{addr}:{port}/"),
        (Proto::Udp, port) => format!("echo hello | nc -u -w 1 {addr} {port}"),
    }
}

/// How many requests it takes until each destination has had one.
fn times(service: &Virtual) -> u32 {
    let weights = || service.dests.iter().map(|(dest, _)| dest.weight).filter(|weight| *weight > 0);
    let divide = |mut a: u32, mut b: u32| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let common = weights().fold(0, divide).max(1);
    let is_weighted = service.service.scheduler.starts_with('w');
    let wanted = match is_weighted {
        true => weights().fold(0_u32, |sum, weight| sum.saturating_add(weight / common)),
        false => u32::try_from(weights().count()).unwrap_or(MOST),
    };
    wanted.clamp(1, MOST)
}

/// The first service: who may answer, through whom, in whose name.
fn goal(network: &Network, client: &str) -> Option<Goal> {
    let mut services = network
        .machines
        .iter()
        .flat_map(|machine| machine.services.iter().map(move |service| (machine, service)));
    services.find_map(|(machine, service)| {
        let door = doors(machine, service).into_iter().next()?;
        let live = service.dests.iter().filter(|(dest, _)| dest.weight > 0);
        let owners = live.filter_map(|(dest, _)| owner(network, dest.addr.addr));
        let mut servers: Vec<String> = Vec::new();
        for owner in owners {
            let name = &network.machines[owner].name;
            if !servers.contains(name) {
                servers.push(name.clone());
            }
        }
        let through =
            network.machines.iter().find(|own| own.has_on_card(door.addr)).unwrap_or(machine);
        let name = std::net::SocketAddrV4::new(door.addr, door.port);
        let (client, through) = (client.to_owned(), Some(through.name.clone()));
        (!servers.is_empty()).then_some(Goal {
            client,
            servers,
            through,
            name,
            requests: Vec::new(),
            works: Vec::new(),
        })
    })
}

/// The sentence about requests that nobody answered.
pub(super) fn unanswered(asked: &Asked, served: &[String]) -> Text {
    let (service, served) = (&asked.service, served.join(" "));
    text!(
        "{service} as imported is served by [{served}]: `-` is nobody; `lvsim run` says why",
        "导入后 {service} 的应答者是 [{served}]：`-` 表示无人应答；`lvsim run` 会说明原因"
    )
}
