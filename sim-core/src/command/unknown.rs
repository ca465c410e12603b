//! What is no command here: mistyped names, tools that are not simulated, list numbers and prompts
//! pasted along.

use super::NAMES;
use super::error::{CommandError, known};
use super::word::Word;
use crate::text;

/// Programs that a host has and this simulator does not.
#[rustfmt::skip]
const REAL: [&str; 87] = [
    "apt", "apt-get", "arptables", "arptables-restore", "arptables-save", "awk", "bash", "brctl", "cd", "chkconfig", "chmod",
    "clear", "cp", "cut", "date", "depmod", "dig", "dmesg",
    "dnf", "ebtables", "ethtool", "firewall-cmd", "find", "getenforce", "host", "hping3", "httpd", "ifdown", "ifup", "insmod",
    "iptables-legacy", "iptables-nft",    "ip6tables", "ipset", "journalctl", "keepalived", "ldirectord", "less", "ls", "lsmod",
    "make", "man", "mkdir", "more", "mtr", "mv", "netplan", "nft", "nginx", "nmap", "nmcli", "nslookup", "php-fpm", "ping6",
    "ps", "pwd", "reset", "rm", "rmmod", "rpm", "scp", "sed", "seq", "service", "setenforce", "sh", "socat", "sort", "ssh", "su", "systemctl",
    "tar", "tc", "tee", "telnet", "top", "touch", "tr", "tracepath", "tshark", "ufw", "useradd", "watch", "wget", "which", "whoami",
    "yum",
];

/// Programs in which a file is changed by hand.
const EDITORS: [&str; 5] = ["vim", "vi", "nano", "emacs", "ed"];

/// Words of the shell that it does not read here.
#[rustfmt::skip]
const SHELL: [&str; 26] = [
    ".", "[", "[[", "alias", "bg", "break", "continue", "declare", "eval", "exec", "fg", "help", "history", "jobs", "local",
    "printf", "read", "readonly", "return", "set", "shift", "source", "test", "trap", "unset", "wait",
];

/// `/sbin/ifconfig` is `ifconfig`.
pub(super) fn without_folder(name: &str) -> &str {
    let folders =
        ["/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];
    folders.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

/// A command that takes no words.
pub(super) fn alone(words: &[Word], name: &str) -> Result<(), CommandError> {
    match words.get(1) {
        Some(word) => Err(CommandError::not_simulated(word, 1).help(known(name))),
        None => Ok(()),
    }
}

/// `uname -r`, the only thing of it that anyone asks a host in a lab.
pub(super) fn uname(words: &[Word]) -> Result<(), CommandError> {
    match &words[1..] {
        [option] if option.text == "-r" => Ok(()),
        [] => Err(CommandError::not_simulated(&words[0], 1).help(known("uname -r"))),
        [_, word, ..] | [word] => Err(CommandError::not_simulated(word, 1).help(known("uname -r"))),
    }
}

/// A tool that reads no pipe.
pub(super) fn no_pipe(tool: &Word, name: &str) -> CommandError {
    let help = match name {
        "tee" => text!("echo VALUE > FILE writes to a file", "写文件用 echo VALUE > FILE"),
        _ => text!(
            "known: echo TEXT | nc HOST PORT, ipvsadm -S -n | ipvsadm -R, \
             echo TEXT | ipvsadm -R, iptables-save | iptables-restore, head -c N /dev/zero | curl --data-binary @- URL",
            "可用：echo TEXT | nc HOST PORT，ipvsadm -S -n | ipvsadm -R，\
             echo TEXT | ipvsadm -R，iptables-save | iptables-restore，head -c N /dev/zero | curl --data-binary @- URL",
        ),
    };
    let what = text!("a pipe into {name}", "通往 {name} 的管道");
    CommandError::without(&tool.span, 1, &what).help(help)
}

/// What a switch knows: its table, and what the shell does itself.
const ON_SWITCH: [&str; 6] = ["bridge", "echo", "exit", "true", "false", ":"];

/// Whether a switch knows this command.
pub(crate) fn on_switch(tool: &Word) -> Result<(), CommandError> {
    let text = &tool.text;
    if ON_SWITCH.contains(&without_folder(text)) {
        return Ok(());
    }
    let error = CommandError::tool(&tool.span, 127, format!("bash: {text}: command not found"));
    Err(error.help(text!("a switch knows: bridge fdb show", "交换机可用：bridge fdb show")))
}

/// Why the first word is no command.
pub(super) fn refuse(tool: &Word, words: &[Word]) -> CommandError {
    let text = tool.text.as_str();
    let name = without_folder(text);
    if EDITORS.contains(&name) {
        let help = text!(
            "echo KEY=VALUE >> FILE adds a line, as echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf",
            "添加一行用 echo KEY=VALUE >> FILE，如 echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf",
        );
        return CommandError::not_simulated(tool, 127).help(help);
    }
    if SHELL.contains(&name) {
        return CommandError::not_simulated(tool, 127).help(crate::shell::known());
    }
    let starts = ["/etc/init.d/", "/etc/rc.d/"].iter().any(|folder| text.starts_with(folder));
    if starts || matches!(name, "service" | "systemctl" | "chkconfig") {
        return CommandError::not_simulated(tool, 127).help(text!(
            "no services are simulated; ipvsadm -S -n prints the table that save would keep",
            "未模拟系统服务；ipvsadm -S -n 打印 save 会保存的表",
        ));
    }
    if super::filter::NAMES.contains(&name) {
        return CommandError::not_simulated(tool, 127).help(super::filter::behind_a_pipe());
    }
    if REAL.contains(&name) {
        return CommandError::not_simulated(tool, 127).known("", &NAMES);
    }
    let why = if text.contains('/') { "No such file or directory" } else { "command not found" };
    let error = CommandError::tool(&tool.span, 127, format!("bash: {text}: {why}"));
    if matches!(text, "quit" | "logout" | "bye" | "q") {
        return error.help(text!("exit or Ctrl-D ends", "输入 exit 或 Ctrl-D 结束"));
    }
    if let Some(number) = list_number(text).filter(|number| {
        let next = words.get(1).map_or("", |word| &word.text);
        is_command(if number.len() < text.len() { &text[number.len()..] } else { next })
    }) {
        let exact = tool.span.len() == text.len();
        let end = if exact { tool.span.start + number.len() } else { tool.span.end };
        let error = CommandError { at: tool.span.start..end, ..error };
        return error.help(text!("leave the list number {number} out", "去掉列表编号 {number}"));
    }
    if matches!(text, "$" | "%") {
        return error.help(text!("leave the prompt {text} out", "去掉提示符 {text}"));
    }
    if let Some(value) = words.get(1).filter(|word| word.text.starts_with('=')) {
        let value = value.text.trim_start_matches('=');
        return error.help(text!(
            "a variable is set without blanks: {text}={value}",
            "设置变量不带空格：{text}={value}",
        ));
    }
    error.known(name, &NAMES)
}

/// Whether a word looks like the beginning of a command, simulated or not.
fn is_command(word: &str) -> bool {
    let name = without_folder(word);
    let known = |names: &[&str]| names.contains(&name);
    known(&NAMES) || known(&REAL) || known(&SHELL) || known(&EDITORS) || word.starts_with("sudo")
}

/// The number at the head of a line of a list, as `1、`, `2.` or `3）`, with its mark.
fn list_number(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = text[digits..].chars().next().filter(|c| "、.．。:：)）,，".contains(*c))?;
    (digits > 0).then(|| &text[..digits + mark.len_utf8()])
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{both_languages, prints, refuses};
    use crate::shell::Shell;

    #[test]
    fn small_commands() {
        prints(&[
            ("true", "true"),
            ("false", "false"),
            ("hostname", "hostname"),
            ("uname -r", "uname -r"),
            ("/usr/sbin/ipvsadm -ln", "ipvsadm -L -n"),
        ]);
        refuses(&[
            ("hostname x", "x", 1, "not simulated: x"),
            ("uname -a", "-a", 1, "not simulated: -a"),
            ("uname", "uname", 1, "not simulated: uname"),
        ]);
    }

    #[test]
    fn what_is_no_command() {
        #[rustfmt::skip]
        let rows = [
            ("ipvsad -ln", "ipvsad", "bash: ipvsad: command not found", "did you mean ipvsadm?"),
            ("docker ps", "docker", "bash: docker: command not found", "known: "),
            ("arptables -L", "arptables", "not simulated: arptables", "known: "),
            ("clear", "clear", "not simulated: clear", "known: "),
            ("nft list ruleset", "nft", "not simulated: nft", "known: "),
            ("vim /etc/sysctl.conf", "vim", "not simulated: vim", "echo KEY=VALUE >> FILE"),
            ("set -e", "set", "not simulated: set", "known of the shell"),
            ("1、ipvsadm -ln", "1、", "bash: 1、ipvsadm: command not found", "leave the list number 1、 out"),
            ("2. ipvsadm -ln", "2.", "bash: 2.: command not found", "leave the list number 2. out"),
            ("9.9.9.9/32", "9.9.9.9/32", "bash: 9.9.9.9/32: No such file or directory", "known: "),
            ("1. nonsense", "1.", "bash: 1.: command not found", "known: "),
            ("quit", "quit", "bash: quit: command not found", "exit or Ctrl-D ends"),
            ("$ ip a", "$", "bash: $: command not found", "leave the prompt $ out"),
            ("vip = 192.0.2.1", "vip", "bash: vip: command not found", "a variable is set without blanks: vip="),
            ("echo 1 | tee /proc/sys/net/ipv4/ip_forward", "tee", "not simulated: a pipe into tee", "echo VALUE > FILE"),
        ];
        for (line, at, message, help) in rows {
            let error = Shell::default().compile(line).expect_err(line);
            assert_eq!(
                (&line[error.at.clone()], error.message.en.as_str()),
                (at, message),
                "{line}"
            );
            assert!(error.help.en.starts_with(help), "{line}: {}", error.help);
            both_languages(line, &error);
        }
    }
}
