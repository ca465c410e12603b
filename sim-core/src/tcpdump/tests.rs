//! Our lines against those of the real program.
//!
//! `recorded.txt` holds frames in hex and, between bars, what tcpdump 4.99.3 printed for them when
//! it read them from a file (`tcpdump -nn -t -r FILE`, and the options named there). Each `#`
//! begins a new file, and so a new tcpdump. Some of the frames were captured from Linux, the others
//! are made up.

use proptest::prelude::*;

use super::*;

const RECORDED: &str = include_str!("recorded.txt");

/// What was recorded of one file.
struct Recording {
    title: &'static str,
    frames: Vec<Vec<u8>>,
    /// Options and text.
    runs: Vec<(&'static str, Vec<&'static str>)>,
}

impl Recording {
    /// Whether the frames have no Ethernet header.
    fn is_raw(&self) -> bool {
        self.title.starts_with("raw")
    }
}

fn recordings() -> Vec<Recording> {
    let mut recordings: Vec<Recording> = Vec::new();
    for line in RECORDED.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            recordings.push(Recording { title, frames: Vec::new(), runs: Vec::new() });
            continue;
        }
        let recording = recordings.last_mut().expect("a title comes first");
        if let Some(hex) = line.strip_prefix("frame ") {
            recording.frames.push(bytes(hex));
        } else if let Some(options) = line.strip_prefix("tcpdump -nn") {
            recording.runs.push((options, Vec::new()));
        } else {
            let text = line.strip_prefix('|').and_then(|text| text.strip_suffix('|')).unwrap();
            recording.runs.last_mut().unwrap().1.push(text);
        }
    }
    recordings
}

/// All recorded frames with an Ethernet header, in order.
pub(crate) fn recorded_frames() -> Vec<Vec<u8>> {
    recordings()
        .into_iter()
        .filter(|recording| !recording.is_raw())
        .flat_map(|r| r.frames)
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn options(words: &str) -> Options {
    let mut options = Options::default();
    for word in words.split_whitespace() {
        match word {
            "-e" => options.ether = true,
            "-v" => options.verbose += 1,
            "-S" => options.absolute = true,
            other => panic!("unknown option {other}"),
        }
    }
    options
}

#[test]
fn prints_what_tcpdump_prints() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 13);
    for recording in &recordings {
        for (words, expected) in &recording.runs {
            let mut tcpdump = Tcpdump::new(options(words));
            let mut lines = Vec::new();
            for frame in &recording.frames {
                let text = if recording.is_raw() {
                    tcpdump.packet_line(frame)
                } else {
                    tcpdump.line(frame)
                };
                lines.extend(text.split('\n').map(str::to_owned));
            }
            for (number, (ours, theirs)) in lines.iter().zip(expected).enumerate() {
                assert_eq!(ours, theirs, "{}, tcpdump -nn{words}, line {number}", recording.title);
            }
            assert_eq!(lines.len(), expected.len(), "{}, tcpdump -nn{words}", recording.title);
        }
    }
}

#[test]
fn an_empty_frame_is_named() {
    assert_eq!(Tcpdump::default().line(&[]), "[Invalid header: caplen==0, len==0]");
}

#[test]
fn packets_in_packets_in_packets_end() {
    // 3000 IP headers, each with the length of the whole rest.
    let mut packet = Vec::new();
    for total in (20..=60_000_u16).rev().step_by(20) {
        let [high, low] = total.to_be_bytes();
        packet.extend([0x45, 0, high, low, 0, 0, 0, 0, 9, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    }
    let mut frame = [2; 14].to_vec();
    frame[12..].copy_from_slice(&[8, 0]);
    frame.extend(packet);
    let line = Tcpdump::default().line(&frame);
    assert!(line.ends_with("IP 10.0.0.1 > 10.0.0.2: [nested too deeply]"), "{line}");
    let canonical = crate::canonical::frame(&frame, &mut crate::canonical::Memory::default());
    assert_eq!(canonical.len(), frame.len());
}

/// Frames near to real ones: recorded, then cut and with some bytes changed.
pub(crate) fn near_frames() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let near = (
        prop::sample::select(recorded_frames()),
        changes,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut frame, changes, end, cut)| {
            for (at, byte) in changes {
                // Most fields of interest are in the first bytes.
                let at = at.index(frame.len().min(80));
                frame[at] = byte;
            }
            if cut {
                frame.truncate(end.index(frame.len()));
            }
            frame
        });
    prop_oneof![near, prop::collection::vec(any::<u8>(), 0..120)]
}

proptest! {
    /// Any bytes have a line, whatever they are and whatever was seen before.
    #[test]
    fn no_bytes_make_it_panic(
        frames in prop::collection::vec(near_frames(), 1..5),
        ether: bool,
        verbose in 0..3_u8,
        absolute: bool,
    ) {
        let mut tcpdump = Tcpdump::new(Options { ether, verbose, absolute });
        for frame in frames {
            prop_assert!(!tcpdump.line(&frame).is_empty());
            tcpdump.packet_line(&frame);
        }
    }

    /// What etherparse builds is read by our readers as it was meant.
    #[test]
    fn reads_the_fields_that_etherparse_wrote(
        src: [u8; 4], dst: [u8; 4], ttl: u8,
        sport: u16, dport: u16, seq: u32, ack: u32, window: u16,
        payload in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let builder = etherparse::PacketBuilder::ipv4(src, dst, ttl)
            .tcp(sport, dport, seq, window)
            .ack(ack)
            .psh();
        let mut packet = Vec::new();
        builder.write(&mut packet, &payload).unwrap();

        let ip = fields::Ipv4::read(&packet).unwrap();
        prop_assert_eq!((ip.src.octets(), ip.dst.octets(), ip.ttl), (src, dst, ttl));
        prop_assert_eq!((ip.total, ip.protocol), (packet.len(), fields::TCP));
        prop_assert_eq!(fields::checksum(0, &packet[..20]), 0);
        let segment = &packet[20..];
        let tcp = fields::Tcp::read(segment).unwrap();
        prop_assert_eq!((tcp.sport, tcp.dport, tcp.seq, tcp.ack), (sport, dport, seq, ack));
        prop_assert_eq!((tcp.head, tcp.window, tcp.flag_letters()), (20, window, "P.".to_owned()));
        prop_assert_eq!(fields::checksum(ip.pseudo_sum(fields::TCP, segment.len()), segment), 0);
    }
}
