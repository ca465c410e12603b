//! `lvsim console` as a script and a paste meet it: what comes out on which stream, the exit status,
//! and where a refused line says that it is wrong.

use std::io::Write;
use std::process::Stdio;

use lvsim_tests::lvsim::{Said, lvsim, run};

/// A lab that is there as long as these tests are.
const LAB: &str = "tests/worlds/dr.ron";

/// What a console on this node makes of lines that come down a pipe.
fn piped(node: &str, typed: &[u8]) -> Said {
    let mut command = lvsim(&["console", LAB, node]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("lvsim starts");
    child.stdin.take().expect("it was piped").write_all(typed).expect("it is read");
    child.wait_with_output().map(Said::from).expect("it ends")
}

#[test]
#[rustfmt::skip]
fn a_command_ends_the_console_with_its_own_status() {
    let rows: [(&str, &str, i32, &str, &str); 36] = [
        // node, typed                                          status, output, how errors begin
        ("client", "true",                                       0, "", ""),
        ("client", "false",                                      1, "", ""),
        ("client", "exit 3",                                     3, "", ""),
        ("client", "true; exit 3; hostname",                     3, "", ""),
        ("client", "false; exit",                                1, "", ""),
        ("client", "help bridge",                                0, "bridge: fdb\nbridge: no options\n", ""),
        ("client", "help nope",                                  1, "", "help: no command nope\n   known: arp"),
        ("client", ":",                                          0, "", ""),
        ("client", "false || hostname",                          0, "client\n", ""),
        ("client", "vip=1.2.3.4 && echo $vip",                   0, "1.2.3.4\n", ""),
        ("client", "for i in 1 2; do echo $i; done && echo ok",  0, "1\n2\nok\n", ""),
        ("client", "for i in 1 2\ndo\n echo $i\ndone\nhostname", 0, "1\n2\nclient\n", ""),
        ("client", "echo \\\n a",                                0, "a\n", ""),
        ("client", "ip -br link | grep -c eth",                  0, "1\n", ""),
        ("client", "echo a | grep b || echo none",               0, "none\n", ""),
        ("client", "ip foo 2>&1 | wc -l",                        1, "", "Object \"foo\" is unknown"),
        ("client", "ping -n 127.0.0.1 | head -1",                0, "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n", ""),
        ("lan",    "bridge fdb show | wc -l",                    0, "0\n", ""),
        // What the real tool would say too, with its status.
        ("client", "nonsense",                                   127, "", "bash: nonsense: command not found\n"),
        ("client", "ip addr add 1.2.3.4/33 dev eth0",            1, "", "Error: any valid prefix"),
        ("client", "ip foo",                                     1, "", "Object \"foo\" is unknown"),
        ("client", "curl --foo 1.2.3.4",                         2, "", "curl: option --foo: is unknown\n"),
        ("client", "ipvsadm -I",                                 255, "", "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n   did you mean -i?"),
        ("client", "ipvsadm -Q -t 10.0.0.1:80 -z 10.0.0.9",      255, "", "Service not defined\n"),
        ("client", "ipvsadm -G -t 10.0.0.1:80",                  255, "", "No such service\n"),
        ("client", "ipvsadm -A -t 10.0.0.1:80; ipvsadm -Q -t 10.0.0.1:80 -z 10.0.0.9", 255, "", "No such Local address\n"),
        ("client", "ipvsadm -A -t 10.0.0.1:80; for i in 1 2; do ipvsadm -P -t 10.0.0.1:80 -z 10.0.0.9; done", 255, "", "Local address already exists\n"),
        ("client", "ipvsadm -A -t 10.0.0.1:80 -s rr; ipvsadm -P -t 10.0.0.1:80 -z 10.0.0.9; ipvsadm -S -n | ipvsadm-restore; ipvsadm -G; ipvsadm -S", 0,
            "VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS     \n10.0.0.1:80          1        \n\
            \x20                             10.0.0.9             0          0         \n\
            -A -t 10.0.0.1:http -s rr\n-P -t 10.0.0.1:http -z 10.0.0.9\n", ""),
        ("client", "curl -m 1 http://192.0.2.250/",              28, "", "curl: (28) Connection timed out after 1000 milliseconds\n"),
        ("client", "for i in 1 2; do",                           2, "", "bash: syntax error: unexpected end of file\n   the whole loop stands in one string"),
        ("client", "exit x",                                     2, "", "bash: exit: x: numeric argument required\n"),
        ("client", "tcpdump -i eth0 port no",                    1, "", "`no` is no port\n"),
        // What only this simulator refuses.
        ("client", "keepalived -n",                                2, "", "not simulated: keepalived\n"),
        ("client", "cat /proc/net/tcp",                          2, "", "not simulated: the file /proc/net/tcp\n"),
        ("lan",    "ip addr",                                    127, "", "bash: ip: command not found\n   a switch knows: bridge fdb show\n"),
        ("lan",    "bridge fdb show",                            0, "", "(nothing learnt: no frame has come in yet;"),
    ];
    for (node, typed, status, out, err) in rows {
        let said = run(&["console", LAB, node, typed]);
        assert_eq!((said.status, said.out.as_str()), (Some(status), out), "{typed}: {}", said.err);
        assert!(said.err.starts_with(err) && said.err.is_empty() == err.is_empty(), "{typed}: {}", said.err);
    }
}

#[test]
#[rustfmt::skip]
fn what_is_led_away_is_not_shown() {
    let (out, err) = ("client\n", "Device \"eth7\" does not exist.\n");
    let rows = [
        // typed behind one command that speaks and one that complains; output, errors
        ("",                 out, err),
        (" > /dev/null",     "",  err),
        (" 2> /dev/null",    out, ""),
        (" >/dev/null 2>&1", "",  ""),
        (" &>/dev/null",     "",  ""),
        (" 2>&1 >/dev/null", "",  ""),
        (" >&2",             "",  "both"),
        (" 2>&1",            "both", ""),
    ];
    for (arrows, out, err) in rows {
        let said = run(&["console", LAB, "client", &format!("hostname{arrows}; ip addr show dev eth7{arrows}")]);
        let both = "client\nDevice \"eth7\" does not exist.\n";
        let wanted = |text: &str| match (text, arrows) {
            // What complains complains to where the other one spoke.
            ("", " 2>&1 >/dev/null") => "Device \"eth7\" does not exist.\n".to_owned(),
            ("both", _) => both.to_owned(),
            (text, _) => text.to_owned(),
        };
        assert_eq!(said.out, wanted(out), "{arrows}");
        assert_eq!(said.err, if err.is_empty() { String::new() } else { wanted(err) }, "{arrows}");
        assert_eq!(said.status, Some(1), "{arrows}");
    }
}

#[test]
fn a_pipe_ends_as_it_is_told_and_goes_on_after_what_is_refused() {
    let rows: [(&[u8], i32, &str, &str); 10] = [
        // typed                        status, output, what is said
        (b"hostname\nexit\nhostname\n", 0, "client\n", ""),
        (b"exit 3\n", 3, "", ""),
        (b"exit 259\n", 3, "", ""),
        (b"false\nexit 0\n", 0, "", ""),
        (b"false\n", 1, "", ""),
        (
            b"exit x\nhostname\n",
            0,
            "client\n",
            "bash: exit: x: numeric argument required\n   in: exit x\n",
        ),
        (b"echo \xff\nhostname\n", 0, "client\n", "not UTF-8: byte 6 of the line is 0xff"),
        (
            b"for i in a b\r\ndo\r\n  echo $i\r\ndone && \\\r\n  hostname\r\n",
            0,
            "a\nb\nclient\n",
            "",
        ),
        (b"echo 'a\nb'\n", 0, "a\nb\n", ""),
        (
            b"echo 'a\nb\n",
            2,
            "",
            "bash: unexpected EOF while looking for matching `''\n   in: echo 'a\n",
        ),
    ];
    for (typed, status, out, err) in rows {
        let said = piped("client", typed);
        let typed = String::from_utf8_lossy(typed);
        assert_eq!((said.status, said.out.as_str()), (Some(status), out), "{typed}: {}", said.err);
        let told = said.err;
        assert!(told.starts_with(err) && told.is_empty() == err.is_empty(), "{typed}: {told}");
    }
}

#[test]
fn what_runs_in_the_background_is_shown() {
    let typed = b"tcpdump -nn -i eth0 &\ncurl -m 4 http://192.0.2.100/\nkill tcpdump\nsleep 1\n";
    let said = piped("client", typed);
    assert!(said.out.contains("> 192.0.2.100.80: Flags [S]"), "{}", said.out);
    assert!(said.err.contains("listening on eth0") && said.err.contains("packets captured"));
    assert!(!said.out.contains("packets captured"), "{}", said.out);
}

/// Ctrl-C does the same. What has something to say about what it saw says it.
#[test]
fn what_would_never_end_is_ended_and_tells_what_it_saw() {
    let rows = [
        // typed                output ends with                             errors begin with
        (
            "ping 192.0.2.250",
            "packets transmitted, 0 received, +300 errors",
            "300 s of virtual time: `ping",
        ),
        ("arping 192.0.2.250", "Received 0 response(s)\n", "300 s of virtual time: `arping"),
        ("tcpdump -i lo", "", "tcpdump: verbose output suppressed"),
        ("nc -l 80", "", "300 s of virtual time: `nc -l 80` was ended, as by Ctrl-C\n"),
        ("sleep 1000", "", "300 s of virtual time: `sleep 1000`"),
    ];
    for (typed, out, err) in rows {
        let said = piped("client", format!("{typed}\nkill %1\n").as_bytes());
        assert!(said.out.contains(out), "{typed}: {}", said.out);
        assert!(said.err.starts_with(err), "{typed}: {}", said.err);
        assert!(said.err.ends_with("kill: %1: no such job\n"), "{typed}: {}", said.err);
    }
}

/// Real servers are told so in every tutorial, first by hand and then by a script.
#[test]
fn a_tutorials_lines_work_and_its_script_is_refused_as_a_whole() {
    let plain = "#!/bin/sh\n\
        VIP=192.0.2.200   # the service\n\
        /sbin/ifconfig lo:0 $VIP broadcast $VIP netmask 255.255.255.255 up\n\
        /sbin/route add -host $VIP dev lo:0\n\
        echo \"1\" >/proc/sys/net/ipv4/conf/lo/arp_ignore\n\
        echo \"2\" >/proc/sys/net/ipv4/conf/all/arp_announce && sysctl -p > /dev/null 2>&1\n\
        /sbin/ip addr show \\\n  dev lo 2>/dev/null\n\
        cat /proc/sys/net/ipv4/conf/all/arp_announce\n";
    let said = piped("rs1", plain.as_bytes());
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
    assert!(
        said.out.contains("inet 192.0.2.200/32 brd 192.0.2.200 scope global lo:0\n"),
        "{}",
        said.out
    );
    assert!(said.out.ends_with("\n2\n"), "{}", said.out);

    let script = "#!/bin/bash\n\
        . /etc/rc.d/init.d/functions\n\
        case \"$1\" in\n\
        start)\n\
        \x20   ifconfig lo:0 192.0.2.200 netmask 255.255.255.255 up\n\
        \x20   ;;\n\
        *)\n\
        \x20   echo $\"Usage: $0 {start|stop}\"\n\
        \x20   exit 1\n\
        esac\n\
        start() {\n\
        \x20   hostname\n\
        }\n\
        if [ $? -eq 0 ]; then\n\
        \x20   hostname\n\
        fi\n\
        cat >> /etc/sysctl.conf <<EOF\n\
        hostname\n\
        EOF\n\
        ip addr show dev lo\n\
        service ipvsadm save\n";
    let said = piped("rs1", script.as_bytes());
    // Nothing of what stands in the brackets was done.
    assert!(!said.out.contains("192.0.2.200") && !said.out.contains("rs1"), "{}", said.out);
    let refused: Vec<&str> = said.err.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        refused,
        [
            "not simulated: .",
            "not simulated: case",
            "not simulated: subshells and functions",
            "not simulated: if",
            "not simulated: here-documents",
            "not simulated: service",
        ],
        "{}",
        said.err
    );
    assert!(said.err.contains("\n   in: case \"$1\" in\n   type the lines inside by themselves; "));
    assert_eq!(said.status, Some(2));
}

#[test]
#[rustfmt::skip]
fn a_console_speaks_chinese_too() {
    let rows: [(&str, &str, i32, &str); 11] = [
        ("client", "help",                  0, "命令：arp "),
        ("client", "help ping",             0, "ping：选项 -c -i "),
        ("client", "help nope",             1, "help：没有命令 nope\n   可用：arp "),
        ("client", "exit x",                2, "0 到 255 的数"),
        ("client", "keepalived -n",           2, "未模拟：keepalived\n"),
        ("client", "cat /proc/net/tcp",     2, "未模拟：文件 /proc/net/tcp\n"),
        ("client", "curl -o x 1.2.3.4",     2, "未模拟：curl 写 x\n"),
        ("client", "ipvsadm -A -t [::1]:80", 2, "未模拟：IPv6 地址\n"),
        ("client", "for i in 1\ndo\nif x; then\ny\nfi\ndone", 2, "所在行：if x; then\n"),
        ("lan",    "ip addr",               127, "交换机可用：bridge fdb show\n"),
        ("lan",    "bridge fdb show",       0, "还没有帧进来"),
    ];
    for (node, typed, status, words) in rows {
        let said = run(&["--lang", "zh", "console", LAB, node, typed]);
        assert_eq!(said.status, Some(status), "{typed}: {}", said.err);
        assert!((said.out + &said.err).contains(words), "{typed}");
    }
}
