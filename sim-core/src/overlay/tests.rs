//! Every kind of file that is read, and what of it is told.

use super::{Capture, Options, Overlay, Wanted, place};
use crate::export::pcap::LinkType;
use crate::export::pcapng::{self, Packet};
use crate::story::open;
use crate::whatif::Run;

const LAB: &str = r#"(
    title: (en: "t", zh: "t"),
    nodes: [
        Host(name: "a", nics: [("eth0", "02:00:00:00:00:01")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
        Host(name: "b", nics: [("eth0", "02:00:00:00:00:02")], serves: ["http 80"], setup: ["ip addr add 192.0.2.2/24 dev eth0"]),
    ],
    links: [(a: "a:eth0", b: "b:eth0")],
    story: [Do(on: "a", run: ["curl -m 4 http://192.0.2.2/"]), Wait(Idle)],
)"#;

fn lab() -> Run {
    let lab = open("t.ron", LAB, None, false).expect("it loads");
    Run::play(lab).expect("it plays")
}

const WANTED: Wanted<'static> = Wanted { asked: None, node: "b", iface: "eth0" };

/// A classic capture with this link type, of frames with what stands before each packet exchanged.
fn pcap(link: u32, is_little: bool, is_nano: bool, frames: &[Vec<u8>], most: usize) -> Vec<u8> {
    let four = |number: u32| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
    let two = |number: u16| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
    let magic = if is_nano { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let mut file = four(magic).to_vec();
    file.extend([two(2), two(4)].concat());
    file.extend([four(0), four(0), four(96), four(link)].concat());
    for (at, frame) in (1_700_000_000..).zip(frames) {
        let kept = &frame[..frame.len().min(most)];
        file.extend(
            [four(at), four(7), four(kept.len() as u32), four(frame.len() as u32)].concat(),
        );
        file.extend(kept);
    }
    file
}

fn frames(run: &Run) -> Vec<Vec<u8>> {
    let at = place("b:eth0", run).expect("it has a cable");
    super::simulated(run, at.0, at.1).into_iter().map(|own| own.bytes).collect()
}

fn lay(run: &Run, file: &[u8], wanted: Wanted<'_>) -> Result<Overlay, String> {
    let capture = Capture::read(file, wanted).map_err(|why| why.en)?;
    let at = place("b:eth0", run).expect("it has a cable");
    Overlay::lay(run.clone(), at, capture, Options::default()).map_err(|why| why.en)
}

/// The packets of frames behind another head, which tells the EtherType at `kind`.
fn behind(frames: &[Vec<u8>], head: &[u8], kind: usize) -> Vec<Vec<u8>> {
    let one = |frame: &Vec<u8>| {
        let mut head = head.to_vec();
        head[kind..kind + 2].copy_from_slice(&frame[12..14]);
        [&head[..], &frame[14..]].concat()
    };
    frames.iter().map(one).collect()
}

#[test]
fn every_form_of_a_capture_is_read() {
    let run = lab();
    let own = frames(&run);
    let tagged: Vec<Vec<u8>> = own
        .iter()
        .map(|frame| [&frame[..12], &[0x81, 0, 0x20, 100], &frame[12..]].concat())
        .collect();
    let only_ip: Vec<Vec<u8>> = own
        .iter()
        .filter(|frame| frame[12..14] == [8, 0])
        .map(|frame| frame[14..].to_vec())
        .collect();
    let cooked = behind(&own, &[0; 16], 14);
    let mut head = [0; 20];
    head[7] = 2;
    let cooked2 = behind(&own, &head, 0);
    for is_little in [true, false] {
        for is_nano in [true, false] {
            for (link, frames, says) in [
                (1, &own, ""),
                (1, &tagged, "frames had the tag of VLAN 100"),
                (101, &only_ip, "are in the simulation only"),
                (113, &cooked, "captured on `any`"),
                (276, &cooked2, "captured on `any`"),
            ] {
                let file = pcap(link, is_little, is_nano, frames, usize::MAX);
                let laid = lay(&run, &file, WANTED).expect("it can be laid");
                let notes: String = laid.notes().into_iter().map(|note| note.en).collect();
                assert!(laid.fits() && notes.contains(says), "{link}: {notes}");
                assert_eq!(notes.is_empty(), says.is_empty(), "{link}: {notes}");
            }
        }
    }
    // The first bytes of each only.
    let laid = lay(&run, &pcap(1, true, false, &own, 60), WANTED).expect("it can be laid");
    let notes: String = laid.notes().into_iter().map(|note| note.en).collect();
    assert!(laid.fits() && notes.contains("are not whole in the capture"), "{notes}");
}

#[test]
fn of_several_interfaces_one_is_asked_for() {
    let run = lab();
    let own = frames(&run);
    let file = |names: [&str; 2]| {
        let mut file = Vec::new();
        pcapng::section("t", "", &mut file);
        names.iter().for_each(|name| pcapng::interface(name, "", LinkType::Ethernet, &mut file));
        for (number, bytes) in own.iter().enumerate() {
            let packet = Packet { iface: 1, at_ns: 7, inward: true, bytes, comments: &[] };
            pcapng::packet(&packet, &mut file);
            if number == 0 {
                pcapng::packet(&Packet { iface: 0, ..packet }, &mut file);
            }
        }
        file
    };
    let fits =
        |names, asked| lay(&run, &file(names), Wanted { asked, ..WANTED }).map(|laid| laid.fits());
    assert_eq!(fits(["a.eth0", "b.eth0"], None), Ok(true));
    assert_eq!(fits(["lo", "eth0"], None), Ok(true));
    assert_eq!(fits(["ens3", "ens4"], Some("ens4")), Ok(true));
    assert_eq!(fits(["ens3", "ens4"], Some("1")), Ok(true));
    assert_eq!(fits(["ens3", "ens4"], Some("0")), Ok(false));
    let none = fits(["ens3", "ens4"], None).expect_err("nobody knows which");
    assert!(none.contains("0 ens3 (1), 1 ens4"), "{none}");
    let wrong = fits(["ens3", "ens4"], Some("ens5")).expect_err("there is none");
    assert!(wrong.contains("no interface `ens5`"), "{wrong}");
    // A cooked capture of two interfaces.
    let mut head = [0; 20];
    head[7] = 2;
    let mut both = behind(&own, &head, 0);
    head[7] = 3;
    both.extend(behind(&own, &head, 0));
    let both = pcap(276, true, false, &both, usize::MAX);
    let none = lay(&run, &both, WANTED).expect_err("nobody knows which");
    assert!(none.contains("--iface NUMBER"), "{none}");
    assert!(lay(&run, &both, Wanted { asked: Some("3"), ..WANTED }).expect("it has").fits());
}

#[test]
fn what_a_card_does_is_no_difference_and_what_the_wire_did_is() {
    let run = lab();
    let own = frames(&run);
    // At the sender: the sum of the pseudo header alone.
    let mut sent = own.clone();
    for frame in sent.iter_mut().filter(|frame| frame[12..14] == [8, 0] && frame[23] == 6) {
        let mut sum: u32 = 6 + frame.len() as u32 - 34;
        for pair in frame[26..34].as_chunks::<2>().0 {
            sum += u32::from(u16::from_be_bytes(*pair));
        }
        let sum = ((sum & 0xffff) + (sum >> 16)) as u16;
        frame[50..52].copy_from_slice(&sum.to_be_bytes());
    }
    let laid = lay(&run, &pcap(1, true, false, &sent, usize::MAX), WANTED).expect("it can be laid");
    assert!(laid.fits() && laid.said.unfilled > 3, "{:?}", laid.said);
    // A broken sum.
    let mut broken = own.clone();
    let syn = broken.iter().position(|frame| frame[12..14] == [8, 0]).expect("there is TCP");
    broken[syn][50] ^= 1;
    let laid =
        lay(&run, &pcap(1, true, false, &broken, usize::MAX), WANTED).expect("it can be laid");
    let first = laid.first().expect("it differs");
    assert_eq!(first.real.map(|real| real.number), Some(syn + 1));
    assert_eq!(first.fields.iter().map(|field| &*field.name).collect::<Vec<_>>(), ["sum"]);
}

#[test]
#[rustfmt::skip]
fn one_field_that_differs_is_told() {
    let run = lab();
    let own = frames(&run);
    let syn = own.iter().position(|frame| frame[12..14] == [8, 0]).expect("there is TCP");
    //          byte of the SYN, its change, what is told
    for (at, change, field) in [
        (22, 1_u8, "ip.ttl"),
        (29, 7, "ip.src"),
        (37, 1, "tcp.dport"),
        (20, 0x40, "ip.df"),
        (11, 9, "eth.src"),
    ] {
        let mut frames = own.clone();
        frames[syn][at] ^= change;
        let file = pcap(1, true, false, &frames, 54);
        let laid = lay(&run, &file, WANTED).expect("it can be laid");
        let first = laid.first().expect("it differs");
        let names: Vec<_> = first.fields.iter().map(|own| own.name.as_str()).collect();
        assert!(names.contains(&field) || field == "ip.src" && first.simulated.is_some(), "{field}: {names:?} {first:?}");
    }
    let any = Options { any_ttl: true, ..Options::default() };
    let mut frames = own.clone();
    frames[syn][22] -= 7;
    let capture = Capture::read(&pcap(1, true, false, &frames, 54), WANTED).expect("it is read");
    let at = place("b:eth0", &run).expect("it has a cable");
    assert!(Overlay::lay(run.clone(), at, capture, any).expect("it can be laid").fits());
}

#[test]
fn what_is_missing_is_told_at_its_place() {
    let run = lab();
    let own = frames(&run);
    let is_answer = |frame: &Vec<u8>| frame[12..14] == [8, 0] && frame[47] == 0x12;
    let answer = own.iter().position(is_answer).expect("there is a SYN-ACK");
    let mut without = own.clone();
    without.remove(answer);
    let laid =
        lay(&run, &pcap(1, true, false, &without, usize::MAX), WANTED).expect("it can be laid");
    let first = laid.first().expect("it differs");
    assert_eq!(first.kind, super::Kind::Missing);
    assert_eq!(first.real.map(|real| real.number), Some(answer + 1));
    // A capture that ends early.
    let laid = lay(&run, &pcap(1, true, false, &own[..answer], usize::MAX), WANTED)
        .expect("it can be laid");
    assert_eq!(laid.first().map(|first| first.kind), Some(super::Kind::Ended));
    // Nothing of the scenario in it.
    let noise = vec![[&[0xff; 12][..], &[0x86, 0xdd], &[0; 40]].concat()];
    let why =
        lay(&run, &pcap(1, true, false, &noise, usize::MAX), WANTED).expect_err("nothing there");
    assert_eq!(why, "has no IPv4 and no ARP: 1 frames (IPv6 1)");
}

#[test]
fn an_interface_is_found_by_its_name() {
    let run = lab();
    assert!(place("b:eth0", &run).is_ok());
    for (asked, says) in [
        ("b:eth1", "did you mean b:eth0?"),
        ("b", "did you mean b:eth0?"),
        ("zzzzz", "there are a:eth0 b:eth0"),
    ] {
        let why = place(asked, &run).expect_err("there is none");
        assert!(why.en.contains(says), "{}", why.en);
    }
}
