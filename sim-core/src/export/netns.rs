//! The lab of a scenario as a script for a real Linux machine: a network namespace for each node, a
//! veth pair for each cable, a bridge for each switch.
//!
//! This is also how the lab of a comparison with the real kernel is built, so what the script says is
//! what was compared. Namespaces do not begin as freshly booted machines do where the machine that they
//! are on has been configured: the script sets back what a namespace inherits.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::setup::Setup;
use crate::Mac;
use crate::host::sysctl::Conf;
use crate::scenario::{End, Link, Nic, Node, Scenario, Step};

/// The file that says that a lab is up, and which namespaces are its own.
pub const MARK: &str = "/run/lvsim-lab";

/// The queue at each end of a cable holds so many frames; netem's own default.
const QUEUE: u32 = 1_000;

/// What carries any frame: the ends in the middle of a cable between two hosts.
const ANY_MTU: u16 = 65_535;

/// A script for bash that builds the lab, types its setup and takes it away again.
pub fn script(scenario: &Scenario) -> String {
    let lab = Lab::new(scenario);
    let mut out = String::new();
    lab.head(&mut out);
    out.push_str(CHECKS);
    lab.build(&mut out);
    for host in lab.hosts() {
        lab.setup(host, &mut out);
    }
    out.push_str(POWER);
    lab.cards(&mut out);
    lab.switched(&mut out);
    lab.queues(&mut out);
    lab.words(&mut out);
    out
}

/// Which interface a change of a cable is made at, and what `ip -n SPACE` or `tc -n SPACE` is told there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The namespace.
    pub space: String,
    /// `ip` or `tc`.
    pub tool: &'static str,
    /// A line of its batch.
    pub line: String,
}

/// What a step that pulls, plugs or changes a cable does to the script's lab; nothing for other steps.
pub fn changes(scenario: &Scenario, step: &Step) -> Vec<Change> {
    let Step::Cable { link: named, up, delay, mtu, .. } = step else { return Vec::new() };
    let lab = Lab::new(scenario);
    let Some(number) = lab.links().position(|link| link.a == *named || link.b == *named) else {
        return Vec::new();
    };
    let link = &*scenario.links[number];
    let mut changes = Vec::new();
    if let Some(up) = up {
        let word = if *up { "up" } else { "down" };
        changes.extend(lab.pulled_ends(number).into_iter().map(|(space, iface)| Change {
            space,
            tool: "ip",
            line: format!("link set dev {iface} {word}"),
        }));
    }
    for End { node, iface } in [&link.a, &link.b] {
        let space = node.clone();
        if let Some(delay) = delay {
            changes.push(Change { space: space.clone(), tool: "tc", line: queue(iface, *delay) });
        }
        if let Some(mtu) = mtu {
            let line = format!("link set dev {iface} mtu {mtu}");
            changes.push(Change { space, tool: "ip", line });
        }
    }
    changes
}

/// What takes the interfaces of a host down that is switched off, and plugs the cables in again, at their other
/// ends, of one that is switched on.
pub fn power(scenario: &Scenario, node: &str, up: bool) -> Vec<Change> {
    let lab = Lab::new(scenario);
    let (ends, word) = match up {
        true => (lab.peers(node), "up"),
        false => {
            let own = lab.nics(node).iter().map(|nic| (node.to_owned(), nic.iface.clone()));
            (own.collect(), "down")
        }
    };
    let change =
        |(space, iface)| Change { space, tool: "ip", line: format!("link set dev {iface} {word}") };
    ends.into_iter().map(change).collect()
}

/// What the story types, line by line, on which node.
pub(super) fn typed(scenario: &Scenario) -> impl Iterator<Item = (&str, &str)> {
    scenario.story.iter().flat_map(|step| {
        let (on, run) = match &step.value {
            Step::Do { on, run } => (on.as_str(), run.as_slice()),
            _ => ("", [].as_slice()),
        };
        run.iter().flat_map(|line| line.value.lines()).map(move |line| (on, line))
    })
}

/// The queue of an interface whose cable is so long.
pub(super) fn queue(iface: &str, delay: Duration) -> String {
    let delay = delay.as_micros();
    format!("qdisc replace dev {iface} root netem limit {QUEUE} delay {delay}us")
}

/// A scenario with what its lab needs besides.
struct Lab<'a> {
    scenario: &'a Scenario,
    /// The namespaces of nodes, in the file's order.
    nodes: BTreeMap<&'a str, &'a Node>,
}

/// One end of a veth pair.
struct Plug {
    space: String,
    iface: String,
    /// The interface's number in its namespace, where it is not the kernel's to choose.
    index: Option<usize>,
    mac: Mac,
    mtu: u16,
}

impl Plug {
    /// As `ip link add` names it.
    fn words(&self) -> String {
        let Self { space, iface, mac, mtu, .. } = self;
        let index = self.index.map(|index| format!(" index {index}")).unwrap_or_default();
        format!("name {iface}{index} address {mac} mtu {mtu} netns {space}")
    }
}

impl<'a> Lab<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let nodes = scenario.nodes.iter().map(|node| (node.name(), &**node)).collect();
        Self { scenario, nodes }
    }

    fn hosts(&self) -> impl Iterator<Item = &'a Node> {
        let nodes = self.scenario.nodes.iter().map(|node| &**node);
        nodes.filter(|node| matches!(node, Node::Host { .. }))
    }

    fn switches(&self) -> impl Iterator<Item = &'a str> {
        let nodes = self.scenario.nodes.iter().map(|node| &**node);
        nodes.filter(|node| matches!(node, Node::Switch { .. })).map(Node::name)
    }

    fn links(&self) -> impl Iterator<Item = &'a Link> {
        self.scenario.links.iter().map(|link| &**link)
    }

    fn is_switch(&self, node: &str) -> bool {
        matches!(self.nodes.get(node), Some(Node::Switch { .. }))
    }

    /// The namespace in the middle of a cable between two hosts that is pulled or narrow: a bridge of two
    /// ports, `a` and `b`. A host keeps its interface up and sees no carrier, so the other end must go down.
    fn middle(&self, number: usize) -> Option<String> {
        let link = self.links().nth(number)?;
        let between_hosts = !self.is_switch(&link.a.node) && !self.is_switch(&link.b.node);
        let is_pulled = self.scenario.story.iter().any(|step| {
            matches!(&step.value, Step::Cable { link: end, up: Some(_), .. } if *end == link.a || *end == link.b)
        });
        let is_switched = self.scenario.story.iter().any(|step| {
            matches!(&step.value, Step::Power { on, .. } if *on == link.a.node || *on == link.b.node)
        });
        (between_hosts && (is_pulled || is_switched || link.mtu.is_some()))
            .then(|| self.free(format!("cable{number}")))
    }

    /// A namespace's name that no node has.
    fn free(&self, mut name: String) -> String {
        while self.nodes.contains_key(name.as_str()) {
            name.push('_');
        }
        name
    }

    /// Where veth pairs are made: an interface that is there already would be in the way of its name.
    fn workshop(&self) -> String {
        self.free("workshop".into())
    }

    /// Where cards without a cable are plugged in, and cards wait whose machine is switched off.
    fn shelf(&self) -> String {
        self.free("shelf".into())
    }

    /// The interfaces that go down when a cable is pulled.
    fn pulled_ends(&self, number: usize) -> Vec<(String, String)> {
        if let Some(middle) = self.middle(number) {
            return vec![(middle.clone(), "a".into()), (middle, "b".into())];
        }
        let link = &*self.scenario.links[number];
        let ports = [&link.a, &link.b].into_iter().filter(|end| self.is_switch(&end.node));
        ports.take(1).map(|end| (end.node.clone(), end.iface.clone())).collect()
    }

    /// The other ends of a host's cables.
    fn peers(&self, node: &str) -> Vec<(String, String)> {
        let mut peers = Vec::new();
        for (number, link) in self.links().enumerate() {
            let middle = self.middle(number);
            for (own, other, port) in [(&link.a, &link.b, "a"), (&link.b, &link.a, "b")] {
                if own.node == node {
                    peers.push(match &middle {
                        Some(middle) => (middle.clone(), port.to_owned()),
                        None => (other.node.clone(), other.iface.clone()),
                    });
                }
            }
        }
        peers
    }

    fn nics(&self, node: &str) -> &'a [Nic] {
        match self.nodes.get(node) {
            Some(Node::Host { nics, .. }) => nics,
            _ => &[],
        }
    }

    /// One end of the cable with this number; `side` 0 or 1.
    fn plug(&self, number: u8, side: u8, end: &End, mtu: Option<u16>) -> Plug {
        let (space, iface) = (end.node.clone(), end.iface.clone());
        let mut nics = self.nics(&end.node).iter().enumerate();
        match nics.find(|(_, nic)| nic.iface == end.iface) {
            // lo is 1, then in the order of the file.
            Some((at, nic)) => {
                let (index, mtu) = (Some(2 + at), nic.mtu.unwrap_or(1_500));
                Plug { space, iface, index, mac: nic.mac, mtu }
            }
            None => {
                let (mac, mtu) = (Mac([2, 0, 0, 0xfe, number, side]), mtu.unwrap_or(1_500));
                Plug { space, iface, index: None, mac, mtu }
            }
        }
    }

    /// All veth pairs.
    fn pairs(&self) -> Vec<(Plug, Plug)> {
        let mut pairs = Vec::new();
        for (number, link) in self.links().enumerate() {
            let byte = number as u8;
            let [a, b] = [(0, &link.a), (1, &link.b)]
                .map(|(side, end)| self.plug(byte, side, end, link.mtu));
            let Some(middle) = self.middle(number) else {
                pairs.push((a, b));
                continue;
            };
            for (side, iface, end) in [(1, "a", a), (2, "b", b)] {
                let mac = Mac([2, 0, 0, 0xfc, byte, side]);
                let (space, iface) = (middle.clone(), iface.into());
                let mtu = link.mtu.unwrap_or(ANY_MTU);
                pairs.push((end, Plug { space, iface, index: None, mac, mtu }));
            }
        }
        for (number, (node, iface)) in self.without_cable().into_iter().enumerate() {
            let end = End { node: node.into(), iface: iface.into() };
            let [high, low] = (number as u16).to_be_bytes();
            let mac = Mac([2, 0, 0, 0xfb, high, low]);
            let (space, iface) = (self.shelf(), format!("free{number}"));
            let other = Plug { space, iface, index: None, mac, mtu: 1_500 };
            pairs.push((self.plug(0, 0, &end, None), other));
        }
        pairs
    }

    /// The cards that no cable goes to.
    fn without_cable(&self) -> Vec<(&'a str, &'a str)> {
        let mut free = Vec::new();
        for node in self.hosts() {
            for nic in self.nics(node.name()) {
                let end = End { node: node.name().into(), iface: nic.iface.clone() };
                if !self.links().any(|link| link.a == end || link.b == end) {
                    free.push((node.name(), &*nic.iface));
                }
            }
        }
        free
    }

    /// All namespaces that stay.
    fn spaces(&self) -> Vec<String> {
        let middles = (0..self.scenario.links.len()).filter_map(|number| self.middle(number));
        let nodes = self.scenario.nodes.iter().map(|node| node.name().to_owned());
        nodes.chain(middles).chain([self.shelf()]).collect()
    }

    fn head(&self, out: &mut String) {
        let Scenario { file, title, .. } = self.scenario;
        let _ = write!(
            out,
            "#!/usr/bin/env bash
# {file}: {}
#
# The lab of this scenario on a real Linux kernel: a network namespace for each node, a veth pair for each cable, a
# bridge for each switch. Needs root. Made by lvsim.
#
#     bash lab.sh up              build the lab and type its setup
#     bash lab.sh on NODE CMD…    run a command on a node
#     bash lab.sh down            take the lab away
#     bash lab.sh power-off HOST, power-on HOST
#
# What is typed in the story:
",
            title.en
        );
        for (node, line) in typed(self.scenario) {
            let _ = writeln!(out, "#     {node}$ {line}");
        }
        let programs: Vec<_> = self
            .hosts()
            .flat_map(|node| {
                let name = node.name();
                Setup::of(node)
                    .programs
                    .into_iter()
                    .map(move |text| format!("#     {name}$ {text}\n"))
            })
            .collect();
        if !programs.is_empty() {
            out.push_str("# Before it, programs of lvsim (`lvsim endpoint serve http 80`, or a web server of your own):\n");
            out.extend(programs);
        }
        let spaces = self.spaces().join(" ");
        let hosts: Vec<&str> = self.hosts().map(Node::name).collect();
        // Forwarding comes first: it changes others (Linux 6.1 devinet.c, inet_forward_change).
        let others = Conf::ALL.iter().filter(|conf| **conf != Conf::Forwarding);
        let default = |conf: &Conf| format!("{}={}", conf.name(), conf.default_value());
        let defaults: Vec<String> =
            [&Conf::Forwarding].into_iter().chain(others).map(default).collect();
        let _ = write!(
            out,
            "set -euo pipefail
export LC_ALL=C
spaces=({spaces})
hosts=({})
shelf={}
workshop={}
needs_tunl0={}
mark={MARK}
defaults=({})
",
            hosts.join(" "),
            self.shelf(),
            self.workshop(),
            self.needs_tunl0(),
            defaults.join(" "),
        );
    }

    /// Whether `tunl0` is spoken of: it comes with the module, to every namespace at once.
    fn needs_tunl0(&self) -> bool {
        let setup = self.hosts().flat_map(Node::script);
        let typed = self.scenario.story.iter().flat_map(|step| match &step.value {
            Step::Do { run, .. } => run.clone(),
            _ => Vec::new(),
        });
        setup.chain(typed).any(|line| line.value.contains("tunl0") || line.value.contains("ipip"))
    }

    fn build(&self, out: &mut String) {
        out.push_str("\n# Namespaces, and the cables between them.\nbuild() {\n    ip -n \"$workshop\" -batch - <<'END'\n");
        for (one, other) in self.pairs() {
            let _ = writeln!(out, "link add {} type veth peer {}", one.words(), other.words());
        }
        out.push_str("END\n");
        let bridges = self.switches().map(|name| {
            let ports = self.links().flat_map(|link| [&link.a, &link.b]);
            let ports = ports.filter(|end| end.node == name).map(|end| end.iface.clone());
            (name.to_owned(), ports.collect::<Vec<_>>())
        });
        let middles = (0..self.scenario.links.len()).filter_map(|number| self.middle(number));
        let middles = middles.map(|name| (name, vec!["a".to_owned(), "b".to_owned()]));
        for (number, (name, ports)) in bridges.chain(middles).enumerate() {
            let mac = Mac([2, 0, 0, 0xfd, number as u8, 0]);
            let _ = writeln!(out, "    bridge_of {name} {mac} {}", ports.join(" "));
        }
        for host in self.hosts() {
            let _ = writeln!(out, "    host {}", self.with_cards(host.name()));
        }
        out.push_str("}\n");
    }

    fn cards_of(&self, host: &str) -> Vec<&'a str> {
        self.nics(host).iter().map(|nic| &*nic.iface).collect()
    }

    /// A host's name and those of its cards.
    fn with_cards(&self, host: &'a str) -> String {
        [&[host], &*self.cards_of(host)].concat().join(" ")
    }

    fn setup(&self, host: &Node, out: &mut String) {
        let name = host.name();
        let lines = Setup::of(host).typed;
        let _ = write!(out, "\nsetup_{name}() {{\n");
        if lines.is_empty() {
            out.push_str("    :\n}\n");
            return;
        }
        // No line of a scenario can be this word: it is no command.
        let _ = writeln!(out, "    ip netns exec {name} sh -e <<'SETUP_ENDS'");
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        out.push_str("SETUP_ENDS\n}\n");
    }

    fn cards(&self, out: &mut String) {
        out.push_str("\n# The cards of a host.\ncards() {\n    case $1 in\n");
        for host in self.hosts() {
            let cards = self.cards_of(host.name()).join(" ");
            let _ = writeln!(out, "    {}) echo {cards} ;;", host.name());
        }
        out.push_str("    esac\n}\n");
    }

    fn switched(&self, out: &mut String) {
        out.push_str("\n# The other ends of a host's cables.\npeers() {\n    case $1 in\n");
        for host in self.hosts() {
            let peers = self.peers(host.name()).into_iter();
            let peers: Vec<String> =
                peers.map(|(space, iface)| format!("{space}:{iface}")).collect();
            let _ = writeln!(out, "    {}) echo {} ;;", host.name(), peers.join(" "));
        }
        out.push_str("    esac\n}\n");
    }

    fn queues(&self, out: &mut String) {
        out.push_str(
            "\n# How long a frame is on its way: a queue at the sender's end of a cable.\nqueues() {\n    case $1 in\n",
        );
        for node in &self.scenario.nodes {
            let ends = self.links().flat_map(|link| [(&link.a, link), (&link.b, link)]);
            let own = ends.filter(|(end, link)| end.node == node.name() && !link.delay.is_zero());
            let lines: Vec<String> = own.map(|(end, link)| queue(&end.iface, link.delay)).collect();
            if lines.is_empty() {
                continue;
            }
            let name = node.name();
            let _ = writeln!(
                out,
                "    {name})\n        tc -n {name} -batch - <<'END'\n{}\nEND\n        ;;",
                lines.join("\n")
            );
        }
        out.push_str("    esac\n}\n");
    }

    fn words(&self, out: &mut String) {
        out.push_str("\nsetup() {\n    case $1 in\n");
        for host in self.hosts() {
            let name = host.name();
            let _ = writeln!(out, "    {name}) setup_{name} ;;");
        }
        out.push_str("    esac\n    tunnels_as_on_a_wire \"$1\"\n}\n");
        out.push_str(WORDS);
    }
}

/// What stands in the way is told before anything is made.
const CHECKS: &str = r#"
fail() {
    echo "lab.sh: $1" >&2
    exit 1
}

check() {
    local program space
    [ "$EUID" = 0 ] || fail "only root may build it"
    [ ! -e "$mark" ] || fail "a lab is up already: take it away first (down)"
    for program in ip tc ethtool; do
        command -v "$program" >/dev/null || fail "not installed: $program; apt-get install iproute2 ethtool"
    done
    for space in "${spaces[@]}" "$workshop"; do
        [ ! -e "/run/netns/$space" ] ||
            fail "there is a namespace $space: take that lab away first (down, or ip netns del $space)"
        [ ! -e "/etc/netns/$space" ] || fail "there is a folder /etc/netns/$space: move it away"
    done
    if [ "$needs_tunl0" = true ] && [ -e /sys/module/ipip ]; then
        fail "the module ipip is loaded, so that tunl0 would be there from the start: rmmod ipip"
    fi
}

# A namespace takes over what this machine has set; a machine of its own would begin with the kernel's defaults.
inherits() {
    local set default file value
    for set in all default; do
        for default in "${defaults[@]}"; do
            file=/proc/sys/net/ipv4/conf/$set/${default%=*}
            [ -e "$file" ] || continue
            read -r value <"$file"
            [ "$value" = "${default#*=}" ] || return 0
        done
    done
    [ -e /proc/sys/net/ipv6 ] || return 1
    read -r value </proc/sys/net/ipv6/conf/default/disable_ipv6
    [ "$value" = 0 ]
}

as_a_machine() {
    local set default file
    for set in all default; do
        for default in "${defaults[@]}"; do
            file=/proc/sys/net/ipv4/conf/$set/${default%=*}
            [ ! -e "$file" ] || echo "${default#*=}" >"$file"
        done
        [ ! -e /proc/sys/net/ipv6 ] || echo 1 >"/proc/sys/net/ipv6/conf/$set/disable_ipv6"
    done
}

# Starting a program is what takes time, and a part of a pipe is one: as few as can be.
spaces() {
    local space lines
    printf -v lines 'netns add %s\n' "$@"
    ip -batch - <<<"$lines"
    [ "$is_inherited" = true ] || return 0
    for space in "$@"; do
        ip netns exec "$space" bash -c "$(declare -p defaults); $(declare -f as_a_machine); as_a_machine"
    done
}

# What leaves an interface is what a wire would carry: whole checksums, and nothing larger than the MTU.
as_on_a_wire() {
    ip netns exec "$1" sh -c 'for card; do ethtool -K "$card" rx off tx off tso off gso off gro off >/dev/null; done' _ "${@:2}"
}

# Packets joined from fragments would wait in a tunnel for each other, and others overtake them.
tunnels_as_on_a_wire() {
    [ "$needs_tunl0" = true ] || return 0
    ip netns exec "$1" sh -c '[ ! -e /proc/sys/net/ipv4/conf/tunl0 ] || ethtool -K tunl0 gro off >/dev/null'
}

# The same is done to some interfaces: links NODE WHAT IFACE…
links() {
    local lines
    [ $# -gt 2 ] || return 0
    printf -v lines "link set dev %s $2\n" "${@:3}"
    ip -n "$1" -batch - <<<"$lines"
}

# A bridge that forwards at once; its ports are added in the order of the cables.
bridge_of() {
    local name=$1 mac=$2 ports
    shift 2
    printf -v ports 'link set dev %s master br0\n' "$@"
    ip -n "$name" -batch - <<END
link set dev lo up
link add name br0 address $mac type bridge forward_delay 0 mcast_snooping 0
link set dev br0 up
$ports
END
    as_on_a_wire "$name" "$@"
    queues "$name"
    links "$name" up "$@"
}

# A host that has just been switched on: host NODE CARD…
host() {
    as_on_a_wire "$@"
    queues "$1"
    links "$1" up lo "${@:2}"
    setup "$1"
}

# Ends what runs in some namespaces.
end_all() {
    local process space
    for process in /proc/[0-9]*; do
        for space in "$@"; do
            # It may have ended this very moment.
            [ ! "$process/ns/net" -ef "/run/netns/$space" ] || kill -9 "${process#/proc/}" 2>/dev/null || true
        done
    done
}
"#;

/// Machines that are switched off and on: nothing is left of them but their cables.
const POWER: &str = r#"
# A machine that was switched off is made anew at once, behind cables that are not plugged in.
power_off() {
    local cards peer
    cards=$(cards "$1")
    links "$1" down $cards
    end_all "$1"
    for peer in $(peers "$1"); do links "${peer%:*}" down "${peer#*:}"; done
    links "$1" "netns $shelf" $cards
    ip netns del "$1"
    spaces "$1"
    links "$shelf" "netns $1" $cards
    queues "$1"
    links "$1" up lo $cards
    setup "$1"
}

power_on() {
    local peer
    for peer in $(peers "$1"); do links "${peer%:*}" up "${peer#*:}"; done
}
"#;

/// The words of the command line.
const WORDS: &str = r#"
# Files that a host may write are its own.
files() {
    local name
    for name in hosts nsswitch.conf resolv.conf sysctl.conf; do
        [ ! -e "/etc/$name" ] || : >"/etc/netns/$1/$name"
    done
    echo "127.0.0.1 localhost" >"/etc/netns/$1/hosts"
    [ ! -e /etc/nsswitch.conf ] || printf 'hosts: files\nservices: files\n' >"/etc/netns/$1/nsswitch.conf"
}

up() {
    local space
    check
    is_inherited=false
    ! inherits || is_inherited=true
    # Namespaces of others may have such names, too: only what was built here is taken away.
    echo "${spaces[*]}" >"$mark"
    mkdir -p /run/netns "${hosts[@]/#//etc/netns/}"
    for space in "${hosts[@]}"; do files "$space"; done
    spaces "${spaces[@]}" "$workshop"
    build
    ip netns del "$workshop"
}

down() {
    local space lines=
    [ -e "$mark" ] && [ "$(cat "$mark")" = "${spaces[*]}" ] || fail "this lab is not up"
    end_all "${spaces[@]}" "$workshop"
    for space in "${spaces[@]}" "$workshop"; do
        [ ! -e "/run/netns/$space" ] || lines+="netns del $space"$'\n'
    done
    ip -batch - <<<"$lines"
    rm -rf "${hosts[@]/#//etc/netns/}" "$mark"
}

is_host() {
    local host
    for host in "${hosts[@]}"; do
        [ "$host" != "${1-}" ] || return 0
    done
    fail "no such host: ${1-}; there are: ${hosts[*]}"
}

case ${1-} in
up | down)
    [ $# = 1 ] || fail "$1 takes no more words"
    "$1"
    ;;
on)
    is_host "${2-}"
    [ $# -gt 2 ] || fail "what is to be run on $2?"
    exec ip netns exec "${@:2}"
    ;;
power-off | power-on)
    is_host "${2-}"
    is_inherited=false
    ! inherits || is_inherited=true
    "${1/-/_}" "$2"
    ;;
*) fail "one of: up, down, on NODE COMMAND…, power-off HOST, power-on HOST" ;;
esac
"#;
