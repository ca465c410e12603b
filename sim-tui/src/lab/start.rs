//! A lab begins: the answer file with its tasks as remarks, and what a learner must know, told.

use std::path::{Path, PathBuf};

use sim_core::lab::{Kind, Lab, Task};
use sim_core::scenario::Node;
use sim_core::text;

use super::{find, paper};
use crate::cli::Exit;
use crate::export;
use crate::lang::Lang;
use crate::open::Refused;
use crate::out::say;
use crate::width::Width;

/// The columns of the answer file's remarks.
const COLUMNS: usize = 78;

/// Writes the answer file and tells what there is to do.
///
/// # Errors
/// When there is no such lab, or a file already.
pub fn run(name: &str, to: Option<&Path>, lang: Lang) -> Result<Exit, Refused> {
    let lab = find::read(name)?;
    let file = to.map_or_else(|| PathBuf::from(format!("{}.txt", lab.id)), Path::to_owned);
    export::new(&file)?;
    paper::write(&file, &blank(&lab, lang))?;
    let mut lines = vec![format!("{}: {}", lab.id, lab.title.of(lang)), String::new()];
    lines.extend(Width::of_output().prose("  ", lab.symptom.of(lang)));
    lines.push(String::new());
    lines.extend(network(&lab, lang));
    lines.push(String::new());
    let shown = file.display();
    let next = text!(
        "{shown} holds the tasks. Write into it what you predict and type, a line each, then:\n\
         \x20 lvsim lab check {shown}     marks it; --watch marks it whenever it is saved\n\
         \x20 lvsim lab hint {shown}      the next hint, for points\n\
         \x20 lvsim lab undo {shown}      takes the last command back, free\n\
         Commands that only look (ip addr, ipvsadm -Ln, curl …) cost nothing: `check` prints what they say.\n\
         The lab before anything is typed: lvsim lab check {shown} tells what fails now.",
        "任务写在 {shown} 里。把预测和命令一行一条写进去，然后：\n\
         \x20 lvsim lab check {shown}     批改；加 --watch 则每次保存都批改\n\
         \x20 lvsim lab hint {shown}      下一条提示，要扣分\n\
         \x20 lvsim lab undo {shown}      取回最后一条命令，不扣分\n\
         只是查看的命令（ip addr、ipvsadm -Ln、curl 等）不扣分：check 会打印它们的输出。\n\
         什么都没键入时的情况：lvsim lab check {shown} 会说明现在哪里不成立。"
    );
    lines.extend(next.of(lang).lines().map(str::to_owned));
    let _ = lines.iter().all(|line| say(line));
    Ok(Exit::Ok)
}

/// An answer file in which nothing is answered.
fn blank(lab: &Lab, lang: Lang) -> String {
    let mut lines = vec![
        format!("lab {}", lab.id),
        lang.pick("# who you are, behind the word student:", "# 在 student 后面写上名字：")
            .to_owned(),
        "student".to_owned(),
        "#".to_owned(),
    ];
    remark(&mut lines, "", lab.title.of(lang));
    remark(&mut lines, "", lab.symptom.of(lang));
    for task in &lab.tasks {
        lines.push("#".to_owned());
        tasks(&mut lines, task, lang);
    }
    lines.push(String::new());
    lines.push(
        lang.pick(
            "# below: predict TASK.QUESTION NUMBER, NODE# COMMAND, wait 5s",
            "# 在下面写：predict 任务.问题 编号、节点# 命令、wait 5s",
        )
        .to_owned(),
    );
    lines.join("\n") + "\n"
}

fn tasks(lines: &mut Vec<String>, task: &Task, lang: Lang) {
    let (id, points) = (&task.id, task.points);
    let head = text!("{id} ({points} points): ", "{id}（{points} 分）：");
    remark(lines, "", &format!("{}{}", head.of(lang), task.text.of(lang)));
    let Kind::Predict(questions) = &task.kind else { return };
    for asked in questions {
        remark(lines, "  ", &format!("{id}.{} {}", asked.id, asked.question.of(lang)));
        for (number, option) in (1..).zip(&asked.options) {
            remark(lines, "    ", &format!("{number} {}", option.of(lang)));
        }
    }
}

fn remark(lines: &mut Vec<String>, indent: &str, words: &str) {
    let wrapped = Width::of_terminal(COLUMNS).prose(indent, words);
    lines.extend(wrapped.into_iter().map(|line| format!("# {line}")));
}

/// The machines with what is set on them, and the cables.
fn network(lab: &Lab, lang: Lang) -> Vec<String> {
    let mut lines = vec![lang.pick("The network:", "网络：").to_owned()];
    for node in &lab.start.nodes {
        match &node.value {
            Node::Host { name, setup, serves, .. } => {
                lines.push(format!("  {name}"));
                let serves = serves.iter().map(|line| format!("serve {}", line.value));
                lines.extend(
                    setup
                        .iter()
                        .map(|line| line.value.clone())
                        .chain(serves)
                        .map(|line| format!("    {line}")),
                );
            }
            Node::Switch { name, .. } => {
                lines.push(format!("  {name} ({})", lang.pick("switch", "交换机")));
            }
        }
    }
    let cables = lab.start.links.iter().map(|link| format!("  {} -- {}", link.a, link.b));
    lines.extend(cables);
    lines
}
