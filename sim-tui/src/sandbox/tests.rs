//! What the sandbox holds to: what it saves plays as it was seen, and a bad edit is told and changes nothing.

use super::choices::{Role, free};
use super::edit::{MOST, add, connect, plug, remove, rename, tune, type_line};
use super::*;
use crate::scenarios::SHIPPED;

/// A lab that begins with this template.
fn lab(name: &str) -> (Sandbox, Session) {
    Sandbox::new(&start::find(name).expect("it is there")).expect("it can be played")
}

fn end(text: &str) -> End {
    let (node, iface) = text.split_once(':').expect("an end has two parts");
    End { node: node.into(), iface: iface.into() }
}

#[test]
fn what_is_saved_plays_as_it_was_seen() {
    let some = SHIPPED.iter().step_by(9).map(|(name, _)| *name);
    for name in ["empty", "nat", "dr", "tun"].into_iter().chain(some) {
        let (own, session) = lab(name);
        let again = open("saved.ron", &own.text(), None, false).expect("it loads");
        let again = Session::new(again).expect("it is set up");
        assert_eq!(session.trace().entries(), again.trace().entries(), "{name}");
        assert_eq!(session.trace().events(), again.trace().events(), "{name}");
        assert!(own.is_saved() && !session.steps().is_empty(), "{name}");
        assert_eq!(session.error(), None, "{name}");
    }
}

#[test]
fn machines_have_names_and_addresses_by_their_roles() {
    let (own, _) = lab("empty");
    let mut next = own.scenario().clone();
    for (role, name) in [
        (Role::Client, "client2"),
        (Role::Router, "router"),
        (Role::Router, "router2"),
        (Role::Director, "director"),
        (Role::Server, "rs1"),
        (Role::Server, "rs2"),
        (Role::Switch, "lan"),
        (Role::Switch, "lan2"),
    ] {
        assert_eq!(add(&mut next, role).as_deref(), Ok(name));
    }
    let text = next.to_file();
    for mac in ["00:c1", "00:c2", "00:a0", "00:a3", "00:d1", "00:51", "00:52"] {
        assert!(text.contains(mac), "{mac}\n{text}");
    }
    let (mut own, _) = lab("empty");
    own.take(next).expect("it can be played");
}

#[test]
fn a_bad_edit_says_what_is_wrong_and_changes_nothing() {
    let (mut own, _) = lab("dr");
    let before = own.text();
    let mut refused = |says: &str, edit: &dyn Fn(&mut Scenario) -> Result<Text, Text>| {
        let mut next = own.scenario().clone();
        let wrong = match edit(&mut next) {
            Err(wrong) => wrong,
            Ok(_) => own.take(next).err().unwrap_or_default(),
        };
        assert!(wrong.en.contains(says) && !wrong.zh.is_empty(), "{says}: {wrong:?}");
        assert_eq!(own.text(), before, "{says}");
    };
    let cable = |next: &mut Scenario, a: &str, b: &str| {
        connect(next, &end(a), &end(b)).map(|()| Text::default())
    };
    refused("another machine rs2", &|next| rename(next, Part::Node(4), "rs2"));
    refused("not a name for a machine", &|next| rename(next, Part::Node(4), "rs 1"));
    refused("not a name for a machine", &|next| rename(next, Part::Node(4), ""));
    refused("a text without words", &|next| rename(next, Part::Lab, "  "));
    refused("has a cable already", &|next| cable(next, "client:eth0", "rs1:eth0"));
    refused("to itself leads nowhere", &|next| cable(next, "client:eth0", "client:eth0"));
    refused("there is no nobody:eth0", &|next| cable(next, "nobody:eth0", "rs1:eth1"));
    refused("there is no rs1:eth7", &|next| cable(next, "rs1:eth7", "rs2:eth1"));
    refused("at most 64 machines", &|next| {
        (0..=MOST).try_for_each(|_| add(next, Role::Client).map(drop)).map(|()| Text::default())
    });
    refused("written as `delay", &|next| tune(next, 0, "delay"));
    refused("written as `delay", &|next| tune(next, 0, "speed 5"));
    refused("not a time", &|next| tune(next, 0, "delay 5"));
    refused("not a share", &|next| tune(next, 0, "loss 5"));
    refused("too small an mtu", &|next| tune(next, 0, "mtu 20"));
    refused("select a machine", &|next| plug(next, Part::Lab, true));
    refused("the title stays", &|next| remove(next, Part::Lab));
    refused("only word stays", &|next| remove(next, Part::Step(0, 0)));
    refused("nothing to remove", &|next| remove(next, Part::Node(99)));
    let typed = |next: &mut Scenario, on: &str, line: &str| {
        type_line(next, on, line, &Shell::default()).map(|()| Text::default())
    };
    refused("ping would never end", &|next| typed(next, "client", "ping 192.0.2.11"));
    refused("is a switch", &|next| typed(next, "lan", "ip addr add 192.0.2.9/24 dev eth0"));
}

#[test]
fn sixty_four_machines_fit_and_the_last_one_stays() {
    let (mut own, _) = lab("empty");
    let mut next = own.scenario().clone();
    while next.nodes.len() < MOST {
        add(&mut next, Role::Router).expect("there is room");
    }
    own.take(next.clone()).expect("it can be played");
    while next.nodes.len() > 1 {
        remove(&mut next, Part::Node(0)).expect("there is another");
    }
    let wrong = remove(&mut next, Part::Node(0)).expect_err("it is the last");
    assert!(wrong.en.contains("at least one"), "{}", wrong.en);
    own.take(next).expect("it can be played");
}

#[test]
fn a_machine_goes_with_its_cables_and_all_that_happens_to_it() {
    let (mut own, _) = lab("dr");
    let mut next = own.scenario().clone();
    let shell = Shell::default();
    type_line(&mut next, "rs1", "ip addr add 192.0.2.100/32 dev lo", &shell).expect("it is fine");
    type_line(&mut next, "client", "ping -c 1 192.0.2.11", &shell).expect("it is fine");
    plug(&mut next, Part::Link(3), true).expect("it is a cable");
    plug(&mut next, Part::Node(4), true).expect("it is a machine");
    own.happen(next.clone()).expect("it can be played");
    rename(&mut next, Part::Node(4), "web").expect("the name is free");
    own.take(next.clone()).expect("all that names it names it anew");
    let said = remove(&mut next, Part::Node(4)).expect("there are others");
    assert!(
        said.en.contains("web is gone (with it cables: 1, steps of the story: 3)"),
        "{}",
        said.en
    );
    own.take(next).expect("nothing names it");
    assert!(!own.text().contains("web"));
    let (text, mut back) = (own.text(), 0);
    while own.turn_back(false).is_some() {
        back += 1;
    }
    assert_eq!((back, own.is_saved()), (3, true));
    while own.turn_back(true).is_some() {}
    assert_eq!(own.text(), text);
}

#[test]
fn cards_and_places_come_with_cables() {
    let (mut own, _) = lab("empty");
    let mut next = own.scenario().clone();
    add(&mut next, Role::Switch).expect("there is room");
    for server in 1..=6 {
        let name = add(&mut next, Role::Server).expect("there is room");
        assert_eq!(name, format!("rs{server}"));
        let all = free(&next);
        let place = all.iter().find(|own| own.end.node == "lan").expect("a switch has room");
        assert_eq!(place.is_new, server > 4);
        connect(&mut next, &end(&format!("{name}:eth0")), &place.end.clone()).expect("it is free");
    }
    connect(&mut next, &end("client:eth0"), &end("rs1:eth1")).expect("a card comes with it");
    own.take(next).expect("it can be played");
    assert!(own.text().contains("\"02:00:00:00:00:57\""), "{}", own.text());
}

#[test]
fn what_takes_time_comes_to_rest_and_variables_stay() {
    let (mut own, _) = lab("dr");
    let mut next = own.scenario().clone();
    let shell = own.shell("client");
    type_line(&mut next, "client", "rip=192.0.2.11", &shell).expect("it is fine");
    own.happen(next).expect("it can be played");
    let mut next = own.scenario().clone();
    let shell = own.shell("client");
    assert_eq!(shell.vars.get("rip").map(String::as_str), Some("192.0.2.11"));
    type_line(&mut next, "client", "curl -m 4 http://$rip/", &shell).expect("it is fine");
    let session = own.happen(next).expect("it can be played");
    assert!(session.end().world.is_idle());
    assert!(own.text().contains("Wait(Idle)"), "{}", own.text());
    // What runs on for ever is not waited for.
    let mut next = own.scenario().clone();
    type_line(&mut next, "client", "ping 192.0.2.12 &", &shell).expect("it is fine");
    let session = own.happen(next).expect("it can be played");
    assert_eq!(session.error(), None);
}

#[test]
fn a_cable_that_loses_frames_is_not_for_a_real_kernel() {
    let (mut own, _) = lab("nat");
    let mut next = own.scenario().clone();
    tune(&mut next, 0, "delay 5ms loss 1% mtu 1400").expect("it is understood");
    own.take(next).expect("it can be played");
    assert!(own.text().contains("only simulated"), "{}", own.text());
    assert_eq!(edit::tuning(&own.scenario().links[0]), "delay 5ms loss 1% mtu 1400");
}

#[test]
fn a_loop_of_switches_ends_and_is_told() {
    let (mut own, _) = lab("empty");
    let mut next = own.scenario().clone();
    for _ in 0..2 {
        add(&mut next, Role::Switch).expect("there is room");
    }
    for (a, b) in [("client:eth0", "lan:0"), ("lan:1", "lan2:1"), ("lan:2", "lan2:2")] {
        connect(&mut next, &end(a), &end(b)).expect("they are free");
    }
    let shell = Shell::default();
    for line in ["ip addr add 192.0.2.1/24 dev eth0", "ping -c 1 -W 1 192.0.2.2"] {
        type_line(&mut next, "client", line, &shell).expect("it is fine");
    }
    // The story ends with the ping; frames go round for as long as it lasts.
    let session = own.happen(next).expect("it can be played");
    assert_eq!((session.error(), session.end().world.is_idle()), (None, false));
    let mut next = own.scenario().clone();
    type_line(&mut next, "client", "sleep 100", &shell).expect("it is fine");
    let session = own.happen(next).expect("it can be played");
    let told = session.error().expect("that is too long");
    assert!(told.en.contains("200000 events"), "{}", told.en);
    assert_eq!(own.turn_back(false).and_then(|session| session.error()), None);
}
