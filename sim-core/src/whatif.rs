//! What could have been otherwise: one change of a scenario, and when it is made.
//!
//! A cure, a mistake, a counterfactual and what a user asks for by `--with` are all changes. The
//! scenario is changed, never the world: what comes of it is played like any other scenario.

mod alike;
mod compare;
pub(crate) mod given;
mod pairs;
mod seen;
mod tables;

use std::fmt;

use crate::scenario::{End, Line, Located, Node, Scenario, Step};
use crate::shell::Shell;
use crate::story::check_line;
use crate::text;
use crate::text::Text;

pub use alike::Difference;
pub use compare::{Comparison, Divergence, Run};
pub use given::Given;
pub use pairs::Pairs;
pub use seen::{Seen, Then};
pub(crate) use tables::configured;
pub use tables::{Row, TABLES};

/// One change, as small as an administrator can make it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A command is typed, too.
    Type {
        /// On this host.
        on: String,
        /// The line.
        line: String,
    },
    /// A cable is put in or pulled out.
    Cable {
        /// Either end.
        link: End,
        /// Put in.
        up: bool,
    },
    /// A cable gets another limit; it has hardly one in life, but a path between two sites has.
    Mtu {
        /// Either end.
        link: End,
        /// The largest packet that it carries.
        mtu: u16,
    },
    /// A machine is switched on or off.
    Power {
        /// Which.
        on: String,
        /// On.
        up: bool,
    },
}

/// When a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before the story: a command is the last of its host's setup, a cable or a machine is the
    /// story's first step.
    Setup,
    /// Before this step of the story, counted from 0.
    Before(usize),
}

impl fmt::Display for Change {
    /// As a person writes it: `rs1: ip link set lo up`, or as the story's step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { on, line } => write!(f, "{on}: {line}"),
            Self::Cable { link, up } => write!(f, r#"Cable(link: "{link}", up: {up})"#),
            Self::Mtu { link, mtu } => write!(f, r#"Cable(link: "{link}", mtu: {mtu})"#),
            Self::Power { on, up } => write!(f, r#"Power(on: "{on}", up: {up})"#),
        }
    }
}

impl Change {
    /// A command on a host.
    pub fn typed(on: impl Into<String>, line: impl Into<String>) -> Self {
        Self::Type { on: on.into(), line: line.into() }
    }

    /// Reads `rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1`.
    ///
    /// # Errors
    /// What is wrong with it, in words: no host of this name in the scenario, or a command that
    /// nobody can type.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, Text> {
        let Some((on, line)) = text.split_once(':') else {
            return Err(text!(
                "`{text}` names no host; a change is written `HOST: COMMAND`",
                "`{text}` 没有指明主机；改动的写法是 `主机: 命令`"
            ));
        };
        let (on, line) = (on.trim(), line.trim());
        let mut hosts = scenario.nodes.iter().filter_map(|node| match &node.value {
            Node::Host { name, .. } => Some(name.as_str()),
            Node::Switch { .. } => None,
        });
        if !hosts.clone().any(|host| host == on) {
            let known = hosts.by_ref().collect::<Vec<_>>().join(" ");
            return Err(text!(
                "`{on}` is no host of this scenario; it has {known}",
                "此场景没有主机 `{on}`；有 {known}"
            ));
        }
        check_line(&mut Shell::default(), line).map_err(|bad| {
            let (en, zh) = (bad.message.en, bad.message.zh);
            text!("`{line}`: {en}", "`{line}`：{zh}")
        })?;
        Ok(Self::typed(on, line))
    }

    /// The scenario with this change made.
    pub fn apply(&self, scenario: &Scenario, when: When) -> Scenario {
        let mut changed = scenario.clone();
        self.make(&mut changed, when);
        changed
    }

    /// Makes the change.
    pub fn make(&self, scenario: &mut Scenario, when: When) {
        if let (Self::Type { on, line }, When::Setup) = (self, when) {
            let node = scenario.nodes.iter_mut().find(|node| node.name() == on);
            if let Some(Located { value: Node::Host { setup, .. }, .. }) = node {
                setup.push(Line::from(line.clone()));
            }
            return;
        }
        let at = match when {
            When::Setup => 0,
            When::Before(step) => step.min(scenario.story.len()),
        };
        scenario.story.insert(at, self.step().into());
    }

    /// The change as a step of a story.
    pub fn step(&self) -> Step {
        let cable = |link: &End, up, mtu| Step::Cable {
            link: link.clone(),
            up,
            delay: None,
            loss: None,
            reorder: None,
            mtu,
        };
        match self {
            Self::Type { on, line } => {
                Step::Do { on: on.clone(), run: vec![Line::from(line.clone())] }
            }
            Self::Cable { link, up } => cable(link, Some(*up), None),
            Self::Mtu { link, mtu } => cable(link, None, Some(*mtu)),
            Self::Power { on, up } => Step::Power { on: on.clone(), up: *up },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::open;

    const LAB: &str = r#"(
        title: (en: "t", zh: "t"),
        nodes: [
            Host(name: "a", nics: [("eth0", "02:00:00:00:00:01")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
            Host(name: "b", nics: [("eth0", "02:00:00:00:00:02")]),
        ],
        links: [(a: "a:eth0", b: "b:eth0")],
        story: [Do(on: "a", run: ["ip addr"])],
    )"#;

    #[test]
    fn a_change_is_made_where_it_is_asked_for_and_read_back() {
        let lab = open("t.ron", LAB, None, false).expect("it loads");
        let typed = Change::parse("b: ip link set lo up", &lab).expect("b can type that");
        let cable = Change::Cable { link: lab.links[0].a.clone(), up: false };
        let power = Change::Power { on: "b".into(), up: false };
        for change in [&typed, &cable, &power] {
            for when in [When::Setup, When::Before(1)] {
                let changed = change.apply(&lab, when);
                assert_ne!(changed, lab, "{change} {when:?}");
                let again = open("t.ron", &changed.to_ron(), None, false).expect("it is a file");
                assert_eq!(again.story, changed.story, "{change} {when:?}");
                assert_eq!(again.nodes, changed.nodes, "{change} {when:?}");
            }
        }
        assert_eq!(typed.apply(&lab, When::Before(1)).story.len(), 2);
        assert_eq!(typed.apply(&lab, When::Setup).story.len(), 1);
    }

    #[test]
    fn a_wrong_change_says_what_is_wrong() {
        let lab = open("t.ron", LAB, None, false).expect("it loads");
        for (text, says) in [
            ("ip link set lo up", "names no host"),
            ("c: ip link set lo up", "it has a b"),
            ("b: ip lnk set lo up", "ip lnk"),
        ] {
            let error = Change::parse(text, &lab).expect_err(text);
            assert!(error.en.contains(says), "{}", error.en);
        }
    }
}
