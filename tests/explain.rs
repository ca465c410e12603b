//! `lvsim explain`: reasons by their codes, for people and for programs; and each is to be seen in a
//! shipped scenario.

use lvsim_tests::lvsim::run;
use serde_json::Value;
use sim_core::reason;

#[test]
#[rustfmt::skip]
fn codes_and_families_are_explained_and_others_refused() {
    let rows: [(&[&str], i32, &[&str]); 15] = [
        // what was asked                           code, what is said of it
        (&["arp.reply.any-interface"],              0, &["Answered ARP for an address", "  rule      Addresses belong", "  matters   With DR",
                                                         "  cure      sysctl -w net.ipv4.conf.all.arp_ignore=1\n",
                                                         "  source    Linux 6.1 net/ipv4/arp.c, arp_ignore\n", "  shown in  arp/", "dr/arp-walk"]),
        (&["arp.reply.any-interface", "--lang", "zh"], 0, &["  规则      地址属于", "  意义      ", "  处理      sysctl -w", "  出处      Linux 6.1", "  场景      arp/"]),
        (&["neigh.confirmed"],                      0, &["  cure      none needed: this is how it works\n"]),
        (&["ip.drop.bad-header"],                   0, &["  cure      Capture at both ends", "ip/broken-packets"]),
        (&["ipvs.sched"],                           0, &["ipvs.sched.weighed       Compared a real server's load\n", "ipvs.sched.picked "]),
        (&["ipvs.sched."],                          0, &["ipvs.sched.weighed       Compared a real server's load\n"]),
        (&["read", "neigh"],                        0, &["Read a setting\n", "\n\nneigh.confirmed   The neighbour is still"]),
        (&["arp.silent.filer"],                     2, &["arp.silent.filer: no reason has this code", "did you mean arp.silent.filter?"]),
        (&["bad-header", "read", "x.y"],            2, &["did you mean ip.drop.bad-header?", "x.y: no reason has this code"]),
        (&["arp.silent.filer", "--lang", "zh"],     2, &["没有这个代码的原因", "是不是想写 arp.silent.filter？"]),
        (&["ipvs.fulnat"],                          2, &["did you mean ipvs.fullnat?"]),
        (&["ipvs.fullnat.source"],                  0, &["  source    alibaba/LVS net/netfilter/ipvs/ip_vs_conn.c, ip_vs_hbind_laddr\n"]),
        (&[],                                       2, &["<CODE>"]),
        (&["read", "--all"],                        2, &["--all"]),
        (&["--all"],                                0, &["arp.ask.interface-address\n", "udp.taken\n"]),
    ];
    for (args, code, words) in rows {
        let said = run(&[&["explain"][..], args].concat());
        assert_eq!(said.status, Some(code), "{args:?}: {said:?}");
        let [told, silent] = if code == 0 { [&said.out, &said.err] } else { [&said.err, &said.out] };
        assert_eq!(silent, "", "{args:?}");
        for words in words {
            assert!(told.contains(words), "{args:?}: no {words:?} in {told}");
        }
    }
}

/// What is read for a decision is told beside it.
const BY_THE_WAY: &[&str] = &["read", "ipvs.read"];

#[test]
fn every_reason_is_shown_by_a_scenario() {
    let said = run(&["explain", "--all", "--format", "json"]);
    let parse = |line| serde_json::from_str::<Value>(line).expect("each line is JSON");
    let all: Vec<Value> = said.out.lines().map(parse).collect();
    let code = |entry: &Value| entry["code"].as_str().map(str::to_owned).expect("each has a code");
    let mut codes: Vec<String> = all.iter().map(code).collect();
    let mut wanted: Vec<String> =
        reason::all_codes().into_iter().chain(["read"]).map(str::to_owned).collect();
    codes.sort();
    wanted.sort();
    assert_eq!(codes, wanted, "all are explained");
    let shown =
        |entry: &&Value| entry["scenarios"].as_array().is_some_and(|names| !names.is_empty());
    let unseen: Vec<String> = all.iter().filter(|entry| !shown(entry)).map(code).collect();
    let unseen: Vec<&String> =
        unseen.iter().filter(|code| !BY_THE_WAY.contains(&code.as_str())).collect();
    assert!(unseen.is_empty(), "no story expects these: Expect(Because(…)): {unseen:?}");
}
