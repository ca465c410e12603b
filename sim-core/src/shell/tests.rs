//! What the shell makes of lines: steps, chains, variables, loops, redirections, and what it
//! refuses.

use super::{Chain, Lead, LineError, Shell, Step, Streams};
use crate::command::testing::{both_languages, prints, refuses};

fn compile(line: &str) -> Vec<Step> {
    Shell::default().compile(line).unwrap_or_else(|error| panic!("{line}: {error:?}"))
}

/// Each line's steps as they would be typed.
#[track_caller]
fn texts(rows: &[(&str, &[&str])]) {
    for (line, texts) in rows {
        let steps = compile(line);
        let found: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(&found, texts, "{line}");
    }
}

#[test]
fn filters_stand_at_the_end_of_a_pipeline() {
    #[rustfmt::skip]
    let rows = [
        // the line                             the command                 its filters
        ("ip a | grep -in eth0 | head -3",      "ip addr show",             &["grep -i -n eth0", "head -n 3"][..]),
        ("ipvsadm -Ln 2>&1 | sudo tail -n1",    "ipvsadm -L -n",            &["tail -n 1"]),
        ("echo x | nc 192.0.2.1 80 | wc -l",    "echo x | nc 192.0.2.1 80", &["wc -l"]),
        ("echo a | grep a",                     "echo a",                   &["grep a"]),
        ("exit 3 | head",                       "true",                     &["head -n 10"]),
        ("ip a | /bin/grep -qvE -- '-a|b'",     "ip addr show",             &["grep -E -v -q -- '-a|b'"]),
        ("ip a",                                "ip addr show",             &[]),
    ];
    for (line, command, filters) in rows {
        // With something to fill in, the step's text is printed anew, and read as the same again.
        let anew = compile(&format!("e=; {line} $e"))[0].text.clone();
        for line in [line, &anew] {
            let steps = compile(line);
            let found: Vec<String> = steps[0].filters.iter().map(ToString::to_string).collect();
            assert_eq!(
                (steps[0].command.to_string().as_str(), found),
                (command, filters.iter().map(ToString::to_string).collect()),
                "{line}"
            );
        }
    }
}

#[test]
fn lines_become_steps() {
    #[rustfmt::skip]
    texts(&[
        ("", &[]), ("  # only a comment", &[]), ("\n\n", &[]),
        ("ip a", &["ip a"]), ("ip a;", &["ip a"]), ("ip  'a'  # list", &["ip  'a'"]),
        ("ip a; ip r", &["ip a", "ip r"]), ("ip a\r\nip r\r\n", &["ip a", "ip r"]),
        ("ip addr \\\n show", &["ip addr show"]),
        ("sudo ip a", &["ip a"]),
        ("curl 'http://192.0.2.1/?a=1&b=2'", &["curl 'http://192.0.2.1/?a=1&b=2'"]),
        ("echo a#b \"c $ d\" \\$x ''", &["echo 'a#b' 'c $ d' '$x' ''"]),
        ("echo \"a\\\"b\\\\c\\d\"", &["echo 'a\"b\\c\\d'"]),
        ("serve http 80 & curl 192.0.2.1", &["serve http 80", "curl 192.0.2.1"]),
    ]);
}

#[test]
fn variables_are_filled_in() {
    #[rustfmt::skip]
    texts(&[
        ("vip=192.0.2.1; ping -c 1 $vip", &["ping -c 1 192.0.2.1"]),
        ("vip=192.0.2.1\nipvsadm -A -t ${vip}:80", &["ipvsadm -A -t 192.0.2.1:80"]),
        ("export vip=192.0.2.1 n=3 vip; ping -c $n \"$vip\"", &["ping -c 3 192.0.2.1"]),
        ("a=1 b=$a$a; echo $b", &["echo 11"]),
        ("o='-c 1'; ping $o 192.0.2.1", &["ping -c 1 192.0.2.1"]),
        ("o='-c 1'; echo \"$o\" x${o}y", &["echo '-c 1' x-c 1y"]),
        ("e=; echo $e \"$e\" a$e", &["echo '' a"]),
        ("e=; $e", &[]),
        ("v='$x'; echo $v '$v'", &["echo '$x' '$v'"]),
        ("t=ip; $t a", &["ip a"]),
        ("vip=192.0.2.1 && ip a", &["ip a"]),
    ]);
}

#[test]
fn variables_stay_from_line_to_line_unless_the_line_is_refused() {
    let mut shell = Shell::default();
    shell.compile("vip=192.0.2.1").expect("an assignment");
    shell.compile("vip=192.0.2.2; nonsense").expect_err("no such command");
    assert_eq!(shell.compile("echo $vip").expect("it is set")[0].text, "echo 192.0.2.1");
}

#[test]
fn loops_are_unrolled() {
    #[rustfmt::skip]
    texts(&[
        ("for i in 2 3; do ping -c 1 10.0.0.$i; done", &["ping -c 1 10.0.0.2", "ping -c 1 10.0.0.3"]),
        ("for i in a b\ndo\n echo $i\n echo -\ndone; echo $i", &["echo a", "echo -", "echo b", "echo -", "echo b"]),
        ("l='a b'; for i in $l; do for j in 1 2; do echo $i$j; done; done", &["echo a1", "echo a2", "echo b1", "echo b2"]),
        ("for i in; do echo $i; done", &[]),
        ("for i in done do for; do echo $i; done", &["echo done", "echo do", "echo for"]),
        ("for i in 1; do serve http 8$i & done", &["serve http 81"]),
        ("echo for i in do done", &["echo for i in do done"]),
    ]);
}

#[test]
fn chains_and_backgrounds() {
    use Chain::{Always, IfFailed, IfOk};
    #[rustfmt::skip]
    let rows: [(&str, &[(Chain, bool)]); 7] = [
        ("ip a && ip r || ip n; ip l", &[(Always, false), (IfOk, false), (IfFailed, false), (Always, false)]),
        ("ip a &&\n ip r", &[(Always, false), (IfOk, false)]),
        ("serve http 80 &", &[(Always, true)]),
        ("serve http 80 & ip a &", &[(Always, true), (Always, true)]),
        ("serve http 80 &\nip a", &[(Always, true), (Always, false)]),
        // A server goes into the background by itself.
        ("serve http 80 && ip a", &[(Always, true), (IfOk, false)]),
        ("for i in 1 2; do true && false; done", &[(Always, false), (IfOk, false), (Always, false), (IfOk, false)]),
    ];
    for (line, wanted) in rows {
        let found: Vec<_> =
            compile(line).iter().map(|step| (step.after, step.background)).collect();
        assert_eq!(found, wanted, "{line}");
    }
}

#[test]
fn redirections() {
    use Lead::{Nowhere, Stderr, Stdout};
    #[rustfmt::skip]
    let rows = [
        ("ip a", Stdout, Stderr, "ip a"),
        ("ip a >/dev/null", Nowhere, Stderr, "ip a > /dev/null"),
        ("ip a 1>>/dev/null", Nowhere, Stderr, "ip a > /dev/null"),
        ("ip a 2>/dev/null", Stdout, Nowhere, "ip a 2> /dev/null"),
        ("ip a >/dev/null 2>&1", Nowhere, Nowhere, "ip a > /dev/null 2>&1"),
        ("ip a 2>&1 >/dev/null", Nowhere, Stdout, "ip a 2>&1 > /dev/null"),
        ("ip a 2>&1", Stdout, Stdout, "ip a 2>&1"),
        ("ip a >&2", Stderr, Stderr, "ip a >&2"),
        ("ip a 2>/dev/null 1>&2", Nowhere, Nowhere, "ip a 2> /dev/null >&2"),
        ("ip a &>/dev/null", Nowhere, Nowhere, "ip a > /dev/null 2>&1"),
        ("ip a </dev/null", Stdout, Stderr, "ip a < /dev/null"),
        (">/dev/null ip a", Nowhere, Stderr, "ip a > /dev/null"),
        ("f=/proc/sys/net/ipv4/ip_forward; echo 1 >$f", Stdout, Stderr, "echo 1 > /proc/sys/net/ipv4/ip_forward"),
        ("echo 1 >/proc/sys/net/ipv4/ip_forward 2>&1", Stdout, Nowhere, "echo 1 > /proc/sys/net/ipv4/ip_forward 2>&1"),
        ("echo x | nc 192.0.2.1 80 2>/dev/null", Stdout, Nowhere, "echo x | nc 192.0.2.1 80 2> /dev/null"),
    ];
    for (line, stdout, stderr, text) in rows {
        // With something to fill in, the step's text is printed anew.
        let steps = compile(&format!("e=; {line} $e"));
        let streams = Streams { stdout, stderr };
        assert_eq!((steps[0].streams, steps[0].text.as_str()), (streams, text), "{line}");
        // And that text is led to the same places.
        assert_eq!(compile(text)[0].streams, streams, "{text}");
    }
}

/// The texts of the steps that run where each command ends as it is told to: `true`, `false`.
fn played(line: &str) -> String {
    let steps = compile(line);
    let (mut next, mut status, mut ran) = (0, 0, Vec::new());
    while let Some(step) = steps.get(next) {
        if !step.runs(status) {
            next += step.skips;
            continue;
        }
        next += 1;
        status = u8::from(step.text == "false");
        ran.push(step.text.clone());
    }
    ran.join(" ")
}

/// Each row was asked of bash 5.2. Where a loop that may not run ends with a variable, `true` stands
/// for the status that this leaves.
#[test]
fn chains_of_commands_variables_and_loops_run_as_in_bash() {
    #[rustfmt::skip]
    let rows = [
        ("true && uname -r || hostname", "true uname -r"),
        ("false && uname -r || hostname", "false hostname"),
        ("false || true && hostname", "false true hostname"),
        ("vip=1 && echo $vip", "echo 1"),
        ("false; vip=1 && hostname || uname -r", "false hostname"),
        ("vip=1 || vip=2 || hostname; echo $vip", "echo 1"),
        ("vip=1 || hostname && echo $vip", "echo 1"),
        ("for i in true false; do $i; done && hostname || uname -r", "true false uname -r"),
        ("for i in false true; do $i; done && hostname || uname -r", "false true hostname"),
        ("false; for i in; do false; done && hostname", "false hostname"),
        ("false && for i in a b; do echo $i; true; done; hostname", "false hostname"),
        ("false && for i in a b; do echo $i; true; done || hostname", "false hostname"),
        ("true && for i in a b; do echo $i; false; done || hostname", "true echo a false echo b false hostname"),
        ("false || for i in a; do for j in b c; do echo $i$j; done; done && hostname", "false echo ab echo ac hostname"),
        ("true && for i in a; do false; v=$i; done || hostname", "true false true"),
        ("false && for i in; do true; done && hostname || uname -r", "false uname -r"),
        ("for i in a b; do false && echo $i || echo -$i; done", "false echo -a false echo -b"),
    ];
    for (line, ran) in rows {
        assert_eq!(played(line), ran, "{line}");
    }
}

#[test]
fn a_variable_that_may_not_be_set_is_not_asked_for() {
    #[rustfmt::skip]
    refuses(&[
        ("i=0; true && for i in 1; do v=2; done; echo $i", "$i", 1, "bash: i: unbound variable"),
        ("true && for i in 1; do v=2; done; echo $v", "$v", 1, "bash: v: unbound variable"),
    ]);
}

#[test]
fn a_switch_knows_what_a_switch_does() {
    let mut shell = Shell { on_switch: true, ..Shell::default() };
    for line in ["bridge fdb show", "x=1 && echo $x", "true; exit 3", ":"] {
        shell.compile(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    for (line, name) in [("ip -G a", "ip"), ("nonsense", "nonsense"), ("iptables -L", "iptables")] {
        let error = shell.compile(line).expect_err(line);
        assert_eq!(error.message.en, format!("bash: {name}: command not found"));
        assert_eq!(
            (error.status, error.help.en.as_str()),
            (127, "a switch knows: bridge fdb show")
        );
        both_languages(line, &error);
    }
}

#[test]
fn steps_say_where_they_stand() {
    let line = "vip=192.0.2.1; echo a | nc $vip 80 & for i in 1 2; do ping -c $i $vip; done";
    let places: Vec<&str> = compile(line).iter().map(|step| &line[step.span.clone()]).collect();
    assert_eq!(places, ["echo a | nc $vip 80", "ping -c $i $vip", "ping -c $i $vip"]);
}

#[test]
fn refuses_what_is_no_syntax() {
    let eof = "bash: syntax error: unexpected end of file";
    #[rustfmt::skip]
    refuses(&[
        (";", ";", 2, "bash: syntax error near unexpected token `;'"),
        ("ip a;; ip r", ";", 2, "bash: syntax error near unexpected token `;'"),
        ("| ip a", "|", 2, "bash: syntax error near unexpected token `|'"),
        ("ip a & && ip r", "&&", 2, "bash: syntax error near unexpected token `&&'"),
        ("ip a &&", "", 2, eof), ("ip a |", "", 2, eof), ("for i in 1; do ip a", "", 2, eof),
        ("done", "done", 2, "bash: syntax error near unexpected token `done'"),
        ("for i in 1; do done", "done", 2, "bash: syntax error near unexpected token `done'"),
        ("for i in 1; ip a", "ip", 2, "bash: syntax error near unexpected token `ip'"),
        ("for 1 in a; do ip a; done", "1", 1, "bash: `1': not a valid identifier"),
        ("do ip a", "do", 2, "bash: syntax error near unexpected token `do'"),
        ("echo \"a", "\"a", 2, "bash: unexpected EOF while looking for matching `\"'"),
        ("echo 'a", "'a", 2, "bash: unexpected EOF while looking for matching `''"),
        ("echo ${vip", "${vip", 2, "bash: unexpected EOF while looking for matching `}'"),
        ("echo ${}", "${}", 1, "bash: ${}: bad substitution"),
        ("echo >", "", 2, eof),
        ("echo > ; ip a", ";", 2, "bash: syntax error near unexpected token `;'"),
        ("export a-b=2", "a-b=2", 1, "bash: export: `a-b=2': not a valid identifier"),
        ("echo $vip", "$vip", 1, "bash: vip: unbound variable"),
        ("vip=192.0.2.1; echo $vib", "$vib", 1, "bash: vib: unbound variable"),
        ("echo a\"b$vip\"c", "$vip", 1, "bash: vip: unbound variable"),
    ]);
}

#[test]
fn refuses_the_rest_of_a_shell() {
    #[rustfmt::skip]
    refuses(&[
        ("echo $(ip a)", "$(", 2, "not simulated: command substitution"),
        ("echo `ip a`", "`", 2, "not simulated: command substitution"),
        ("echo \"`ip a`\"", "`", 2, "not simulated: command substitution"),
        ("echo ${vip:-1}", "${vip:", 2, "not simulated: changing a variable's value"),
        ("echo $1", "$1", 2, "not simulated: the special variable $1"),
        ("echo $'a'", "$'", 2, "not simulated: $ before quotes"),
        ("echo $?", "$?", 2, "not simulated: the special variable $?"),
        ("cat /proc/net/*", "/proc/net/*", 2, "not simulated: file name patterns"),
        ("curl 192.0.2.1/?x", "192.0.2.1/?x", 2, "not simulated: file name patterns"),
        ("echo {1..3}", "{1..3}", 2, "not simulated: braces"),
        ("cat ~/x", "~/x", 2, "not simulated: home folders"),
        ("[ -f x ]", "[", 127, "not simulated: ["),
        ("if true; then ip a; fi", "if", 2, "not simulated: if"),
        ("if [ $? -eq 0 ]; then\nip a\nfi", "if", 2, "not simulated: if"),
        ("case \"$1\" in\nstart)\n ip a\n ;;\nesac", "case", 2, "not simulated: case"),
        ("function f {\n ip a\n}", "function", 2, "not simulated: function"),
        ("while true; do ip a; done", "while", 2, "not simulated: while"),
        (". /etc/rc.d/init.d/functions", ".", 127, "not simulated: ."),
        ("service ipvsadm save", "service", 127, "not simulated: service"),
        ("/etc/init.d/ipvsadm save", "/etc/init.d/ipvsadm", 127, "not simulated: /etc/init.d/ipvsadm"),
        ("ipvsadm -S > /etc/sysconfig/ipvsadm", "/etc/sysconfig/ipvsadm", 2, "not simulated: ipvsadm > /etc/sysconfig/ipvsadm"),
        ("f() { ip a; }", "(", 2, "not simulated: subshells and functions"),
        ("(ip a)", "(", 2, "not simulated: subshells and functions"),
        ("cat <<EOF", "<<", 2, "not simulated: here-documents"),
        ("a=(1 2)", "a=", 2, "not simulated: arrays"),
        ("vip=1 ip a", "vip=1", 2, "not simulated: a variable for one command"),
        ("ip a && vip=1", "vip=1", 2, "not simulated: a variable after a command and &&, ||"),
        ("ip a && ip r &", "&", 2, "not simulated: & after anything but one command"),
        ("for i in 1; do ip a; done &", "&", 2, "not simulated: & after anything but one command"),
        ("for i in 1; do ip a; done > /dev/null", ">", 2, "not simulated: a redirection or a pipe after a loop"),
        ("for i in 1; do ip a; done | nc 192.0.2.1 80", "|", 2, "not simulated: a redirection or a pipe after a loop"),
        ("echo 1 > /proc/sys/net/ipv4/ip_forward | wc -l", "/proc/sys/net/ipv4/ip_forward", 2, "not simulated: a redirection before a pipe"),
        ("ip a | grep x > /dev/null", "> /dev/null", 2, "not simulated: a redirection behind a pipe"),
        ("ip a | grep", "grep", 2, "Usage: grep [OPTION]... PATTERNS [FILE]..."),
        ("ip a | grep -w x", "-w", 2, "not simulated: -w"),
        ("ip a | grep -y x", "-y", 2, "grep: invalid option -- 'y'"),
        ("ip a | grep -E '(?:x)'", "'(?:x)'", 2, "not simulated: (?:x)"),
        ("ip a | grep x /etc/hosts", "/etc/hosts", 2, "not simulated: /etc/hosts"),
        ("ip a | head -n x", "x", 1, "head: invalid number of lines: ‘x’"),
        ("ip a | tail -n +2", "+2", 1, "not simulated: +2"),
        ("ip a | tail -f", "-f", 1, "not simulated: -f"),
        ("ip a | wc", "wc", 1, "not simulated: wc"),
        ("grep x /etc/hosts", "grep", 127, "not simulated: grep"),
        ("ip a | nc 192.0.2.1 80 | wc -l", "ip", 2, "not simulated: a pipe from ip"),
        ("ip a | nc 192.0.2.1 80", "ip", 2, "not simulated: a pipe from ip"),
        ("echo a | ip a", "ip", 1, "not simulated: a pipe into ip"),
        ("echo a | nc 192.0.2.1 80 | nc 192.0.2.2 80", "|", 2, "not simulated: a second pipe"),
        ("head -n 3 /dev/zero | nc 192.0.2.1 80", "head", 1, "not simulated: this form of head"),
        ("head -c x /dev/zero | nc 192.0.2.1 80", "x", 1, "head: invalid number of bytes: ‘x’"),
        ("head -c 3 /nope | nc 192.0.2.1 80", "/nope", 1, "head: cannot open '/nope' for reading: No such file or directory"),
        ("ip a > /tmp/x", "/tmp/x", 2, "not simulated: ip > /tmp/x"),
        ("ip a 2> /tmp/x", "2> /tmp/x", 2, "not simulated: this redirection"),
        ("ip a < /tmp/x", "< /tmp/x", 2, "not simulated: this redirection"),
        ("ip a >| /dev/null", ">|", 2, "not simulated: >|"),
        ("vip=1 > /dev/null", "> /dev/null", 2, "not simulated: a redirection of a variable"),
        ("echo a > /dev/null | nc 192.0.2.1 80", "echo", 2, "not simulated: a redirection before a pipe"),
        ("> /dev/null", "> /dev/null", 2, "not simulated: a redirection without a command"),
        ("ip\u{3000}a", "\u{3000}", 127, "a wide blank (U+3000) does not part words"),
    ]);
}

#[test]
fn every_character_survives_printing_and_reading() {
    for c in (1..=127u8).map(char::from).chain("é网\u{3000}\u{a0}".chars()) {
        for text in [format!("{c}"), format!("x{c}"), format!("{c}x{c}y")] {
            let line = format!("echo {} end", crate::command::word::Quoted(&text));
            assert_eq!(compile(&line)[0].command.to_string(), {
                let text = format!("{text} end");
                format!("echo {}", crate::command::word::Quoted(&text))
            });
        }
    }
}

#[test]
fn errors_point_at_whole_letters() {
    // The word is as long as what was typed for it, but not letter by letter.
    let line = "v=--weight=; ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2 $vééééé''''''\\a";
    let error = Shell::default().compile(line).expect_err("no weight");
    assert_eq!(error.message.en, "illegal weight specified");
    assert!(line.get(error.at.clone()).is_some(), "{error:?}");
}

#[test]
fn runaway_lines_come_to_an_end() {
    let nested = |depth: usize, body: &str| {
        format!(
            "{}{body}{}",
            "for i in 1 2 3 4 5 6 7 8 9; do ".repeat(depth),
            "; done".repeat(depth)
        )
    };
    let refused = |line: &str| -> LineError {
        let error = Shell::default().compile(line).expect_err("too much");
        both_languages(line, &error);
        error
    };
    assert_eq!(refused(&nested(4, "true")).message.en, "more than 1000 commands in one line");
    assert_eq!(refused(&nested(8, "a=1")).message.en, "more than 1000 commands in one line");
    assert_eq!(
        refused(&nested(9, "true")).message.en,
        "not simulated: more than 8 loops in one another"
    );
    let doubling = "x=ab; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do x=$x$x; done";
    assert_eq!(refused(doubling).message.en, "a word of more than 65536 bytes");
}

/// The commands of the text that this project starts from, as they stand there but for the list
/// numbers.
#[test]
fn the_seed_runs_as_printed() {
    let script = "vip=172.16.100.100\n\
        ipvsadm -A -t 172.16.100.1:80 -s wrr   #开启一个基于80端口的虚拟服务，调度方式为wrr\n\
        ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.2:80 -m -w 1   #配置web服务后端real server  为nat工作方式  权重为1 \n\
        ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.3:80 -m -w 1   #配置web服务后端real server  为nat工作方式  权重为1 \n\
        sysctl -p\n\
        \tifconfig eth0:0 $vip broadcast $vip netmask 255.255.255.255 up\n\
        \t#配置VIP到本地网卡eth0:0上，并只广播自己\n\
        \n\
        \troute add -host $vip dev eth0:0\n\
        \tipvsadm -a -t 172.16.100.100:80 -r 172.16.100.2:80 -g -w 1\n\
        \tifconfig lo:0 $vip broadcast $vip netmask 255.255.255.255 up\n\
        \troute add -host $vip lo:0\n\
        \techo \"1\" >/proc/sys/net/ipv4/conf/lo/arp_ignore\n\
        \techo \"2\" >/proc/sys/net/ipv4/conf/all/arp_announce\n";
    let found: Vec<String> = compile(script).iter().map(|step| step.command.to_string()).collect();
    assert_eq!(
        found,
        [
            "ipvsadm -A -t 172.16.100.1:80 -s wrr",
            "ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.2:80 -m -w 1",
            "ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.3:80 -m -w 1",
            "sysctl -p",
            "ifconfig eth0:0 172.16.100.100 broadcast 172.16.100.100 netmask 255.255.255.255 up",
            "route add -host 172.16.100.100 dev eth0:0",
            "ipvsadm -a -t 172.16.100.100:80 -r 172.16.100.2:80 -g -w 1",
            "ifconfig lo:0 172.16.100.100 broadcast 172.16.100.100 netmask 255.255.255.255 up",
            "route add -host 172.16.100.100 dev lo:0",
            "echo 1 > /proc/sys/net/ipv4/conf/lo/arp_ignore",
            "echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce",
        ]
    );
}

#[test]
fn the_seeds_list_numbers_and_prose_are_refused_with_a_hint() {
    #[rustfmt::skip]
    refuses(&[
        ("1、ipvsadm -A -t 172.16.100.1:80 -s wrr", "1、", 127, "bash: 1、ipvsadm: command not found"),
        ("vim /etc/sysctl.conf 修改 net.ipv4.ip_forward=1 #sysctl -p 使其生效", "vim", 127, "not simulated: vim"),
    ]);
    prints(&[("#vim /etc/sysctl.conf 修改\nsysctl -p", "sysctl -p")]);
}
