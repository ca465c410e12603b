//! Whether a lab keeps its word: it cannot be had for nothing, it can be solved, and mistakes that it knows are known.

use super::mark::marked;
use super::play::Run;
use super::{Answer, Kind, Lab, POINTS, TaskMarks, belief, tidy};
use crate::host::sysctl::{Conf, Global, NeighConf, Tracking};
use crate::reason;
use crate::scenario::ScenarioError;
use crate::story::Failure;
use crate::text;
use crate::text::Text;

/// Something that a lab must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind: a name that does not change.
    pub kind: &'static str,
    /// Where, what, and what to do.
    pub error: ScenarioError,
}

/// Looks at a lab: plays its start, its solution and its wrong answers.
pub fn lint(lab: &Lab) -> Vec<Finding> {
    let mut linter = Linter { lab, found: Vec::new() };
    linter.points();
    linter.prices();
    linter.words();
    linter.beliefs();
    linter.needs();
    linter.played();
    linter.found
}

struct Linter<'a> {
    lab: &'a Lab,
    found: Vec<Finding>,
}

impl Linter<'_> {
    fn find(&mut self, kind: &'static str, path: &str, message: Text, help: Text) {
        self.found.push(Finding { kind, error: self.lab.error(path, message, help) });
    }

    fn points(&mut self) {
        let points = self.lab.points();
        if points != POINTS {
            let message = text!("the points add up to {points}", "分数之和是 {points}");
            let help = text!("tasks and tidy together: {POINTS}", "各任务与 tidy 合计 {POINTS}");
            self.find("points", "tidy", message, help);
        }
    }

    fn prices(&mut self) {
        for (index, pair) in self.lab.hints.windows(2).enumerate() {
            if pair[1].price <= pair[0].price {
                let (at, price) = (index + 1, pair[0].price);
                let message = text!(
                    "a hint that costs no more than the one before",
                    "提示的价格不高于前一条"
                );
                let help = text!(
                    "more than {price}: a later hint says more",
                    "要高于 {price}：后面的提示说得更多"
                );
                self.find("hint-prices", &format!("hints[{at}].price"), message, help);
            }
        }
    }

    /// Title and symptom are told as a user tells them.
    fn words(&mut self) {
        for (path, text) in [("title", &self.lab.title), ("symptom", &self.lab.symptom)] {
            for (lang, words) in [("en", &text.en), ("zh", &text.zh)] {
                if let Some(word) = telling(words) {
                    let message = text!("`{word}` tells the cause", "`{word}` 说出了原因");
                    let help = text!(
                        "say what a user sees: no setting, no reason's code",
                        "写用户看到的现象：不写内核设置，不写原因代码"
                    );
                    self.find("tells-the-cause", &format!("{path}.{lang}"), message, help);
                }
            }
        }
    }

    fn beliefs(&mut self) {
        for (index, wrong) in self.lab.wrong.iter().enumerate() {
            if belief(&wrong.belief).is_none() {
                let id = &wrong.belief;
                let message = text!("no belief is called `{id}`", "没有名为 `{id}` 的误解");
                let help = text!(
                    "M01 to M73: sim-core/src/lab/beliefs.rs",
                    "M01 到 M73：sim-core/src/lab/beliefs.rs"
                );
                self.find("belief", &format!("wrong[{index}].belief"), message, help);
            }
        }
    }

    fn needs(&mut self) {
        for (index, needed) in self.lab.needs.iter().enumerate() {
            if *needed == self.lab.id {
                let message = text!("a lab that comes before itself", "练习排在自己之前");
                self.find(
                    "needs",
                    &format!("needs[{index}]"),
                    message,
                    text!("remove it", "请删去"),
                );
            }
        }
    }

    fn played(&mut self) {
        let lab = self.lab;
        let nothing = Answer::empty(&lab.id);
        let (empty, solved) = match (Run::of(lab, &nothing), Run::of(lab, &lab.solution)) {
            (Ok(empty), Ok(solved)) => (empty, solved),
            (Err(error), _) | (_, Err(error)) => return self.start(error.text()),
        };
        let broken = empty.broken.first().map(Failure::text).or_else(|| empty.stopped.clone());
        if let Some(broken) = broken {
            return self.start(broken);
        }
        for (index, task) in lab.tasks.iter().enumerate() {
            if let Kind::Do(steps) = &task.kind
                && empty.check(lab, steps).failed.is_none()
            {
                let message = text!("done before anything is typed", "什么都没键入就已经完成");
                let help =
                    text!("expect what the symptom prevents", "期望写成现象存在时不成立的内容");
                self.find("holds-at-start", &format!("tasks[{index}].check"), message, help);
            }
        }
        let needed = tidy::changes(&solved.before, &solved.player.world).len();
        self.solution(&solved, needed);
        for (index, wrong) in lab.wrong.iter().enumerate() {
            if let Ok(run) = Run::of(lab, &wrong.answer) {
                self.wrong(index, &run, needed);
            }
        }
    }

    fn start(&mut self, Text { en, zh }: Text) {
        let help =
            text!("play it by itself: lvsim run start.ron", "单独运行它：lvsim run start.ron");
        self.find(
            "start",
            "",
            text!("start.ron does not hold: {en}", "start.ron 不成立：{zh}"),
            help,
        );
    }

    fn solution(&mut self, run: &Run, needed: usize) {
        let marks = marked(self.lab, &self.lab.solution, run, needed);
        if !marks.hints.taken.is_empty() {
            let message = text!("the solution takes hints", "解答用了提示");
            self.find(
                "solution-hints",
                "hints",
                message,
                text!("remove its lines `hint N`", "删去其中的 `hint N` 行"),
            );
        }
        let Some(task) = marks.tasks.iter().position(|task| task.got < task.possible) else {
            return;
        };
        let TaskMarks { id, got, possible, failed, .. } = &marks.tasks[task];
        let Text { en, zh } =
            failed.as_ref().map_or_else(Text::default, |failed| failed.message.clone());
        let message = text!(
            "the solution gets {got} of {possible} points for {id}: {en}",
            "解答在 {id} 得 {got} 分（满分 {possible}）：{zh}"
        );
        let help = text!("mend solution.txt, or this task", "修改 solution.txt 或这个任务");
        self.find("solution", &format!("tasks[{task}]"), message, help);
    }

    fn wrong(&mut self, index: usize, run: &Run, needed: usize) {
        let wrong = &self.lab.wrong[index];
        let marks = marked(self.lab, &wrong.answer, run, needed);
        let path = format!("wrong[{index}]");
        let name = &wrong.name;
        if marks.tasks.iter().all(|task| task.failed.is_none()) {
            let message =
                text!("wrong/{name}.txt does every task", "wrong/{name}.txt 完成了所有任务");
            let help = text!(
                "let a check see the mistake, or remove it",
                "让某个检查看出这个错误，或删去它"
            );
            return self.find("wrong-is-right", &path, message, help);
        }
        let seen = marks.looks_like.map(|own| own.name);
        if seen.as_ref() != Some(name) {
            let (en, zh) = match &seen {
                Some(seen) => (format!("as {seen}"), format!("成了 {seen}")),
                None => ("as nothing".into(), "不出".into()),
            };
            let message = text!("wrong/{name}.txt is known {en}", "wrong/{name}.txt 被认{zh}");
            let help = text!("mend its `when`, or the order", "修改它的 `when`，或调整次序");
            self.find("wrong-not-known", &format!("{path}.when"), message, help);
        }
    }
}

/// A word that tells the cause: a setting of the kernel, or the code of a reason.
fn telling(words: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let names = Conf::ALL.iter().map(|key| key.name());
    let names = names.chain(NeighConf::ALL.iter().map(|key| key.name()));
    let names: Vec<&str> = names
        .chain(Global::ALL.iter().map(|key| key.name()))
        .chain(Tracking::ALL.iter().map(|key| key.name()))
        .chain(lvs_engine::Sysctl::ALL.iter().map(|key| key.path()))
        .filter(|name| name.contains(['_', '.']))
        .collect();
    let codes = reason::all_codes();
    words.split(|c| !is_part(c)).map(|word| word.trim_matches('.')).find_map(|word| {
        let last = word.rsplit('.').next().unwrap_or(word);
        let is_setting =
            word.starts_with("net.ipv4") || names.contains(&word) || names.contains(&last);
        let is_code = word.contains('.') && codes.contains(&word);
        (is_setting || is_code).then(|| word.to_owned())
    })
}
