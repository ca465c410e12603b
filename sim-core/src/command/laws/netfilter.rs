//! Commands of netfilter, of all kinds that can be read: rules only say what their table and chain
//! allow.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{addr, address, network, port, text};
use crate::command::conntrack::{Filter, STATES};
use crate::command::iptables::{Restore, RestoreLine, Save};
use crate::command::{Command, Conntrack, Iptables};
use crate::netfilter::{
    Chain, Change, Counts, Ipvs, Is, ListStyle, NatRange, Policy, RejectWith, Rule, States, Table,
    Target, Test,
};

pub(super) fn command() -> BoxedStrategy<Command> {
    prop_oneof![
        4 => iptables().prop_map(Command::Iptables),
        1 => conntrack().prop_map(Command::Conntrack),
    ]
    .boxed()
}

fn iptables() -> BoxedStrategy<Iptables> {
    let table = || select(Table::ALL.to_vec());
    let changes = table().prop_flat_map(|table| {
        change(table).prop_map(move |change| Iptables::Change(table, change))
    });
    let lists = table().prop_flat_map(|table| {
        (place(table), any::<[bool; 5]>()).prop_map(move |((chain, number), flags)| {
            let [numeric, verbose, exact, numbered, rules] = flags;
            match rules {
                true => Iptables::Rules { table, chain, number, counts: verbose },
                false => Iptables::List(
                    table,
                    ListStyle { chain, number, numeric, verbose, exact, numbered },
                ),
            }
        })
    });
    let save = || (of(table()), any::<bool>()).prop_map(|(table, counts)| Save { table, counts });
    let restore = || any::<[bool; 2]>().prop_map(|[counts, keep]| Restore { counts, keep });
    let blocks = vec(table().prop_flat_map(block), 0..3).prop_map(|blocks| blocks.concat());
    let lines = (blocks, comment()).prop_map(|(mut lines, last)| {
        lines.push(last);
        lines
    });
    prop_oneof![
        6 => changes,
        2 => lists,
        1 => save().prop_map(Iptables::Save),
        2 => (restore(), lines).prop_map(|(restore, lines)| Iptables::Restore(restore, lines)),
        1 => (save(), restore()).prop_map(|(save, restore)| Iptables::RestoreSaved(save, restore)),
    ]
    .boxed()
}

fn chain(table: Table) -> impl Strategy<Value = Chain> + Clone {
    select(table.chains().to_vec())
}

fn place(table: Table) -> impl Strategy<Value = (Option<Chain>, Option<u32>)> {
    of((chain(table), of(1u32..))).prop_map(|place| match place {
        Some((chain, number)) => (Some(chain), number),
        None => (None, None),
    })
}

fn counts() -> impl Strategy<Value = Counts> + Clone {
    (any::<u64>(), any::<u64>()).prop_map(|(packets, bytes)| Counts { packets, bytes })
}

fn comment() -> impl Strategy<Value = RestoreLine> + Clone {
    "(#\\PC{0,9})?".prop_map(RestoreLine::Comment)
}

/// The lines about one table.
fn block(table: Table) -> BoxedStrategy<Vec<RestoreLine>> {
    let policies = (chain(table), of(policy(table)), of(counts()))
        .prop_map(|(chain, policy, counts)| RestoreLine::Policy { chain, policy, counts });
    let changes = (of(counts()), change(table))
        .prop_map(|(counts, change)| RestoreLine::Change { counts, change });
    let line = prop_oneof![1 => comment(), 1 => policies, 3 => changes];
    let lines = vec(line, 0..4);
    lines
        .prop_map(move |mut lines| {
            lines.insert(0, RestoreLine::Table(table));
            lines.push(RestoreLine::Commit);
            lines
        })
        .boxed()
}

fn policy(table: Table) -> impl Strategy<Value = Policy> + Clone {
    let policies: &[Policy] =
        if table == Table::Nat { &[Policy::Accept] } else { &[Policy::Accept, Policy::Drop] };
    select(policies.to_vec())
}

fn change(table: Table) -> BoxedStrategy<Change> {
    let ruled = (chain(table), 1u32.., 0..5).prop_flat_map(move |(chain, number, kind)| {
        rule(table, chain).prop_map(move |rule| match kind {
            0 => Change::Append(chain, rule),
            1 => Change::Insert(chain, number, rule),
            2 => Change::Replace(chain, number, rule),
            3 => Change::Delete(chain, rule),
            _ => Change::Check(chain, rule),
        })
    });
    prop_oneof![
        8 => ruled,
        1 => (chain(table), 1u32..).prop_map(|(chain, number)| Change::DeleteAt(chain, number)),
        1 => of(chain(table)).prop_map(Change::Flush),
        1 => of((chain(table), of(1u32..))).prop_map(Change::Zero),
        1 => (chain(table), policy(table)).prop_map(|(chain, policy)| Change::Policy(chain, policy)),
        1 => Just(Change::DeleteChains),
    ]
    .boxed()
}

fn is<T: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Is<T>> + Clone {
    (value, any::<bool>()).prop_map(|(value, not)| Is { value, not })
}

fn rule(table: Table, chain: Chain) -> BoxedStrategy<Rule> {
    let iface = || is("[a-z!-][a-z0-9.@$é]{0,6}\\+?");
    // All addresses are no test.
    let net = || of(is(network())).prop_map(|net| net.filter(|is| is.not || is.value.len > 0));
    let proto = prop_oneof![
        1 => Just(None),
        4 => select(&[1, 6, 17][..]).prop_map(|proto| Some(Is::yes(proto))),
        1 => is(1u8..).prop_map(Some),
    ];
    let rule = (net(), net(), of(iface()), of(iface()), proto);
    rule.prop_flat_map(move |(src, dst, in_iface, out_iface, proto)| {
        let in_iface = in_iface.filter(|_| !matches!(chain, Chain::Output | Chain::Postrouting));
        let out_iface = out_iface.filter(|_| !matches!(chain, Chain::Prerouting | Chain::Input));
        let base = Rule { src, dst, in_iface, out_iface, proto, ..Rule::default() };
        let more = (vec(test(proto), 0..4), of(target(table, chain, proto)));
        more.prop_map(move |(tests, target)| Rule { tests, target, ..base.clone() })
    })
    .boxed()
}

fn range() -> impl Strategy<Value = RangeInclusive<u16>> + Clone {
    prop_oneof![
        any::<u16>().prop_map(|port| port..=port),
        any::<[u16; 2]>().prop_map(|[a, b]| a.min(b)..=a.max(b)),
    ]
}

/// A test that a rule about this protocol can make.
fn test(proto: Option<Is<u8>>) -> BoxedStrategy<Test> {
    let all = 0..=u16::MAX;
    let states = any::<[bool; 5]>().prop_map(|[invalid, new, established, related, untracked]| {
        let untracked = untracked || !(invalid || new || established || related);
        States { invalid, new, established, related, untracked }
    });
    let text = text().prop_map(|text| text.replace('\n', " "));
    let mut tests = vec![
        (is(states), any::<bool>()).prop_map(|(states, old)| Test::State { states, old }).boxed(),
        is((any::<u32>(), any::<u32>())).prop_map(Test::Mark).boxed(),
        ipvs().prop_map(Test::Ipvs).boxed(),
        text.prop_map(Test::Comment).boxed(),
    ];
    let proto = proto.filter(|proto| !proto.not).map_or(0, |proto| proto.value);
    if proto == 1 {
        tests.push(is((any::<u8>(), of(any::<u8>()))).prop_map(Test::IcmpType).boxed());
    }
    if matches!(proto, 6 | 17) {
        let some = is(range()).prop_filter("not all", move |is| is.not || is.value != all);
        tests.push(some.clone().prop_map(Test::SourcePort).boxed());
        tests.push(some.prop_map(Test::DestPort).boxed());
        // A match that asks nothing.
        tests.push(Just(Test::DestPort(Is::yes(0..=u16::MAX))).boxed());
        let ports = is(vec(range(), 1..=7));
        tests.push(ports.clone().prop_map(Test::SourcePorts).boxed());
        tests.push(ports.prop_map(Test::DestPorts).boxed());
    }
    if proto == 6 {
        let flags = is((0u8..0x40, 0u8..0x40));
        let flags = flags.prop_filter("not none", |is| is.not || is.value != (0, 0));
        tests.push(flags.prop_map(Test::TcpFlags).boxed());
    }
    proptest::strategy::Union::new(tests).boxed()
}

fn ipvs() -> impl Strategy<Value = Ipvs> + Clone {
    use lvs_engine::Method;
    let method = select(&[Method::Nat, Method::Dr, Method::Tun][..]);
    // Protocol 0 can be asked for, too.
    let asked = (of(is(any::<u8>())), of(is(address())), of(is(any::<u16>())), of(any::<bool>()));
    (asked, of(is(method)), any::<bool>()).prop_map(
        |((proto, vip, port, original), method, known)| {
            let ipvs = Ipvs { known: None, proto, vip, port, original, method };
            let known = (ipvs == Ipvs::default()).then_some(known);
            Ipvs { known, ..ipvs }
        },
    )
}

/// A target that this chain allows a rule about this protocol.
fn target(table: Table, chain: Chain, proto: Option<Is<u8>>) -> BoxedStrategy<Target> {
    use Chain::{Forward, Input, Output, Postrouting, Prerouting};
    let mut targets = vec![
        Just(Target::Accept).boxed(),
        Just(Target::Return).boxed(),
        any::<(u32, u32)>().prop_map(|(value, mask)| Target::Mark { value, mask }).boxed(),
    ];
    if table != Table::Nat {
        targets.push(Just(Target::Drop).boxed());
    }
    let has_ports = proto.is_some_and(|proto| matches!(proto.value, 1 | 6 | 17 | 33 | 132));
    let ports = of(range()).prop_map(move |ports| ports.filter(|_| has_ports));
    let addrs = (addr(), addr()).prop_map(|(a, b)| a.min(b)..=a.max(b));
    let range = (addrs, ports.clone()).prop_map(|(addrs, ports)| NatRange { addrs, ports });
    match (table, chain) {
        (Table::Filter, Input | Forward | Output) => {
            let is_tcp = proto == Some(Is::yes(6));
            let with = RejectWith::ALL.map(|(with, _)| with);
            let with = with.into_iter().filter(|with| is_tcp || *with != RejectWith::TcpReset);
            targets.push(select(with.collect::<Vec<_>>()).prop_map(Target::Reject).boxed());
        }
        (Table::Nat, Prerouting | Output) => {
            targets.push(range.prop_map(Target::Dnat).boxed());
            targets.push(ports.prop_map(Target::Redirect).boxed());
        }
        (Table::Nat, Input) => targets.push(range.prop_map(Target::Snat).boxed()),
        (Table::Nat, Postrouting) => {
            targets.push(range.prop_map(Target::Snat).boxed());
            targets.push(ports.prop_map(Target::Masquerade).boxed());
        }
        (Table::Raw, Prerouting | Output) => {
            targets.push(any::<bool>().prop_map(|ct| Target::NoTrack { ct }).boxed());
        }
        _ => {}
    }
    proptest::strategy::Union::new(targets).boxed()
}

fn conntrack() -> BoxedStrategy<Conntrack> {
    let proto = of(select(&[1, 6, 17][..]));
    let addrs = (of(address()), of(address()), of(address()), of(address()));
    let filter = (proto, addrs, of(port()), of(port()), of(select(&STATES[..]))).prop_map(
        |(proto, (src, dst, reply_src, reply_dst), sport, dport, state)| {
            let has_ports = matches!(proto, Some(6 | 17));
            let (sport, dport) = (sport.filter(|_| has_ports), dport.filter(|_| has_ports));
            let state = state.filter(|_| proto == Some(6));
            Filter { proto, src, dst, reply_src, reply_dst, sport, dport, state }
        },
    );
    prop_oneof![
        (filter.clone(), any::<bool>())
            .prop_map(|(filter, extended)| Conntrack::List { filter, extended }),
        filter.prop_map(Conntrack::Delete),
        Just(Conntrack::Flush),
        Just(Conntrack::Count),
    ]
    .boxed()
}
