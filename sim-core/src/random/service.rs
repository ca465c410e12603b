//! What the director offers: services, schedulers, destinations, and what each method asks of director and real servers.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::dice::Dice;
use super::layout::{AWAY, Shape};
use super::plan::{Plan, Seat};

/// How a packet gets to a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// By another destination address, `-m`.
    Nat,
    /// By another MAC address, `-g`.
    Dr,
    /// In a tunnel, `-i`.
    Tun,
    /// It is the director itself.
    Local,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nat, Self::Dr, Self::Tun, Self::Local];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nat => "nat",
            Self::Dr => "dr",
            Self::Tun => "tun",
            Self::Local => "local",
        }
    }
}

/// The schedulers; `twos` draws lots of its own.
pub(super) const SCHEDULERS: [&str; 13] =
    ["rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "dh", "mh", "fo", "ovf", "lblc", "lblcr"];

/// Whom a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// `-t VIP:PORT`; port 0 is any.
    Tcp(u16),
    /// `-u VIP:PORT`.
    Udp(u16),
    /// `-f MARK`, which a rule of netfilter puts on what comes to this TCP port.
    Mark(u32, u16),
}

/// A service as it was set up.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub offer: Offer,
    pub vip: Ipv4Addr,
    pub scheduler: &'static str,
    pub is_persistent: bool,
    pub dests: Vec<Dest>,
}

/// One of its real servers.
#[derive(Clone, Debug)]
pub(super) struct Dest {
    pub at: String,
    pub method: Method,
    /// `-m`, `-g` or `-i`.
    pub flag: &'static str,
}

impl Service {
    /// The service as ipvsadm names it.
    pub(super) fn named(&self) -> String {
        let vip = self.vip;
        match self.offer {
            Offer::Tcp(port) => format!("-t {vip}:{port}"),
            Offer::Udp(port) => format!("-u {vip}:{port}"),
            Offer::Mark(mark, _) => format!("-f {mark}"),
        }
    }

    /// The port that a client asks for.
    pub(super) fn port(&self) -> u16 {
        match self.offer {
            Offer::Tcp(0) => 80,
            Offer::Tcp(port) | Offer::Udp(port) | Offer::Mark(_, port) => port,
        }
    }

    /// The address and port that clients ask.
    pub(super) fn key(&self) -> (Ipv4Addr, u16) {
        let any = matches!(self.offer, Offer::Tcp(0));
        (self.vip, if any { 0 } else { self.port() })
    }

    pub(super) fn methods(&self) -> impl Iterator<Item = Method> {
        self.dests.iter().map(|dest| dest.method)
    }

    pub(super) fn is_udp(&self) -> bool {
        matches!(self.offer, Offer::Udp(_))
    }
}

/// Which method each real server is reached by.
fn methods(plan: &Plan, dice: &mut Dice) -> Vec<Method> {
    const ALL: [Method; 3] = [Method::Nat, Method::Dr, Method::Tun];
    let usual = match plan.shape {
        Shape::Lan | Shape::Router => dice.weighted(&[(30, ALL[0]), (50, ALL[1]), (20, ALL[2])]),
        Shape::TwoArms => dice.weighted(&[(75, ALL[0]), (15, ALL[1]), (10, ALL[2])]),
        Shape::Far => dice.weighted(&[(30, ALL[0]), (10, ALL[1]), (60, ALL[2])]),
    };
    let is_mixed = dice.percent(20);
    plan.servers.iter().map(|_| if is_mixed { dice.pick(&ALL) } else { usual }).collect()
}

/// Draws services and sets up who takes part in them.
pub(super) fn set_up(plan: &mut Plan, dice: &mut Dice) {
    let methods = methods(plan, dice);
    let offers = offers(dice);
    let ports: Vec<u16> = offers.iter().map(|offer| server_port(*offer, dice)).collect();
    director_address(plan, dice);
    for (server, method) in plan.servers.clone().into_iter().zip(&methods) {
        real_server(plan, dice, server, *method);
        programs(plan, dice, server.host, &offers, &ports);
    }
    if methods.contains(&Method::Nat) {
        nat_director(plan, dice, &methods);
    } else if plan.shape == Shape::TwoArms {
        // The servers' answers cross the director, in the VIP's name: it takes them only if it is told to.
        let host = plan.director.host;
        plan.line(host, "sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.all.accept_local=1");
    }
    let is_local = dice.percent(10);
    if dice.percent(12) {
        plan.late.push("sysctl -w net.ipv4.vs.conntrack=1".to_owned());
    }
    for (offer, port) in offers.into_iter().zip(ports) {
        let service = service(plan, dice, offer, port, &methods, is_local);
        plan.services.push(service);
    }
    if is_local {
        let port = plan.services[0].port();
        let kind = if plan.services[0].is_udp() { "udp" } else { "http" };
        plan.machines[plan.director.host].serves.push(format!("{kind} {port}"));
    }
    timeouts(plan, dice);
}

fn offers(dice: &mut Dice) -> Vec<Offer> {
    let mut offers = vec![dice.weighted(&[
        (56, Offer::Tcp(80)),
        (4, Offer::Tcp(21)),
        (20, Offer::Udp(5300)),
        (12, Offer::Mark(1, 80)),
        (8, Offer::Tcp(0)),
    ])];
    let others = [Offer::Tcp(8080), Offer::Udp(5353), Offer::Mark(2, 443), Offer::Tcp(21)];
    for _ in 0..dice.weighted(&[(65, 0), (25, 1), (10, 2)]) {
        let other = dice.pick(&others);
        if !offers.contains(&other) {
            offers.push(other);
        }
    }
    offers
}

/// Where the real servers listen; only NAT can ask for another port.
fn server_port(offer: Offer, dice: &mut Dice) -> u16 {
    match offer {
        Offer::Tcp(80) if dice.percent(20) => 8000,
        Offer::Udp(5300) if dice.percent(20) => 5400,
        Offer::Tcp(0) => 80,
        Offer::Tcp(port) | Offer::Udp(port) | Offer::Mark(_, port) => port,
    }
}

/// The VIP on the director.
fn director_address(plan: &mut Plan, dice: &mut Dice) {
    let (host, vip) = (plan.director.host, plan.vip);
    if plan.machines[host].setup.iter().any(|line| line.contains(&format!(" {vip}/"))) {
        return;
    }
    let place = if vip == AWAY {
        dice.pick(&["lo", "dummy0", "eth0"])
    } else {
        dice.weighted(&[(80, "eth0"), (10, "lo"), (10, "dummy0")])
    };
    let bits = if place == "eth0" && vip != AWAY && dice.percent(30) { 24 } else { 32 };
    own(plan, host, vip, bits, place);
}

/// One more address of a host; a dummy interface is made for it.
fn own(plan: &mut Plan, host: usize, addr: Ipv4Addr, bits: u8, iface: &str) {
    if iface == "dummy0" {
        plan.line(host, "ip link add dummy0 type dummy");
        plan.line(host, "ip link set dummy0 up");
    }
    plan.line(host, format!("ip addr add {addr}/{bits} dev {iface}"));
}

/// What a method asks of a real server.
fn real_server(plan: &mut Plan, dice: &mut Dice, server: Seat, method: Method) {
    let Seat { host, gateway, .. } = server;
    let dip = plan.director.addr;
    let is_near = server.addr.octets()[..3] == dip.octets()[..3];
    match (method, gateway) {
        (Method::Nat, _) if is_near && plan.shape == Shape::Lan => {
            // On the clients' own network the way back by the director is one for each client.
            for client in plan.clients.clone() {
                plan.line(host, format!("ip route add {}/32 via {dip}", client.addr));
            }
        }
        (Method::Nat, _) if is_near => plan.line(host, format!("ip route add default via {dip}")),
        (_, Some(gateway)) => plan.line(host, format!("ip route add default via {gateway}")),
        (_, None) => {}
    }
    let vip = plan.vip;
    match method {
        Method::Nat | Method::Local => {}
        Method::Dr => {
            own(plan, host, vip, 32, if dice.percent(80) { "lo" } else { "dummy0" });
            plan.line(
                host,
                "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2",
            );
        }
        Method::Tun => {
            plan.line(host, "modprobe ipip");
            plan.line(host, "ip link set tunl0 up");
            own(plan, host, vip, 32, if dice.percent(80) { "tunl0" } else { "lo" });
            if dice.percent(60) {
                plan.line(
                    host,
                    "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2",
                );
            }
        }
    }
}

/// What listens on a real server.
fn programs(plan: &mut Plan, dice: &mut Dice, host: usize, offers: &[Offer], ports: &[u16]) {
    let mut serves: Vec<String> = Vec::new();
    for (offer, &port) in offers.iter().zip(ports) {
        let asked = match offer {
            Offer::Tcp(0) => 80,
            Offer::Tcp(asked) | Offer::Udp(asked) | Offer::Mark(_, asked) => *asked,
        };
        let kind = if matches!(offer, Offer::Udp(_)) { "udp" } else { "http" };
        for port in [port, asked] {
            let slow = if kind == "http" && dice.percent(8) { " --delay 300ms" } else { "" };
            let bind = match kind {
                // An answer from any other address than the VIP helps no client.
                "udp" if dice.percent(70) => bound(plan, host),
                _ => String::new(),
            };
            let program = format!("{kind} {port}{slow}{bind}");
            let is_known = |known: &String| known.starts_with(&format!("{kind} {port}"));
            if !serves.iter().any(is_known) {
                serves.push(program);
            }
        }
    }
    plan.machines[host].serves = serves;
}

fn bound(plan: &Plan, host: usize) -> String {
    let vip = plan.vip;
    let has_vip =
        plan.machines[host].setup.iter().any(|line| line.contains(&format!("{vip}/32 dev")));
    if has_vip { format!(" --bind {vip}") } else { String::new() }
}

/// What NAT asks of the director.
fn nat_director(plan: &mut Plan, dice: &mut Dice, methods: &[Method]) {
    let host = plan.director.host;
    plan.line(host, "sysctl -w net.ipv4.ip_forward=1");
    // How far redirects stand apart is counted in ticks, which fall together with think times.
    if plan.shape != Shape::TwoArms && dice.percent(75) {
        plan.line(
            host,
            "sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0",
        );
    } else if plan.shape != Shape::TwoArms && dice.percent(60) {
        for server in plan.servers.clone() {
            plan.line(
                server.host,
                "sysctl -w net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0",
            );
        }
    }
    // Real servers elsewhere answer by the director only if it asks in its own name.
    let is_far = |(server, method): (&Seat, &Method)| {
        *method == Method::Nat && server.addr.octets()[..3] != plan.director.addr.octets()[..3]
    };
    let is_needed = plan.servers.iter().zip(methods).any(is_far);
    if dice.percent(if is_needed { 75 } else { 12 }) {
        let (dip, inner) = (plan.director.addr, plan.inner);
        let how = if dice.percent(50) {
            format!("SNAT --to-source {dip}")
        } else {
            "MASQUERADE".to_owned()
        };
        plan.line(
            host,
            format!(
                "iptables -t nat -A POSTROUTING -o {inner} -m ipvs --ipvs --vdir ORIGINAL -j {how}"
            ),
        );
        plan.late.push("sysctl -w net.ipv4.vs.conntrack=1".to_owned());
    }
    if dice.percent(20) {
        plan.late.push("sysctl -w net.ipv4.vs.nat_icmp_send=1".to_owned());
    }
}

/// The flags of the schedulers that have some.
fn flags(scheduler: &str, dice: &mut Dice) -> String {
    let known: &[&str] = match scheduler {
        "sh" => &["sh-fallback", "sh-port", "sh-fallback,sh-port"],
        "mh" => &["mh-fallback", "mh-port", "mh-fallback,mh-port"],
        _ => return String::new(),
    };
    if dice.percent(50) { format!(" -b {}", dice.pick(known)) } else { String::new() }
}

fn service(
    plan: &mut Plan,
    dice: &mut Dice,
    offer: Offer,
    port: u16,
    methods: &[Method],
    is_local: bool,
) -> Service {
    let host = plan.director.host;
    let scheduler = dice.pick(&SCHEDULERS);
    let mut service =
        Service { offer, vip: plan.vip, scheduler, is_persistent: false, dests: Vec::new() };
    let named = service.named();
    let mut line = format!("ipvsadm -A {named} -s {scheduler}{}", flags(scheduler, dice));
    // Linux takes a service for all ports only with persistence.
    let is_usual = matches!(offer, Offer::Tcp(0 | 21));
    if is_usual || dice.percent(25) {
        service.is_persistent = true;
        let seconds = dice.pick(&[1, 2, 30, 60, 300]);
        let _ = write!(line, " -p {seconds}");
        if seconds < 30 && dice.percent(60) {
            plan.late.push("ipvsadm --set 1 1 1".to_owned());
        }
        if dice.percent(40) {
            let _ = write!(line, " -M 255.255.{}.0", dice.pick(&[255, 240, 0]));
        }
    } else if service.is_udp() && dice.percent(30) {
        line += " -o";
    }
    if let Offer::Mark(mark, port) = offer {
        let vip = plan.vip;
        plan.line(host, format!("iptables -t mangle -A PREROUTING -d {vip} -p tcp --dport {port} -j MARK --set-mark {mark}"));
    }
    plan.line(host, line);
    for (server, method) in plan.servers.clone().into_iter().zip(methods) {
        let flag = match method {
            Method::Nat => "-m",
            Method::Dr => "-g",
            Method::Tun | Method::Local => "-i",
        };
        let at = match (offer, method) {
            (Offer::Mark(..), _) | (Offer::Tcp(0), _) => server.addr.to_string(),
            (_, Method::Nat) => format!("{}:{port}", server.addr),
            _ if dice.percent(15) => format!("{}:{port}", server.addr),
            _ => server.addr.to_string(),
        };
        add(plan, dice, &mut service, Dest { at, method: *method, flag });
    }
    if is_local {
        let flag = dice.pick(&["-m", "-g", "-i"]);
        let own = match flag {
            "-m" => {
                dice.pick(&[plan.director.addr, plan.director.addr, plan.vip, Ipv4Addr::LOCALHOST])
            }
            _ => plan.vip,
        };
        add(plan, dice, &mut service, Dest { at: own.to_string(), method: Method::Local, flag });
    }
    service
}

fn add(plan: &mut Plan, dice: &mut Dice, service: &mut Service, dest: Dest) {
    let Dest { at, flag, .. } = &dest;
    let mut line = format!("ipvsadm -a {} -r {at} {flag}", service.named());
    if dice.percent(50) {
        let _ = write!(line, " -w {}", dice.weighted(&[(8, 0), (40, 1), (30, 2), (22, 4)]));
    }
    if dice.percent(14) {
        let upper = dice.between(1, 3);
        let _ = write!(line, " -x {upper}");
        if dice.percent(60) {
            let _ = write!(line, " -y {}", dice.below(upper));
        }
    }
    plan.line(plan.director.host, line);
    service.dests.push(dest);
}

/// A service by mark without anybody, for what the director itself asks a real server: `cache_bypass` lets it go there.
pub(super) fn bypass(plan: &mut Plan, dice: &mut Dice) {
    if !dice.percent(5) {
        return;
    }
    let (host, server) = (plan.director.host, plan.servers[0].addr);
    plan.line(host, "ipvsadm -A -f 9 -s rr");
    plan.line(host, "sysctl -w net.ipv4.vs.cache_bypass=1");
    plan.line(
        host,
        format!("iptables -t mangle -A OUTPUT -d {server} -p tcp --dport 80 -j MARK --set-mark 9"),
    );
    plan.type_line(host, format!("curl -m 2 http://{server}/"));
}

/// How long entries live: short enough, now and then, that a story sees them end.
fn timeouts(plan: &mut Plan, dice: &mut Dice) {
    let host = plan.director.host;
    for line in std::mem::take(&mut plan.late) {
        plan.line(host, line);
    }
    if dice.percent(15) {
        let line =
            dice.pick(&["ipvsadm --set 0 0 2", "ipvsadm --set 0 2 0", "ipvsadm --set 2 2 2"]);
        plan.line(host, line);
    }
}
