//! From a file's text to a [`Scenario`], or to everything that is wrong with it.
//!
//! Each node, link and step is read on its own: a mistake in one does not hide those in others.
//! Reading one means: put the parameters in, let `ron` and `serde` make a value of it, look up
//! where its parts stand, and have its command lines checked. What the parts say of each other is
//! checked at the end (`check.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::check::{self, Places};
use super::error::{BadLine, ScenarioError, Source, suggest};
use super::mapped::Mapped;
use super::net::serve_line;
use super::outline::{Kind, Value, bare};
use super::params::{self, Assigned, Params};
use super::rewrite::{Edits, is_command, rewrite, texts};
use super::syntax;
use super::{Expectation, Line, Link, Located, Node, Scenario, Step, Vary, written};
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

/// Decides whether a command line can be typed on a node.
pub type CheckLine<'c> = dyn FnMut(&str, &str) -> Result<(), BadLine> + 'c;

/// Reads a scenario. `file` is only said in errors; `check` sees every command line with the name
/// of its node, in the order in which they are typed.
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
    let source = Source { file, text };
    let root = syntax::outline(source).map_err(|error| vec![*error])?;
    let mut loader = Loader {
        source,
        root: &root,
        check,
        params: Params::new(),
        assigned: BTreeMap::new(),
        names: None,
        errors: Vec::new(),
    };
    let seed = options.seed.unwrap_or_else(|| loader.peek("seed").unwrap_or(1));
    loader.read_params(seed, options.vary);
    let head: Option<Scenario> = loader.head();
    let (nodes, mut links) = loader.nodes();
    links.splice(0..0, loader.links());
    loader.names = Some(nodes.iter().map(|(_, node)| node.name().to_owned()).collect());
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

/// What to do with two that exclude each other.
fn keep_one() -> Text {
    text!("keep one of them", "只保留一个")
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

struct Loader<'a, 'c> {
    source: Source<'a>,
    root: &'a Value,
    check: &'a mut CheckLine<'c>,
    params: Params,
    /// What the shell of each node has set so far.
    assigned: BTreeMap<String, Assigned>,
    /// The nodes that could be read, once all of them have been.
    names: Option<BTreeSet<String>>,
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

    /// `let` in the order of the file, each value after those before it; then what is drawn.
    fn read_params(&mut self, seed: u64, draw: bool) {
        let vary: BTreeMap<String, Vary> = self.peek("vary").unwrap_or_default();
        for (key, value) in self.entries("let") {
            if key.kind != Kind::Text || value.kind != Kind::Text {
                continue;
            }
            let name = Mapped::literal(self.source.text, key.range.clone()).text().to_owned();
            let path = format!("let.{name}");
            if !params::is_name(&name) || name == "i" {
                let help = match name.as_str() {
                    "i" => {
                        text!("$i is the number of a node in Repeat", "$i 是 Repeat 中节点的编号")
                    }
                    _ => text!(
                        "letters, digits and _, and no digit first",
                        "字母、数字和 _，首字符不能是数字"
                    ),
                };
                let what = (text!("not a name for a parameter", "不能作参数名"), help);
                self.error(key.range.clone(), &path, what);
            } else if self.params.contains_key(&name) {
                let what = (text!("`{name}` is set twice", "`{name}` 设置了两次"), keep_one());
                self.error(key.range.clone(), &path, what);
            }
            let content = Mapped::literal(self.source.text, value.range.clone());
            let drawn =
                vary.get(&name).filter(|_| draw).map(|vary| params::draw(seed, &name, vary));
            match (drawn, params::fill(&content, &self.params)) {
                (Some(drawn), Ok(_)) => self.params.insert(name, drawn),
                (None, Ok(filled)) => self.params.insert(name, filled.text().into()),
                (_, Err((at, message, help))) => {
                    self.error(at, &path, (message, help));
                    self.params.insert(name, String::new())
                }
            };
        }
        self.check_vary(&vary);
    }

    fn check_vary(&mut self, vary: &BTreeMap<String, Vary>) {
        let mut seen = Vec::new();
        for (key, value) in self.entries("vary") {
            if key.kind != Kind::Text {
                continue;
            }
            let name = Mapped::literal(self.source.text, key.range.clone()).text().to_owned();
            let path = format!("vary.{name}");
            if seen.contains(&name) {
                let what =
                    (text!("`{name}` is varied twice", "`{name}` 在 vary 中出现两次"), keep_one());
                self.error(key.range.clone(), &path, what);
            }
            if !self.params.contains_key(&name) {
                let help = text!(
                    "add it to let: {{\"{name}\": \"…\"}}, for when nothing is drawn",
                    "在 let 中加上 {{\"{name}\": \"…\"}}，不抽取时用它"
                );
                let what =
                    (text!("`{name}` has no value under let", "`{name}` 在 let 中没有值"), help);
                self.error(key.range.clone(), &path, what);
            }
            if let Some(Vary::Range(first, last)) = vary.get(&name)
                && first > last
            {
                let help = text!("write Range({last}, {first})", "写成 Range({last}, {first})");
                let what = (text!("an empty range", "空的范围"), help);
                self.error(value.range.clone(), &path, what);
            }
            seen.push(name);
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
        let (_, edits) = self.fill(self.root, edits, None)?;
        self.read(&rewrite(text, 0..text.len(), &edits), self.root, "")
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
        let Some((_, edits)) = self.fill(value, edits, None) else { return };
        let repeat = rewrite(text, value.range.clone(), &edits);
        let Some(Repeat { count, .. }) = self.read(&repeat, value, path) else { return };
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
        let (lines, edits) = self.fill(value, Edits::new(), owner)?;
        let text = rewrite(self.source.text, value.range.clone(), &edits);
        let part = self.read(&text, value, path)?;
        let origin = self.source.origin(value.range.start);
        Some((Located { value: part, origin }, lines))
    }

    /// Puts the parameters into all strings of a value that `edits` does not replace already.
    fn fill(
        &mut self,
        value: &Value,
        mut edits: Edits,
        owner: Option<String>,
    ) -> Option<(Lines, Edits)> {
        let text = self.source.text;
        let mut lines = Lines::new();
        let mut assigned =
            owner.as_ref().and_then(|owner| self.assigned.remove(owner)).unwrap_or_default();
        let before = self.errors.len();
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
        (self.errors.len() == before).then_some((lines, edits))
    }

    /// See [`syntax::read`]; an error is kept.
    fn read<T: DeserializeOwned>(&mut self, text: &str, value: &Value, path: &str) -> Option<T> {
        let part = syntax::read(self.source, text, value, path);
        part.map_err(|error| self.errors.push(*error)).ok()
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
        let literal = self.root.find(self.source.text, path);
        let Some(mut content) = literal.and_then(|literal| lines.get(&literal.range.start)) else {
            return;
        };
        line.origin = self.source.origin(content.place(0..0).start);
        let typed;
        if let Some([before, after]) = around {
            typed = content.between(&before, &after);
            content = &typed;
        }
        // A node that is not there has set no variable: what is wrong is the node, not the line.
        if self.names.as_ref().is_some_and(|names| !names.contains(node)) {
            return;
        }
        if let Err(BadLine { at, message, help }) = (self.check)(node, content.text()) {
            self.error(content.place(at), path, (message, help));
        }
    }
}
