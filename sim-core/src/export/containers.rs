//! The lab of a scenario for Kathará and for containerlab: containers in the place of machines.
//!
//! Containers share the kernel of their machine: its modules are loaded there. What our own programs do in a
//! scenario is done by what the image has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::netns;
use super::setup::Setup;
use crate::scenario::{End, Link, Nic, Node, Scenario};

/// An image that has `ip`, `ipvsadm`, `iptables`, `arping`, `tcpdump`, `curl` and a web server.
const IMAGE: &str = "nicolaka/netshoot";

/// Kathará's lab: the files of its folder, by name.
pub fn kathara(scenario: &Scenario) -> Vec<(String, String)> {
    let lab = Lab { scenario };
    let domains = lab.domains();
    let mut conf = lab.head("kathara lstart --privileged");
    conf.push_str(
        "# A switch is a collision domain here: frames are not learnt, and cables have no delay of their own.\n",
    );
    let _ = writeln!(conf, "LAB_DESCRIPTION={}", quoted(&scenario.title.en));
    let mut files = Vec::new();
    for (name, nics) in lab.hosts() {
        let _ = writeln!(conf, "\n{name}[image]={}", quoted(IMAGE));
        for (number, nic) in nics.iter().enumerate() {
            let end = End { node: name.to_owned(), iface: nic.iface.clone() };
            if let Some(domain) = domains.get(&end) {
                let _ = writeln!(conf, "{name}[{number}]={}", quoted(domain));
            }
        }
        let mut startup = lab.cards(nics);
        startup.extend(lab.setup(name));
        files.push((format!("{name}.startup"), startup.join("\n") + "\n"));
    }
    files.insert(0, ("lab.conf".to_owned(), conf));
    files
}

/// containerlab's topology file.
pub fn containerlab(scenario: &Scenario) -> String {
    let lab = Lab { scenario };
    let mut out = lab.head("containerlab deploy -t FILE");
    out.push_str("# A switch is a container with a bridge in it.\n");
    let _ = writeln!(out, "name: {}", quoted(&lab.name()));
    let _ = writeln!(
        out,
        "topology:\n  defaults:\n    kind: linux\n    image: {}\n    cmd: sleep infinity\n    network-mode: none\n  nodes:",
        quoted(IMAGE)
    );
    for node in &scenario.nodes {
        let lines = match &node.value {
            Node::Host { name, nics, .. } => {
                let mut lines = lab.cards(nics);
                lines.extend(lab.delays(name));
                lines.extend(lab.setup(name));
                lines
            }
            Node::Switch { name, .. } => lab.bridge(name),
        };
        let _ = writeln!(out, "    {}:\n      exec:", node.name());
        let script = lines.join("\n").replace('\'', r#"'"'"'"#);
        let _ = writeln!(out, "        - {}", quoted(&format!("sh -c '{script}'")));
    }
    if !scenario.links.is_empty() {
        out.push_str("  links:\n");
    }
    for link in &scenario.links {
        out.push_str("    - type: veth\n      endpoints:\n");
        for end in [&link.a, &link.b] {
            let (node, iface) = (&end.node, lab.wired(end));
            let mac =
                lab.mac(end).map(|mac| format!(", mac: {}", quoted(&mac))).unwrap_or_default();
            let _ = writeln!(out, "        - {{ node: {node}, interface: {iface}{mac} }}");
        }
        if let Some(mtu) = link.mtu {
            let _ = writeln!(out, "      mtu: {mtu}");
        }
    }
    out
}

/// A text in quotes, as YAML, Kathará and shells read it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Lab<'a> {
    scenario: &'a Scenario,
}

impl<'a> Lab<'a> {
    fn hosts(&self) -> impl Iterator<Item = (&'a str, &'a [Nic])> {
        self.scenario.nodes.iter().filter_map(|node| match &node.value {
            Node::Host { name, nics, .. } => Some((name.as_str(), nics.as_slice())),
            Node::Switch { .. } => None,
        })
    }

    fn node(&self, name: &str) -> Option<&'a Node> {
        self.scenario.nodes.iter().map(|node| &node.value).find(|node| node.name() == name)
    }

    /// `dr-seed`, from the file's last two names.
    fn name(&self) -> String {
        let file = self.scenario.file.trim_end_matches(".ron");
        let words: Vec<&str> = file.rsplit(['/', '\\']).take(2).collect();
        let name: Vec<&str> = words.into_iter().rev().filter(|word| *word != ".").collect();
        let name = name.join("-");
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    }

    /// What the reader of the file should know.
    fn head(&self, start: &str) -> String {
        let Scenario { file, title, .. } = self.scenario;
        let mut out = format!("# {file}: {}\n#\n# Made by lvsim. To start it: {start}\n", title.en);
        let mut modules = vec!["ip_vs".to_owned()];
        for line in self.scenario.nodes.iter().flat_map(|node| Setup::of(node).typed) {
            if let Some(module) = line.trim().strip_prefix("modprobe ") {
                modules.push(module.trim().to_owned());
            }
        }
        modules.dedup();
        let modules = modules.join(" ");
        let _ = writeln!(
            out,
            "# Before that, on the machine itself, whose kernel all containers share: modprobe -a {modules}"
        );
        for (node, text) in netns::typed(self.scenario) {
            let _ = writeln!(out, "#     {node}$ {text}");
        }
        out
    }

    /// How the cards come to their names and addresses.
    fn cards(&self, nics: &[Nic]) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, Nic { iface, mac, mtu }) in nics.iter().enumerate() {
            let wired = format!("eth{number}");
            lines.push(format!("ip link set dev {wired} down"));
            if *iface != wired {
                lines.push(format!("ip link set dev {wired} name {iface}"));
            }
            let mtu = mtu.map(|mtu| format!(" mtu {mtu}")).unwrap_or_default();
            lines.push(format!("ip link set dev {iface} address {mac}{mtu} up"));
            lines.push(format!(
                "ethtool -K {iface} rx off tx off tso off gso off gro off >/dev/null 2>&1 || true"
            ));
        }
        lines
    }

    /// The delay of a host's cables: a queue at the sender's end.
    fn delays(&self, node: &str) -> Vec<String> {
        let ends = self.scenario.links.iter().flat_map(|link| [(&link.a, link), (&link.b, link)]);
        let own = ends.filter(|(end, link)| end.node == node && !link.delay.is_zero());
        own.map(|(end, link)| format!("tc {}", netns::queue(&self.named(end), link.delay)))
            .collect()
    }

    /// How an interface is called inside of its container.
    fn named(&self, end: &End) -> String {
        match self.node(&end.node) {
            Some(Node::Switch { .. }) => self.wired(end),
            _ => end.iface.clone(),
        }
    }

    /// How an interface is called when the container starts.
    fn wired(&self, end: &End) -> String {
        let number = match self.node(&end.node) {
            Some(Node::Host { nics, .. }) => nics.iter().position(|nic| nic.iface == end.iface),
            _ => end.iface.parse().ok(),
        };
        format!("eth{}", number.unwrap_or_default())
    }

    fn mac(&self, end: &End) -> Option<String> {
        let Some(Node::Host { nics, .. }) = self.node(&end.node) else { return None };
        let nic = nics.iter().find(|nic| nic.iface == end.iface)?;
        Some(nic.mac.to_string())
    }

    fn bridge(&self, name: &str) -> Vec<String> {
        let mut lines = vec![
            "ip link add br0 type bridge forward_delay 0 mcast_snooping 0".to_owned(),
            "ip link set dev br0 up".to_owned(),
        ];
        for link in &self.scenario.links {
            for end in [&link.a, &link.b].into_iter().filter(|end| end.node == name) {
                let port = self.wired(end);
                lines.push(format!("ip link set dev {port} master br0 up"));
            }
        }
        lines.extend(self.delays(name));
        lines
    }

    /// The setup, and web servers in the place of ours.
    fn setup(&self, name: &str) -> Vec<String> {
        let setup = self.node(name).map(Setup::of).unwrap_or_default();
        let typed = setup.typed.into_iter();
        let mut lines: Vec<String> =
            typed.filter(|line| !line.trim().starts_with("modprobe ")).collect();
        for program in setup.programs {
            let words: Vec<&str> = program.split_whitespace().collect();
            match words[..] {
                ["serve", "http", port, ..] => {
                    lines.push(format!(
                        "mkdir -p /srv/{port} && echo {name} > /srv/{port}/index.html"
                    ));
                    lines.push(format!(
                        "nohup python3 -m http.server {port} --directory /srv/{port} > /dev/null 2>&1 &"
                    ));
                }
                _ => lines.push(format!("# {program}: start a program of your own that does it")),
            }
        }
        lines
    }

    /// The collision domain of each end of a cable: cables and switches that are plugged into each other are one.
    fn domains(&self) -> BTreeMap<End, String> {
        let is_switch = |node: &str| matches!(self.node(node), Some(Node::Switch { .. }));
        let links: Vec<&Link> = self.scenario.links.iter().map(|link| &link.value).collect();
        let mut domain: Vec<usize> = (0..links.len()).collect();
        let touches = |one: &Link, other: &Link| {
            [&one.a, &one.b].iter().any(|end| {
                is_switch(&end.node) && (other.a.node == end.node || other.b.node == end.node)
            })
        };
        // Labs are small: go on until nothing moves.
        loop {
            let before = domain.clone();
            for one in 0..links.len() {
                for other in 0..links.len() {
                    if touches(links[one], links[other]) {
                        domain[one] = domain[one].min(domain[other]);
                    }
                }
            }
            if domain == before {
                break;
            }
        }
        let ends = links.iter().zip(domain).flat_map(|(link, domain)| {
            [&link.a, &link.b].map(|end| (end.clone(), format!("lan{domain}")))
        });
        ends.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story;

    const LAB: &str = r#"(
        title: (en: "A \"quoted\" title", zh: "标题"),
        nodes: [
            Host(name: "client", nics: [("lan", "02:00:00:00:00:0c")], setup: ["ip addr add 10.0.0.1/24 dev lan"]),
            Switch(name: "sw", ports: 2),
            Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"],
                 setup: ["modprobe ipip", "echo 'it''s' > /dev/null"]),
        ],
        links: [(a: "client:lan", b: "sw:0"), (a: "rs1:eth0", b: "sw:1", mtu: 1400)],
        story: [Do(on: "client", run: ["ping -c 1 10.0.0.2"])],
    )"#;

    fn lab() -> Scenario {
        story::open("labs/two.ron", LAB, None, false).expect("it is a scenario")
    }

    #[test]
    fn kathara_gets_a_collision_domain_for_each_lan() {
        let files = kathara(&lab());
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["lab.conf", "client.startup", "rs1.startup"]);
        let conf = &files[0].1;
        for line in [
            "LAB_DESCRIPTION=\"A \\\"quoted\\\" title\"",
            "client[0]=\"lan0\"",
            "rs1[0]=\"lan0\"",
            "# Before that, on the machine itself, whose kernel all containers share: modprobe -a ip_vs ipip",
            "#     client$ ping -c 1 10.0.0.2",
        ] {
            assert!(conf.lines().any(|own| own == line), "{line}\n{conf}");
        }
        let client = &files[1].1;
        assert!(client.starts_with(
            "ip link set dev eth0 down\nip link set dev eth0 name lan\nip link set dev lan address 02:00:00:00:00:0c up\n"
        ));
        assert!(client.ends_with("ip addr add 10.0.0.1/24 dev lan\n"));
        let rs1 = &files[2].1;
        assert!(!rs1.contains("modprobe"), "{rs1}");
        assert!(rs1.contains("python3 -m http.server 80"), "{rs1}");
    }

    #[test]
    fn containerlab_gets_a_container_for_each_node() {
        let text = containerlab(&lab());
        for line in [
            "name: \"labs-two\"",
            "    sw:",
            "        - { node: client, interface: eth0, mac: \"02:00:00:00:00:0c\" }",
            "        - { node: sw, interface: eth1 }",
            "      mtu: 1400",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
        // A quote within the quotes of `sh -c '…'`, itself in YAML's.
        assert!(text.contains(r#"echo '\"'\"'it"#), "{text}");
        assert!(text.contains("ip link set dev eth1 master br0 up"), "{text}");
    }
}
