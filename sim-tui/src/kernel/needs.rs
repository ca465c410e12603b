//! Which programs a run needs, and the packages of Debian that have them.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use sim_core::scenario::{Node, Scenario, Step};
use sim_core::{Text, text};

use super::boot::{PROGRAM, Where};

/// Program and package; only those are needed that a scenario's commands begin with.
const PACKAGES: [(&str, &str); 22] = [
    ("arp", "net-tools"),
    ("arping", "iputils-arping"),
    ("brctl", "bridge-utils"),
    ("bridge", "iproute2"),
    ("conntrack", "conntrack"),
    ("ethtool", "ethtool"),
    ("ifconfig", "net-tools"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("iptables-restore", "iptables"),
    ("iptables-save", "iptables"),
    ("ipvsadm", "ipvsadm"),
    (PROGRAM, "user-mode-linux"),
    ("modprobe", "kmod"),
    ("netstat", "net-tools"),
    ("nstat", "iproute2"),
    ("ping", "iputils-ping"),
    ("route", "net-tools"),
    ("ss", "iproute2"),
    ("sysctl", "procps"),
    ("tc", "iproute2"),
    ("traceroute", "traceroute"),
];

/// What every lab is built with.
const ALWAYS: [&str; 5] = [PROGRAM, "ethtool", "ip", "modprobe", "tc"];

/// Where programs are looked for: an ordinary user's path lacks the last ones.
pub fn path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

/// What is missing for these scenarios, with the line that installs it.
pub fn missing<'a>(
    scenarios: impl IntoIterator<Item = &'a Scenario>,
    place: Where,
) -> Option<Text> {
    let always = ALWAYS.iter().filter(|word| place == Where::Uml || **word != PROGRAM);
    let mut words: BTreeSet<String> = always.map(|word| (*word).to_owned()).collect();
    for line in scenarios.into_iter().flat_map(typed) {
        words.extend(first_words(&line));
    }
    let path = path();
    let is_there =
        |program: &str| env::split_paths(&path).any(|folder| is_program(&folder, program));
    let missing: Vec<_> = PACKAGES
        .iter()
        .filter(|(program, _)| words.contains(*program) && !is_there(program))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let programs: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    let packages: BTreeSet<&str> = missing.iter().map(|(_, package)| *package).collect();
    let programs = programs.join(", ");
    let packages = packages.into_iter().collect::<Vec<_>>().join(" ");
    Some(text!(
        "not installed: {programs}\n    apt-get install -y --no-install-recommends {packages}",
        "尚未安装：{programs}\n    apt-get install -y --no-install-recommends {packages}"
    ))
}

/// The versions of the packages that are installed, where there is a list of them.
pub fn versions() -> BTreeMap<String, String> {
    let packages: BTreeSet<&str> = PACKAGES.iter().map(|(_, package)| *package).collect();
    let mut list = Command::new("dpkg-query");
    list.args(["-W", "-f=${Package} ${Version}\n"]).args(packages).stderr(Stdio::null());
    let told = list.output().map(|output| output.stdout).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    // A package that is known but not installed has no version.
    let lines = told.lines().filter_map(|line| line.split_once(' '));
    let lines = lines.filter(|(_, version)| !version.is_empty());
    lines.map(|(package, version)| (package.to_owned(), version.to_owned())).collect()
}

fn is_program(folder: &Path, name: &str) -> bool {
    nix::unistd::access(&folder.join(name), nix::unistd::AccessFlags::X_OK).is_ok()
}

fn typed(scenario: &Scenario) -> Vec<String> {
    let setup = scenario.nodes.iter().flat_map(|node| Node::script(node));
    let story = scenario.story.iter().flat_map(|step| match &step.value {
        Step::Do { run, .. } => run.clone(),
        _ => Vec::new(),
    });
    setup.chain(story).map(|line| line.value).collect()
}

/// The first word of each command of a shell's line.
fn first_words(line: &str) -> Vec<String> {
    let commands = line.split([';', '&', '|', '(', ')', '\n']);
    let first = |command: &str| {
        let mut words = command.split_whitespace();
        words.find(|word| !matches!(*word, "do" | "then")).map(str::to_owned)
    };
    commands.filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_of_a_line_are_found_wherever_they_stand() {
        let line = "for i in 1 2; do ping -c 1 arp; done && netstat route";
        assert_eq!(first_words(line), ["for", "ping", "done", "netstat"]);
    }
}
