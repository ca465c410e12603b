//! The steps of a story: nodes and cables that exist, marks with names, questions with answers.

use super::Checker;
use crate::scenario::{End, Step};
use crate::text;
use crate::text::Text;

impl<'a> Checker<'a> {
    pub(super) fn story(&mut self) {
        let mut marks: Vec<&str> = Vec::new();
        for (index, step) in self.scenario.story.iter().enumerate() {
            let path = format!("story[{index}]");
            match &step.value {
                Step::Say(text) => self.text(text, &path),
                Step::Do { on, run } => {
                    self.host(on, &format!("{path}.on"));
                    if run.is_empty() {
                        let message = text!("nothing to run", "没有可运行的命令");
                        let help = text!("add a command", "加上一条命令");
                        self.error(&format!("{path}.run"), message, help);
                    }
                }
                Step::Wait(_) => {}
                Step::Mark(label) => self.mark(label, &path, &mut marks),
                Step::Expect(expectation) => self.expectation(expectation, &path, &marks),
                Step::Ask { question, options, answer, why } => {
                    self.ask(&path, question, options, *answer, why.as_ref());
                }
                Step::Cable { link, up, delay, loss, mtu } => {
                    self.cable(link, &path);
                    if (up, delay, loss, mtu) == (&None, &None, &None, &None) {
                        let message = text!("nothing is changed", "什么也没有改变");
                        let help = text!(
                            "add one of: up delay loss mtu",
                            "加上其中一项：up delay loss mtu"
                        );
                        self.error(&path, message, help);
                    }
                    self.mtu(*mtu, &format!("{path}.mtu"));
                    self.compared(&path, *delay, *loss, false);
                }
                Step::Power { on, .. } => drop(self.node(on, &format!("{path}.on"))),
            }
        }
    }

    fn mark(&mut self, label: &'a str, path: &str, marks: &mut Vec<&'a str>) {
        if label.trim().is_empty() {
            let message = text!("a mark without a name", "没有名字的标记");
            self.error(path, message, text!("written as Mark(\"start\")", "写成 Mark(\"start\")"));
        } else if marks.contains(&label) {
            let message = text!("another mark is called `{label}`", "另有标记名为 `{label}`");
            let help = text!("each mark has a name of its own", "每个标记各有自己的名字");
            self.error(path, message, help);
        } else {
            marks.push(label);
        }
    }

    fn ask(
        &mut self,
        path: &str,
        question: &Text,
        options: &[Text],
        answer: u16,
        why: Option<&Text>,
    ) {
        self.text(question, &format!("{path}.question"));
        for (index, option) in options.iter().enumerate() {
            self.text(option, &format!("{path}.options[{index}]"));
        }
        if let Some(why) = why {
            self.text(why, &format!("{path}.why"));
        }
        if options.len() < 2 {
            let message = text!("nothing to choose from", "没有可选的答案");
            let help = text!("at least 2 options", "至少 2 个选项");
            self.error(&format!("{path}.options"), message, help);
        } else if usize::from(answer) >= options.len() {
            let last = options.len() - 1;
            let help = text!("counted from 0: 0 to {last}", "从 0 数起：0 到 {last}");
            self.error(&format!("{path}.answer"), text!("no such option", "没有这个选项"), help);
        }
    }

    fn cable(&mut self, end: &End, path: &str) {
        let path = format!("{path}.link");
        if !self.end(end, &path) {
            return;
        }
        if !self.scenario.links.iter().any(|link| link.a == *end || link.b == *end) {
            let message = text!("no cable in `{end}`", "`{end}` 没有插网线");
            let help = text!("name an end of one of the links", "写 links 中某根网线的一端");
            self.error(&path, message, help);
        }
    }
}
