//! What clients and others send: requests, pings, and frames that no tool sends.

use std::net::Ipv4Addr;

use super::Act;
use super::dice::Dice;
use super::frames;
use super::plan::Plan;
use super::service::Offer;

/// How many seconds a request waits for its answer. The SYN is sent again after one: no end falls together with it.
const PATIENCE: u32 = 2;

/// A few requests, or something else.
pub(super) fn send(plan: &mut Plan, dice: &mut Dice) {
    let client = plan.clients[dice.index(&plan.clients)].host;
    // A frame cannot be put on a wire by a card that is off.
    let is_off = |act: &Act| matches!(act, Act::Type { line, .. } if line.contains(" down"));
    let most = if plan.story.iter().any(is_off) { 79 } else { 100 };
    match dice.below(most) {
        0..45 => requests(plan, dice, client),
        45..51 => requests(plan, dice, plan.director.host),
        51..62 => {
            let line = ping(plan, dice);
            let from = if dice.percent(70) { client } else { dice.pick(&plan.hosts()) };
            plan.type_line(from, line);
        }
        62..71 => {
            let host = if dice.percent(60) { client } else { dice.pick(&plan.hosts()) };
            let line = odd_request(plan, dice);
            plan.type_line(host, line);
        }
        71..76 => {
            let line = arping(plan, dice);
            let host = dice.pick(&plan.hosts());
            plan.type_line(host, line);
        }
        76..79 => {
            let line = format!(
                "traceroute -n -q 1 -w 1 -m 3{} {}",
                dice.pick(&["", " -I"]),
                anybody(plan, dice)
            );
            plan.type_line(client, line);
        }
        _ => {
            if dice.percent(25) {
                let host = dice.pick(&[plan.director.host, plan.servers[0].host]);
                plan.type_line(
                    host,
                    format!("sysctl -w net.ipv4.conf.all.rp_filter={}", dice.between(1, 2)),
                );
            }
            // Errors are about packets of connections from this port.
            requests_from(plan, dice, client, true);
            let from = plan.name(client);
            for _ in 0..3 {
                for rows in frames::draw(plan, dice, client) {
                    plan.story.push(Act::Inject { from: format!("{from}:eth0"), rows });
                }
            }
            plan.story.push(Act::Wait { ms: 300 });
        }
    }
}

/// Requests to a service.
pub(super) fn requests(plan: &mut Plan, dice: &mut Dice, from: usize) {
    if from == plan.director.host && dice.percent(20) {
        let service = &plan.services[dice.index(&plan.services)];
        let line = format!("nc -w 1 -s 127.0.0.1 {} {}", service.vip, service.port());
        plan.type_line(from, line);
        return;
    }
    let fixed = dice.percent(20);
    requests_from(plan, dice, from, fixed);
}

/// Requests, perhaps all from one port.
pub(super) fn requests_from(plan: &mut Plan, dice: &mut Dice, from: usize, fixed: bool) {
    let service = plan.services[dice.index(&plan.services)].clone();
    let (vip, port) = (service.vip, service.port());
    let count = dice.weighted(&[(45, 1), (35, 2), (20, 3)]);
    for _ in 0..count {
        let line = match service.offer {
            Offer::Udp(_) if fixed => format!("echo hello | nc -u -w 1 -p 40000 {vip} {port}"),
            Offer::Udp(_) => format!("echo hello | nc -u -w 1 {vip} {port}"),
            _ => {
                let place = if port == 80 { String::new() } else { format!(":{port}") };
                let local = if fixed { "--local-port 40000 " } else { "" };
                match dice.below(20) {
                    0 => format!(
                        "head -c {} /dev/zero | curl -m {PATIENCE} --data-binary @- http://{vip}{place}/",
                        dice.pick(&[1000, 3000, 8000])
                    ),
                    1 => format!("nc -w 1 -z {vip} {port}"),
                    _ => format!("curl -m {PATIENCE} {local}http://{vip}{place}/"),
                }
            }
        };
        plan.type_line(from, line);
    }
}

/// Somebody of the lab, or nobody.
fn anybody(plan: &Plan, dice: &mut Dice) -> Ipv4Addr {
    let server = plan.servers[dice.index(&plan.servers)].addr;
    let [a, b, c, _] = server.octets();
    let client = plan.clients[dice.index(&plan.clients)].addr;
    dice.weighted(&[
        (30, plan.vip),
        (25, server),
        (15, plan.director.addr),
        (10, client),
        (8, Ipv4Addr::new(a, b, c, 99)),
        (4, Ipv4Addr::new(10, 77, 0, 1)),
        (4, Ipv4Addr::new(a, b, c, 255)),
        (2, Ipv4Addr::new(239, 1, 1, 1)),
        (2, Ipv4Addr::new(127, 0, 0, 1)),
    ])
}

fn ping(plan: &Plan, dice: &mut Dice) -> String {
    let whom = anybody(plan, dice);
    let octets = whom.octets();
    let how = match dice.below(12) {
        0 => " -s 3000".to_owned(),
        1 => " -M do -s 1472".to_owned(),
        2 => " -M do -s 1440".to_owned(),
        3 => format!(" -t {}", dice.between(1, 3)),
        4 => " -s 1473".to_owned(),
        _ => String::new(),
    };
    // ping asks for -b before it speaks to a broadcast address.
    let whom = if octets[3] == 255 { plan.vip } else { whom };
    let count = dice.weighted(&[(80, 1), (20, 2)]);
    format!("ping -c {count} -W 1{how} {whom}")
}

/// What is no service of this lab: other ports, real servers themselves, the port of FTP's data.
fn odd_request(plan: &Plan, dice: &mut Dice) -> String {
    let server = plan.servers[dice.index(&plan.servers)].addr;
    let (vip, client) = (plan.vip, plan.clients[0].addr);
    let is_ftp = plan.services.iter().any(|service| service.offer == Offer::Tcp(21));
    if is_ftp && dice.percent(60) {
        return format!("nc -w 1 {vip} 20000");
    }
    match dice.below(13) {
        12 => format!("for i in 1 2 3 4 5 6 7; do echo hello | nc -u -w 1 {server} 9; done"),
        10 => format!("nc -w 1 {vip} {}", dice.pick(&[20_000, 2000])),
        11 => format!("curl -m {PATIENCE} http://{vip}:82/"),
        0 => format!("curl -m {PATIENCE} http://{vip}:{}/", dice.pick(&[81, 82, 88, 8443])),
        1 | 2 => format!("curl -m {PATIENCE} http://{server}/"),
        3 => format!("echo hello | nc -u -w 1 {server} {}", dice.pick(&[9, 5300])),
        4 => format!("echo hello | nc -u -w 1 {vip} {}", dice.pick(&[9, 5353])),
        5 => format!("nc -w 1 -p 20 {vip} {}", dice.pick(&[80, 2000])),
        6 => format!("curl -m {PATIENCE} http://{}/", plan.director.addr),
        7 => format!("curl -m {PATIENCE} http://{client}/"),
        8 => format!("echo hello | nc -u -w 1 -p 53 {vip} 5300"),
        _ => format!("for i in 1 2 3; do curl -m {PATIENCE} http://{vip}/; done"),
    }
}

fn arping(plan: &Plan, dice: &mut Dice) -> String {
    let whom = anybody(plan, dice);
    let (vip, server) = (plan.vip, plan.servers[0].addr);
    match dice.below(6) {
        0 => format!("arping -U -c 1 -I eth0 {}", dice.pick(&[vip, server])),
        1 => format!("arping -A -c 1 -I eth0 {}", dice.pick(&[vip, server])),
        2 => format!("arping -D -c 1 -w 1 -I eth0 {}", dice.pick(&[vip, server])),
        _ => format!("arping -c 1 -w 1 -I eth0 {whom}"),
    }
}
