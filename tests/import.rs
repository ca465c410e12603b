//! What operators bring becomes a scenario: folders of `tests/import`, and every lab dumped by its
//! own commands and brought back.

use lvsim_tests::files::{self, File};
use lvsim_tests::plays;
use sim_core::event::NodeId;
use sim_core::import::{Dump, Imported, import};
use sim_core::net;
use sim_core::scenario::{Node, Scenario};
use sim_core::shell::Shell;
use sim_core::story::{self, Player, Progress};
use sim_core::trace::Trace;
use sim_core::world::World;

/// What is dumped of a host: the file, and the command that prints it.
const DUMPS: [(&str, &str); 6] = [
    ("addr.json", "ip -j addr"),
    ("route.json", "ip -j route"),
    ("neigh.json", "ip -j neigh"),
    ("ipvsadm.save", "ipvsadm -S -n"),
    ("sysctl.txt", "sysctl -a"),
    ("iptables.save", "iptables-save"),
];

/// What a command prints at this instant.
fn output(world: &World, node: NodeId, line: &str) -> String {
    let mut world = world.clone();
    let steps = Shell::default().compile(line).expect("a listing can be typed");
    let job = world.type_command(node, &steps[0], Default::default());
    while world.next_at() == Some(world.now()) {
        world.step(None);
    }
    let job = world.job(job).expect("it was typed");
    assert_eq!(job.status, Some(0), "{line}: {}", job.output);
    job.output.clone()
}

/// The folder of a lab at the instant at which its story begins.
fn dumped(world: &World) -> Vec<Dump> {
    let mut dumps = Vec::new();
    for id in world.net.node_ids() {
        let node = world.net.node(id);
        if !matches!(node.kind, net::Kind::Host(_)) {
            continue;
        }
        for (file, line) in DUMPS {
            dumps.push(Dump { path: format!("{}/{file}", node.name), text: output(world, id, line) });
        }
    }
    dumps
}

/// The cables of a scenario as `links.ron` has them.
fn links(scenario: &Scenario) -> Dump {
    let text = scenario.to_ron();
    let (_, behind) = text.split_once("\n    links: [").expect("a lab has cables");
    let (cables, _) = behind.split_once("\n    ],").expect("the list ends");
    Dump { path: "links.ron".into(), text: format!("(links: [{cables}\n])\n") }
}

fn names(scenario: &Scenario) -> Vec<String> {
    scenario.nodes.iter().map(|node| node.name().to_owned()).collect()
}

/// A listing without what no import can know: entries of neighbours that were learnt.
fn comparable(file: &str, text: &str) -> String {
    match file {
        "neigh.json" => {
            let list: Vec<serde_json::Value> = serde_json::from_str(text).expect("it is JSON");
            let kept = list.iter().filter(|entry| entry["state"][0] == "PERMANENT");
            kept.map(|entry| format!("{entry}\n")).collect()
        }
        _ => text.to_owned(),
    }
}

/// Every lab, dumped host by host before its story by the commands that an operator would type, is
/// the same lab again once it is brought back with its cables: the same listings, and the story goes
/// the same way.
#[test]
fn what_our_own_commands_dump_comes_back() {
    let mut found = Vec::new();
    for file in files::scenarios() {
        let Ok((player, _)) = plays::start(&file) else { continue };
        let before = player.world.clone();
        let mut dumps = dumped(&before);
        dumps.push(links(player.scenario()));
        let imported = match import(&file.name, &dumps) {
            Ok(imported) => imported,
            Err(why) => {
                found.push(format!("{}: {}", file.name, why.text));
                continue;
            }
        };
        let mut told = Vec::new();
        compare(&file, &before, &imported, &mut told);
        found.extend(told.into_iter().map(|what| format!("{}: {what}", file.name)));
    }
    assert!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
}

fn compare(_: &File, before: &World, imported: &Imported, told: &mut Vec<String>) {
    let player = Player::new(imported.scenario.clone(), &mut Trace::default());
    let after = player.expect("an import can be set up").world;
    for warning in &imported.warnings {
        told.push(format!("WARN {}", warning.text()));
    }
    for id in before.net.node_ids() {
        let node = before.net.node(id);
        if !matches!(node.kind, net::Kind::Host(_)) {
            continue;
        }
        let Some(other) = after.net.node_by_name(&node.name) else {
            told.push(format!("no {}", node.name));
            continue;
        };
        for (file, line) in DUMPS {
            let [old, new] = [(before, id), (&after, other)].map(|(world, id)| comparable(file, &output(world, id, line)));
            if old != new {
                let differs = old.lines().zip(new.lines()).find(|(one, two)| one != two);
                told.push(format!("{} {line}:\n  {differs:?}", node.name));
            }
        }
    }
}
