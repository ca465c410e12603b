//! The sandbox: its screens in both languages, a DR lab built by hand from nothing, whatever is built and saved.

use lvsim_tests::lvsim::run;
use proptest::prelude::*;
use sim_core::story::open;
use sim_tui::sandbox::Saved;
use sim_tui::session::Session;
use sim_tui::state::State;
use sim_tui::update::sandbox::saved;

use crate::screens::{LARGE, SMALL, both, check, home, press, text};

/// The sandbox with the DR template, after these keys.
pub(crate) fn built(size: (u16, u16), pressed: &str) -> State {
    let mut state = home(size);
    press(&mut state, "sdr<Enter>");
    press(&mut state, pressed);
    state
}

#[test]
fn what_a_lab_begins_with_and_what_it_is_built_of() {
    for (size, name) in [(SMALL, "80x24"), (LARGE, "120x36")] {
        let mut start = home(size);
        press(&mut start, "s");
        both(&format!("sandbox_start_{name}"), start);
        both(&format!("sandbox_build_{name}"), built(size, ""));
        both(&format!("sandbox_add_{name}"), built(size, "a"));
        both(&format!("sandbox_cable_{name}"), built(size, "<Down><Down>cclient<Enter>"));
        both(&format!("sandbox_broken_{name}"), built(size, BROKEN));
        both(&format!("sandbox_typed_{name}"), built(size, TYPED));
    }
    both("sandbox_save_80x24", built(SMALL, "aserver<Enter>w"));
    both("sandbox_leave_80x24", built(SMALL, "aserver<Enter>q"));
    both("sandbox_wrong_80x24", built(SMALL, "<Down>r<BS><BS><BS><BS><BS><BS>rs1<Enter>"));
}

/// rs1 is off, its cable out, and the client has another one.
const BROKEN: &str =
    "<Down><Down><Down><Down><Down>p<Down><Down><Down><Down><Down>p<Up><Up><Up><Up><Up>";

/// A ping from the client to a real server.
const TYPED: &str = "<Down><Enter>ping -c 1 192.0.2.11<Enter>";

/// All keys of a DR lab, from one client on.
const BY_HAND: &[&str] = &[
    "sempty<Enter>",
    "arouter<Enter>aswitch<Enter>adirector<Enter>aserver<Enter>aserver<Enter>",
    "cclient:eth0<Enter>router:eth0<Enter>crouter:eth1<Enter>lan:0<Enter>",
    "cdirector:eth0<Enter>lan:1<Enter>crs1:eth0<Enter>lan:2<Enter>crs2:eth0<Enter>lan:3<Enter>",
    "<Home><PgUp><Down><Enter>",
    "ip addr add 198.51.100.10/24 dev eth0<Enter>ip route add default via 198.51.100.1<Enter>",
    "@router<Enter>ip addr add 198.51.100.1/24 dev eth0<Enter>ip addr add 192.0.2.1/24 dev eth1<Enter>",
    "@director<Enter>ip addr add 192.0.2.2/24 dev eth0<Enter>ip route add default via 192.0.2.1<Enter>",
    "ip addr add 192.0.2.100/32 dev eth0<Enter>ipvsadm -A -t 192.0.2.100:80 -s rr<Enter>",
    "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -g<Enter>ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.12 -g<Enter>",
    "@rs1<Enter>ip addr add 192.0.2.11/24 dev eth0<Enter>ip route add default via 192.0.2.1<Enter>",
    "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2<Enter>",
    "ip addr add 192.0.2.100/32 dev lo<Enter>serve http 80<Enter>",
    "@rs2<Enter>ip addr add 192.0.2.12/24 dev eth0<Enter>ip route add default via 192.0.2.1<Enter>",
    "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2<Enter>",
    "ip addr add 192.0.2.100/32 dev lo<Enter>serve http 80<Enter>",
    "@client<Enter>curl http://192.0.2.100/<Enter>curl http://192.0.2.100/<Enter>",
];

/// The lab that is on the screen, as it would be saved, and what was played of it.
fn own(state: &State) -> (String, &Session) {
    let walk = state.walk.as_ref().filter(|walk| walk.sandbox.is_some());
    let walk = walk.or(state.bench.as_ref()).expect("it is open");
    (walk.sandbox.as_ref().expect("it is the sandbox").text(), &walk.session)
}

/// What is saved loads, and plays as it was seen.
fn is_faithful(state: &State) {
    let (text, session) = own(state);
    let again =
        open("saved.ron", &text, None, false).unwrap_or_else(|_| panic!("it loads\n{text}"));
    let again = Session::new(again).expect("it is set up");
    assert_eq!(session.trace().entries(), again.trace().entries(), "{text}");
}

fn is_saved(state: &State) -> bool {
    let walk = state.walk.as_ref().filter(|walk| walk.sandbox.is_some());
    let own = walk.or(state.bench.as_ref()).and_then(|walk| walk.sandbox.as_ref());
    own.expect("it is open").is_saved()
}

#[test]
fn a_dr_lab_is_built_by_hand_from_one_client() {
    let mut state = home(LARGE);
    for keys in BY_HAND {
        press(&mut state, keys);
        check(&state);
    }
    let (text, session) = own(&state);
    let served: Vec<String> = session.end().typed().map(|(_, job)| job.output.clone()).collect();
    assert!(served.ends_with(&["rs2\n".into(), "rs1\n".into()]), "{served:?}\n{text}");
    is_faithful(&state);
    both("sandbox_by_hand_120x36", state);
}

#[test]
#[rustfmt::skip]
fn keys_of_the_sandbox_lead_where_they_should() {
    for (pressed, words, absent) in [
        ("",                              "[BUILD]",                  "not saved"),
        ("<Esc>",                         "3 EVENTS",                 "[BUILD]"),
        ("b",                             "3 EVENTS",                 "[BUILD]"),
        ("<Esc>b",                        "[BUILD]",                  "3 EVENTS"),
        ("ss",                            "[BUILD]",                  "3 EVENTS"),
        ("aclient<Enter>",                "client2 is there",         "client3"),
        ("aclient<Enter>U",               "undone",                   "client2 "),
        ("aclient<Enter>UR",              "done again",               "undone"),
        ("U",                             "nothing was changed",      "undone"),
        ("R",                             "nothing was undone",       "done again"),
        ("azzz<Enter>",                   "nothing is called so",     "is there; c"),
        ("x",                             "the title stays",          "is gone"),
        ("<Down>x",                       "client is gone",           "the title stays"),
        ("p",                             "select a machine",         "switched off"),
        ("<Down>p",                       "client is switched off",   "select a machine"),
        ("<Down>pp",                      "client is switched on",    "OFF"),
        ("e",                             "select a cable",           "delay 1ms loss"),
        ("rMine<Enter>",                  "it is called",             "select"),
        ("<Down>r2<Enter>",               "client is now client2",    "select"),
        ("aserver<Enter>o",               "goes on in the sandbox: sandbox *", "[BUILD]"),
        ("aserver<Enter>os",              "[BUILD]",                  "Scenarios"),
        ("aserver<Enter>q",               "not saved :",              "zzz"),
        ("aserver<Enter>q<Esc>",          "[BUILD]",                  "not saved :"),
        ("w",                             "save as : lab.ron",        "saved:"),
        ("w<BS><BS><BS><BS><BS><BS><BS><Enter>", "needs a name",      "saved:"),
        ("tnat/seed<Enter>",              "are left out",             "c puts a cable in, Enter"),
        ("tnat/seed<Enter>U",             "undone",                   "are left out"),
        ("<Down><Enter>ip -br addr<Enter>", "198.51.100.10/24",       "not saved"),
        ("<Down><Enter>ping 192.0.2.11<Enter>", "ping would never end", "64 bytes"),
        ("<Down><Enter>ping -c 1 192.0.2.11<Enter>", "1 received",    "WHAT-IF"),
        ("<Down><Enter>ping -c 1 192.0.2.11<Enter><Esc>U", "undone",  "1 received"),
        ("<Down><Enter>nonsense<Enter>",  "(!)",                      "WHAT-IF"),
        ("<Down><Enter>nc -l 5000<Enter>", "the story cannot go on",  "WHAT-IF"),
        ("<Down><Enter>nc -l 5000<Enter><Esc>5<Enter>ping -c 1 192.0.2.1<Enter>", "cannot go on", "1 received"),
        ("<Down><Enter>v=192.0.2.11<Enter>ping -c 1 $v<Enter>", "1 received", "WHAT-IF"),
        ("<Down><Enter>ping -c 1 192.0.2.11<Enter><Esc><Home>5<Enter>ip link set eth0 down<Enter>", "WHAT-IF", "[BUILD]"),
        ("<Down><Enter>ping -c 1 192.0.2.11<Enter><Esc><Home>5<Enter>ip link set eth0 down<Enter>k", "part of the story", "WHAT-IF"),
        ("?",                             "put a cable in",           "zzz"),
        (":save<Enter>",                  "save as : lab.ron",        "zzz"),
    ] {
        let mut state = built(LARGE, pressed);
        let shown = text(&state);
        assert!(shown.contains(words), "{pressed}: {words} is not there\n{shown}");
        assert!(!shown.contains(absent), "{pressed}: {absent} is there\n{shown}");
        assert!(!state.quit, "{pressed}");
        is_faithful(&state);
        // Another scenario puts it aside, and does not lose it.
        let before = own(&state).0;
        press(&mut state, "<Esc><Esc>");
        state.open(&sim_tui::catalogue::find("nat/seed").expect("it is shipped"));
        assert_eq!(own_aside(&state), before, "{pressed}");
    }
}

fn own_aside(state: &State) -> String {
    let walk = state.bench.as_ref().expect("it is put aside");
    walk.sandbox.as_ref().expect("it is the sandbox").text()
}

#[test]
fn any_scenario_opens_in_the_sandbox() {
    let mut state = home(LARGE);
    press(&mut state, "<Enter>b");
    assert!(text(&state).contains("[BUILD]"), "{}", text(&state));
    is_faithful(&state);
    // Its palette name leads there from everywhere.
    let mut state = home(LARGE);
    press(&mut state, "<Enter>:sandbox<Enter>");
    assert!(text(&state).contains("one client, nothing else"), "{}", text(&state));
}

/// Saving is a wish; whoever drives the screens fulfils it and says what came of it.
#[test]
fn saving_asks_before_it_writes_over_and_leaving_asks_before_it_loses() {
    let mut state = built(LARGE, "aserver<Enter>wmine<Enter>");
    let wish = state.wish.take().expect("it is to be written");
    assert_eq!((wish.file.as_str(), wish.over, wish.quits), ("mine.ron", false, false));
    saved(&mut state, &wish, Saved::Exists);
    assert!(text(&state).contains("Enter once more writes over it"), "{}", text(&state));
    press(&mut state, "<Enter>");
    let wish = state.wish.take().expect("it is to be written over");
    assert!(wish.over);
    saved(&mut state, &wish, Saved::Done);
    assert!(text(&state).contains("lvsim run mine.ron"), "{}", text(&state));
    press(&mut state, "q");
    assert!(state.quit, "nothing would be lost");

    let mut state = built(LARGE, "aserver<Enter>qs<Enter>");
    let wish = state.wish.take().expect("it is to be written");
    assert!(wish.quits && !state.quit);
    saved(&mut state, &wish, Saved::Done);
    assert!(state.quit);
    for leave in ["qy", "<C-c>", "oqy"] {
        let state = built(LARGE, &format!("aserver<Enter>{leave}"));
        assert!(state.quit, "{leave}");
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    for args in [&["sandbox"][..], &["sandbox", "dr/seed"]] {
        let said = run(args);
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(said.err.contains("the sandbox needs a terminal"), "{}", said.err);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_built_can_be_saved(
        parts in prop::collection::vec(
            prop_oneof![
                4 => prop::sample::select(vec![
                    "aclient<Enter>", "arouter<Enter>", "aserver<Enter>", "aswitch<Enter>", "c<Enter><Enter>", "c<Down><Enter><Down><Enter>",
                    "c<Down><Down><Down><Enter><Enter>", "x", "<Down>", "<Down><Down>", "<PgDn>", "<Up>", "p", "edelay 7ms<Enter>",
                    "e loss 10%<Enter>", "r2<Enter>", "rrs1<Enter>", "U", "U", "R", "tempty<Enter>", "tnat<Enter>", "tdr<Enter>", "ttun/<Enter>",
                    "<Enter>", "<Esc>", "w<Enter>", "<Home>", "<Left>", "L", "q<Esc>", "os", "n", "K",
                ]).prop_map(str::to_owned),
                2 => prop::sample::select(vec![
                    "ip addr add 198.51.100.77/24 dev eth0", "ping -c 2 192.0.2.11", "curl -m 2 http://192.0.2.11/", "serve http 8080", "sleep 3",
                    "ping 192.0.2.1 &", "nc -l 99", "ip link set eth0 down", "@rs1", "@lan", "exit", "vip=1.2.3.4", "echo $vip > /etc/sysctl.conf",
                    "ipvsadm -A -t 192.0.2.100:80", "路由", "echo '",
                ]).prop_map(|line| format!("<Esc><Esc>s<Esc><End>5<Enter>{line}<Enter><Esc>b")),
            ],
            25,
        ),
    ) {
        let mut state = built(LARGE, "");
        for part in parts {
            press(&mut state, &part);
            check(&state);
            // It is left only where nothing would be lost.
            prop_assert!(!state.quit || is_saved(&state));
            state.quit = false;
        }
        is_faithful(&state);
    }
}
