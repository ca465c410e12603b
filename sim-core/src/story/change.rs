//! Steps of a story that change the world without a command: cables and power, in a sentence.

use std::time::Duration;

use crate::scenario::{Loss, Reorder, Step};
use crate::text;
use crate::text::Text;

/// What a step does to a cable or a machine; none for the other steps.
pub fn sentence(step: &Step) -> Option<Text> {
    match step {
        Step::Cable { link, up, delay, loss, reorder, mtu } => {
            let mut changes = Vec::new();
            changes.extend(up.map(|up| match up {
                true => text!("plugged in", "插上"),
                false => text!("pulled out", "拔出"),
            }));
            changes.extend(delay.map(|delay| {
                let time = time(delay);
                text!("delay {time} each way", "单向延迟 {time}")
            }));
            changes.extend(loss.map(|Loss(millionths)| {
                let share = percent(millionths);
                text!("{share} of the frames get lost", "丢失 {share} 的帧")
            }));
            changes.extend(reorder.map(|Reorder { share: Loss(millionths), by }| {
                let (share, by) = (percent(millionths), time(by));
                match millionths {
                    0 => text!("no frames come late", "没有帧迟到"),
                    _ => text!("{share} of the frames come {by} late", "{share} 的帧迟到 {by}"),
                }
            }));
            changes.extend(mtu.map(|mtu| text!("MTU {mtu}", "MTU {mtu}")));
            let en: Vec<&str> = changes.iter().map(|change| change.en.as_str()).collect();
            let zh: Vec<&str> = changes.iter().map(|change| change.zh.as_str()).collect();
            let (en, zh) = (en.join(", "), zh.join("，"));
            Some(text!("cable at {link}: {en}", "{link} 的线缆：{zh}"))
        }
        Step::Power { on, up: true } => Some(text!("{on} is switched on", "{on} 开机")),
        Step::Power { on, up: false } => Some(text!("{on} is switched off", "{on} 关机")),
        _ => None,
    }
}

/// A time with the largest unit that leaves nothing over.
fn time(time: Duration) -> String {
    let nanos = time.as_nanos();
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    let fits = units.iter().find(|(_, size)| nanos.is_multiple_of(*size));
    fits.map_or_else(|| format!("{nanos}ns"), |(unit, size)| format!("{}{unit}", nanos / size))
}

/// Millionths as a percentage.
fn percent(millionths: u32) -> String {
    let decimals = format!("{:04}", millionths % 10_000);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{}{point}{decimals}%", millionths / 10_000)
}

#[cfg(test)]
mod tests {
    use crate::scenario::End;

    use super::*;

    #[test]
    #[rustfmt::skip]
    fn what_a_step_changes_is_said_in_both_languages() {
        let cable = |up, delay, loss, mtu| Step::Cable {
            link: End { node: "lan".into(), iface: "2".into() }, up, delay, loss, reorder: None, mtu,
        };
        let late = |share, ms| Step::Cable {
            link: End { node: "lan".into(), iface: "2".into() }, up: None, delay: None, loss: None,
            reorder: Some(Reorder { share: Loss(share), by: Duration::from_millis(ms) }), mtu: None,
        };
        let ms = |ms| Some(Duration::from_millis(ms));
        for (step, en, zh) in [
            (cable(Some(false), None, None, None), "cable at lan:2: pulled out", "lan:2 的线缆：拔出"),
            (cable(Some(true), ms(1500), None, Some(1400)),
                "cable at lan:2: plugged in, delay 1500ms each way, MTU 1400", "lan:2 的线缆：插上，单向延迟 1500ms，MTU 1400"),
            (cable(None, ms(2000), Some(Loss(1_000)), None),
                "cable at lan:2: delay 2s each way, 0.1% of the frames get lost", "lan:2 的线缆：单向延迟 2s，丢失 0.1% 的帧"),
            (cable(None, None, Some(Loss(1_000_000)), None), "cable at lan:2: 100% of the frames get lost", "lan:2 的线缆：丢失 100% 的帧"),
            (late(250_000, 10), "cable at lan:2: 25% of the frames come 10ms late", "lan:2 的线缆：25% 的帧迟到 10ms"),
            (late(0, 0), "cable at lan:2: no frames come late", "lan:2 的线缆：没有帧迟到"),
            (Step::Power { on: "rs2".into(), up: false }, "rs2 is switched off", "rs2 关机"),
            (Step::Power { on: "rs2".into(), up: true }, "rs2 is switched on", "rs2 开机"),
        ] {
            assert_eq!(sentence(&step), Some(Text { en: en.into(), zh: zh.into() }));
        }
        assert_eq!(sentence(&Step::Mark("here".into())), None);
    }
}
