//! What a person is told of a capture and of the change that explains it.

use super::compare::Kind;
use super::search::Candidate;
use super::shape::Noise;
use super::{Difference, Overlay, Real, Said};
use crate::mutate::{Class, Mistake, Place};
use crate::tcpdump::{Options, Tcpdump};
use crate::text;
use crate::text::Text;

/// A frame in one line, as tcpdump prints it.
pub fn line(bytes: &[u8], has_macs: bool) -> String {
    let options = Options { ether: has_macs, verbose: 0, absolute: true };
    let line = Tcpdump::new(options).only_line(bytes);
    line.chars().map(|c| if c.is_control() { '.' } else { c }).collect()
}

impl Difference<'_> {
    /// What is said above the frames. `file` names the capture.
    pub fn head(&self, file: &str) -> Text {
        let number = self.real.map_or(0, |real: &Real| real.number);
        match (self.kind, self.real) {
            (Kind::Changed, _) => text!(
                "frame {number} of {file} is the first that differs",
                "{file} 的第 {number} 帧是第一个不同的帧"
            ),
            (Kind::Extra, _) => text!(
                "frame {number} of {file} is the first that differs: the simulation has no such frame here",
                "{file} 的第 {number} 帧是第一个不同的帧：模拟在此没有这样的帧"
            ),
            (Kind::Order, _) => text!(
                "frame {number} of {file} is the first that differs: it comes too early",
                "{file} 的第 {number} 帧是第一个不同的帧：它来得太早"
            ),
            (Kind::Missing, Some(_)) => text!(
                "before frame {number} of {file} a frame of the simulation is missing",
                "{file} 的第 {number} 帧之前缺少模拟中的一帧"
            ),
            (Kind::Missing, None) => {
                text!("a frame of the simulation is missing in {file}", "{file} 中缺少模拟中的一帧")
            }
            (Kind::Ended, _) => text!(
                "{file} ends before a frame that the simulation has",
                "{file} 结束了，而模拟中还有一帧"
            ),
        }
    }
}

/// A mistake, as a change of the scenario.
pub(super) fn mistake(own: &Mistake) -> Text {
    let Mistake { class, place, on, was, now, .. } = own;
    match (place, class, now.as_str()) {
        (Place::Link(_), Class::Cable, _) => {
            text!("with the cable {was} pulled out", "拔掉网线 {was}")
        }
        (Place::Link(_), _, mtu) => {
            text!("with an MTU of {mtu} on the cable {was}", "网线 {was} 的 MTU 为 {mtu}")
        }
        (Place::Node(_), ..) => text!("with {on} switched off", "{on} 关机"),
        (Place::Serves(..), _, "") => {
            text!("if {on} does not serve `{was}`", "{on} 不提供 `{was}` 服务")
        }
        (Place::Serves(..), _, now) => {
            text!("if {on} serves `{now}` and not `{was}`", "{on} 提供 `{now}` 而不是 `{was}`")
        }
        (_, _, "") => text!("without `{on}: {was}`", "不键入 `{on}: {was}`"),
        (_, _, now) => text!("with `{on}: {now}`", "改为 `{on}: {now}`"),
    }
}

impl Candidate {
    /// The change, what the file says instead, and how far the capture fits then. `before` is where
    /// the first difference is without it.
    pub fn told(&self, overlay: &Overlay, before: usize) -> Text {
        let scenario = overlay.run.player.scenario();
        let Text { en, zh } = self.what.text();
        let file = &scenario.file;
        let place = match (&self.what, self.what.line(scenario)) {
            (_, None | Some(0)) => Text::same(""),
            (super::What::Mistake(own), Some(line)) if !own.now.is_empty() => {
                let was = &own.was;
                text!(" ({file}:{line} says `{was}`)", "（{file}:{line} 写的是 `{was}`）")
            }
            (super::What::Mistake(_), Some(line)) => text!(" ({file}:{line})", "（{file}:{line}）"),
            (super::What::Knob(_), Some(line)) => {
                text!(" ({file}:{line} says otherwise)", "（{file}:{line} 不是这样）")
            }
        };
        let Text { en: at, zh: at_zh } = place;
        match self.frame {
            None => {
                text!("{en}{at} the capture fits to its end", "{zh}{at_zh}，抓包从头到尾都符合")
            }
            Some(frame) if frame > before => text!(
                "{en}{at} the capture fits up to frame {frame} instead of {before}",
                "{zh}{at_zh}，抓包在第 {frame} 帧之前都符合，而不是第 {before} 帧"
            ),
            Some(frame) => {
                let steps = self.steps;
                text!(
                    "{en}{at} the capture fits up to frame {frame} as before, but only {steps} steps differ",
                    "{zh}{at_zh}，抓包仍在第 {frame} 帧之前符合，但只有 {steps} 步不同"
                )
            }
        }
    }
}

/// The frames that have no meaning here, by what they are.
pub(super) fn noise(said: &Said) -> Text {
    let all: Vec<Text> = said
        .noise
        .iter()
        .map(|(noise, count)| match noise {
            Noise::Ipv6 => text!("IPv6 {count}", "IPv6 {count}"),
            Noise::Lldp => text!("LLDP {count}", "LLDP {count}"),
            Noise::Llc => text!("spanning tree and other LLC {count}", "生成树等 LLC {count}"),
            Noise::Type(kind) => {
                text!("EtherType 0x{kind:04x} {count}", "EtherType 0x{kind:04x} {count}")
            }
            Noise::Short => {
                text!("too short for their headers {count}", "短得连首部都不全 {count}")
            }
        })
        .collect();
    let (en, zh): (Vec<_>, Vec<_>) = all.into_iter().map(|Text { en, zh }| (en, zh)).unzip();
    Text { en: en.join(", "), zh: zh.join("，") }
}

impl Overlay {
    /// What was set aside and what is said, a sentence each.
    pub fn notes(&self) -> Vec<Text> {
        let mut notes = Vec::new();
        let aside = self.aside();
        let mut say = |count: usize, text: Text| notes.extend((count > 0).then_some(text));
        let (talks, frames) = aside.unknown;
        say(
            talks,
            text!(
                "{frames} frames of {talks} conversations that the scenario does not know",
                "{frames} 帧属于场景不知道的 {talks} 个会话"
            ),
        );
        let (talks, frames) = aside.repeated;
        say(
            talks,
            text!(
                "{frames} frames of {talks} conversations that are as others of the scenario, and more than it has",
                "{frames} 帧属于 {talks} 个会话，与场景中的一样，但比场景中多"
            ),
        );
        let (arp, known) = (aside.arp, aside.arp_known);
        say(
            arp,
            text!(
                "{arp} frames of ARP that the scenario does not have, and that contradict nothing",
                "{arp} 个 ARP 帧场景中没有，但与场景不矛盾"
            ),
        );
        say(
            known,
            text!(
                "{known} frames of ARP are in the simulation only: who they ask for was known, or nobody asked",
                "{known} 个 ARP 帧只有模拟中才有：邻居早已知道，或没有人问"
            ),
        );
        let copies = aside.copies;
        say(
            copies,
            text!(
                "{copies} frames repeat a step more often than the simulation does",
                "{copies} 帧是同一步的重复，比模拟中多"
            ),
        );
        let Said { unfilled, giants, probes, .. } = self.said;
        say(
            probes,
            text!(
                "{probes} frames of ARP to neighbours that were known already",
                "{probes} 个 ARP 帧是问已经知道的邻居"
            ),
        );
        say(
            unfilled,
            text!(
                "{unfilled} frames have a checksum that the network card fills in (captured at the sender)",
                "{unfilled} 帧的校验和由网卡填写（在发送方抓取）"
            ),
        );
        say(
            giants,
            text!(
                "{giants} segments are longer than a cable takes: the network card cuts or joins them",
                "{giants} 个报文段超过网线能传的长度：由网卡切分或合并"
            ),
        );
        let Text { en, zh } = noise(&self.said);
        let count: usize = self.said.noise.values().sum();
        say(
            count,
            text!("{count} frames that mean nothing here: {en}", "{count} 帧在此没有意义：{zh}"),
        );
        let capture = &self.capture;
        for (vlan, count) in &capture.vlans {
            say(
                *count,
                text!(
                    "{count} frames had the tag of VLAN {vlan}; it was taken off",
                    "{count} 帧带有 VLAN {vlan} 的标签，已去掉"
                ),
            );
        }
        let (short, other) = (capture.short, capture.in_file - capture.frames.len());
        say(
            short,
            text!(
                "{short} frames are not whole in the capture (`tcpdump -s`); their headers were read",
                "{short} 帧抓得不完整（`tcpdump -s`），只读了首部"
            ),
        );
        say(other, text!("{other} frames are of other interfaces", "{other} 帧属于其他接口"));
        let cooked = usize::from(capture.is_cooked);
        say(
            cooked,
            text!(
                "captured on `any`: no Ethernet headers, so MAC addresses are compared in ARP only, and frames of all interfaces may be in it",
                "在 `any` 上抓取：没有以太网首部，只在 ARP 中比较 MAC 地址，而且可能混有各个接口的帧"
            ),
        );
        say(
            usize::from(capture.is_cut_off),
            text!("the file ends in the middle of a frame", "文件在一帧的中间断了"),
        );
        say(
            usize::from(capture.is_broken),
            text!(
                "the file cannot be read to its end: what stands behind its last frame makes no sense",
                "文件无法读到末尾：最后一帧之后的内容没有意义"
            ),
        );
        notes
    }
}
