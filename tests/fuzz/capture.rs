//! Bytes into the reader of captures, and what comes of them over the DR lab: refused with words, or told to the end.

use std::sync::OnceLock;

use lvsim_tests::overlay::{frames, ifaces, pcap};
use lvsim_tests::{files, plays};
use sim_core::event::{IfaceId, NodeId};
use sim_core::export::pcap::LinkType;
use sim_core::export::pcapng::{self, Packet};
use sim_core::overlay::{Capture, Options, Overlay, Wanted};
use sim_core::whatif::Run;

type At = (NodeId, IfaceId);

/// A run of the lab, with its interfaces.
fn lab() -> &'static (Run, Vec<At>) {
    static LAB: OnceLock<(Run, Vec<At>)> = OnceLock::new();
    LAB.get_or_init(|| {
        let (player, _) = plays::start(&files::world("dr")).expect("the lab can be set up");
        let run = Run::play(player.scenario().clone()).expect("it can be played");
        let all = ifaces(&run).into_iter().map(|(at, _)| at).collect();
        (run, all)
    })
}

pub fn run(bytes: &[u8]) {
    let (run, all) = lab();
    let wanted = Wanted { asked: None, node: "rs1", iface: "eth0" };
    let number = Wanted { asked: Some("1"), ..wanted };
    for wanted in [wanted, number] {
        match Capture::read(bytes, wanted) {
            Ok(capture) => {
                let at = all[bytes.len() % all.len()];
                match Overlay::lay(run.clone(), at, capture, Options::default()) {
                    Ok(laid) => {
                        assert_eq!(laid.fits(), laid.first().is_none());
                        let told = laid.first().map(|first| first.head("it"));
                        assert!(told.is_none_or(|told| !told.en.is_empty() && !told.zh.is_empty()));
                        laid.decided();
                        laid.notes();
                    }
                    Err(why) => assert!(!why.en.is_empty() && !why.zh.is_empty()),
                }
            }
            Err(why) => assert!(!why.en.is_empty() && !why.zh.is_empty()),
        }
    }
}

/// Captures of the lab, in both formats.
pub fn seeds() -> Vec<Vec<u8>> {
    let (run, all) = lab();
    let mut seeds: Vec<Vec<u8>> = all.iter().map(|at| pcap(&frames(run, *at))).collect();
    let mut file = Vec::new();
    pcapng::section("fuzz", "", &mut file);
    for name in ["rs1.eth0", "eth0"] {
        pcapng::interface(name, "", LinkType::Ethernet, &mut file);
    }
    for (iface, at) in (0..).zip(&all[..2]) {
        for (at_ns, bytes) in frames(run, *at) {
            let packet = Packet { iface, at_ns, inward: true, bytes: &bytes, comments: &[] };
            pcapng::packet(&packet, &mut file);
        }
    }
    seeds.push(file);
    seeds
}
