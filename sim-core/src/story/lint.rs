//! What the author of a scenario hardly meant: it can be played, but it shows less than it seems
//! to, or somebody waits for it.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::scenario::{End, Expectation, Kernel, Node, Origin, Scenario, ScenarioError, Step};
use crate::shell::Shell;
use crate::text;
use crate::text::Text;

/// All such findings, in the order of the file. `source` is the text that the scenario was opened
/// from: its parameters' names are gone from the scenario itself.
pub fn lint(scenario: &Scenario, source: &str) -> Vec<ScenarioError> {
    let mut linter = Linter { scenario, findings: Vec::new() };
    linter.expects();
    linter.parameters(source);
    linter.translations();
    linter.cables();
    linter.commands();
    linter.beyond_the_kernel();
    linter.marks();
    linter.findings.sort_by_key(|finding| (finding.line, finding.col));
    linter.findings
}

struct Linter<'a> {
    scenario: &'a Scenario,
    findings: Vec<ScenarioError>,
}

impl Linter<'_> {
    fn find(&mut self, origin: Origin, message: Text, help: Text) {
        self.findings.push(ScenarioError::later(self.scenario, origin, message, help));
    }

    fn expects(&mut self) {
        let story = &self.scenario.story;
        if !story.iter().any(|step| matches!(step.value, Step::Expect(_))) {
            self.find(
                Origin { line: 1, col: 1 },
                text!("the story expects nothing", "故事中没有任何预期"),
                text!(
                    "add an Expect(…): nothing can fail as it is",
                    "请加上 Expect(…)：现在什么都不会失败"
                ),
            );
        }
    }

    /// Parameters that stand nowhere.
    fn parameters(&mut self, source: &str) {
        for name in self.scenario.params.keys() {
            let [plain, braced] = [format!("${name}"), format!("${{{name}}}")];
            let is_word = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let mut plains = source.match_indices(&plain);
            let is_used = plains.any(|(at, _)| !is_word(&source[at + plain.len()..]));
            if !is_used && !source.contains(&braced) {
                self.find(
                    place(source, &format!("\"{name}\"")),
                    text!("the parameter `{name}` is never used", "参数 `{name}` 没有被使用"),
                    text!(
                        "write ${name} where it belongs, or take it out",
                        "在需要处写 ${name}，或删去它"
                    ),
                );
            }
        }
    }

    /// Sentences whose Chinese has no Chinese in it.
    fn translations(&mut self) {
        let scenario = self.scenario;
        let mut texts = vec![(Origin { line: 1, col: 1 }, &scenario.title)];
        for step in &scenario.story {
            match &step.value {
                Step::Say(text) => texts.push((step.origin, text)),
                Step::Ask { question, why, .. } => {
                    texts.push((step.origin, question));
                    texts.extend(why.iter().map(|why| (step.origin, why)));
                }
                _ => {}
            }
        }
        for (origin, text) in texts {
            if !text.zh.chars().any(is_chinese) {
                let zh = &text.zh;
                self.find(
                    origin,
                    text!("not Chinese: `{zh}`", "不是中文：`{zh}`"),
                    text!("translate it", "请翻译"),
                );
            }
        }
    }

    /// Cards of hosts into which no cable goes.
    fn cables(&mut self) {
        for node in &self.scenario.nodes {
            let Node::Host { name, nics, .. } = &node.value else { continue };
            for nic in nics {
                let end = End { node: name.clone(), iface: nic.iface.clone() };
                if !self.scenario.links.iter().any(|link| link.a == end || link.b == end) {
                    self.find(
                        node.origin,
                        text!("no cable goes into {end}", "{end} 没有插网线"),
                        text!(
                            "add a link, or take the card out",
                            "请加上 links 中的一条，或删去这块网卡"
                        ),
                    );
                }
            }
        }
    }

    /// Commands that may keep the story waiting for minutes.
    fn commands(&mut self) {
        let mut shells: BTreeMap<&str, Shell> = BTreeMap::new();
        let mut waits = Vec::new();
        for step in &self.scenario.story {
            let Step::Do { on, run } = &step.value else { continue };
            let shell = shells.entry(on).or_default();
            for line in run {
                let steps = shell.compile(&line.value).unwrap_or_default();
                if steps.iter().any(|step| waits_long(&step.command)) {
                    waits.push(line.origin);
                }
            }
        }
        for origin in waits {
            self.find(
                origin,
                text!(
                    "curl without -m waits for minutes if nobody answers",
                    "curl 不带 -m，无人应答时会等上几分钟"
                ),
                text!("write curl -m 4 …", "请写 curl -m 4 …"),
            );
        }
    }

    /// What a kernel cannot be asked where it is to be: FULLNAT, which it would refuse, and a filter behind `curl` and its like.
    fn beyond_the_kernel(&mut self) {
        if self.scenario.kernel != Kernel::Yes {
            return;
        }
        let setups = self.scenario.nodes.iter().filter_map(|node| match &node.value {
            Node::Host { name, setup, .. } => Some((name, setup)),
            Node::Switch { .. } => None,
        });
        let typed = self.scenario.story.iter().filter_map(|step| match &step.value {
            Step::Do { on, run } => Some((on, run)),
            _ => None,
        });
        let lines =
            setups.chain(typed).flat_map(|(on, run)| run.iter().map(move |line| (on, line)));
        let mut shells: BTreeMap<&str, Shell> = BTreeMap::new();
        let (mut origin, mut pipes) = (None, Vec::new());
        for (on, line) in lines {
            let steps = shells.entry(on).or_default().compile(&line.value).unwrap_or_default();
            let is_it = |step: &crate::shell::Step| match &step.command {
                Command::Ipvsadm(command) => command.is_full_nat(),
                _ => false,
            };
            if steps.iter().any(is_it) {
                origin.get_or_insert(line.origin);
            }
            // No shell starts an endpoint, so nothing reads its pipe.
            let of_our_own = |step: &&crate::shell::Step| {
                use Command::{Check, Curl, Nc, Serve};
                matches!(step.command, Curl(_) | Nc(_) | Serve(_) | Check(_))
            };
            let mut piped = steps.iter().filter(|step| !step.filters.is_empty());
            if let Some(step) = piped.find(of_our_own) {
                pipes.push((line.origin, step.command.name()));
            }
        }
        for (origin, name) in pipes {
            self.find(
                origin,
                text!(
                    "the judge leads no output of {name} into a pipe",
                    "判定时 {name} 的输出不进管道"
                ),
                text!(
                    "take the pipe out, or write kernel: No((en: \"…\", zh: \"…\"))",
                    "请去掉管道，或写 kernel: No((en: \"…\", zh: \"…\"))"
                ),
            );
        }
        if let Some(origin) = origin {
            self.find(
                origin,
                text!("no mainline kernel has FULLNAT", "主线内核没有 FULLNAT"),
                text!(
                    "write kernel: No((en: \"…\", zh: \"…\")) at the head of the file",
                    "请在文件开头写 kernel: No((en: \"…\", zh: \"…\"))"
                ),
            );
        }
    }

    /// Marks that nobody goes back to.
    fn marks(&mut self) {
        let scenario = self.scenario;
        for step in &scenario.story {
            let Step::Mark(label) = &step.value else { continue };
            let is_used = scenario.story.iter().any(|step| {
                matches!(&step.value, Step::Expect(Expectation::Since(since, _)) if since == label)
            });
            if !is_used {
                self.find(
                    step.origin,
                    text!("nothing looks back to the mark `{label}`", "没有预期回看标记 `{label}`"),
                    text!(
                        "write Since(\"{label}\", …), or take it out",
                        "请写 Since(\"{label}\", …)，或删去它"
                    ),
                );
            }
        }
    }
}

fn waits_long(command: &Command) -> bool {
    match command {
        Command::Curl(curl) => curl.timeout.is_none() && curl.connect_timeout.is_none(),
        _ => false,
    }
}

/// Han characters: CJK Unified Ideographs.
fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// Where this first stands; the start of the file if it does not.
fn place(source: &str, words: &str) -> Origin {
    let Some((before, _)) = source.split_once(words) else { return Origin { line: 1, col: 1 } };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let last = before.rsplit('\n').next().unwrap_or_default();
    Origin { line: count(1 + before.matches('\n').count()), col: count(1 + last.chars().count()) }
}
