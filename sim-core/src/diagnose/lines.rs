//! The lines of a host before the first request, each in words that two ways to say the same share.

use crate::command::Command;
use crate::command::ipvsadm::{Ipvsadm, Server, ServerAddr};
use crate::mutate::{Place, first_request};
use crate::scenario::{Line, Node, Scenario, Step};
use crate::shell::Shell;

/// A line as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) place: Place,
    pub(crate) line: Line,
    /// What each of its commands says.
    pub(crate) says: Vec<Vec<String>>,
}

/// The lines of a host; what it serves stands as it is typed.
pub(crate) fn of(scenario: &Scenario, host: &str) -> Vec<Read> {
    let mut shell = Shell::default();
    let mut read = |place, line: Line| {
        let steps = shell.compile(&line.value).unwrap_or_default();
        let says = steps.iter().flat_map(|step| said(&step.command)).collect();
        Read { place, line, says }
    };
    let mut lines = Vec::new();
    let mut nodes = scenario.nodes.iter().enumerate();
    if let Some((at, node)) = nodes.find(|(_, node)| node.name() == host) {
        let Node::Host { setup, .. } = &node.value else { return lines };
        for (number, line) in node.script().into_iter().enumerate() {
            let place = match number.checked_sub(setup.len()) {
                None => Place::Setup(at, number),
                Some(serve) => Place::Serves(at, serve),
            };
            lines.push(read(place, line));
        }
    }
    for (step, own) in scenario.story.iter().enumerate().take(first_request(scenario)) {
        if let Step::Do { on, run } = &own.value
            && on == host
        {
            let all = run.iter().enumerate();
            lines.extend(all.map(|(at, line)| read(Place::Story(step, at), line.clone())));
        }
    }
    lines
}

/// What a line that is typed by itself says.
pub(crate) fn says(line: &str) -> Vec<Vec<String>> {
    let steps = Shell::default().compile(line).unwrap_or_default();
    steps.iter().flat_map(|step| said(&step.command)).collect()
}

/// A command in common words: of the ways to set an address, a route or a setting the one by `ip`
/// and `sysctl`; of adding and editing the first.
fn said(command: &Command) -> Vec<Vec<String>> {
    let text = command.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    let own = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    let behind = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    if let Command::Ipvsadm(Ipvsadm::AddServer(addr, server) | Ipvsadm::EditServer(addr, server)) =
        command
    {
        let end = server.endpoint(*addr);
        let rip = ServerAddr { addr: end.addr, port: Some(end.port) };
        let whole = Ipvsadm::AddServer(*addr, Server { addr: rip, ..*server }).to_string();
        return vec![whole.split_whitespace().map(ToOwned::to_owned).collect()];
    }
    match words[..] {
        ["sysctl", ref rest @ ..] => {
            let items = rest.iter().filter(|word| word.contains('='));
            items.map(|item| own(&["sysctl", "-w", item])).collect()
        }
        ["echo", value, ">", path] if path.starts_with("/proc/sys/") => {
            let key = path.trim_start_matches("/proc/sys/").replace('/', ".");
            vec![own(&["sysctl", "-w", &format!("{key}={value}")])]
        }
        ["ifconfig", dev, addr, ..] if addr.parse::<std::net::Ipv4Addr>().is_ok() => {
            let mask = behind("netmask").and_then(|mask| mask.parse::<std::net::Ipv4Addr>().ok());
            let len = mask.map_or(24, |mask| u32::from(mask).count_ones());
            let dev = dev.split(':').next().unwrap_or(dev);
            vec![own(&["ip", "addr", "add", &format!("{addr}/{len}"), "dev", dev])]
        }
        ["route", "add", ..] if words.contains(&"gw") => {
            let to = words[2..].iter().find(|word| !word.starts_with('-')).unwrap_or(&"default");
            let via = behind("gw").unwrap_or_default();
            vec![own(&["ip", "route", "add", to, "via", via])]
        }
        _ => {
            let same = |word: &&str| {
                match *word {
                    "-e" => "-a",
                    "-E" => "-A",
                    "replace" => "add",
                    word => word,
                }
                .to_owned()
            };
            vec![words.iter().filter(|word| **word != "&").map(same).collect()]
        }
    }
}

/// How many letters differ, if the two differ in one word only.
pub(super) fn distance(one: &[String], other: &[String]) -> Option<usize> {
    if one.len() != other.len() || one.first() != other.first() {
        return None;
    }
    let mut differing = one.iter().zip(other).filter(|(a, b)| a != b);
    let (a, b) = differing.next()?;
    differing.next().is_none().then(|| letters(a, b))
}

/// Levenshtein's distance.
fn letters(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (col, d) in other.iter().enumerate() {
            let replaced = before + usize::from(c != *d);
            before = row[col + 1];
            row[col + 1] = replaced.min(row[col] + 1).min(before + 1);
        }
    }
    row[other.len()]
}
