//! What Home lists: the scenarios by chapters of the course, each with its title.
//!
//! A title is read off the text without reading the rest, so that Home is there at once; a test holds it to the loader's.

use std::borrow::Cow;

use sim_core::{Text, text};

use crate::scenarios::SHIPPED;

/// A scenario that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name: `dr/arp-walk`.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// Its place among [`CHAPTERS`].
    pub chapter: usize,
    /// Its text.
    pub text: Cow<'static, str>,
}

/// A chapter of the course: its folders below `scenarios/`, and its title in English and Chinese.
type Chapter = (&'static [&'static str], &'static str, &'static str);

/// The chapters, in the order of the course.
pub const CHAPTERS: [Chapter; 12] = [
    (&[START], "Begin here", "从这里开始"),
    (&["arp"], "Frames and ARP: who answers", "帧与 ARP：谁来应答"),
    (
        &["ip", "icmp"],
        "Routes and ICMP: which way, and who tells",
        "路由与 ICMP：走哪条路，谁来通知",
    ),
    (
        &["netfilter"],
        "Netfilter: hooks, filter, NAT of the kernel's own",
        "Netfilter：钩子、过滤、内核自己的 NAT",
    ),
    (&["nat"], "NAT: there and back through the director", "NAT：来回都经过调度器"),
    (&["dr"], "DR: one address on many machines", "DR：一个地址，多台机器"),
    (&["tun"], "TUN: a packet in a packet", "TUN：报文套报文"),
    (&["fullnat"], "FULLNAT: in the director's name", "FULLNAT：以调度器的名义"),
    (&["sched"], "Schedulers: who is next", "调度算法：轮到谁"),
    (&["persist"], "Persistence: the same server again", "持久连接：还去原来那台"),
    (&["operate"], "Operating: drain, fail over, repair", "运维：摘除、切换、修复"),
    (&["cable", "console"], "Cables and the console", "线缆与命令行"),
];

/// What a beginner opens first.
pub const START: &str = "dr/arp-walk";

/// The chapter of what is no part of the course.
pub const OWN: usize = CHAPTERS.len();

/// The title of a chapter.
pub fn chapter(at: usize) -> Text {
    match CHAPTERS.get(at) {
        Some((_, en, zh)) => text!("{en}", "{zh}"),
        None => text!("Your own", "你自己的"),
    }
}

/// All shipped scenarios, in the order of the course.
pub fn shipped() -> Vec<Item> {
    let mut items: Vec<Item> = SHIPPED.iter().map(|(name, text)| item(name, *text)).collect();
    items.sort_by(|one, other| (one.chapter, &one.name).cmp(&(other.chapter, &other.name)));
    items
}

/// A scenario of this name and text.
pub fn item(name: &str, text: impl Into<Cow<'static, str>>) -> Item {
    let text = text.into();
    let folder = name.split('/').next().unwrap_or(name);
    let is_of = |(folders, ..): &Chapter| folders.contains(&name) || folders.contains(&folder);
    let chapter = CHAPTERS.iter().position(is_of).unwrap_or(OWN);
    let title = title(&text).unwrap_or_else(|| Text::same(name));
    Item { name: name.into(), title, chapter, text }
}

/// The shipped scenario of this name.
pub fn find(name: &str) -> Option<Item> {
    SHIPPED.iter().find(|(own, _)| *own == name).map(|(own, text)| item(own, *text))
}

/// The title in a scenario's text.
fn title(text: &str) -> Option<Text> {
    let (_, behind) = text.split_once("title:")?;
    let (en, behind) = string(behind.split_once("en:")?.1)?;
    let (zh, _) = string(behind.split_once("zh:")?.1)?;
    Some(Text { en, zh })
}

/// The string that a text begins with, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut read = String::new();
    let mut chars = text.char_indices();
    while let Some((at, own)) = chars.next() {
        match own {
            '"' => return Some((read, &text[at + 1..])),
            '\\' => read.push(chars.next()?.1),
            own => read.push(own),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use sim_core::story::open;

    use super::*;

    #[test]
    fn titles_are_those_of_the_loader() {
        let items = shipped();
        assert_eq!(items.len(), SHIPPED.len());
        for item in &items {
            let scenario = open(&item.name, &item.text, None, false).expect("it loads");
            assert_eq!(item.title, scenario.title, "{}", item.name);
            assert_ne!(item.chapter, OWN, "{}: its folder belongs to a chapter", item.name);
        }
        assert_eq!(items[0].name, START);
    }
}
