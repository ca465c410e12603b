//! What goes wrong in labs: the mistakes that people make, put into a plan that was right.

use super::dice::Dice;
use super::filter;
use super::layout::AWAY;
use super::plan::{Plan, Seat};
use super::settings;
use super::{Act, layout::Shape};

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $name:literal,)*) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $fault,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)*];

            /// Its name in tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)* }
            }
        }
    };
}

faults! {
    /// A real server has other settings of ARP than it needs.
    ArpSettings = "arp-settings",
    /// A real server has no settings of ARP.
    ArpDefault = "arp-default",
    /// A real server lacks the VIP.
    NoVip = "no-vip",
    /// The VIP is on a real server's card, or has a network of its own on `lo`.
    VipPlace = "vip-place",
    /// The director lacks the VIP.
    DirectorNoVip = "director-no-vip",
    /// A real server's gateway leads astray, or is missing.
    Gateway = "gateway",
    /// The director, or a router, does not forward.
    NoForwarding = "no-forwarding",
    /// A strict `rp_filter`.
    ReversePath = "reverse-path",
    /// A real server takes no tunnel.
    NoTunnel = "no-tunnel",
    /// Nobody listens on a real server.
    Dead = "dead",
    /// A destination that is no host.
    WrongAddress = "wrong-address",
    /// A service without anybody who may take a connection.
    NoDestination = "no-destination",
    /// The wrong method for a real server.
    WrongMethod = "wrong-method",
    /// The service is for another port.
    WrongPort = "wrong-port",
    /// A rule of netfilter that forbids.
    Filter = "filter",
    /// A route that refuses, or a static neighbour that is another machine.
    WrongRoute = "wrong-route",
    /// A card with a smaller MTU.
    Mtu = "mtu",
    /// A cable is out.
    Pulled = "pulled",
    /// A client without a way.
    ClientRoute = "client-route",
    /// Two machines own one address.
    AddressTwice = "address-twice",
    /// The wrong mask.
    Mask = "mask",
}

/// Adds none, one or two.
pub(super) fn add(plan: &mut Plan, dice: &mut Dice) {
    for _ in 0..dice.weighted(&[(40, 0), (45, 1), (15, 2)]) {
        let usual = dice.pick(Fault::ALL);
        let fault = dice.weighted(&[
            (20, Fault::ArpSettings),
            (5, Fault::Mtu),
            (6, Fault::WrongRoute),
            (69, usual),
        ]);
        if apply(plan, dice, fault) {
            plan.faults.push(fault);
        }
    }
}

/// Makes a mistake, if there is room for it here.
fn apply(plan: &mut Plan, dice: &mut Dice, fault: Fault) -> bool {
    let server = plan.servers[dice.index(&plan.servers)];
    let (host, vip) = (server.host, plan.vip);
    match fault {
        Fault::ArpSettings | Fault::ArpDefault | Fault::NoVip | Fault::VipPlace => {
            on_server(plan, dice, server, fault)
        }
        Fault::DirectorNoVip => {
            drop_lines(plan, plan.director.host, |line| line.contains(&format!("addr add {vip}/")))
        }
        Fault::Gateway => gateway(plan, dice, server),
        Fault::NoForwarding => {
            let hosts = [Some(plan.director.host), plan.router];
            let hosts: Vec<usize> = hosts.into_iter().flatten().collect();
            let host = dice.pick(&hosts);
            change(plan, host, "ip_forward=1", "ip_forward=0")
        }
        Fault::ReversePath => {
            let host = dice.pick(&plan.hosts());
            let scope = if dice.percent(60) { "all".to_owned() } else { plan.any_card(dice, host) };
            plan.line(host, format!("sysctl -w net.ipv4.conf.{scope}.rp_filter=1"));
            true
        }
        Fault::NoTunnel => {
            let asleep = drop_lines(plan, host, |line| line == "ip link set tunl0 up");
            asleep && {
                if dice.percent(40) {
                    for program in &mut plan.machines[host].serves {
                        *program = program.replace(&format!(" --bind {vip}"), "");
                    }
                    drop_lines(plan, host, |line| {
                        line.ends_with("dev tunl0") || line == "modprobe ipip"
                    });
                }
                true
            }
        }
        Fault::Dead => !std::mem::take(&mut plan.machines[host].serves).is_empty(),
        Fault::WrongAddress | Fault::NoDestination | Fault::WrongMethod | Fault::WrongPort => {
            on_director(plan, dice, fault)
        }
        Fault::Filter => {
            for _ in 0..2 {
                let (host, line) = filter::draw(plan, dice);
                plan.line(host, line);
            }
            true
        }
        Fault::WrongRoute => route(plan, dice),
        Fault::Mtu => {
            let host = forwarder(plan, dice);
            let card = format!("eth{}", plan.cards(host) - 1);
            plan.line(
                host,
                format!("ip link set {card} mtu {}", dice.pick(&[576, 1000, 1400, 1480])),
            );
            let (client, server) = (plan.clients[0].host, plan.servers[0].addr);
            plan.type_line(client, format!("ping -c 1 -W 1 -M do -s 1472 {server}"));
            true
        }
        Fault::Pulled => {
            let cable = &plan.cables[dice.index(&plan.cables)];
            plan.story.insert(0, Act::Cable { end: cable.ends[0].clone(), up: false });
            true
        }
        Fault::ClientRoute | Fault::Mask | Fault::AddressTwice => elsewhere(plan, dice, fault),
    }
}

/// Takes lines of a setup away; whether there were any.
fn drop_lines(plan: &mut Plan, host: usize, is_meant: impl Fn(&str) -> bool) -> bool {
    let setup = &mut plan.machines[host].setup;
    let before = setup.len();
    setup.retain(|line| !is_meant(line));
    setup.len() < before
}

/// Changes words in a setup; whether they were there.
fn change(plan: &mut Plan, host: usize, from: &str, to: &str) -> bool {
    let mut is_changed = false;
    for line in &mut plan.machines[host].setup {
        if line.contains(from) {
            *line = line.replace(from, to);
            is_changed = true;
        }
    }
    is_changed
}

fn on_server(plan: &mut Plan, dice: &mut Dice, server: Seat, fault: Fault) -> bool {
    let (host, vip) = (server.host, plan.vip);
    let is_arp = |line: &str| line.contains("all.arp_ignore=1");
    match fault {
        Fault::ArpSettings => {
            // One that needs them, if there is one.
            let needs =
                |seat: &&Seat| plan.machines[seat.host].setup.iter().any(|line| is_arp(line));
            let host = plan.servers.iter().find(needs).map_or(host, |seat| seat.host);
            drop_lines(plan, host, is_arp);
            if dice.percent(30) {
                let line = settings::arp(plan, dice, host);
                plan.line(host, line);
                return true;
            }
            let ignore = dice.pick(&[0, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8]);
            let announce = dice.between(0, 2);
            let (host, ignore) = match dice.below(10) {
                0..7 => (host, ignore),
                7 => (plan.director.host, ignore),
                _ => {
                    // An address in a network of its own, which somebody of another network asks for.
                    plan.line(plan.director.host, "ip addr add 10.8.8.8/32 dev eth0");
                    ask_for(plan, "10.8.8.8");
                    (plan.director.host, 2)
                }
            };
            if ignore == 3 {
                plan.line(host, "ip addr add 10.8.8.9/32 dev lo scope host");
                ask_for(plan, "10.8.8.9");
            }
            plan.line(host, format!("sysctl -w net.ipv4.conf.all.arp_ignore={ignore} net.ipv4.conf.all.arp_announce={announce}"));
            true
        }
        Fault::ArpDefault => drop_lines(plan, host, is_arp),
        Fault::NoVip => {
            // A program cannot be bound to what is not there.
            for program in &mut plan.machines[host].serves {
                *program = program.replace(&format!(" --bind {vip}"), "");
            }
            drop_lines(plan, host, |line| line.contains(&format!("addr add {vip}/")))
        }
        _ => {
            let from = format!("addr add {vip}/32 dev ");
            let Some(place) = ["lo", "tunl0", "dummy0"]
                .into_iter()
                .find(|place| plan.machines[host].setup.contains(&format!("ip {from}{place}")))
            else {
                return false;
            };
            let from = format!("{from}{place}");
            let to = match dice.pick(&[0, 1, 2]) {
                0 => format!("addr add {vip}/24 dev {place}"),
                1 => format!("addr add {vip}/32 dev eth0"),
                _ if vip != AWAY => format!("addr add {vip}/24 dev eth0"),
                _ => format!("addr add {vip}/32 dev eth0"),
            };
            change(plan, host, &from, &to)
        }
    }
}

/// Somebody of the director's network takes an address for a neighbour's.
fn ask_for(plan: &mut Plan, addr: &str) {
    let (host, iface) = match plan.router {
        Some(router) => (router, "eth1"),
        None => (plan.clients[0].host, "eth0"),
    };
    plan.type_line(host, format!("ip route add {addr}/32 dev {iface}"));
    plan.type_line(host, format!("ping -c 1 -W 1 {addr}"));
}

fn gateway(plan: &mut Plan, dice: &mut Dice, server: Seat) -> bool {
    let host = server.host;
    let is_default = |line: &str| line.starts_with("ip route add ") && line.contains(" via ");
    let before = plan.machines[host].setup.iter().any(|line| is_default(line));
    if !before {
        return false;
    }
    drop_lines(plan, host, is_default);
    let [a, b, c, _] = server.addr.octets();
    match dice.below(4) {
        0 => {}
        1 => plan.line(host, format!("ip route add default via {a}.{b}.{c}.99")),
        2 if server.addr.octets()[..3] == plan.director.addr.octets()[..3] => {
            plan.line(host, format!("ip route add default via {}", plan.director.addr));
        }
        _ => plan.line(host, "ip route add default dev eth0"),
    }
    true
}

fn on_director(plan: &mut Plan, dice: &mut Dice, fault: Fault) -> bool {
    let host = plan.director.host;
    let adds: Vec<usize> = {
        let lines = plan.machines[host].setup.iter().enumerate();
        lines.filter(|(_, line)| line.starts_with("ipvsadm -a")).map(|(nth, _)| nth).collect()
    };
    if adds.is_empty() {
        return false;
    }
    let nth = dice.pick(&adds);
    match fault {
        Fault::WrongAddress => {
            let server = plan.servers[dice.index(&plan.servers)].addr;
            let [a, b, c, _] = server.octets();
            // Nobody there, or no way there.
            let nobody = format!("{a}.{b}.{c}.77");
            let other = dice.pick(&[&nobody, "10.66.0.1"]).to_owned();
            let setup = &mut plan.machines[host].setup;
            let is_meant = setup[nth].contains(&server.to_string())
                && !setup.iter().any(|line| line.contains(&format!("-r {other}")));
            if is_meant {
                setup[nth] = setup[nth].replace(&server.to_string(), &other);
            }
            is_meant
        }
        Fault::NoDestination if dice.percent(50) => {
            drop_lines(plan, host, |line| line.starts_with("ipvsadm -a"))
        }
        Fault::NoDestination => {
            for nth in adds {
                let line = &mut plan.machines[host].setup[nth];
                if let Some((before, after)) = line.clone().split_once(" -w ") {
                    *line = format!("{before} -w 0{}", &after[1..]);
                } else {
                    *line += " -w 0";
                }
            }
            true
        }
        Fault::WrongMethod => {
            let line = plan.machines[host].setup[nth].clone();
            let words: Vec<&str> = line.split(' ').collect();
            let other = dice.pick(&["-m", "-g", "-i"]);
            let changed: Vec<&str> = words
                .iter()
                .map(|word| if matches!(*word, "-m" | "-g" | "-i") { other } else { *word })
                .collect();
            let changed = changed.join(" ");
            let is_changed = changed != line;
            plan.machines[host].setup[nth] = changed;
            is_changed
        }
        _ => {
            let vip = plan.vip;
            change(plan, host, &format!("{vip}:80 "), &format!("{vip}:88 "))
        }
    }
}

/// Mostly one that forwards, where most comes by.
fn forwarder(plan: &Plan, dice: &mut Dice) -> usize {
    let usual = plan.router.filter(|_| dice.percent(50)).unwrap_or(plan.director.host);
    if dice.percent(70) { usual } else { dice.pick(&plan.hosts()) }
}

fn route(plan: &mut Plan, dice: &mut Dice) -> bool {
    let host = forwarder(plan, dice);
    let client = plan.clients[0].addr;
    let server = plan.servers[dice.index(&plan.servers)].addr;
    let vip = plan.vip;
    if dice.percent(30) && plan.shape == Shape::Lan {
        let client = plan.clients[0].host;
        let mac = dice.pick(&["02:00:00:00:00:51", "02:00:00:00:00:d1", "02:00:00:00:00:ee"]);
        plan.line(client, format!("ip neigh replace {vip} lladdr {mac} nud permanent dev eth0"));
        return true;
    }
    let kind = dice.pick(&["blackhole", "unreachable", "prohibit", "throw"]);
    let to = dice.pick(&[client, server]);
    plan.line(host, format!("ip route add {kind} {to}/32"));
    true
}

fn elsewhere(plan: &mut Plan, dice: &mut Dice, fault: Fault) -> bool {
    match fault {
        Fault::ClientRoute => {
            let client = plan.clients[dice.index(&plan.clients)];
            let is_gone =
                drop_lines(plan, client.host, |line| line.starts_with("ip route add default"));
            // As if the world were one network: the router may answer for it, or not.
            if is_gone && dice.percent(60) {
                plan.line(client.host, "ip route add default dev eth0");
                if let Some(router) = plan.router.filter(|_| dice.percent(60)) {
                    plan.line(router, "sysctl -w net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.neigh.eth0.proxy_delay=0");
                }
            }
            is_gone
        }
        Fault::AddressTwice => {
            let host = dice.pick(&plan.hosts());
            let addrs = [plan.vip, plan.director.addr, plan.servers[0].addr];
            let addr = dice.pick(&addrs);
            let has_it =
                plan.machines[host].setup.iter().any(|line| line.contains(&format!("add {addr}/")));
            if !has_it {
                plan.line(host, format!("ip addr add {addr}/32 dev eth0"));
            }
            !has_it
        }
        _ => {
            let host = dice.pick(&plan.hosts());
            // A gateway must stay within reach, or its route is refused.
            let has_gateway = plan.machines[host].setup.iter().any(|line| line.contains(" via "));
            let bits = if has_gateway { 16 } else { dice.pick(&[16, 25, 28, 32]) };
            let line = &mut plan.machines[host].setup[0];
            let is_meant = line.contains("/24 dev eth0");
            *line = line.replace("/24 dev eth0", &format!("/{bits} dev eth0"));
            is_meant
        }
    }
}
