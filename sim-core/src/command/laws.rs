//! Laws of the command language: what is printed reads back as the same command, and no text makes
//! the reader panic.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{Endpoint, Persistence, SchedFlags};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::arping::Mode;
use super::curl::{Output, Request, Url};
use super::ifconfig::Setting;
use super::ip::{Object, Options, addr, link, neigh, route as ip_route, tunnel};
use super::ipvsadm::{List, Listed, Method, Proto, Server, ServerAddr, Service, ServiceAddr};
use super::ping::{Pmtu, Source};
use super::sysctl::{Item, Key, Pattern};
use super::*;
use crate::Mac;
use crate::Prefix;
use crate::shell::Shell;

mod netfilter;

proptest! {
    #[test]
    fn what_a_command_prints_reads_back_as_the_same_command(command in command()) {
        let line = command.to_string();
        let steps = Shell::default().compile(&line);
        let steps = steps.map_err(|error| TestCaseError::fail(format!("{line}: {error:?}")))?;
        prop_assert_eq!(steps.len(), 1, "{}", &line);
        prop_assert_eq!(&steps[0].command, &command, "{}", &line);
        // So does the text that would be typed on a real machine.
        let again = Shell::default().compile(&steps[0].text).expect("the text of a step is a line");
        prop_assert_eq!(&again[0].command, &command, "{}", &steps[0].text);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(line in any_line()) {
        let mut shell = Shell::default();
        if let Err(error) = shell.compile(&line) {
            prop_assert!(line.get(error.at.clone()).is_some(), "{:?} is no place in {:?}", error, line);
            prop_assert!(!error.message.is_empty());
        }
    }
}

/// Lines of all kinds: any characters, signs of the shell, and words that tools know, right or
/// wrong.
fn any_line() -> impl Strategy<Value = String> {
    let signs = vec(select(&SIGNS[..]), 0..20).prop_map(|parts| parts.concat());
    let name = select(&NAMES[..]).prop_map(str::to_owned);
    let word = prop_oneof![
        8 => "-{1,2}[A-Za-z0-9#]{1,3}",
        8 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    let tool =
        (name, vec(word, 0..8)).prop_map(|(name, words)| format!("{name} {}", words.join(" ")));
    prop_oneof![any::<String>(), signs, tool]
}

#[rustfmt::skip]
const SIGNS: [&str; 34] = [
    " ", "\n", ";", "&", "|", "&&", "||", ">", ">>", "<", "2>", "2>&1", "'", "\"", "\\", "$", "${", "}", "$vip", "vip=",
    "for", " in ", "do ", "done", "echo ", "head -c 1K /dev/zero", "nc 192.0.2.1 80", "ip a", "sudo ", "#", "、", "é",
    "/dev/null", "export ",
];

#[rustfmt::skip]
const WORDS: [&str; 84] = [
    "-A", "-I", "-D", "-L", "-S", "-j", "-m", "-p", "!", "INPUT", "ACCEPT", "DNAT", "tcp", "--dport", "nat", "state", "--to", "*nat",
    "-t", "-u", "-r", "-s", "-w", "-c", "-i", "-n", "-m", "--set", "--tcp-service=1.2.3.4:80", "192.0.2.1", "192.0.2.1:80",
    "10.0.0.0/8", "10/8", "default", "eth0", "lo:0", "80", "0", "-1", "1.5", "99999999999999999999", "rr", "sh", "addr",
    "link", "route", "neigh", "tunnel", "rule", "show", "add", "del", "set", "flush", "replace", "get", "dev", "via", "src",
    "mtu", "lock", "label", "brd", "+", "up", "down", "netmask", "255.255.255.0", "-host", "-net", "gw", "hw", "ether",
    "02:00:00:00:00:01", "lladdr", "nud", "permanent", "mode", "ipip", "fdb", "br", "@-", "net.ipv4.ip_forward=1", "%1",
];

fn addr() -> impl Strategy<Value = Ipv4Addr> + Clone {
    any::<u32>().prop_map(Ipv4Addr::from_bits)
}

fn port() -> impl Strategy<Value = u16> + Clone {
    1u16..
}

fn mac() -> impl Strategy<Value = Mac> + Clone {
    any::<[u8; 6]>().prop_map(Mac)
}

/// An address in a network, host bits and all.
fn address() -> impl Strategy<Value = Prefix> + Clone {
    (addr(), 0u8..=32).prop_map(|(addr, len)| Prefix { addr, len })
}

/// A network: no host bits.
fn network() -> impl Strategy<Value = Prefix> + Clone {
    address().prop_map(Prefix::network)
}

/// Names of interfaces, among them words that `ip` could take for keywords.
fn iface() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[a-z][a-z0-9.@%$'é]{0,6}",
        select(&["eth0", "lo", "tunl0", "eth0:0", "dev", "up", "all", "-x"][..])
            .prop_map(str::to_owned),
    ]
}

/// The interface of `ifconfig` and `route`, which a word alone must not be taken for an option or a
/// keyword.
fn plain_iface() -> impl Strategy<Value = String> + Clone {
    "[a-z]{2,3}[0-9](:[0-9])?"
}

fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[a-z0-9=. ]{0,12}",
        "\\PC{0,12}",
        "[]a1 *?\\[{},.~$`'\"\\\\#&;|<>()!^%+@:=/\n-]{0,8}"
    ]
}

fn time() -> impl Strategy<Value = Duration> + Clone {
    let secs = 0u64..super::value::LONGEST_S;
    (secs, 0u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

fn echo() -> impl Strategy<Value = Echo> + Clone {
    // Such a text is an option of echo's.
    let text = text().prop_filter("no option", |text| {
        !matches!(text.as_str(), "-n" | "-e" | "-E" | "-ne" | "-en")
    });
    (text, any::<bool>()).prop_map(|(text, newline)| Echo { text, newline })
}

fn input() -> impl Strategy<Value = Input> + Clone {
    prop_oneof![echo().prop_map(Input::Text), (0..=64_u64 << 20).prop_map(Input::Zeros)]
}

fn setting_path() -> impl Strategy<Value = String> + Clone {
    "/proc/sys/net/[a-z0-9_]{1,9}(/[a-z0-9_.]{1,9}x){0,3}"
}

fn command() -> impl Strategy<Value = Command> + Clone {
    prop_oneof![
        net_tools(),
        netfilter::command(),
        ip().prop_map(Command::Ip),
        ipvsadm().prop_map(Command::Ipvsadm),
        sysctl().prop_map(Command::Sysctl),
        probes(),
        endpoints(),
        others(),
    ]
}

fn net_tools() -> BoxedStrategy<Command> {
    let show = (any::<bool>(), of(addr())).prop_map(|(bsd, host)| arp::Action::Show { bsd, host });
    let set = (addr(), mac()).prop_map(|(addr, mac)| arp::Action::Set(addr, mac));
    let action = prop_oneof![show, set, addr().prop_map(arp::Action::Delete)];
    let arp = (any::<bool>(), of(iface()), action)
        .prop_map(|(numeric, iface, action)| Command::Arp(Arp { numeric, iface, action }));
    let shown = [netstat::Shown::Connected, netstat::Shown::Listening, netstat::Shown::All];
    let table = (0..4, select(&netstat::Protos::ALL[..]), select(shown.to_vec()), any::<bool>())
        .prop_map(|(kind, protos, shown, timers)| match kind {
            0 => netstat::Table::Routes,
            1 => netstat::Table::Ifaces,
            2 => netstat::Table::Statistics(protos),
            _ => netstat::Table::Sockets { protos, shown, timers },
        });
    let netstat = (table, any::<bool>())
        .prop_map(|(table, numeric)| Command::Netstat(Netstat { table, numeric }));
    let setting = prop_oneof![
        (addr(), of(0u8..=32)).prop_map(|(addr, len)| Setting::Addr(addr, len)),
        addr().prop_map(Setting::Netmask),
        addr().prop_map(Setting::Broadcast),
        any::<u32>().prop_map(Setting::Mtu),
        mac().prop_map(Setting::Mac),
        any::<bool>().prop_map(Setting::Arp),
        Just(Setting::Up),
        Just(Setting::Down),
    ];
    let ifconfig = prop_oneof![
        any::<bool>().prop_map(|down_too| Ifconfig::All { down_too }),
        plain_iface().prop_map(Ifconfig::Show),
        (plain_iface(), vec(setting, 1..5))
            .prop_map(|(iface, settings)| Ifconfig::Set { iface, settings }),
    ];
    let entry = (network(), of(addr()), of(any::<u32>()), of(iface()))
        .prop_map(|(to, gw, metric, dev)| route::Entry { to, gw, metric, dev });
    let route = prop_oneof![
        any::<bool>().prop_map(|numeric| Route::Show { numeric }),
        entry.clone().prop_map(Route::Add),
        entry.prop_map(Route::Del),
    ];
    let nstat =
        (vec(any::<bool>(), 5), vec("[-a-zA-Z*?]{1,6}x", 0..3)).prop_map(|(flags, patterns)| {
            let [ignore, keep, zeros, silent, reset] = flags[..] else {
                unreachable!("five flags")
            };
            Command::Nstat(Nstat { ignore, keep, zeros, silent, reset, patterns })
        });
    prop_oneof![
        arp,
        netstat,
        nstat,
        sockets(),
        ifconfig.prop_map(Command::Ifconfig),
        route.prop_map(Command::Route)
    ]
    .boxed()
}

fn sockets() -> impl Strategy<Value = Command> + Clone {
    let line = "ss -(t|u|tu)a?l?n?o?s?H?( state (established|big|closing|all)){0,2}";
    line.prop_map(|line| {
        let words: Vec<Word> = line.split(' ').map(|word| Word::new(word, 0..0)).collect();
        Command::parse(&words).expect("a good line")
    })
}

fn ip() -> impl Strategy<Value = Ip> + Clone {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let options = (flags, 0u8..=2).prop_map(|((ipv4, brief, oneline, json, pretty), stats)| {
        Options { ipv4, brief, oneline, stats, json, pretty }
    });
    let object = prop_oneof![
        ip_addr().prop_map(Object::Addr),
        ip_link().prop_map(Object::Link),
        ip_route().prop_map(Object::Route),
        ip_neigh().prop_map(Object::Neigh),
        ip_tunnel().prop_map(Object::Tunnel),
        Just(Object::Rule),
    ];
    (options, object).prop_map(|(options, object)| {
        // Tunnels are listed in words only.
        let json = options.json && !matches!(object, Object::Tunnel(tunnel::Tunnel::Show(_)));
        Ip { options: Options { json, ..options }, object }
    })
}

fn scope() -> impl Strategy<Value = addr::Scope> + Clone {
    use addr::Scope::{Global, Host, Link, Nowhere, Site};
    select(&[Global, Site, Link, Host, Nowhere][..])
}

fn ip_addr() -> impl Strategy<Value = addr::Addr> + Clone {
    use addr::{Addr, Broadcast, Entry};
    let broadcast = prop_oneof![
        addr().prop_map(Broadcast::Addr),
        Just(Broadcast::Last),
        Just(Broadcast::First)
    ];
    let labelled = ("[a-z]{2,5}[0-9]", of("[0-9a-z]{0,3}"));
    let entry = (address(), of(broadcast), labelled, of(scope())).prop_map(
        |(prefix, broadcast, (dev, label), scope)| {
            let label = label.map(|label| format!("{dev}:{label}"));
            Entry { prefix, broadcast, dev, label, scope }
        },
    );
    prop_oneof![
        of(iface()).prop_map(Addr::Show),
        entry.clone().prop_map(Addr::Add),
        entry.prop_map(Addr::Del),
        (iface(), of(iface())).prop_map(|(dev, label)| Addr::Flush { dev, label }),
    ]
}

fn ip_link() -> impl Strategy<Value = link::Link> + Clone {
    let set = (iface(), of(any::<bool>()), of(any::<u32>()), of(mac()), of(any::<bool>()))
        .prop_map(|(dev, up, mtu, address, arp)| link::Set { dev, up, mtu, address, arp });
    prop_oneof![of(iface()).prop_map(link::Link::Show), set.prop_map(link::Link::Set)]
}

fn ip_route() -> impl Strategy<Value = ip_route::Route> + Clone {
    use ip_route::{Entry, Filter, Get, Kind, Route, Table};
    let kinds = [
        Kind::Unicast,
        Kind::Local,
        Kind::Unreachable,
        Kind::Prohibit,
        Kind::Blackhole,
        Kind::Throw,
    ];
    let number = || of(any::<u32>());
    let way = (of(addr()), of(iface()), of(addr()), any::<bool>());
    let entry = (select(kinds.to_vec()), network(), way, of(scope()), number(), number(), number())
        .prop_map(|(kind, to, (via, dev, src, onlink), scope, metric, advmss, mtu)| Entry {
            kind,
            to,
            via,
            dev,
            src,
            metric,
            scope,
            onlink,
            advmss,
            mtu,
        });
    let table = select(&[Table::Main, Table::Local, Table::All][..]);
    let filter = (table, any::<bool>(), of(iface()), of(address()))
        .prop_map(|(table, cached, dev, to)| Filter { table, cached, dev, to });
    let get = (addr(), of(addr()), of(iface()), of(iface())).prop_map(|(to, from, iif, oif)| Get {
        to,
        from,
        iif,
        oif,
    });
    prop_oneof![
        filter.prop_map(Route::Show),
        entry.clone().prop_map(Route::Add),
        entry.clone().prop_map(Route::Replace),
        entry.prop_map(Route::Del),
        get.prop_map(Route::Get),
        Just(Route::FlushCache),
    ]
}

fn ip_neigh() -> impl Strategy<Value = neigh::Neigh> + Clone {
    use neigh::{Entry, Filter, Neigh, Nud};
    let states = [
        Nud::Permanent,
        Nud::Reachable,
        Nud::Noarp,
        Nud::None,
        Nud::Stale,
        Nud::Incomplete,
        Nud::Delay,
        Nud::Probe,
        Nud::Failed,
    ];
    let nud = select(states.to_vec());
    let entry = (addr(), of(mac()), iface(), of(nud)).prop_map(|(to, lladdr, dev, nud)| Entry {
        to,
        lladdr,
        dev,
        nud,
    });
    let filter = (of(iface()), of(address())).prop_map(|(dev, to)| Filter { dev, to });
    prop_oneof![
        filter.clone().prop_map(Neigh::Show),
        entry.clone().prop_map(Neigh::Add),
        entry.clone().prop_map(Neigh::Replace),
        entry.prop_map(Neigh::Change),
        (addr(), iface()).prop_map(|(to, dev)| Neigh::Del { to, dev }),
        filter.prop_map(Neigh::Flush),
    ]
}

fn ip_tunnel() -> impl Strategy<Value = tunnel::Tunnel> + Clone {
    use tunnel::{Entry, Tunnel};
    // The zero address is another word for any.
    let end = || of(addr().prop_filter("an address", |addr| !addr.is_unspecified()));
    let entry = (iface(), end(), end(), of(1u8..), of(any::<u8>()), any::<bool>(), of(iface()))
        .prop_map(|(name, remote, local, ttl, tos, pmtudisc, dev)| {
            // A fixed TTL goes with pmtudisc only.
            let pmtudisc = pmtudisc || ttl.is_some();
            Entry { name, remote, local, ttl, tos, pmtudisc, dev }
        });
    prop_oneof![
        of(iface()).prop_map(Tunnel::Show),
        entry.prop_map(Tunnel::Add),
        iface().prop_map(Tunnel::Del),
    ]
}

fn ipvsadm() -> impl Strategy<Value = Ipvsadm> + Clone {
    let line = || ipvsadm_line().boxed();
    let saved = (any::<bool>(), any::<bool>())
        .prop_map(|(numeric, clear)| Ipvsadm::RestoreSaved { numeric, clear });
    prop_oneof![9 => line(), 1 => vec(line(), 0..4).prop_map(Ipvsadm::Restore), 1 => saved]
}

fn ipvsadm_line() -> impl Strategy<Value = Ipvsadm> + Clone {
    let service = || {
        let named = (select(&[Proto::Tcp, Proto::Udp][..]), addr(), port()).prop_map(
            |(proto, addr, port)| ServiceAddr::Port { proto, vip: Endpoint::new(addr, port) },
        );
        prop_oneof![3 => named, 1 => (1..=u32::MAX).prop_map(ServiceAddr::Mark)]
    };
    let scheduler = select(&["rr", "wrr", "lc", "wlc", "sh", "mh", "lblcr", "nonesuch"][..]);
    let persistence =
        (1..=2_678_400_u32, addr()).prop_map(|(timeout_s, mask)| Persistence { timeout_s, mask });
    let full = (service(), scheduler, of(persistence), any::<[bool; 4]>()).prop_map(
        |(addr, scheduler, persistence, [first, second, third, one_packet])| {
            // TCP has no datagrams.
            let is_tcp = matches!(addr, ServiceAddr::Port { proto: Proto::Tcp, .. });
            let flags = SchedFlags { first, second, third };
            let one_packet = one_packet && !is_tcp;
            Service { addr, scheduler: scheduler.into(), flags, persistence, one_packet }
        },
    );
    let server_addr =
        || (addr(), of(any::<u16>())).prop_map(|(addr, port)| ServerAddr { addr, port });
    let method = select(&[Method::Dr, Method::Tun, Method::Nat, Method::FullNat][..]);
    let number = || 0..=i32::MAX.unsigned_abs();
    let server = (server_addr(), method, number(), number(), number()).prop_map(
        |(addr, method, weight, upper, lower)| Server { addr, method, weight, upper, lower },
    );
    let timeout = || 0u32..=2_678_400;
    let list = (
        select(
            &[
                Listed::Services,
                Listed::Stats,
                Listed::Rate,
                Listed::Thresholds,
                Listed::PersistentConn,
                Listed::Connections,
                Listed::Timeouts,
            ][..],
        ),
        of(service()),
        any::<[bool; 3]>(),
    )
        .prop_map(|(what, service, [numeric, exact, unsorted])| {
            // These two cannot be of one service.
            let whole = matches!(what, Listed::Connections | Listed::Timeouts);
            let service = service.filter(|_| !whole);
            List { what, service, numeric, exact, unsorted }
        });
    prop_oneof![
        full.clone().prop_map(Ipvsadm::AddService),
        full.prop_map(Ipvsadm::EditService),
        service().prop_map(Ipvsadm::DeleteService),
        (service(), addr()).prop_map(|(service, addr)| Ipvsadm::AddLocal(service, addr)),
        (service(), addr()).prop_map(|(service, addr)| Ipvsadm::DeleteLocal(service, addr)),
        of(service()).prop_map(Ipvsadm::ListLocals),
        Just(Ipvsadm::Clear),
        (service(), server.clone())
            .prop_map(|(service, server)| Ipvsadm::AddServer(service, server)),
        (service(), server).prop_map(|(service, server)| Ipvsadm::EditServer(service, server)),
        (service(), server_addr())
            .prop_map(|(service, server)| Ipvsadm::DeleteServer(service, server)),
        list.prop_map(Ipvsadm::List),
        any::<bool>().prop_map(|numeric| Ipvsadm::Save { numeric }),
        of(service()).prop_map(Ipvsadm::Zero),
        (timeout(), timeout(), timeout()).prop_map(|(tcp, tcp_fin, udp)| Ipvsadm::SetTimeouts {
            tcp,
            tcp_fin,
            udp
        }),
    ]
}

fn sysctl() -> impl Strategy<Value = Sysctl> + Clone {
    let key = "[a-z0-9_.]{1,5}x(/[a-z0-9_.]{1,5}x){0,4}".prop_map(|path| Key::from_path(&path));
    let value = text().prop_map(|value| value.trim().to_owned());
    let item = prop_oneof![
        key.clone().prop_map(Item::Get),
        (key, value).prop_map(|(key, value)| Item::Set(key, value)),
    ];
    let action = prop_oneof![
        vec(item, 1..4).prop_map(sysctl::Action::Items),
        vec("/[a-z./]{1,9}", 0..3).prop_map(sysctl::Action::Load),
        Just(sysctl::Action::All),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let pattern = of("[a-z_.^$|*]{0,3}[a-z]").prop_map(|typed| Pattern::new(&typed?));
    (flags, pattern, action).prop_map(
        |((quiet, values_only, names_only, ignore), pattern, action)| {
            let shows = match &action {
                sysctl::Action::All => true,
                sysctl::Action::Load(_) => false,
                sysctl::Action::Items(items) => {
                    items.iter().all(|item| matches!(item, Item::Get(_)))
                }
            };
            let (names_only, pattern) = (names_only && shows, pattern.filter(|_| shows));
            Sysctl { quiet, values_only, names_only, ignore, pattern, action }
        },
    )
}

fn probes() -> BoxedStrategy<Command> {
    let source = prop_oneof![plain_iface().prop_map(Source::Iface), addr().prop_map(Source::Addr)];
    let pmtu = select(&[Pmtu::Do, Pmtu::Want, Pmtu::Dont][..]);
    let slow = time().prop_filter("not a flood", |time| *time >= Duration::from_millis(2));
    let ping = (
        (of(1u64..=i64::MAX.unsigned_abs()), slow, of(time()), of(0..=i32::MAX.unsigned_abs())),
        (0u16..=65507, of(1u8..), of(source), of(pmtu)),
        (any::<bool>(), any::<bool>(), addr()),
    )
        .prop_map(|((count, interval, linger, deadline_s), (size, ttl, from, pmtu), rest)| {
            let (quiet, numeric, host) = rest;
            Ping {
                count,
                interval,
                linger,
                deadline_s,
                size,
                ttl,
                from,
                pmtu,
                quiet,
                numeric,
                host,
            }
        });
    let modes = [Mode::Ask, Mode::Announce, Mode::Answer, Mode::Duplicate];
    let number = |least: u32| of(least..=i32::MAX.unsigned_abs());
    let arping = (
        (select(modes.to_vec()), of(iface()), number(1), number(0)),
        (of(addr()), any::<bool>(), any::<bool>(), addr()),
    )
        .prop_map(|((mode, iface, count, deadline_s), (source, broadcast, first, addr))| Arping {
            mode,
            iface,
            count,
            deadline_s,
            source,
            broadcast,
            first,
            addr,
        });
    let traceroute = (any::<bool>(), any::<bool>(), 1u8.., 1u8..=10, time(), addr()).prop_map(
        |(numeric, icmp, max_hops, queries, wait, host)| Traceroute {
            numeric,
            icmp,
            max_hops,
            queries,
            wait,
            host,
        },
    );
    let filter = text().prop_map(|text| text.trim().to_owned());
    // A filter that begins with a dash would be an option.
    let filter = filter.prop_filter("no option", |filter| !filter.starts_with('-'));
    let tcpdump = (any::<[bool; 4]>(), of(iface()), of(1u32..), filter).prop_map(
        |([numeric, ether, verbose, absolute], iface, count, filter)| Tcpdump {
            numeric,
            ether,
            verbose,
            absolute,
            iface,
            count,
            filter,
        },
    );
    prop_oneof![
        ping.prop_map(Command::Ping),
        arping.prop_map(Command::Arping),
        traceroute.prop_map(Command::Traceroute),
        tcpdump.prop_map(Command::Tcpdump),
    ]
    .boxed()
}

fn endpoints() -> BoxedStrategy<Command> {
    const FILES: [Output; 2] = [Output::Null, Output::Stdout];
    let url = (addr(), port(), "/[!-\"$-~]{0,12}").prop_map(|(addr, port, path)| Url {
        addr,
        port,
        path,
    });
    let body = text().prop_filter("no file", |text| !text.starts_with('@'));
    let request = prop_oneof![
        Just(Request::Get),
        Just(Request::Head),
        body.prop_map(Request::Post),
        input().prop_map(Request::PostInput),
    ];
    let wait = || of(time().prop_filter("0 is none", |time| !time.is_zero()));
    let curl =
        ((wait(), wait(), of(port())), any::<[bool; 3]>(), of(select(&FILES[..])), request, url)
            .prop_map(
                |(
                    (timeout, connect_timeout, local_port),
                    [silent, show_error, verbose],
                    output,
                    request,
                    url,
                )| Curl {
                    timeout,
                    connect_timeout,
                    local_port,
                    silent,
                    show_error,
                    verbose,
                    output,
                    request,
                    url,
                },
            );
    let listen = (of(addr()), port()).prop_map(|(addr, port)| nc::Peer::Listen { addr, port });
    let connect =
        (addr(), port(), of(port()), of(addr())).prop_map(|(addr, port, local_port, source)| {
            nc::Peer::Connect { addr, port, local_port, source }
        });
    let nc = (
        any::<[bool; 4]>(),
        of(0..=i32::MAX.unsigned_abs()),
        prop_oneof![listen, connect],
        prop_oneof![Just(Input::None), input()],
    )
        .prop_map(|([udp, scan, verbose, numeric], wait_s, peer, input)| {
            let scan = scan && matches!(peer, nc::Peer::Connect { .. });
            Nc { udp, scan, verbose, numeric, wait_s, peer, input }
        });
    let kind = select(&[serve::Kind::Http, serve::Kind::Tcp, serve::Kind::Udp][..]);
    let manner = prop_oneof![
        Just(serve::Manner::default()),
        Just(serve::Manner { mute: true, ..serve::Manner::default() }),
        (time(), 200u16..600).prop_map(|(delay, status)| serve::Manner {
            delay: delay.min(Duration::from_secs(3600)),
            status,
            mute: false,
        }),
    ];
    let serve = (kind, port(), of(addr()), of(text()), manner).prop_map(
        |(kind, port, bind, name, manner)| {
            let status = if kind == serve::Kind::Http { manner.status } else { 200 };
            Serve { kind, port, bind, name, manner: serve::Manner { status, ..manner } }
        },
    );
    let kind = select(&[check::Kind::Http, check::Kind::Tcp][..]);
    let check = (kind, addr(), port(), 101..3_600_000u64, 1..100u32, any::<bool>()).prop_map(
        |(kind, addr, port, every, fall, weight_0)| Check {
            every: Duration::from_millis(every),
            timeout: Duration::from_millis(every - 1),
            fall,
            rise: 101 - fall,
            weight_0,
            ..Check::new(kind, lvs_engine::Endpoint::new(addr, port))
        },
    );
    prop_oneof![
        curl.prop_map(Command::Curl),
        nc.prop_map(Command::Nc),
        serve.prop_map(Command::Serve),
        check.prop_map(Command::Check)
    ]
    .boxed()
}

fn others() -> BoxedStrategy<Command> {
    let target = prop_oneof![
        (1u32..).prop_map(kill::Target::Job),
        "[a-z][a-z-]{0,6}".prop_map(kill::Target::Name),
    ];
    let kill =
        (any::<bool>(), target).prop_map(|(hard, target)| Command::Kill(Kill { hard, target }));
    let path = prop_oneof![setting_path(), Just("/etc/sysctl.conf".to_owned())];
    let write = (echo(), path, any::<bool>())
        .prop_map(|(echo, path, append)| Command::Write(Write { echo, path, append }));
    let file = prop_oneof![setting_path(), select(&cat::FILES[..]).prop_map(str::to_owned)];
    let module = vec(select(&modprobe::MODULES[..]).prop_map(str::to_owned), 1..4);
    prop_oneof![
        of(iface()).prop_map(|bridge| Command::Bridge(Bridge { bridge })),
        vec(file, 1..3).prop_map(|paths| Command::Cat(Cat { paths })),
        echo().prop_map(Command::Echo),
        kill,
        write,
        module.prop_map(|modules| Command::Modprobe(Modprobe { modules })),
        time().prop_map(|time| Command::Sleep(Sleep { time })),
        of(any::<u8>()).prop_map(|status| Command::Exit(Exit { status })),
        select(&[Command::True, Command::False, Command::Hostname, Command::Uname][..]),
    ]
    .boxed()
}
