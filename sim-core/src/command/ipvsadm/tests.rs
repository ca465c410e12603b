//! What ipvsadm takes and refuses; the messages are those of 1.31 on Debian 12, each tried there.

use super::{Ipvsadm, Method, Proto, Server, ServerAddr, ServiceAddr};
use crate::Text;
use crate::command::Command;
use crate::command::testing::{prints, refuses};
use crate::shell::Shell;
use lvs_engine::Endpoint;

#[test]
fn reads_and_prints() {
    #[rustfmt::skip]
    prints(&[
        ("ipvsadm -A -t 172.16.100.1:80 -s wrr", "ipvsadm -A -t 172.16.100.1:80 -s wrr"),
        ("ipvsadm -A -u 192.0.2.1:domain", "ipvsadm -A -u 192.0.2.1:53 -s wlc"),
        ("ipvsadm -At192.0.2.1:80 -srr", "ipvsadm -A -t 192.0.2.1:80 -s rr"),
        ("ipvsadm -At 192.0.2.1:80 -s foo", "ipvsadm -A -t 192.0.2.1:80 -s foo"),
        ("ipvsadm --add-service --tcp-service=192.0.2.1:80 --scheduler rr", "ipvsadm -A -t 192.0.2.1:80 -s rr"),
        ("ipvsadm -A -t 192.0.2.1:80 --sort", "ipvsadm -A -t 192.0.2.1:80 -s wlc"),
        ("ipvsadm -A -t 192.0.2.1:80 -p", "ipvsadm -A -t 192.0.2.1:80 -s wlc -p 360"),
        ("ipvsadm -A -t 192.0.2.1 -p 5 -M 255.255.255.0", "ipvsadm -A -t 192.0.2.1:0 -s wlc -p 5 -M 255.255.255.0"),
        ("ipvsadm -A -t 192.0.2.1:80 -M 255.255.255.0", "ipvsadm -A -t 192.0.2.1:80 -s wlc"), // stored, never shown
        ("ipvsadm -A -f 7 -s sh -b sh-port,sh-fallback -p", "ipvsadm -A -f 7 -s sh -p 360 -b sh-fallback,sh-port"),
        ("ipvsadm -A -t 192.0.2.1:80 -b flag-1,flag-3 -s mh", "ipvsadm -A -t 192.0.2.1:80 -s mh -b mh-fallback,flag-3"),
        ("ipvsadm -A -u 192.0.2.1:53 -o -s rr", "ipvsadm -A -u 192.0.2.1:53 -s rr -o"),
        ("ipvsadm -A -f 7 --ops -s twos", "ipvsadm -A -f 7 -s twos -o"),
        ("ipvsadm -D -f 7", "ipvsadm -D -f 7"), ("ipvsadm -Z -f 7", "ipvsadm -Z -f 7"),
        ("ipvsadm -a -f 7 -r 192.0.2.11 -m -x 10 -y 5", "ipvsadm -a -f 7 -r 192.0.2.11 -m -w 1 -x 10 -y 5"),
        ("ipvsadm -Ln --thresholds", "ipvsadm -L --thresholds -n"),
        ("ipvsadm -Ln --persistent-conn -f 7", "ipvsadm -L -f 7 --persistent-conn -n"),
        ("ipvsadm -L --persistent-conn --thresholds", "ipvsadm -L --thresholds"),
        ("ipvsadm -E -t 192.0.2.1:80 -s lc", "ipvsadm -E -t 192.0.2.1:80 -s lc"),
        ("ipvsadm -D -t 192.0.2.1:80", "ipvsadm -D -t 192.0.2.1:80"),
        ("ipvsadm -C", "ipvsadm -C"),
        ("ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.2:80 -m -w 1", "ipvsadm -a -t 172.16.100.1:80 -r 192.168.100.2:80 -m -w 1"),
        ("ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11", "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g -w 1"),
        ("ipvsadm -a -t192.0.2.1:80 -r192.0.2.11 -iw0", "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -i -w 0"),
        ("ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -w=2", "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g -w 2"),
        ("ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 --weight=+3", "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g -w 3"),
        ("ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -i -w 1 --tun-type ipip",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -i -w 1"),
        ("ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.11 -m -w 0", "ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.11 -m -w 0"),
        ("ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:8080 -b", "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:8080 -b -w 1"),
        ("ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.11 -bw3", "ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.11 -b -w 3"),
        ("ipvsadm --add-server -f 7 -r 192.0.2.11 --fullnat", "ipvsadm -a -f 7 -r 192.0.2.11 -b -w 1"),
        ("ipvsadm -A -t 192.0.2.1:80 -s sh --sched-flags=sh-port", "ipvsadm -A -t 192.0.2.1:80 -s sh -b sh-port"),
        ("ipvsadm -P -t 192.0.2.1:80 -z 192.0.2.200", "ipvsadm -P -t 192.0.2.1:80 -z 192.0.2.200"),
        ("ipvsadm --add-laddr -f 7 --laddr 192.0.2.200", "ipvsadm -P -f 7 -z 192.0.2.200"),
        ("ipvsadm -Q -u 192.0.2.1:53 -z192.0.2.200", "ipvsadm -Q -u 192.0.2.1:53 -z 192.0.2.200"),
        ("ipvsadm --del-laddr -t 192.0.2.1:80 -z 192.0.2.200", "ipvsadm -Q -t 192.0.2.1:80 -z 192.0.2.200"),
        ("ipvsadm -G", "ipvsadm -G"), ("ipvsadm --get-laddr -t 192.0.2.1:80", "ipvsadm -G -t 192.0.2.1:80"),
        ("ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.11:8080", "ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.11:8080"),
        ("ipvsadm", "ipvsadm -L"),
        ("ipvsadm -ln", "ipvsadm -L -n"), ("ipvsadm -Ln", "ipvsadm -L -n"),
        ("ipvsadm -Lnc", "ipvsadm -L -c -n"),
        ("ipvsadm -Ln --stats --exact", "ipvsadm -L --stats -n --exact"),
        ("ipvsadm -L --timeout", "ipvsadm -L --timeout"),
        ("ipvsadm -Ln --rate", "ipvsadm -L --rate -n"), ("ipvsadm -L --rate --stats", "ipvsadm -L --stats"),
        ("ipvsadm -Ln -t 192.0.2.1:80", "ipvsadm -L -t 192.0.2.1:80 -n"),
        ("ipvsadm --list --numeric --sort --nosort", "ipvsadm -L -n --nosort"),
        ("ipvsadm -L --", "ipvsadm -L"),
        ("ipvsadm -Sn", "ipvsadm -S -n"), ("ipvsadm-save -n", "ipvsadm -S -n"),
        ("ipvsadm -Z", "ipvsadm -Z"), ("ipvsadm -Z -t 192.0.2.1:80", "ipvsadm -Z -t 192.0.2.1:80"),
        ("ipvsadm --set 7200 120 300", "ipvsadm --set 7200 120 300"),
        ("ipvsadm -Sn | ipvsadm -R", "ipvsadm -S -n | ipvsadm -R"),
        ("ipvsadm-save | ipvsadm-restore", "ipvsadm -S | ipvsadm-restore"),
        ("echo '# a comment\n-A -t 192.0.2.1:80' | ipvsadm-restore",
            "echo '-C\n-A -t 192.0.2.1:80 -s wlc' | ipvsadm -R"),
        ("echo '-A -t 192.0.2.1:80\nipvsadm -C' | ipvsadm -R", "echo '-A -t 192.0.2.1:80 -s wlc\n-C' | ipvsadm -R"),
    ]);
}

#[test]
fn the_first_option_is_the_command() {
    let message = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";
    #[rustfmt::skip]
    refuses(&[
        ("ipvsadm -t 1.2.3.4:80 -A", "-t", 255, message),
        ("ipvsadm foo", "foo", 255, message), ("ipvsadm -nL", "-nL", 255, message),
        ("ipvsadm --l", "--l", 255, message), ("ipvsadm --rate", "--rate", 255, message),
        ("ipvsadm -h", "-h", 2, "not simulated: -h"),
        ("ipvsadm --start-daemon master", "--start-daemon", 2, "not simulated: --start-daemon"),
    ]);
}

#[test]
fn refuses_what_it_cannot_read() {
    let vip = "illegal virtual server address[:port] specified";
    let rip = "illegal real server address[:port] specified";
    #[rustfmt::skip]
    refuses(&[
        ("ipvsadm -A -G", "-G", 2, "invalid option `-G'"), ("ipvsadm -A -B", "-B", 255, "-B: unknown option"),
        ("ipvsadm -A -t 1.2.3.4:80 --foo", "--foo", 255, "--foo: unknown option"),
        ("ipvsadm -A -t 1.2.3.4:80 -s", "-s", 255, "-s: missing argument"),
        ("ipvsadm -A -t 1.2.3.4:80 --add-service", "--add-service", 2, "invalid option `--add-service'"),
        ("ipvsadm -LA", "-LA", 2, "invalid option `-LA'"),
        ("ipvsadm -A -t 1.2.3.4:80 -D", "-D", 2, "invalid option `-D'"),
        ("ipvsadm -A -t 80", "80", 2, vip), ("ipvsadm -A -t :80", ":80", 2, vip), ("ipvsadm -A -t 1.2.3.5:", "1.2.3.5:", 2, vip),
        ("ipvsadm -A -t 1.2.3.8:65536", "1.2.3.8:65536", 2, vip), ("ipvsadm -A -t 1.2.3.8:nosuch", "1.2.3.8:nosuch", 2, vip),
        ("ipvsadm -A -t nohost:80", "nohost:80", 2, vip), ("ipvsadm -A -t [x]:80", "[x]:80", 2, "not simulated: file name patterns"),
        ("ipvsadm -a -t 1.2.3.4:80 -r x", "x", 2, rip), ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1:x", "1.1.1.1:x", 2, rip),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.4 -w -1", "-1", 2, "illegal weight specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.4 -w x", "x", 2, "illegal weight specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.4 -w 2147483648", "2147483648", 2, "illegal weight specified"),
        ("ipvsadm -C foo", "foo", 2, "unexpected argument foo"),
        ("ipvsadm -Ln extra", "extra", 2, "unexpected argument extra"),
        ("ipvsadm --set 1 2", "--set", 2, "--set option requires 3 timeout values"),
        ("ipvsadm --set 1 2 -n", "--set", 2, "--set option requires 3 timeout values"),
        ("ipvsadm --set 1 2 x", "x", 2, "invalid timeout value `x' specified"),
        ("ipvsadm --set 9999999 2 3", "9999999", 2, "invalid timeout value `9999999' specified"),
        ("ipvsadm --set 1 2 3 4", "4", 2, "unexpected argument 4"),
        ("ipvsadm --set -1 2 3", "-1", 255, "-1: unknown option"),
        ("ipvsadm -P -t 1.2.3.4:80 -z x", "x", 2, "illegal local address"),
        ("ipvsadm -P -t 1.2.3.4:80 -z 1.2.3.300", "1.2.3.300", 2, "illegal local address"),
        ("ipvsadm -Q -t 1.2.3.4:80 -z 1.2.3.5:80", "1.2.3.5:80", 2, "illegal local address"),
        ("ipvsadm -A -t 1.2.3.4:80 -p 0", "0", 2, "invalid timeout value `0' specified"),
        ("ipvsadm -A -t 1.2.3.4:80 -p -M x", "x", 2, "illegal virtual server persistent mask specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -x x", "x", 2, "illegal u_threshold specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -y -1", "-1", 2, "illegal l_threshold specified"),
        ("ipvsadm -A -f 0", "0", 2, "invalid fwmark value `0' specified"),
        ("ipvsadm -A -6 -f 1", "-6", 2, "-6 used before -f\n"),
        ("ipvsadm -A -t 1.2.3.4:80 -b bad", "bad", 2, "invalid scheduler flag `bad'"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -i --tun-type foo", "foo", 2, "illegal tunnel type specified"),
    ]);
}

#[test]
fn refuses_options_given_twice() {
    #[rustfmt::skip]
    refuses(&[
        ("ipvsadm -a -t 1.2.3.4:80 -u 1.2.3.4:80 -r 1.1.1.7", "-u", 2, "multiple 'service-address' options specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.7 -r 1.1.1.8", "-r", 2, "multiple 'real-server' options specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.9 -g -m", "-m", 2, "multiple 'forwarding-method' options specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.9 -w 1 -w 2", "-w", 2, "multiple 'weight' options specified"),
        ("ipvsadm -A -t 1.2.3.6:80 -s rr -s wrr", "-s", 2, "multiple 'scheduler' options specified"),
        ("ipvsadm -L -n -n", "-n", 2, "multiple 'numeric' options specified"),
        ("ipvsadm -L --exact --exact", "--exact", 2, "multiple 'exact' options specified"),
    ]);
}

#[test]
fn refuses_what_a_command_does_not_take() {
    #[rustfmt::skip]
    refuses(&[
        ("ipvsadm -A", "-A", 2, "You need to supply the 'service-address' option for the 'add-service' command"),
        ("ipvsadm -D", "-D", 2, "You need to supply the 'service-address' option for the 'delete-service' command"),
        ("ipvsadm -a -t 1.2.3.4:80", "-a", 2, "You need to supply the 'real-server' option for the 'add-server' command"),
        ("ipvsadm -a -r 1.1.1.1", "-a", 2, "You need to supply the 'service-address' option for the 'add-server' command"),
        ("ipvsadm -A -t 1.2.3.5:80 -r 1.1.1.1", "-r", 2, "Illegal 'real-server' option with the 'add-service' command"),
        ("ipvsadm -A -t 1.2.3.5:80 -w 1", "-w", 2, "Illegal 'weight' option with the 'add-service' command"),
        ("ipvsadm -A -t 1.2.3.5:80 -g", "-g", 2, "Illegal 'forwarding-method' option with the 'add-service' command"),
        ("ipvsadm -A -t 1.2.3.5:80 --nosort", "--nosort", 2, "Illegal 'nosort' option with the 'add-service' command"),
        ("ipvsadm -D -t 1.2.3.4:80 -s rr", "-s", 2, "Illegal 'scheduler' option with the 'delete-service' command"),
        ("ipvsadm -d -t 1.2.3.4:80 -r 1.1.1.1 -w 1", "-w", 2, "Illegal 'weight' option with the 'delete-server' command"),
        ("ipvsadm -P -t 1.2.3.4:80", "-P", 2, "You need to supply the 'local-address' option for the 'add-laddr' command"),
        ("ipvsadm -Q -z 1.2.3.4", "-Q", 2, "You need to supply the 'service-address' option for the 'del-laddr' command"),
        ("ipvsadm -G -z 1.2.3.4", "-z", 2, "Illegal 'local-address' option with the 'get-laddr' command"),
        ("ipvsadm -G -n", "-n", 2, "Illegal 'numeric' option with the 'get-laddr' command"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -z 1.2.3.4", "-z", 2, "Illegal 'local-address' option with the 'add-server' command"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -m -b", "-b", 2, "multiple 'forwarding-method' options specified"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -b sh-port", "sh-port", 2, "unexpected argument sh-port"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 --sched-flags sh-port", "--sched-flags", 2, "Illegal 'sched-flags' option with the 'add-server' command"),
        ("ipvsadm -A -t 1.2.3.4:80 --fullnat", "--fullnat", 2, "Illegal 'forwarding-method' option with the 'add-service' command"),
        ("ipvsadm -C -t 1.2.3.4:80", "-t", 2, "Illegal 'service-address' option with the 'flush' command"),
        ("ipvsadm -Z -n", "-n", 2, "Illegal 'numeric' option with the 'zero' command"),
        ("ipvsadm -S --stats", "--stats", 2, "Illegal 'stats' option with the 'save' command"),
        ("ipvsadm -R -n", "-n", 2, "Illegal 'numeric' option with the 'restore' command"),
        ("ipvsadm -L -x 1", "-x", 2, "Illegal 'u-threshold' option with the 'list' command"),
        ("ipvsadm -L -c --stats", "--stats", 2, "options conflicts in the list command"),
        ("ipvsadm -L --stats --timeout", "--stats", 2, "options conflicts in the list command"),
        ("ipvsadm -L -c --timeout", "--timeout", 2, "The option 'timeout' conflicts with the 'connection' option in the 'list' command"),
        ("ipvsadm -L -c -t 1.2.3.4:80", "-t", 2, "The option 'service-address' conflicts with the 'connection' option in the 'list' command"),
        ("ipvsadm -L -t 1.2.3.4:80 --timeout", "--timeout", 2, "The option 'timeout' conflicts with the 'service-address' option in the 'list' command"),
        ("ipvsadm -A -t 1.2.3.8 -s rr", "1.2.3.8", 2, "Zero port specified for non-persistent service"),
        ("ipvsadm -E -t 1.2.3.8:0", "1.2.3.8:0", 2, "Zero port specified for non-persistent service"),
        ("ipvsadm -A -t 1.2.3.9:80 -o", "-o", 2, "One-Packet Scheduling is only for UDP virtual services"),
        ("ipvsadm -A -t 1.2.3.9:80 -s rr -b sh-port", "sh-port", 2, "incompatible scheduler flag `sh-port'"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -m --tun-type gue", "gue", 2, "Tunnel options conflict with forward method"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -i --tun-type gue", "gue", 2,
            "You need to supply the 'tun-port' option for the 'gue' tunnel type"),
    ]);
}

#[test]
fn says_what_is_not_simulated() {
    #[rustfmt::skip]
    refuses(&[
        ("ipvsadm -A -t 1.2.3.4:80 --pe sip", "--pe", 2, "not simulated: --pe"),
        ("ipvsadm -A -t 1.2.3.4:80 -s none", "none", 2, "not simulated yet: none"),
        ("ipvsadm -A -f 1 -6", "-6", 2, "not simulated: -6"),
        ("ipvsadm -A --sctp-service 1.2.3.4:80", "--sctp-service", 2, "not simulated: --sctp-service"),
        ("ipvsadm -A -t '[2001:db8::1]:80'", "'[2001:db8::1]:80'", 2, "not simulated: IPv6 addresses"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -i --tun-type gue --tun-port 6080", "gue", 2, "not simulated: gue"),
        ("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 -i --tun-type gre", "gre", 2, "not simulated: gre"),
        ("ipvsadm -Ln --tun-info", "--tun-info", 2, "not simulated: --tun-info"),
        ("ipvsadm -L --daemon", "--daemon", 2, "not simulated: --daemon"),
        ("ipvsadm -R", "ipvsadm", 2, "ipvsadm: -R reads the pipe, and there is no text in it"),
        ("echo -A | ipvsadm", "ipvsadm", 2, "ipvsadm: nothing reads the pipe"),
        ("echo -A | ipvsadm -C", "ipvsadm", 2, "ipvsadm: nothing reads the pipe"),
        ("echo -A | ipvsadm -R", "ipvsadm", 2, "You need to supply the 'service-address' option for the 'add-service' command"),
    ]);
}

#[test]
fn the_servers_port_is_the_services_but_with_nat() {
    let service =
        ServiceAddr::Port { proto: Proto::Tcp, vip: Endpoint::new([192, 0, 2, 100].into(), 80) };
    let rows = [
        (service, Method::Dr, Some(8080), 80),
        (service, Method::Tun, Some(8080), 80),
        (service, Method::Nat, Some(8080), 8080),
        (service, Method::Nat, None, 80),
        (service, Method::FullNat, Some(8080), 8080),
        (ServiceAddr::Mark(7), Method::Dr, Some(8080), 8080),
        (ServiceAddr::Mark(7), Method::Nat, None, 0),
    ];
    for (service, method, port, effective) in rows {
        let addr = ServerAddr { addr: [192, 0, 2, 11].into(), port };
        let server = Server { addr, method, weight: 1, upper: 0, lower: 0 };
        assert_eq!(server.endpoint(service).port, effective, "{method:?} {port:?}");
    }
}

#[test]
fn an_unknown_option_is_told_the_nearest_and_those_that_are_simulated() {
    let known = "-A -E -D -C -a -e -d -P -Q -G -L -l -Z -R -S --set -t -u -f -s -p -M -b \
        --sched-flags -o -r -g -i -m --tun-type -z -w -x -y -c -n --timeout --stats --rate -X --thresholds --persistent-conn \
        --nosort";
    let rows = [
        ("-I", format!("did you mean -i? known: {known}"), format!("是不是想写 -i？可用：{known}")),
        ("--foo", format!("known: {known}"), format!("可用：{known}")),
        // The nearest of ipvsadm's own is --tun-info, which is not simulated.
        ("--tun-inf", format!("known: {known}"), format!("可用：{known}")),
    ];
    for (option, en, zh) in rows {
        let line = format!("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1 {option}");
        let error = Shell::default().compile(&line).expect_err("no such option");
        assert_eq!(error.help, Text { en, zh }, "{line}");
    }
}

#[test]
fn weight_and_method_have_defaults() {
    let steps =
        Shell::default().compile("ipvsadm -a -t 1.2.3.4:80 -r 1.1.1.1:8080").expect("it is right");
    let Command::Ipvsadm(Ipvsadm::AddServer(_, server)) = &steps[0].command else {
        panic!("{steps:?}")
    };
    assert_eq!((server.method, server.weight, server.addr.port), (Method::Dr, 1, Some(8080)));
}
