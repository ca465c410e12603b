//! From a file's text to a [`Scenario`], or to everything that is wrong with it.
//!
//! Each node, link and step is read on its own: a mistake in one does not hide those in others.
//! Reading one means: put the parameters in, let `ron` and `serde` make a value of it, look up
//! where its parts stand, and have its command lines checked. What the parts say of each other is
//! checked at the end (`check.rs`).

mod given;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::check::{self, Places};
use super::error::{BadLine, ScenarioError, Source, line_starts, suggest};
use super::mapped::Mapped;
use super::net::serve_line;
use super::outline::{Kind, Value, bare};
use super::params::{self, Assigned, Params};
use super::rewrite::{Edits, is_command, rewrite, texts};
use super::syntax;
use super::{Expectation, Line, Link, Located, Node, Origin, Scenario, Step, written};
use crate::text;
use crate::text::Text;

/// How a file is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions<'a> {
    /// Another seed than the file's.
    pub seed: Option<u64>,
    /// Whether the parameters under `vary` are drawn; otherwise `let` holds.
    pub vary: bool,
    /// The codes of all reasons; absent: a scenario may expect any.
    pub codes: Option<&'a [&'a str]>,
}

/// Who types a command line.
#[derive(Clone, Copy, Debug)]
pub struct Typist<'a> {
    /// The node.
    pub node: &'a str,
    /// The names of its Ethernet cards; none of a switch.
    pub nics: Option<&'a [String]>,
}

/// Decides whether a command line can be typed on a node.
pub type CheckLine<'c> = dyn FnMut(Typist<'_>, &str) -> Result<(), BadLine> + 'c;

/// Reads a scenario. `file` is only said in errors; `check` sees every command line with its node,
/// in the order in which they are typed.
///
/// ```
/// use sim_core::scenario::{LoadOptions, load};
/// let text = r#"(
///     title: (en: "One host", zh: "一台主机"),
///     nodes: [Host(name: "a", nics: [("eth0", "02:00:00:00:00:0a")])],
/// )"#;
/// let scenario = load("one.ron", text, &LoadOptions::default(), &mut |_, _| Ok(())).unwrap();
/// assert_eq!(scenario.nodes[0].name(), "a");
///
/// let errors = load("one.ron", "(titel: 1)", &LoadOptions::default(), &mut |_, _| Ok(()));
/// assert!(errors.unwrap_err()[0].to_string().starts_with("one.ron:1:2: unknown field `titel`"));
/// ```
///
/// # Errors
///
/// All that is wrong, in the order of the file; only what is no RON at all stops at the first.
pub fn load(
    file: &str,
    text: &str,
    options: &LoadOptions<'_>,
    check: &mut CheckLine<'_>,
) -> Result<Scenario, Vec<ScenarioError>> {
    // Some editors put the mark of the order of bytes before the text; it is no part of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = line_starts(text);
    let source = Source { file, text, lines: &lines };
    let root = syntax::outline(source).map_err(|error| vec![*error])?;
    let mut loader = Loader {
        source,
        root: &root,
        check,
        params: Params::new(),
        assigned: BTreeMap::new(),
        cards: BTreeMap::new(),
        unset: Vec::new(),
        errors: Vec::new(),
    };
    let seed = options.seed.unwrap_or_else(|| loader.peek("seed").unwrap_or(1));
    loader.read_params(seed, options.vary);
    let head: Option<Scenario> = loader.head();
    let (nodes, mut links) = loader.nodes();
    links.splice(0..0, loader.links());
    let story = loader.story();
    let Loader { params, mut errors, .. } = loader;
    if let (Some(mut scenario), true) = (head, errors.is_empty()) {
        let places = Places {
            source,
            root: &root,
            nodes: nodes.iter().map(|(path, _)| path.clone()).collect(),
            links: links.iter().map(|(path, _)| path.clone()).collect(),
        };
        scenario.file = file.into();
        scenario.seed = seed;
        scenario.params = params;
        scenario.nodes = nodes.into_iter().map(|(_, node)| node).collect();
        scenario.links = links.into_iter().map(|(_, link)| link).collect();
        scenario.story = story;
        errors = check::check(&scenario, &places, options.codes);
        if errors.is_empty() {
            return Ok(scenario);
        }
    }
    errors.sort_by_key(|error| (error.line, error.col));
    Err(errors)
}

/// The names of a host's Ethernet cards.
fn cards(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Host { nics, .. } => Some(nics.iter().map(|nic| nic.iface.clone()).collect()),
        Node::Switch { .. } => None,
    }
}

/// `Repeat(count: …, node: …, link: …)`; the two are read once for each number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    #[serde(with = "written::number")]
    count: u16,
    #[serde(rename = "node")]
    _node: IgnoredAny,
    #[serde(default, rename = "link")]
    _link: Option<IgnoredAny>,
}

/// More machines than anybody can look at.
const MOST_NODES: u16 = 250;

/// The parts of a list with the paths where they were written.
type Parts<T> = Vec<(String, Located<T>)>;

/// The command lines of one value, by where their literals start.
type Lines = BTreeMap<usize, Mapped>;

/// A value with its parameters put in.
struct Filled {
    lines: Lines,
    edits: Edits,
    /// Where strings start that name unknown parameters.
    unknown: Vec<usize>,
}

struct Loader<'a, 'c> {
    source: Source<'a>,
    root: &'a Value,
    check: &'a mut CheckLine<'c>,
    params: Params,
    /// What the shell of each node has set so far.
    assigned: BTreeMap<String, Assigned>,
    /// The nodes that could be read, hosts with the names of their cards.
    cards: BTreeMap<String, Option<Vec<String>>>,
    /// Parameters without a value: what is wrong is their line, not those that use them.
    unset: Vec<String>,
    errors: Vec<ScenarioError>,
}

impl<'a> Loader<'a, '_> {
    fn error(&mut self, at: Range<usize>, path: &str, what: (Text, Text)) {
        self.errors.push(self.source.error(at, path, what.0, what.1));
    }

    /// A field of the file's head, before parameters; what is wrong with it is said by `head`.
    fn peek<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        let (_, value) = self.root.field(self.source.text, field)?;
        syntax::options().from_str(&self.source.text[value.range.clone()]).ok()
    }

    fn entries(&self, field: &str) -> &'a [(Value, Value)] {
        match self.root.field(self.source.text, field) {
            Some((_, Value { kind: Kind::Map(entries), .. })) => entries,
            _ => &[],
        }
    }

    /// Everything but the three lists, whose parts are read one by one.
    fn head(&mut self) -> Option<Scenario> {
        let text = self.source.text;
        let mut edits = Edits::new();
        for list in ["nodes", "links", "story"] {
            if let Some((_, value)) = self.root.field(text, list)
                && let (Some(first), Some(last)) = (value.items().first(), value.items().last())
            {
                let rest = &text[last.range.end..value.range.end];
                let comma = rest.find(',').map_or(0, |comma| comma + 1);
                edits.insert(first.range.start, (last.range.end + comma, String::new()));
            }
        }
        for map in ["let", "vary"] {
            if let Some((_, value)) = self.root.field(text, map) {
                edits
                    .insert(value.range.start, (value.range.end, text[value.range.clone()].into()));
            }
        }
        let filled = self.fill(self.root, edits, None);
        self.read(&rewrite(text, 0..text.len(), &filled.edits), self.root, "", &filled.unknown)
    }

    fn nodes(&mut self) -> (Parts<Node>, Parts<Link>) {
        let (mut nodes, mut links) = (Vec::new(), Vec::new());
        let Some((_, list)) = self.root.field(self.source.text, "nodes") else {
            return (nodes, links);
        };
        for (index, value) in list.items().iter().enumerate() {
            let path = format!("nodes[{index}]");
            let kind = value.variant().unwrap_or(value.range.clone());
            match bare(&self.source.text[kind.clone()]) {
                "Repeat" => self.repeat(value, &path, &mut nodes, &mut links),
                "Host" | "Switch" => nodes.extend(self.node(value, &path)),
                word => {
                    let word = word.split_whitespace().next().unwrap_or_default();
                    let help = suggest(word, &["Host", "Switch", "Repeat"]);
                    self.error(kind, &path, (text!("expected a node", "此处应是节点"), help));
                }
            }
        }
        (nodes, links)
    }

    fn repeat(
        &mut self,
        value: &Value,
        path: &str,
        nodes: &mut Parts<Node>,
        links: &mut Parts<Link>,
    ) {
        let text = self.source.text;
        let part = |name: &str| value.field(text, name).map(|(_, part)| part);
        let (node, link) = (part("node"), part("link"));
        let mut edits = Edits::new();
        for part in [node, link].into_iter().flatten() {
            edits.insert(part.range.start, (part.range.end, "()".into()));
        }
        let filled = self.fill(value, edits, None);
        let repeat = rewrite(text, value.range.clone(), &filled.edits);
        let Some(Repeat { count, .. }) = self.read(&repeat, value, path, &filled.unknown) else {
            return;
        };
        if count > MOST_NODES {
            let at = part("count").map_or(value.range.clone(), |count| count.range.clone());
            let help = text!("at most {MOST_NODES}", "最多 {MOST_NODES}");
            let what = (text!("too many nodes", "节点太多"), help);
            return self.error(at, &format!("{path}.count"), what);
        }
        let outer = self.params.clone();
        for number in 1..=count {
            // What is wrong in one is wrong in all: say it once.
            let before = self.errors.len();
            self.params.insert("i".into(), number.to_string());
            nodes.extend(node.and_then(|node| self.node(node, &format!("{path}.node"))));
            links.extend(link.and_then(|link| self.link(link, &format!("{path}.link"))));
            if self.errors.len() > before {
                break;
            }
        }
        self.params = outer;
    }

    fn node(&mut self, value: &Value, path: &str) -> Option<(String, Located<Node>)> {
        let owner = self.owner(value, "name");
        let (mut node, lines): (Located<Node>, Lines) = self.part(value, path, owner)?;
        self.cards.insert(node.name().into(), cards(&node));
        if let Node::Host { name, serves, setup, .. } = &mut node.value {
            let name = name.clone();
            for (field, list) in [("setup", setup), ("serves", serves)] {
                for (index, line) in list.iter_mut().enumerate() {
                    let around = (field == "serves").then(|| serve_line(&name));
                    let path = format!("{path}.{field}[{index}]");
                    self.line(line, &name, &path, around, &lines);
                }
            }
        }
        Some((path.into(), node))
    }

    fn links(&mut self) -> Parts<Link> {
        let Some((_, list)) = self.root.field(self.source.text, "links") else { return Vec::new() };
        let items = list.items().iter().enumerate();
        items.filter_map(|(index, value)| self.link(value, &format!("links[{index}]"))).collect()
    }

    fn link(&mut self, value: &Value, path: &str) -> Option<(String, Located<Link>)> {
        self.part(value, path, None).map(|(link, _)| (path.into(), link))
    }

    fn story(&mut self) -> Vec<Located<Step>> {
        let Some((_, list)) = self.root.field(self.source.text, "story") else { return Vec::new() };
        let items = list.items().iter().enumerate();
        items.filter_map(|(index, value)| self.step(value, &format!("story[{index}]"))).collect()
    }

    fn step(&mut self, value: &Value, path: &str) -> Option<Located<Step>> {
        let text = self.source.text;
        let is_named = |value: &Value, name| value.variant().is_some_and(|at| &text[at] == name);
        // RON hands any bare word to serde as nothing at all, so the word is looked at here.
        if is_named(value, "Wait")
            && let [wait] = value.items()
            && let Kind::Word | Kind::Row { .. } | Kind::Fields { .. } = wait.kind
            && &text[wait.range.clone()] != "Idle"
        {
            let help =
                text!("written as Wait(\"2s\") or Wait(Idle)", "写成 Wait(\"2s\") 或 Wait(Idle)");
            let what = (text!("not a time to wait", "不是等待的时间"), help);
            self.error(wait.range.clone(), path, what);
            return None;
        }
        let owner = is_named(value, "Do").then(|| self.owner(value, "on")).flatten();
        let (mut step, lines): (Located<Step>, Lines) = self.part(value, path, owner)?;
        match &mut step.value {
            Step::Do { on, run } => {
                for (index, line) in run.iter_mut().enumerate() {
                    self.line(line, on, &format!("{path}.run[{index}]"), None, &lines);
                }
            }
            Step::Expect(expectation) => self.expectation(expectation, path, &lines),
            _ => {}
        }
        Some(step)
    }

    fn expectation(&mut self, expectation: &mut Expectation, path: &str, lines: &Lines) {
        match expectation {
            Expectation::Output { on, run, .. } => {
                self.line(run, on, &format!("{path}.run"), None, lines);
            }
            Expectation::Since(_, group) => {
                for (index, part) in group.iter_mut().enumerate() {
                    let path = format!("{path}[1][{index}]");
                    if let Some(value) = self.root.find(self.source.text, &path) {
                        part.origin = self.source.origin(value.range.start);
                    }
                    self.expectation(&mut part.value, &path, lines);
                }
            }
            _ => {}
        }
    }

    /// The node whose shell the lines of this value are typed into.
    fn owner(&self, value: &Value, field: &str) -> Option<String> {
        let (_, name) = value.field(self.source.text, field)?;
        if name.kind != Kind::Text {
            return None;
        }
        let content = Mapped::literal(self.source.text, name.range.clone());
        params::fill(&content, &self.params).ok().map(|name| name.text().into())
    }

    /// One part of a list, with its place and with the places in its command lines.
    fn part<T: DeserializeOwned>(
        &mut self,
        value: &Value,
        path: &str,
        owner: Option<String>,
    ) -> Option<(Located<T>, Lines)> {
        let Filled { lines, edits, unknown } = self.fill(value, Edits::new(), owner);
        let text = rewrite(self.source.text, value.range.clone(), &edits);
        let part = self.read(&text, value, path, &unknown)?;
        let origin = self.source.origin(value.range.start);
        Some((Located { value: part, origin, places: Vec::new() }, lines))
    }

    /// Puts the parameters into all strings of a value that `edits` does not replace already.
    fn fill(&mut self, value: &Value, mut edits: Edits, owner: Option<String>) -> Filled {
        let text = self.source.text;
        let (mut lines, mut unknown) = (Lines::new(), Vec::new());
        let mut assigned =
            owner.as_ref().and_then(|owner| self.assigned.remove(owner)).unwrap_or_default();
        for (field, literal) in texts(value) {
            let Range { start, end } = literal.range;
            if edits.range(..=start).next_back().is_some_and(|(_, (edited, _))| start < *edited) {
                continue;
            }
            let content = Mapped::literal(text, start..end);
            let filled = if is_command(&text[field]) {
                params::fill_command(&content, &self.params, &mut assigned)
            } else {
                match params::fill(&content, &self.params) {
                    Ok(filled) => filled,
                    Err((at, message, help)) => {
                        let path = self.root.path(text, start);
                        self.error(at, &path, (message, help));
                        unknown.push(start);
                        continue;
                    }
                }
            };
            if filled != content {
                let written = ron::to_string(filled.text()).expect("a string can be written");
                edits.insert(start, (end, written));
            }
            lines.insert(start, filled);
        }
        self.assigned.extend(owner.map(|owner| (owner, assigned)));
        Filled { lines, edits, unknown }
    }

    /// See [`syntax::read`]; an error is kept. Where strings could not be filled there is no value,
    /// but its form is looked at all the same.
    fn read<T: DeserializeOwned>(
        &mut self,
        text: &str,
        value: &Value,
        path: &str,
        unknown: &[usize],
    ) -> Option<T> {
        match syntax::read(self.source, text, value, path) {
            Ok(part) => unknown.is_empty().then_some(part),
            Err(error) => {
                if !self.is_told(&error, unknown) {
                    self.errors.push(*error);
                }
                None
            }
        }
    }

    /// Whether an error only follows from a parameter that is told of anyhow.
    fn is_told(&self, error: &ScenarioError, unknown: &[usize]) -> bool {
        let text = self.source.text;
        let at = Origin { line: error.line, col: error.col };
        unknown.iter().any(|start| self.source.origin(*start) == at)
            || self.root.find(text, &error.path).is_some_and(|value| self.uses_unset(value))
    }

    fn uses_unset(&self, value: &Value) -> bool {
        params::uses(&self.source.text[value.range.clone()], &self.unset)
    }

    /// Gives a command line its place and has it checked.
    fn line(
        &mut self,
        line: &mut Line,
        node: &str,
        path: &str,
        around: Option<[String; 2]>,
        lines: &Lines,
    ) {
        let Some(literal) = self.root.find(self.source.text, path) else { return };
        let Some(mut content) = lines.get(&literal.range.start) else { return };
        line.origin = self.source.origin(content.place(0..0).start);
        line.places = content.places(self.source);
        let typed;
        if let Some([before, after]) = around {
            typed = content.between(&before, &after);
            content = &typed;
        }
        if self.uses_unset(literal) {
            return;
        }
        // A node that is not there has set no variable: what is wrong is the node, not the line.
        let Some(nics) = self.cards.get(node) else { return };
        let typist = Typist { node, nics: nics.as_deref() };
        if let Err(BadLine { at, message, help }) = (self.check)(typist, content.text()) {
            self.error(content.place(at), path, (message, help));
        }
    }
}
