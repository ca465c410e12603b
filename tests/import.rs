//! What operators bring becomes a scenario: folders of `tests/import`, and every lab dumped by its
//! own commands and brought back.

use std::fs;

use lvsim_tests::{files, golden, lvsim, plays};
use sim_core::Lang;
use sim_core::event::NodeId;
use sim_core::import::{Dump, Kind, import};
use sim_core::net;
use sim_core::scenario::{Line, Node, Scenario};
use sim_core::shell::Shell;
use sim_core::story::{self, Player, Progress};
use sim_core::trace::Trace;
use sim_core::world::World;

/// What is dumped of a host: the file, and the command that prints it.
const DUMPS: [(&str, &str); 7] = [
    ("addr.json", "ip -j addr"),
    ("route.json", "ip -j route show table all"),
    ("neigh.json", "ip -j neigh"),
    ("ipvsadm.save", "ipvsadm -S -n"),
    ("timeouts.txt", "ipvsadm -L --timeout"),
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

/// The folder of a lab at the instant at which its story begins, what `ip` prints as JSON or as text.
fn dumped(world: &World, json: bool) -> Vec<Dump> {
    let mut dumps = Vec::new();
    for id in world.net.node_ids() {
        let node = world.net.node(id);
        if !matches!(node.kind, net::Kind::Host(_)) {
            continue;
        }
        for (file, line) in DUMPS {
            let line = if json { line } else { &line.replace(" -j", "") };
            let path = format!("{}/{file}", node.name);
            dumps.push(Dump { path, text: output(world, id, line) });
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
/// the same lab again once it is brought back with its cables: every listing says the same, and a
/// story that asks whoever serves is served by the same hosts in the same order.
#[test]
fn what_our_own_commands_dump_comes_back() {
    let (mut found, mut asked) = (Vec::new(), 0);
    for file in files::scenarios() {
        let (player, _) = plays::start(&file).expect("the test of the scenarios says why not");
        let [(imported, after), (_, by_text)] = [true, false].map(|json| {
            let mut dumps = dumped(&player.world, json);
            dumps.push(links(player.scenario()));
            let imported = import(&file.name, &dumps);
            let imported = imported.unwrap_or_else(|why| panic!("{}: {}", file.name, why.text));
            let after = Player::new(imported.scenario.clone(), &mut Trace::default());
            (imported, after.expect("an import can be set up").world)
        });
        let mut told = differences(&player.world, &after);
        told.extend(differences(&player.world, &by_text));
        if is_all_saved(&player.world, &after) {
            asked += served(player.scenario(), &imported.scenario, &mut told);
        }
        // All lines that our own commands print are understood.
        let warnings = imported.warnings.iter().filter(|own| own.kind == Kind::Unknown);
        told.extend(warnings.map(|own| own.text().en));
        found.extend(told.into_iter().map(|what| format!("{}: {what}", file.name)));
    }
    assert!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
    assert!(asked > 300, "only {asked} requests were compared");
}

/// What is listed differently.
fn differences(before: &World, after: &World) -> Vec<String> {
    let mut told = Vec::new();
    for id in before.net.node_ids() {
        let node = before.net.node(id);
        if !matches!(node.kind, net::Kind::Host(_)) {
            continue;
        }
        let other = after.net.node_by_name(&node.name).expect("it was brought");
        for (file, line) in DUMPS {
            let old = comparable(file, &output(before, id, line));
            let new = comparable(file, &output(after, other, line));
            if old != new {
                let differs = old.lines().zip(new.lines()).find(|(one, two)| one != two);
                told.push(format!("{} {line}:\n  {differs:?}", node.name));
            }
        }
    }
    told
}

/// Whether all of the services came back. `ipvsadm -S` prints no thresholds, and it sorts: what was
/// added in another order cannot come back in it.
fn is_all_saved(before: &World, after: &World) -> bool {
    before.net.node_ids().all(|id| {
        let node = before.net.node(id);
        let lists = ["ipvsadm -Ln --nosort", "ipvsadm -Ln --thresholds"];
        let other = after.net.node_by_name(&node.name);
        let is_same =
            |other| lists.iter().all(|list| output(before, id, list) == output(after, other, list));
        !matches!(node.kind, net::Kind::Host(_)) || other.is_some_and(is_same)
    })
}

/// Plays the story of a lab on the machines that were brought back; how many requests were made.
fn served(lab: &Scenario, imported: &Scenario, told: &mut Vec<String>) -> usize {
    let mut again = lab.clone();
    for node in &mut again.nodes {
        let Node::Host { name, nics, setup, .. } = &mut node.value else { continue };
        // Programs that run are in no dump.
        let programs = |line: &Line| {
            ["serve", "check", "tcpdump", "vip="].iter().any(|own| line.value.starts_with(own))
        };
        let mut kept: Vec<Line> = setup.iter().filter(|line| programs(line)).cloned().collect();
        let brought = imported.nodes.iter().find(|own| own.name() == name);
        if let Some(Node::Host { nics: cards, setup: lines, .. }) = brought.map(|own| &own.value) {
            // A card's MTU came with the card.
            nics.clone_from(cards);
            *setup = lines.clone();
            setup.append(&mut kept);
        }
    }
    let [one, two] = [lab.clone(), again].map(|scenario| {
        let text = scenario.to_ron();
        let scenario = story::open("again", &text, None, false).expect("it was read before");
        let mut trace = Trace::default();
        let mut player = Player::new(scenario, &mut trace).expect("it can be set up");
        while player.step(&mut trace) != Progress::Done {}
        player.served(None, 0, &trace)
    });
    if one != two {
        told.push(format!("was served by {one:?}, is served by {two:?}"));
    }
    one.len()
}

/// The folders of `tests/import`: what comes of each, and what is told, is kept beside it.
#[test]
fn folders_of_operators_become_labs() {
    let mut found = Vec::new();
    for folder in ["dr", "nat", "fwmark", "pair", "junk"] {
        let root = format!("tests/import/{folder}/");
        let bytes = files::bytes_of_all(root.trim_end_matches('/'));
        let dumps: Vec<Dump> = bytes
            .into_iter()
            .map(|(name, bytes)| {
                let path = name.strip_prefix(&root).expect("it is below").to_owned();
                Dump { path, text: String::from_utf8_lossy(&bytes).into_owned() }
            })
            .collect();
        let mut text = String::new();
        match import(folder, &dumps) {
            Ok(imported) => {
                for warning in &imported.warnings {
                    text += &format!("{}\n", warning.text());
                    assert!(is_chinese(&warning.text().zh), "{}", warning.text().zh);
                }
                for guess in &imported.guesses {
                    assert!(is_chinese(&guess.text().zh), "{}", guess.text().zh);
                }
                let ron = imported.to_ron(Lang::En);
                let again =
                    story::open(folder, &ron, None, false).expect("what was written is read");
                let again = Scenario { file: String::new(), ..again };
                assert_eq!(again, imported.scenario, "{folder}");
                assert_eq!(story::lint(&again, &ron), [], "{folder}");
                text += &ron;
            }
            Err(why) => {
                for warning in &why.warnings {
                    text += &format!("{}\n", warning.text());
                }
                text += &format!("{}\n", why.text);
            }
        }
        if !golden::is_kept(&format!("tests/import/{folder}.out"), &text) {
            found.push(format!("{folder}:\n{text}"));
        }
    }
    assert!(found.is_empty(), "UPDATE=1 writes them anew:\n{}", found.join("\n"));
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The folders of `tests/import`, each with a mistake: the file, what is written there, what instead;
/// where nothing is written there, the file is new.
const MISTAKES: [(&str, &str, &str, &str); 4] = [
    ("dr", "rs1/addr.json", "10.20.0.100", "10.20.0.101"),
    ("nat", "web1/ip-route", "via 192.168.10.1 ", "via 192.168.10.254 "),
    ("fwmark", "lvs/rules.v4", "-A INPUT -d 198.51.100.80/32 ", "-A INPUT -d 198.51.100.81/32 "),
    (
        "pair",
        "rs1/addr",
        "",
        "2: eth0: <BROADCAST,MULTICAST,UP> mtu 1500\n    inet 192.0.2.11/24 scope global eth0\n",
    ),
];

/// What `lvsim check -o` keeps of a failing folder is a scenario: it holds as it is written, names
/// its places in its own lines, and fails once what it was kept for is healed.
#[test]
fn a_failing_case_is_kept_as_a_scenario_until_it_is_healed() {
    let dir = lvsim::folder("witness");
    for (folder, file, wrong, instead) in MISTAKES {
        let root = format!("tests/import/{folder}/");
        for (name, bytes) in files::bytes_of_all(root.trim_end_matches('/')) {
            let path = dir.join(folder).join(name.strip_prefix(&root).expect("it is below"));
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
            fs::write(path, bytes).expect("an own folder can be written");
        }
        let path = dir.join(folder).join(file);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        let mut text = instead.to_owned();
        if !wrong.is_empty() {
            let before = fs::read_to_string(&path).expect("it was brought");
            text = before.replace(wrong, instead);
            assert_ne!(before, text, "{folder}");
        }
        fs::write(&path, text).expect("an own folder can be written");
        let (brought, kept) = (dir.join(folder), dir.join(format!("{folder}.ron")));
        let [brought, kept] = [brought, kept].map(|path| path.display().to_string());

        let said = lvsim::run(&["check", &brought, "-o", &kept, "--format", "json"]);
        assert_eq!(said.status, Some(1), "{folder}: {said:?}");
        let found: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
        for args in [["test", kept.as_str()], ["run", &kept], ["lint", &kept]] {
            let said = lvsim::run(&args);
            assert_eq!(said.status, Some(0), "{folder}: {args:?}: {said:?}");
        }
        let text = fs::read_to_string(&kept).expect("it was written");
        assert!(text.contains(": missing: "), "{folder}: {text}");
        let place = found["cure"]["causes"][0]["place"].as_str();
        if let Some(place) = place.and_then(|place| place.strip_prefix(&format!("{kept}:"))) {
            let line = place.split(':').next().and_then(|number| number.parse::<usize>().ok());
            let line = text.lines().nth(line.expect("a line is a number") - 1);
            let said = found["cure"]["causes"][0]["text"].to_string();
            let typed = line.unwrap_or_default().trim().trim_matches(['"', ',']);
            assert!(!typed.is_empty() && said.contains(typed), "{folder}: {said}: {line:?}");
        }
        let steps = found["cure"]["steps"].as_array().expect("there is a cure");
        let with = steps.iter().flat_map(|step| ["--with", step.as_str().expect("it is a text")]);
        let with: Vec<&str> = with.collect();
        for (command, status) in [("run", 1), ("diagnose", 0)] {
            let healed = lvsim::run(&[&[command, kept.as_str()], with.as_slice()].concat());
            assert_eq!(healed.status, Some(status), "{folder}: {healed:?}");
        }
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
#[rustfmt::skip]
fn the_command_writes_a_lab_and_tells_the_rest() {
    let dir = lvsim::folder("import");
    let (lab, empty) = (dir.join("lab.ron"), dir.join("empty"));
    fs::create_dir_all(&empty).expect("an own folder can be written");
    let (lab, empty) = (lab.display().to_string(), empty.display().to_string());
    let rows: [(&[&str], i32, &str, &str); 9] = [
        // what is asked                                    code, standard output, standard error
        (&["import", "tests/import/dr"],                    0, "// Written by `lvsim import`.", "\n== guesses: 6, missing: 7, warnings: 0, not simulated: 10\n"),
        (&["import", "tests/import/dr", "-o", &lab],        0, "", "lb1/route.json: guess: 10.20.0.1 was not brought"),
        (&["import", "tests/import/dr", "-o", &lab],        2, "", "lab.ron: is there already"),
        (&["test", &lab, "-q"],                             0, "", ""),
        (&["import", "tests/import/junk"],                  1, "", "tests/import/junk: no host has an address or a service"),
        (&["import", &empty],                               1, "", "empty: nothing of any host here"),
        (&["import", "no/such"],                            2, "", "no/such: cannot be read: No such file"),
        (&["import", "Cargo.toml"],                         2, "", "Cargo.toml: is a file"),
        (&["import", "tests/import/nat", "--lang", "zh"],   0, "// 由 `lvsim import` 写出", "\n== 猜测 6 处，缺少 8 项，警告 "),
    ];
    for (args, code, out, err) in rows {
        let said = lvsim::run(args);
        assert_eq!(said.status, Some(code), "{args:?}: {said:?}");
        assert!(said.out.starts_with(out) && (!out.is_empty() || args[0] == "test" || said.out.is_empty()), "{args:?}: {said:?}");
        assert!(said.err.contains(err), "{args:?}: {said:?}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}
