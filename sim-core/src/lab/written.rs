//! `lab.ron` as it is written, and what its parts must say of each other.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Answer, CHAPTERS, Hint, Kind, Lab, Question, Task, Wrong, missing};
use crate::reason;
use crate::scenario::{
    Beside, Expectation, LoadOptions, Located, Origin, Pieces, ScenarioError, Step,
};
use crate::story::{checking, open};
use crate::text;
use crate::text::Text;

/// The file's form; `check` and `when` are read by the scenario's loader.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: Text,
    chapter: String,
    level: u8,
    minutes: u16,
    #[serde(default)]
    needs: Vec<String>,
    symptom: Text,
    tasks: Vec<WrittenTask>,
    tidy: u16,
    hints: Vec<Hint>,
    wrong: Vec<WrittenWrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum WrittenTask {
    Predict {
        id: String,
        points: u16,
        text: Text,
        questions: Vec<Question>,
    },
    Do {
        id: String,
        points: u16,
        text: Text,
        #[serde(rename = "check")]
        _check: Vec<IgnoredAny>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWrong {
    answer: String,
    belief: String,
    #[serde(rename = "when")]
    _when: Vec<IgnoredAny>,
    says: Text,
}

/// See [`Lab::read`].
pub(super) fn read(
    id: &str,
    place: &str,
    files: &[(String, String)],
) -> Result<Lab, Vec<ScenarioError>> {
    let file = |name: &str| {
        let found = files.iter().find(|(own, _)| own == name);
        found.map(|(_, text)| text.as_str()).ok_or_else(|| vec![missing(place, name)])
    };
    let start_name = format!("{place}/start.ron");
    let (about, start_text) = (file("lab.ron")?, file("start.ron")?);
    let start = open(&start_name, start_text, None, false)?;
    let beside = Beside::new(&format!("{place}/lab.ron"), about)?;
    if start.story.is_empty() {
        let message = text!("a lab's network has no story", "练习的网络没有 story");
        let help = text!(
            "show the symptom in it: story: [Do(…), Wait(Idle), Expect(…)]",
            "用它展示现象：story: [Do(…), Wait(Idle), Expect(…)]"
        );
        return Err(vec![ScenarioError::later(&start, Origin { line: 1, col: 1 }, message, help)]);
    }
    let written: Written = beside.read(&start.params, &["check", "when"])?;
    let mut reader = Reader {
        beside: &beside,
        start: (&start_name, start_text),
        place,
        files,
        errors: Vec::new(),
    };
    let tasks = reader.tasks(&written);
    let wrong = reader.wrong(&written);
    reader.words(&written);
    let chapter = reader.chapter(&written.chapter);
    let solution = reader.answer("solution.txt");
    let mut errors = reader.errors;
    let Some(solution) = solution.filter(|_| errors.is_empty()) else {
        if errors.is_empty() {
            errors.push(missing(place, "solution.txt"));
        }
        return Err(errors);
    };
    let Written { title, level, minutes, needs, symptom, tidy, hints, .. } = written;
    let id = id.to_owned();
    let lab = Lab {
        id,
        title,
        chapter,
        level,
        minutes,
        needs,
        symptom,
        tasks,
        tidy,
        hints,
        wrong,
        start,
        solution,
        beside,
    };
    let answers = std::iter::once(&lab.solution).chain(lab.wrong.iter().map(|wrong| &wrong.answer));
    let errors: Vec<ScenarioError> = answers.flat_map(|answer| lab.unfit(answer)).collect();
    if errors.is_empty() { Ok(lab) } else { Err(errors) }
}

struct Reader<'a> {
    beside: &'a Beside,
    start: (&'a str, &'a str),
    place: &'a str,
    files: &'a [(String, String)],
    errors: Vec<ScenarioError>,
}

impl Reader<'_> {
    fn error(&mut self, path: &str, message: Text, help: Text) {
        let error = self.beside.error(path, message, help);
        self.errors.push(error);
    }

    /// The pieces of story at a path.
    fn pieces(&mut self, path: &str, kind: Pieces) -> Vec<Located<Step>> {
        let codes = reason::all_codes();
        let options = LoadOptions { codes: Some(&codes), ..LoadOptions::default() };
        match self.beside.pieces(path, kind, self.start, &options, &mut checking()) {
            Ok(pieces) => pieces,
            Err(errors) => {
                self.errors.extend(errors);
                Vec::new()
            }
        }
    }

    fn tasks(&mut self, written: &Written) -> Vec<Task> {
        let mut tasks: Vec<Task> = Vec::new();
        for (index, task) in written.tasks.iter().enumerate() {
            let path = format!("tasks[{index}]");
            let (id, points, text, kind) = match task {
                WrittenTask::Predict { id, points, text, questions } => {
                    self.questions(questions, &path);
                    (id, points, text, Kind::Predict(questions.clone()))
                }
                WrittenTask::Do { id, points, text, .. } => {
                    let check = self.check(&path);
                    (id, points, text, Kind::Do(check))
                }
            };
            self.name(id, tasks.iter().any(|own| own.id == *id), &format!("{path}.id"));
            self.text(text, &format!("{path}.text"));
            tasks.push(Task { id: id.clone(), points: *points, text: text.clone(), kind });
        }
        if tasks.is_empty() {
            let help = text!("add a Predict(…) or a Do(…)", "加上 Predict(…) 或 Do(…)");
            self.error("tasks", text!("a lab without tasks", "没有任务的练习"), help);
        }
        tasks
    }

    fn check(&mut self, path: &str) -> Vec<Located<Step>> {
        let path = format!("{path}.check");
        let before = self.errors.len();
        let check = self.pieces(&path, Pieces::Steps);
        if self.errors.len() == before
            && !check.iter().any(|step| matches!(step.value, Step::Expect(_)))
        {
            let message = text!("a check that expects nothing", "检查中没有任何期望");
            self.error(&path, message, text!("add an Expect(…)", "加上 Expect(…)"));
        }
        check
    }

    fn questions(&mut self, questions: &[Question], path: &str) {
        if questions.is_empty() {
            let message = text!("a prediction without questions", "没有问题的预测");
            let help = text!(
                "add (id: …, question: …, options: […], answer: …, why: …)",
                "加上 (id: …, question: …, options: […], answer: …, why: …)"
            );
            self.error(&format!("{path}.questions"), message, help);
        }
        for (index, question) in questions.iter().enumerate() {
            let path = format!("{path}.questions[{index}]");
            let is_known = questions[..index].iter().any(|own| own.id == question.id);
            self.name(&question.id, is_known, &format!("{path}.id"));
            self.text(&question.question, &format!("{path}.question"));
            self.text(&question.why, &format!("{path}.why"));
            for (index, option) in question.options.iter().enumerate() {
                self.text(option, &format!("{path}.options[{index}]"));
            }
            let many = question.options.len();
            if many < 2 {
                let message = text!("nothing to choose from", "没有可选的答案");
                self.error(
                    &format!("{path}.options"),
                    message,
                    text!("at least 2 options", "至少 2 个选项"),
                );
            } else if question.answer >= many {
                let last = many - 1;
                let help = text!("counted from 0: 0 to {last}", "从 0 数起：0 到 {last}");
                self.error(
                    &format!("{path}.answer"),
                    text!("no such option", "没有这个选项"),
                    help,
                );
            }
        }
    }

    fn wrong(&mut self, written: &Written) -> Vec<Wrong> {
        let mut found: Vec<Wrong> = Vec::new();
        for (index, own) in written.wrong.iter().enumerate() {
            let path = format!("wrong[{index}]");
            let before = self.errors.len();
            let when = self.pieces(&format!("{path}.when"), Pieces::Expectations);
            let when: Vec<Expectation> = when.into_iter().filter_map(expectation).collect();
            if when.is_empty() && self.errors.len() == before {
                let message =
                    text!("nothing by which this answer is known", "没有认出这个答案的依据");
                let help = text!("add a Because(on: …, code: …)", "加上 Because(on: …, code: …)");
                self.error(&format!("{path}.when"), message, help);
            }
            self.name(
                &own.answer,
                found.iter().any(|other| other.name == own.answer),
                &format!("{path}.answer"),
            );
            self.text(&own.says, &format!("{path}.says"));
            let name = format!("wrong/{}.txt", own.answer);
            let Some(answer) = self.answer(&name) else {
                let message = text!("there is no {name}", "没有 {name}");
                let help = text!(
                    "write it: an answer file that makes this mistake",
                    "请写出它：犯这个错误的答案文件"
                );
                self.error(&format!("{path}.answer"), message, help);
                continue;
            };
            let (name, belief, says) = (own.answer.clone(), own.belief.clone(), own.says.clone());
            found.push(Wrong { name, belief, when, says, answer });
        }
        self.unlisted(written);
        found
    }

    /// Wrong answers that no entry names are marked by nobody.
    fn unlisted(&mut self, written: &Written) {
        for (name, _) in self.files {
            let Some(own) = name.strip_prefix("wrong/").and_then(|name| name.strip_suffix(".txt"))
            else {
                continue;
            };
            if !written.wrong.iter().any(|wrong| wrong.answer == own) {
                let message = text!("{name} is not listed here", "{name} 没有列在这里");
                let help = text!(
                    "add (answer: \"{own}\", …), or remove the file",
                    "加上 (answer: \"{own}\", …)，或删去这个文件"
                );
                self.error("wrong", message, help);
            }
        }
    }

    /// An answer file of the folder; none if it is not there. What is wrong with it is kept.
    fn answer(&mut self, name: &str) -> Option<Answer> {
        let (_, text) = self.files.iter().find(|(own, _)| own == name)?;
        match Answer::read(&format!("{}/{name}", self.place), text) {
            Ok(answer) => Some(answer),
            Err(errors) => {
                self.errors.extend(errors);
                Some(Answer::default())
            }
        }
    }

    fn words(&mut self, written: &Written) {
        self.text(&written.title, "title");
        self.text(&written.symptom, "symptom");
        for (index, hint) in written.hints.iter().enumerate() {
            self.text(&hint.text, &format!("hints[{index}].text"));
        }
        if !(1..=4).contains(&written.level) {
            let help = text!(
                "1 first steps, 2 build, 3 find and mend, 4 two causes",
                "1 入门，2 搭建，3 查找并修复，4 两个原因"
            );
            self.error("level", text!("no such level", "没有这个级别"), help);
        }
    }

    fn chapter(&mut self, written: &str) -> u8 {
        let number = written.strip_prefix("3.").and_then(|number| number.parse().ok());
        match number.filter(|number| (1..=CHAPTERS).contains(number)) {
            Some(number) => number,
            None => {
                let help = text!("\"3.1\" to \"3.{CHAPTERS}\"", "\"3.1\" 到 \"3.{CHAPTERS}\"");
                self.error("chapter", text!("no such chapter", "没有这一章"), help);
                1
            }
        }
    }

    fn name(&mut self, name: &str, is_known: bool, path: &str) {
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_fine) {
            let help = text!("small letters, digits and -", "小写字母、数字和 -");
            self.error(path, text!("not a name: `{name}`", "不能作名字：`{name}`"), help);
        } else if is_known {
            let help = text!("each has a name of its own", "每个都有自己的名字");
            self.error(path, text!("`{name}` stands here twice", "`{name}` 出现了两次"), help);
        }
    }

    fn text(&mut self, text: &Text, path: &str) {
        for (language, words) in [("en", &text.en), ("zh", &text.zh)] {
            if words.trim().is_empty() {
                let message = text!("a text without words", "空白的文本");
                self.error(
                    &format!("{path}.{language}"),
                    message,
                    text!("say it here", "写在这里"),
                );
            }
        }
    }
}

fn expectation(step: Located<Step>) -> Option<Expectation> {
    match step.value {
        Step::Expect(expectation) => Some(expectation),
        _ => None,
    }
}
