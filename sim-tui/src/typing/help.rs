//! `help` in a console: what is understood, and how one leaves it.

use sim_core::command::NAMES;
use sim_core::command::complete::usage;
use sim_core::{Lang, Text, shell, text};

/// What `help NAME` prints: the words that a command begins with, and its options.
pub fn of(name: &str, lang: Lang) -> Option<String> {
    let [words, options] = usage(name)?.map(|words| words.join(" "));
    let mut lines = Vec::new();
    if !words.is_empty() {
        lines.push(Text::same(format!("{name}: {words}")));
    }
    lines.push(match options.as_str() {
        "" => text!("{name}: no options", "{name}：没有选项"),
        options => text!("{name}: options {options}", "{name}：选项 {options}"),
    });
    Some(lines.iter().map(|line| format!("{}\n", line.of(lang))).collect())
}

/// Where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In `lvsim console`.
    Terminal,
    /// On the screen.
    Screen,
}

/// That there is no such command.
pub fn none(name: &str) -> Text {
    let known = NAMES.join(" ");
    text!("help: no command {name}\n   known: {known}", "help：没有命令 {name}\n   可用：{known}")
}

/// What `help` prints on a host or on a switch.
pub fn text(on_switch: bool, at: At, lang: Lang) -> String {
    let commands = match on_switch {
        true => "bridge fdb show".to_owned(),
        false => NAMES.join(" "),
    };
    let mut lines = vec![
        text!("commands: {commands}", "命令：{commands}"),
        text!(
            "help NAME lists the options of a command; so does a wrong one",
            "help 命令名 列出它的选项；写错选项时也会列出"
        ),
        text!(
            "Tab completes names, options, settings, interfaces and addresses",
            "Tab 补全命令名、选项、设置、接口和地址"
        ),
        shell::known(),
    ];
    lines.extend(match at {
        At::Terminal => [
            text!(
                "100 ms of virtual time pass before each command; sleep 2 lets more pass",
                "每条命令之前虚拟时间过 100 ms；sleep 2 让时间多过一些"
            ),
            text!(
                "status: that of the last command; 127 no such command, 2 not simulated",
                "退出码：最后一条命令的；127 没有这个命令，2 未模拟"
            ),
            text!(
                "exit [N] or Ctrl-D ends, Ctrl-C abandons the line or ends the command that runs",
                "exit [N] 或 Ctrl-D 结束，Ctrl-C 放弃当前行或结束正在运行的命令"
            ),
        ],
        At::Screen => [
            text!(
                "what only tells is answered as of this step; what changes something opens what-if",
                "只查看的命令立即按此步骤回答；会改变什么的命令打开“如果”"
            ),
            text!(
                "@NAME goes to another node; so do < and > where nothing is typed yet",
                "@节点名 换到别的节点；还没有键入内容时 < 和 > 也可以"
            ),
            text!("exit or Esc leaves the line", "exit 或 Esc 离开命令行"),
        ],
    });
    lines.iter().map(|line| format!("{}\n", line.of(lang))).collect()
}
