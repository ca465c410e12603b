//! What can be changed in a lab. Each edit says what it has done, or what is wrong and what to do; what only the loader can tell, such
//! as whether a name is one, is told when the lab is [played](super::Sandbox::take).

use sim_core::Mac;
use sim_core::scenario::{
    End, Line, Link, Located, Nic, Node, Scenario, Step, parse_duration, parse_loss,
    print_duration, print_loss,
};
use sim_core::shell::Shell;
use sim_core::story::change;
use sim_core::{Text, text};

use super::choices::{PLACES, Role, free};
use super::parts::Part;

/// More machines nobody can look at.
pub const MOST: usize = 64;

/// Adds a machine with the cards that its role has, and gives back its name.
///
/// # Errors
/// When there are too many.
pub fn add(scenario: &mut Scenario, role: Role) -> Result<String, Text> {
    if scenario.nodes.len() >= MOST {
        return Err(text!(
            "a lab has at most {MOST} machines; x removes the selected one",
            "一个实验最多 {MOST} 台机器；按 x 删除选中的一台"
        ));
    }
    let (first, base, cards) = match role {
        Role::Client => ("client", 0xc1, 1),
        Role::Router => ("router", 0xa0, 2),
        Role::Director => ("director", 0xd1, 1),
        Role::Server => ("rs1", 0x51, 1),
        Role::Switch => ("lan", 0, 0),
    };
    let stem = if role == Role::Server { "rs" } else { first };
    let is_new = |name: &String| scenario.nodes.iter().all(|node| node.name() != name);
    let numbered = (2..).map(|number| format!("{stem}{number}"));
    let name = std::iter::once(first.to_owned()).chain(numbered).find(is_new).unwrap_or_default();
    let node = match role {
        Role::Switch => Node::Switch { name: name.clone(), ports: 4 },
        _ => Node::Host {
            name: name.clone(),
            nics: Vec::new(),
            serves: Vec::new(),
            setup: match role {
                Role::Router => vec![Line::from("sysctl -w net.ipv4.ip_forward=1".to_owned())],
                _ => Vec::new(),
            },
        },
    };
    scenario.nodes.push(Located::from(node));
    for card in 0..cards {
        let nic = Nic { iface: format!("eth{card}"), mac: mac(scenario, base), mtu: None };
        if let Some(Located { value: Node::Host { nics, .. }, .. }) = scenario.nodes.last_mut() {
            nics.push(nic);
        }
    }
    Ok(name)
}

/// The next address of a role that nobody has: its last byte tells the role, `c1` a client.
fn mac(scenario: &Scenario, base: u8) -> Mac {
    let taken = |mac: &Mac| {
        scenario.nodes.iter().any(|node| match &node.value {
            Node::Host { nics, .. } => nics.iter().any(|nic| nic.mac == *mac),
            Node::Switch { .. } => false,
        })
    };
    let all = (0..=u8::MAX).flat_map(|more| (base..=base | 0x0f).map(move |last| [more, last]));
    let mut macs = all.map(|[more, last]| Mac([2, 0, 0, 0, more, last]));
    macs.find(|mac| !taken(mac)).unwrap_or_default()
}

/// What another card of a host is counted on from: the first card that it has.
fn base(nics: &[Nic]) -> u8 {
    nics.first().map_or(0x01, |nic| nic.mac.0[5])
}

/// Puts a cable in between two ends; a card or a place that is not there yet comes with it.
///
/// # Errors
/// When an end is not there or not free, or both are of one machine.
pub fn connect(scenario: &mut Scenario, a: &End, b: &End) -> Result<(), Text> {
    if a.node == b.node {
        let node = &a.node;
        return Err(text!(
            "a cable from {node} to itself leads nowhere; choose another machine",
            "从 {node} 连到自己的网线没有用；请选另一台机器"
        ));
    }
    for end in [a, b] {
        let taken = scenario.links.iter().find(|link| link.a == *end || link.b == *end);
        if let Some(link) = taken {
            let other = if link.a == *end { &link.b } else { &link.a };
            return Err(text!(
                "{end} has a cable already, to {other}; x removes that one",
                "{end} 已经插着网线，另一头是 {other}；先选中它按 x 删除"
            ));
        }
        let found = free(scenario).into_iter().find(|own| own.end == *end);
        let known = scenario.nodes.iter().find(|node| node.name() == end.node);
        match (found, known) {
            (Some(own), _) if own.is_new => grow(scenario, end),
            (Some(_), _) => {}
            // A switch offers one of its free places; any of them will do.
            (None, Some(node)) if node.has_iface(&end.iface) => {}
            _ => {
                return Err(text!(
                    "there is no {end}; choose one of the list",
                    "没有 {end}；请从列表中选择"
                ));
            }
        }
    }
    scenario.links.push(Located::from(Link {
        a: a.clone(),
        b: b.clone(),
        delay: std::time::Duration::from_millis(1),
        bandwidth: None,
        loss: None,
        reorder: None,
        mtu: None,
    }));
    Ok(())
}

/// Gives a machine the card or place that this end names.
fn grow(scenario: &mut Scenario, end: &End) {
    let Some(at) = scenario.nodes.iter().position(|node| node.name() == end.node) else { return };
    let first = match &scenario.nodes[at].value {
        Node::Host { nics, .. } => base(nics),
        Node::Switch { .. } => 0,
    };
    let mac = mac(scenario, first);
    match &mut scenario.nodes[at].value {
        Node::Host { nics, .. } => nics.push(Nic { iface: end.iface.clone(), mac, mtu: None }),
        Node::Switch { ports, .. } => *ports = (*ports + 1).min(PLACES),
    }
}

/// Removes a part: a machine with its cables and all that happens to it.
///
/// # Errors
/// What cannot be done without.
pub fn remove(scenario: &mut Scenario, part: Part) -> Result<Text, Text> {
    match part {
        Part::Lab => Err(text!(
            "the title stays; r changes it, t begins anew",
            "标题不能删除；按 r 修改，按 t 重新开始"
        )),
        Part::Node(_) if scenario.nodes.len() <= 1 => Err(text!(
            "the last machine stays: a lab has at least one",
            "最后一台机器不能删除：实验至少要有一台"
        )),
        Part::Node(at) if at < scenario.nodes.len() => Ok(remove_node(scenario, at)),
        Part::Link(at) if at < scenario.links.len() => {
            let Link { a, b, .. } = scenario.links.remove(at).value;
            let before = scenario.story.len();
            scenario.story.retain(
                |step| !matches!(&step.value, Step::Cable { link, .. } if *link == a || *link == b),
            );
            let steps = before - scenario.story.len();
            Ok(text!(
                "the cable {a} – {b} is gone (steps of the story with it: {steps}); U brings it back",
                "网线 {a} – {b} 已删除（连同故事的步骤 {steps} 个）；按 U 恢复"
            ))
        }
        Part::Step(at, line) if at < scenario.story.len() => remove_step(scenario, at, line),
        _ => Err(text!("there is nothing to remove", "没有可删除的")),
    }
}

fn remove_node(scenario: &mut Scenario, at: usize) -> Text {
    let name = scenario.nodes.remove(at).name().to_owned();
    let (links, steps) = (scenario.links.len(), scenario.story.len());
    let gone: Vec<End> = scenario
        .links
        .iter()
        .filter(|link| link.a.node == name || link.b.node == name)
        .flat_map(|link| [link.a.clone(), link.b.clone()])
        .collect();
    scenario.links.retain(|link| link.a.node != name && link.b.node != name);
    scenario.story.retain(|step| match &step.value {
        Step::Do { on, .. } | Step::Power { on, .. } => *on != name,
        Step::Cable { link, .. } => link.node != name && !gone.contains(link),
        Step::Inject { from, .. } => from.node != name && !gone.contains(from),
        _ => true,
    });
    let (links, steps) = (links - scenario.links.len(), steps - scenario.story.len());
    text!(
        "{name} is gone (with it cables: {links}, steps of the story: {steps}); U brings it back",
        "{name} 已删除（连同网线 {links} 根，故事的步骤 {steps} 个）；按 U 恢复"
    )
}

fn remove_step(scenario: &mut Scenario, at: usize, line: usize) -> Result<Text, Text> {
    let words = scenario.story.iter().filter(|step| matches!(step.value, Step::Say(_))).count();
    match &mut scenario.story[at].value {
        Step::Say(_) if words <= 1 => {
            return Err(text!(
                "the story's only word stays: it is the step to stand on",
                "故事中唯一的话不能删除：它是立足的步骤"
            ));
        }
        Step::Do { run, .. } if run.len() > 1 && line < run.len() => drop(run.remove(line)),
        _ => drop(scenario.story.remove(at)),
    }
    Ok(text!("it did not happen; U brings it back", "就当没有发生过；按 U 恢复"))
}

/// Gives a machine another name, wherever it is named; of the lab, another title.
///
/// # Errors
/// When another machine is called so.
pub fn rename(scenario: &mut Scenario, part: Part, to: &str) -> Result<Text, Text> {
    let to = to.trim();
    if part == Part::Lab {
        scenario.title = Text::same(to);
        return Ok(text!("it is called {to}", "名为 {to}"));
    }
    let Some(node) = (match part {
        Part::Node(at) => scenario.nodes.get(at),
        _ => None,
    }) else {
        return Err(text!("only machines and the lab have names", "只有机器和实验有名字"));
    };
    let from = node.name().to_owned();
    // The loader's own rule, said before its lines are read with the name in them.
    let is_fine = |own: char| own.is_ascii_alphanumeric() || own == '-' || own == '_';
    if to.is_empty() || to.len() > 63 || to.starts_with('-') || !to.chars().all(is_fine) {
        return Err(text!(
            "not a name for a machine: letters, digits, - and _, no - first, at most 63",
            "不能作机器名：字母、数字、- 和 _，首字符不能是 -，最多 63 个字符"
        ));
    }
    if from != to && scenario.nodes.iter().any(|node| node.name() == to) {
        return Err(text!(
            "there is another machine {to}; choose another name",
            "已经有机器叫 {to}；请另取名字"
        ));
    }
    let change = |name: &mut String| {
        if *name == from {
            to.clone_into(name);
        }
    };
    for node in &mut scenario.nodes {
        match &mut node.value {
            Node::Host { name, .. } | Node::Switch { name, .. } => change(name),
        }
    }
    for link in &mut scenario.links {
        change(&mut link.value.a.node);
        change(&mut link.value.b.node);
    }
    for step in &mut scenario.story {
        match &mut step.value {
            Step::Do { on, .. } | Step::Power { on, .. } => change(on),
            Step::Cable { link: end, .. } | Step::Inject { from: end, .. } => change(&mut end.node),
            _ => {}
        }
    }
    Ok(text!("{from} is now {to}", "{from} 现在叫 {to}"))
}

/// What a cable is like, as [`tune`] reads it.
pub fn tuning(link: &Link) -> String {
    let mut words = vec![format!("delay {}", print_duration(link.delay))];
    words.extend(link.loss.map(|loss| format!("loss {}", print_loss(loss))));
    words.extend(link.mtu.map(|mtu| format!("mtu {mtu}")));
    words.join(" ")
}

/// Makes a cable as these words say, from the begin on: `delay 5ms loss 1% mtu 1400`; what is not named is as of a new cable.
///
/// # Errors
/// Which word is not understood, and how it is written.
pub fn tune(scenario: &mut Scenario, at: usize, words: &str) -> Result<Text, Text> {
    let how = || {
        text!(
            "written as `delay 5ms loss 1% mtu 1400`, each if needed",
            "写法：`delay 5ms loss 1% mtu 1400`，不需要的不写"
        )
    };
    let Some(link) = scenario.links.get_mut(at) else {
        return Err(text!("only cables are changed so", "只有网线可以这样修改"));
    };
    let link = &mut link.value;
    (link.delay, link.loss, link.mtu) = (std::time::Duration::from_millis(1), None, None);
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(how)?;
        match word {
            "delay" => link.delay = parse_duration(value).map_err(|wrong| wrong.text())?,
            "loss" => link.loss = Some(parse_loss(value).map_err(|wrong| wrong.text())?),
            "mtu" => link.mtu = Some(value.parse().map_err(|_| how())?),
            _ => return Err(how()),
        }
    }
    let (a, b, like) = (&link.a, &link.b, tuning(link));
    Ok(text!("{a} – {b}: {like}", "{a} – {b}：{like}"))
}

/// Behind all that happens: a machine is switched off or on, or a cable pulled out or put in.
///
/// # Errors
/// When the part is neither.
pub fn plug(scenario: &mut Scenario, part: Part, is_on: bool) -> Result<Text, Text> {
    let step = match part {
        Part::Node(at) if at < scenario.nodes.len() => {
            Step::Power { on: scenario.nodes[at].name().to_owned(), up: !is_on }
        }
        Part::Link(at) if at < scenario.links.len() => Step::Cable {
            link: scenario.links[at].a.clone(),
            up: Some(!is_on),
            delay: None,
            loss: None,
            reorder: None,
            mtu: None,
        },
        _ => {
            return Err(text!(
                "select a machine, to switch it off or on, or a cable, to pull it out or put it in",
                "请选中机器（关机、开机）或网线（拔出、插上）"
            ));
        }
    };
    let said = change::sentence(&step).unwrap_or_default();
    scenario.story.push(Located::from(step));
    Ok(said)
}

/// Behind all that happens: a line is typed.
///
/// # Errors
/// When the command would not end.
pub fn type_line(scenario: &mut Scenario, on: &str, line: &str, shell: &Shell) -> Result<(), Text> {
    if let Some(name) = endless(line, shell) {
        return Err(text!(
            "{name} would never end, and nothing could be typed behind it: & behind the line lets it run on; ping and tcpdump end by -c 4",
            "{name} 不会自己结束，之后就无法键入了：在行尾加 & 可让它在后台运行；ping 和 tcpdump 可用 -c 4 限定次数"
        ));
    }
    let line = Line::from(line.to_owned());
    match scenario.story.last_mut().map(|step| &mut step.value) {
        Some(Step::Do { on: same, run }) if same == on => run.push(line),
        _ => scenario.story.push(Located::from(Step::Do { on: on.to_owned(), run: vec![line] })),
    }
    Ok(())
}

/// A command of the line that runs until somebody ends it, and is waited for.
fn endless(line: &str, shell: &Shell) -> Option<&'static str> {
    use sim_core::command::Command;
    let steps = shell.clone().compile(line).ok()?;
    steps.iter().filter(|step| !step.background).find_map(|step| match &step.command {
        Command::Ping(ping) if ping.count.is_none() && ping.deadline_s.is_none() => Some("ping"),
        Command::Tcpdump(dump) if dump.count.is_none() => Some("tcpdump"),
        Command::Check(_) => Some("check"),
        _ => None,
    })
}
