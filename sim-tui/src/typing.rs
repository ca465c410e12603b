//! Commands that are typed on a node: what can be completed, what a command says that changes nothing, and what was typed before.

pub mod help;

use sim_core::command::complete::{Around, complete};
use sim_core::event::NodeId;
use sim_core::host::Host;
use sim_core::net::Kind;
use sim_core::shell::{Shell, is_whole};
use sim_core::story::check_line;
use sim_core::world::World;
use sim_core::{Lang, Text, text};

use crate::otherwise::Otherwise;

/// As many lines as arrow up leads back to.
const REMEMBERED: usize = 200;

/// The console of a walkthrough.
#[derive(Debug, Default)]
pub struct Console {
    /// On which node is typed, once a person has chosen; before, it is that of the step.
    pub node: Option<NodeId>,
    /// What was said at this step by commands that change nothing, and what was wrong with others.
    pub said: Vec<Said>,
    /// What Tab has found where there are several.
    pub offered: Vec<String>,
    /// What is typed happens right before the step, and its run is looked at in any case.
    pub what_if: bool,
    /// What would have turned the decision of the step, while a line for before it is typed.
    pub otherwise: Option<Otherwise>,
    /// What the line was begun with: as long as it is that, it may be replaced by what is found.
    pub begun: String,
    history: Vec<String>,
    /// Which line of the history is shown; behind the last one: what is being typed.
    at: usize,
}

/// What came of a typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// On which node.
    pub node: NodeId,
    /// The line.
    pub line: String,
    /// What it said.
    pub output: String,
    /// What is wrong with it.
    pub wrong: Option<Text>,
}

/// What a line does at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It changes nothing, and says this; how it ended.
    Shown(String, u8),
    /// It changes or sends something, or takes time: only a run can tell.
    Changes,
    /// It cannot be typed there.
    Wrong(Text),
}

impl Console {
    /// Forgets what was said at a step.
    pub fn leave_step(&mut self) {
        self.said.clear();
        self.offered.clear();
    }

    /// Keeps a line for arrow up.
    pub fn remember(&mut self, line: &str) {
        if self.history.last().is_none_or(|last| last != line) {
            self.history.push(line.into());
        }
        if self.history.len() > REMEMBERED {
            self.history.remove(0);
        }
        self.at = self.history.len();
    }

    /// The line before or behind in the history; an empty one behind the last.
    pub fn recall(&mut self, back: bool) -> Option<String> {
        let last = self.history.len();
        let at = if back { self.at.checked_sub(1)? } else { (self.at + 1).min(last) };
        self.at = at;
        Some(self.history.get(at).cloned().unwrap_or_default())
    }
}

/// What a line says at this moment of a world, or that it changes something.
pub fn answer(world: &World, node: NodeId, line: &str) -> Answer {
    answer_in(&mut Shell::default(), world, node, line)
}

/// The same in a shell that has variables; those that the line sets are set.
pub fn answer_in(shell: &mut Shell, world: &World, node: NodeId, line: &str) -> Answer {
    let known = world.net.node(node);
    let on_switch = matches!(known.kind, Kind::Switch(_));
    shell.on_switch = on_switch;
    if !is_whole(line) {
        return Answer::Wrong(text!("a quote or a loop is not ended", "引号或循环没有结束"));
    }
    // What the shell lets pass may still be a capture's filter that tcpdump does not; a switch has commands of its own.
    if let (false, Err(bad)) = (on_switch, check_line(&mut shell.clone(), line)) {
        return Answer::Wrong(told(bad.message, &bad.help));
    }
    let steps = match shell.compile(line) {
        Ok(steps) => steps,
        Err(bad) => return Answer::Wrong(told(bad.message, &bad.help)),
    };
    if !known.on {
        let name = &known.name;
        return Answer::Wrong(text!("{name} is switched off", "{name} 没有开机"));
    }
    let (mut said, mut status, mut next) = (String::new(), 0, 0);
    while let Some(step) = steps.get(next) {
        if !step.runs(status) {
            next += step.skips;
            continue;
        }
        next += 1;
        let Some(job) = world.ask(node, step) else { return Answer::Changes };
        said += &job.output;
        status = job.status.unwrap_or(0);
    }
    Answer::Shown(said, status)
}

/// What is wrong, and what to do about it.
fn told(Text { mut en, mut zh }: Text, help: &Text) -> Text {
    if !help.en.is_empty() {
        en += &format!("\n{}", help.en);
        zh += &format!("\n{}", help.zh);
    }
    Text { en, zh }
}

/// What can be named at a node: its own interfaces and settings, and every host's addresses.
pub fn around(world: &World, host: Option<&Host>) -> Around {
    let hosts = world.net.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Host(host) => Some(host),
        Kind::Switch(_) => None,
    });
    let mut addrs: Vec<String> = hosts
        .flat_map(|host| &host.fib().ifaces)
        .flat_map(|iface| &iface.addrs)
        .map(|own| own.local.addr.to_string())
        .collect();
    addrs.sort();
    addrs.dedup();
    let ifaces = host.map_or(Vec::new(), |host| {
        let own = host.fib().ifaces.iter().filter(|iface| !iface.gone);
        own.map(|iface| iface.name.clone()).collect()
    });
    Around { ifaces, addrs, settings: host.map_or(Vec::new(), Host::setting_names) }
}

/// What Tab makes of a line that ends at the cursor, and what there is to choose from if there are several.
///
/// `@rs` becomes the name of a node.
pub fn completed(world: &World, node: NodeId, line: &str) -> (String, Vec<String>) {
    let (start, found) = match line.strip_prefix('@') {
        Some(begun) => {
            let names = world.net.nodes.iter().map(|node| node.name.to_string());
            (1, names.filter(|name| name.starts_with(begun) && name != begun).collect())
        }
        None => complete(line, &around(world, world.net.node(node).host())),
    };
    let Some(first) = found.first() else { return (line.into(), found) };
    let common = found.iter().fold(first.as_str(), |common, own| {
        let same =
            common.char_indices().zip(own.chars()).take_while(|((_, one), other)| one == other);
        &common[..same.map(|((at, own), _)| at + own.len_utf8()).last().unwrap_or(0)]
    });
    let word = &line[start..];
    let common = if common.len() > word.len() { common } else { word };
    let is_open = common.ends_with(['/', '.', '=']);
    // What is written is a setting's value.
    let is_written = line[..start].trim_end().ends_with("-w") && line.contains("sysctl");
    let behind = match found.len() == 1 && !is_open && start != 1 {
        true if is_written => "=",
        true => " ",
        false => "",
    };
    let line = format!("{}{common}{behind}", &line[..start]);
    (line, if found.len() > 1 { found } else { Vec::new() })
}

/// What `help` and `help NAME` say, if a line is that.
pub fn helped(line: &str, on_switch: bool, lang: Lang) -> Option<String> {
    let mut words = line.split_whitespace();
    if words.next() != Some("help") {
        return None;
    }
    match words.next().filter(|_| !on_switch) {
        Some(name) => help::of(name, lang).or_else(|| Some(help::none(name).of(lang).to_owned())),
        None => Some(help::text(on_switch, help::At::Screen, lang)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::SHIPPED;
    use crate::session::Session;

    fn session() -> Session {
        let (_, text) =
            SHIPPED.iter().find(|(own, _)| *own == "dr/arp-walk").expect("it is shipped");
        let scenario = sim_core::story::open("dr/arp-walk", text, None, false).expect("it loads");
        Session::new(scenario).expect("it is set up")
    }

    #[test]
    fn what_only_tells_is_answered_and_what_changes_is_not() {
        let mut session = session();
        let middle = session.steps().len() / 2;
        session.seek(middle);
        let world = session.world();
        let before = world.digest();
        for name in ["director", "rs1", "client"] {
            let id = world.net.node_by_name(name).expect("it is there");
            for line in [
                "ip addr",
                "ip -br link",
                "ip route show table all",
                "ip neigh",
                "ipvsadm -Ln",
                "ipvsadm -Lnc",
                "ipvsadm -S -n",
                "sysctl -a",
                "sysctl net.ipv4.ip_forward",
                "cat /proc/sys/net/ipv4/ip_forward",
                "ss -tan",
                "netstat -tn",
                "nstat",
                "iptables-save",
                "conntrack -L",
                "arp -n",
                "route -n",
                "ifconfig",
                "echo hi && hostname; uname -r",
                "ip route get 172.16.100.100",
            ] {
                let answer = answer(world, id, line);
                assert!(matches!(answer, Answer::Shown(..)), "{name}# {line}: {answer:?}");
            }
            for line in [
                "sysctl -w net.ipv4.conf.all.arp_ignore=7",
                "ip addr add 192.0.2.77/24 dev eth0",
                "ip link set eth0 down",
                "ping -c 1 172.16.100.100",
                "curl http://172.16.100.100/",
                "sleep 1",
                "arping -c 1 -I eth0 172.16.100.100",
                "iptables -A INPUT -j DROP",
                "ip addr && ip link set eth0 down",
            ] {
                assert_eq!(answer(world, id, line), Answer::Changes, "{name}# {line}");
            }
        }
        assert_eq!(world.digest(), before, "nothing is left of it");
    }

    #[test]
    #[rustfmt::skip]
    fn what_cannot_be_typed_says_why() {
        let session = session();
        let world = session.world();
        for (name, line, says) in [
            ("rs1",    "ipp addr",            "ipp"),
            ("rs1",    "ip adr",              "adr"),
            ("rs1",    "sysctl -w nothing=1", "nothing"),
            ("rs1",    "echo 'a",             "not ended"),
            ("rs1",    "tcpdump -i eth0 bad", "bad"),
        ] {
            let id = world.net.node_by_name(name).expect("it is there");
            match answer(world, id, line) {
                Answer::Wrong(wrong) => assert!(wrong.en.contains(says), "{line}: {}", wrong.en),
                Answer::Shown(said, status) => assert!(status != 0 && said.contains(says), "{line}: {said}"),
                Answer::Changes => panic!("{line} changes nothing"),
            }
        }
    }

    #[test]
    #[rustfmt::skip]
    fn tab_completes_what_is_common_and_offers_the_rest() {
        let session = session();
        let world = session.world();
        let id = world.net.node_by_name("rs1").expect("it is there");
        for (line, becomes, several) in [
            ("hostn",                                "hostname ",                                false),
            ("ipvs",                                 "ipvsadm",                                  true),
            ("ip link set eth",                      "ip link set eth0 ",                        false),
            ("sysctl -w net.ipv4.conf.all.arp_ig",   "sysctl -w net.ipv4.conf.all.arp_ignore=",  false),
            ("@dir",                                 "@director",                                false),
            ("@r",                                   "@r",                                       true),
            ("zzz",                                  "zzz",                                      false),
        ] {
            let (now, offered) = completed(world, id, line);
            assert_eq!((now.as_str(), offered.len() > 1), (becomes, several), "{line}: {offered:?}");
        }
    }

    #[test]
    fn the_history_goes_back_and_forward() {
        let mut console = Console::default();
        assert_eq!(console.recall(true), None);
        for line in ["a", "b", "b"] {
            console.remember(line);
        }
        let mut recalled = |back| console.recall(back);
        assert_eq!(recalled(true).as_deref(), Some("b"));
        assert_eq!(recalled(true).as_deref(), Some("a"));
        assert_eq!(recalled(true), None);
        assert_eq!(recalled(false).as_deref(), Some("b"));
        assert_eq!(recalled(false).as_deref(), Some(""));
    }
}
