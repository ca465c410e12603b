//! What conntrack takes, prints and refuses; what the real tool says was tried: conntrack-tools
//! 1.4.7 on Linux 6.1.

use super::{Conntrack, Filter};
use crate::command::Command;
use crate::command::testing::{prints, refuses};
use crate::netfilter::{Ids, Tracked, Tuple};
use crate::shell::Shell;

#[test]
fn reads_and_prints() {
    #[rustfmt::skip]
    prints(&[
        ("conntrack -L", "conntrack -L"), ("conntrack -L conntrack", "conntrack -L"), ("conntrack --dump", "conntrack -L"),
        ("conntrack -L -p tcp --dport http -o extended", "conntrack -L -p tcp --dport 80 -o extended"),
        ("conntrack -p 17 -L -f ipv4", "conntrack -L -p udp"), ("conntrack -L -p icmp", "conntrack -L -p icmp"),
        ("conntrack -L --orig-src 10.0.0.1 --dst=10.0.0.0/24", "conntrack -L -s 10.0.0.1 -d 10.0.0.0/24"),
        ("conntrack -L -r 10.0.0.2 --reply-dst 10.0.0.1", "conntrack -L -r 10.0.0.2 -q 10.0.0.1"),
        ("conntrack -L -p tcp --orig-port-src 40000 --state established", "conntrack -L -p tcp --sport 40000 --state ESTABLISHED"),
        ("conntrack -D -s 10.0.0.1", "conntrack -D -s 10.0.0.1"),
        ("conntrack -F", "conntrack -F"), ("conntrack -F conntrack", "conntrack -F"), ("conntrack -C", "conntrack -C"),
    ]);
}

#[test]
fn refuses_as_the_real_tool_does() {
    let says = |what: &str| format!("conntrack v1.4.7 (conntrack-tools): {what}");
    #[rustfmt::skip]
    let rows = [
        ("conntrack -L -o foo", "foo", "Bad parameter `foo'"),
        ("conntrack -L -p tcp --state FOO", "FOO", "unknown TCP state `FOO'"),
        ("conntrack -L -p foo", "foo", "`foo' unsupported protocol"),
        ("conntrack -L -s foo", "foo", "Invalid IP address `foo'"),
        ("conntrack -L -s 10.0.0.300", "10.0.0.300", "Invalid IP address `10.0.0.300'"),
        ("conntrack -L --dport 80", "--dport", "unknown option `--dport'"),
        ("conntrack -L foo", "foo", "unknown type `foo'"),
        ("conntrack -L -x", "-x", "unknown option `-x'"),
        ("conntrack -L -q", "-q", "option `-q' requires an argument"),
        ("conntrack -L --foo", "--foo", "unknown option `--foo'"),
        ("conntrack -L -L", "-L", "Invalid commands combination"),
        ("conntrack -L -F", "-F", "Invalid commands combination"),
        ("conntrack -F -p tcp", "-p", "Illegal option `--protonum' with this command"),
        ("conntrack -C -p tcp", "-p", "Illegal option `--protonum' with this command"),
        ("conntrack -F -o extended", "-o", "Illegal option `--output' with this command"),
    ];
    for (line, at, what) in rows {
        refuses(&[(line, at, 2, &says(what))]);
    }
    refuses(&[
        ("conntrack", "conntrack", 2, "not simulated: conntrack"),
        ("conntrack -E", "-E", 2, "not simulated: -E"),
        ("conntrack -L expect", "expect", 2, "not simulated: expect"),
        ("conntrack -L -o id", "id", 2, "not simulated: id"),
        ("conntrack -L -f ipv6", "ipv6", 2, "not simulated: ipv6"),
    ]);
}

#[test]
fn lists_those_that_are_meant() {
    let entry = |proto, sport, dst: [u8; 4], state| Tracked {
        proto,
        timeout_s: 29,
        state,
        original: Tuple {
            src: [10, 0, 0, 1].into(),
            dst: dst.into(),
            ids: Ids::Ports { src: sport, dst: 80 },
        },
        reply: Tuple {
            src: [10, 0, 0, 2].into(),
            dst: [10, 0, 0, 1].into(),
            ids: Ids::Ports { src: 80, dst: sport },
        },
        replied: true,
        assured: false,
        mark: 0,
        uses: 1,
        counts: None,
    };
    let entries = [
        entry(6, 1, [10, 0, 0, 99], Some("ESTABLISHED")),
        entry(6, 2, [10, 0, 0, 9], Some("SYN_SENT")),
        entry(17, 2, [10, 0, 0, 99], None),
    ];
    #[rustfmt::skip]
    let rows = [
        ("conntrack -L", "0 1 2"), ("conntrack -L -p tcp", "0 1"), ("conntrack -L -p icmp", ""),
        ("conntrack -L -d 10.0.0.99", "0 2"), ("conntrack -L -d 10.0.0.0/24", "0 1 2"), ("conntrack -L -s 10.0.0.2", ""),
        ("conntrack -L -r 10.0.0.2 -q 10.0.0.1", "0 1 2"), ("conntrack -L -p tcp --sport 2", "1"),
        ("conntrack -L -p udp --dport 80", "2"), ("conntrack -L -p tcp --state SYN_SENT", "1"),
    ];
    for (line, meant) in rows {
        let command = compile(line);
        let meant: Vec<&Tracked> =
            meant.split_whitespace().map(|at| &entries[at.parse::<usize>().expect(at)]).collect();
        let lines: String = meant.iter().map(|entry| entry.line(false)).collect();
        let version = "conntrack v1.4.7 (conntrack-tools):";
        let text = format!("{lines}{version} {} flow entries have been shown.\n", meant.len());
        assert_eq!(command.report(&entries), (text, 0), "{line}");
    }
    let nobody = Filter { proto: Some(1), ..Filter::default() };
    let text = "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n";
    assert_eq!(Conntrack::Delete(nobody).report(&entries), (text.to_owned(), 1));
    let text = "conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.\n";
    assert_eq!(Conntrack::Flush.report(&entries), (text.to_owned(), 0));
    assert_eq!(Conntrack::Count.report(&entries), ("3\n".to_owned(), 0));
}

fn compile(line: &str) -> Conntrack {
    match Shell::default().compile(line).expect(line).swap_remove(0).command {
        Command::Conntrack(command) => command,
        other => panic!("{line}: {other}"),
    }
}
