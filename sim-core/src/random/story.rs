//! What happens in a lab: rounds of traffic, and edits between them.

use super::dice::Dice;
use super::plan::{Plan, Seat};
use super::service::{SCHEDULERS, Service};
use super::{Act, filter, settings, traffic};

/// Tells a story of some seconds.
pub(super) fn tell(plan: &mut Plan, dice: &mut Dice) {
    let client = plan.clients[0].host;
    traffic::requests(plan, dice, client);
    if dice.percent(40) {
        traffic::send(plan, dice);
    }
    for _ in 0..dice.weighted(&[(30, 0), (50, 1), (20, 2)]) {
        edit(plan, dice);
        if dice.percent(20) {
            let ms = dice.pick(&[500, 1500, 3000]);
            plan.story.push(Act::Wait { ms });
        }
        traffic::send(plan, dice);
    }
}

/// Something is changed by somebody.
fn edit(plan: &mut Plan, dice: &mut Dice) {
    match dice.below(100) {
        0..8 => gone(plan, dice),
        8..45 => {
            let host = plan.director.host;
            for line in ipvs(plan, dice) {
                if line.starts_with("ipvsadm -Z") {
                    // Zero is what the kernel copied last, which it does every two seconds.
                    plan.story.push(Act::Wait { ms: 3000 });
                }
                plan.type_line(host, line);
            }
        }
        45..65 => {
            let (host, line) = network(plan, dice);
            plan.type_line(host, line);
        }
        65..77 => {
            let (host, line) = settings::draw(plan, dice);
            plan.type_line(host, line);
        }
        77..87 => {
            let (host, line) = filter::draw(plan, dice);
            plan.type_line(host, line);
        }
        87..94 => {
            let end = plan.cables[dice.index(&plan.cables)].ends[0].clone();
            // The end of a connection may still be on its way, and a kernel pulls a cable a little later.
            plan.story.push(Act::Wait { ms: 500 });
            plan.story.push(Act::Cable { end: end.clone(), up: false });
            if dice.percent(60) {
                plan.story.push(Act::Wait { ms: 500 });
                plan.story.push(Act::Cable { end, up: true });
            }
        }
        _ => {
            let host = plan.servers[dice.index(&plan.servers)].host;
            if !plan.machines[host].serves.is_empty() {
                plan.type_line(host, "kill serve");
            }
        }
    }
}

/// A destination goes while a client still has a connection to it.
fn gone(plan: &mut Plan, dice: &mut Dice) {
    let (client, director) = (plan.clients[0].host, plan.director.host);
    traffic::requests_from(plan, dice, client, true);
    for service in plan.services.clone() {
        let at = service.dests.iter().map(|dest| &dest.at);
        for at in at.collect::<std::collections::BTreeSet<_>>() {
            plan.type_line(director, format!("ipvsadm -d {} -r {at}", service.named()));
        }
    }
    traffic::requests_from(plan, dice, client, true);
}

/// Edits of IPVS.
fn ipvs(plan: &Plan, dice: &mut Dice) -> Vec<String> {
    let service = &plan.services[dice.index(&plan.services)];
    let named = service.named();
    if service.dests.is_empty() {
        return vec!["ipvsadm -Z".to_owned()];
    }
    let dest = &service.dests[dice.index(&service.dests)];
    let (at, flag) = (&dest.at, dest.flag);
    let one = |line: String| vec![line];
    match dice.below(16) {
        0..4 => one(format!("ipvsadm -e {named} -r {at} {flag} -w {}", dice.pick(&[0, 1, 3]))),
        4 | 5 => one(format!("ipvsadm -d {named} -r {at}")),
        6 | 7 => vec![
            format!("ipvsadm -d {named} -r {at}"),
            format!("ipvsadm -a {named} -r {at} {flag}"),
        ],
        8 => one(format!("ipvsadm -e {named} -r {at} {} -w 1", dice.pick(&["-m", "-g", "-i"]))),
        9 => one(format!("ipvsadm -e {named} -r {at} {flag} -x 1")),
        10 => one(edited(service, dice)),
        11 => one(format!("ipvsadm -D {named}")),
        12 => one("ipvsadm -C".to_owned()),
        13 => one(format!("ipvsadm -Z{}", dice.pick(&["", &format!(" {named}")]))),
        14 => one(dice
            .pick(&["ipvsadm --set 0 0 2", "ipvsadm --set 0 2 0", "ipvsadm --set 2 0 0"])
            .to_owned()),
        _ => {
            let settings = ["expire_nodest_conn=1", "expire_quiescent_template=1", "sloppy_tcp=1"];
            vec![
                format!("sysctl -w net.ipv4.vs.{}", dice.pick(&settings)),
                format!("ipvsadm -e {named} -r {at} {flag} -w 0"),
            ]
        }
    }
}

/// The same service with another scheduler.
fn edited(service: &Service, dice: &mut Dice) -> String {
    let persistent = if service.is_persistent { " -p 60" } else { "" };
    format!("ipvsadm -E {} -s {}{persistent}", service.named(), dice.pick(&SCHEDULERS))
}

/// Edits of addresses, routes, neighbours and cards.
fn network(plan: &Plan, dice: &mut Dice) -> (usize, String) {
    let vip = plan.vip;
    let director = plan.director.host;
    let Seat { host, .. } = plan.servers[dice.index(&plan.servers)];
    let any = dice.pick(&plan.hosts());
    let card = plan.any_card(dice, any);
    let client = plan.clients[0];
    let place = |host: usize| {
        let setup = &plan.machines[host].setup;
        let line = setup.iter().find_map(|line| line.strip_prefix(&format!("ip addr add {vip}/")));
        line.map(|rest| format!("ip addr del {vip}/{rest}"))
    };
    match dice.below(14) {
        0 => {
            (director, place(director).unwrap_or_else(|| format!("ip addr add {vip}/32 dev eth0")))
        }
        1 => (host, place(host).unwrap_or_else(|| format!("ip addr add {vip}/32 dev lo"))),
        2 => (host, format!("ip addr add {vip}/32 dev eth0")),
        3 | 4 => (any, "ip neigh flush all".to_owned()),
        5 => (host, "ip route del default".to_owned()),
        6 => (host, format!("ip route replace default via {}", plan.director.addr)),
        7 => (
            any,
            format!(
                "ip route add {} {}/32",
                dice.pick(&["unreachable", "blackhole", "prohibit"]),
                client.addr
            ),
        ),
        8 => (
            client.host,
            format!("ip neigh replace {vip} lladdr 02:00:00:00:00:51 nud permanent dev eth0"),
        ),
        9 => (any, format!("ip link set {card} down")),
        10 => (any, format!("ip link set {card} down; ip link set {card} up")),
        11 => (any, format!("ip link set {card} mtu {}", dice.pick(&[576, 1300, 1400]))),
        12 => (any, "ip route flush cache".to_owned()),
        _ => (any, format!("ip addr flush dev {card}")),
    }
}
