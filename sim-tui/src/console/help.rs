//! `help` in a console: what is understood, and how a console ends.

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

/// What `help` prints on a host or on a switch.
pub fn text(on_switch: bool, lang: Lang) -> String {
    let commands = match on_switch {
        true => "bridge fdb show".to_owned(),
        false => NAMES.join(" "),
    };
    let lines = [
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
    ];
    lines.iter().map(|line| format!("{}\n", line.of(lang))).collect()
}
