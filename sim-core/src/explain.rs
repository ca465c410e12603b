//! The words behind each reason: what happened, by which rule of Linux, what it means for LVS, what
//! cures it.
//!
//! A reason itself holds numbers and addresses only; its code leads to an entry here. Both
//! languages are originals, and agree in numbers, addresses, names and commands: a test compares
//! them. One family of codes has one file; a new code is a new `entry!` at its place in the order
//! of codes.

/// Writes one entry, so that the files of the families read as the catalogue that they are.
macro_rules! entry {
    (
        code: $code:literal,
        title: { en: $title_en:literal, zh: $title_zh:literal $(,)? },
        why: { en: $why_en:literal, zh: $why_zh:literal $(,)? },
        matters: { en: $matters_en:literal, zh: $matters_zh:literal $(,)? },
        $(cure: $cure:tt,)?
        linux: $linux:literal $(,)?
    ) => {
        Entry {
            code: $code,
            title: Words { en: $title_en, zh: $title_zh },
            why: Words { en: $why_en, zh: $why_zh },
            matters: Words { en: $matters_en, zh: $matters_zh },
            cure: entry!(@cure $($cure)?),
            linux: $linux,
        }
    };
    (@cure) => { Cure::Nothing };
    (@cure { en: $en:literal, zh: $zh:literal $(,)? }) => { Cure::Do(Words { en: $en, zh: $zh }) };
    (@cure $cure:literal) => { Cure::Type($cure) };
}

mod arp;
mod cable;
mod check;
mod eth;
mod icmp;
mod ip;
mod ipvs;
mod neigh;
mod netfilter;
mod power;
mod read;
mod switch;
mod tcp;
mod tunnel;
mod udp;

#[cfg(test)]
mod tests;

/// A text in the two languages of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

/// What to do about a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Nothing: this is how it works when all is well.
    Nothing,
    /// Type this on the host where it happened. It names no address, so that it can be typed as it
    /// stands.
    Type(&'static str),
    /// What to do, in words: it depends on more than the reason tells.
    Do(Words),
}

/// What there is to say about one kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The stable code, as `Reason::code` gives it.
    pub code: &'static str,
    /// What happened, in one clause without a full stop.
    pub title: Words,
    /// The rule of Linux behind it.
    pub why: Words,
    /// What it means for LVS.
    pub matters: Words,
    /// What to do about it.
    pub cure: Cure,
    /// Where the rule is: file and function of Linux 6.1 (or of alibaba/LVS, which is then named), or
    /// section of an RFC.
    pub linux: &'static str,
}

/// The families, in the order in which `entries` gives them.
const FAMILIES: [&[Entry]; 21] = [
    arp::ENTRIES,
    cable::ENTRIES,
    check::ENTRIES,
    eth::ENTRIES,
    icmp::ENTRIES,
    ip::ENTRIES,
    ipvs::accept::ENTRIES,
    ipvs::conn::ENTRIES,
    ipvs::forward::ENTRIES,
    ipvs::fullnat::ENTRIES,
    ipvs::icmp::ENTRIES,
    ipvs::persist::ENTRIES,
    ipvs::sched::ENTRIES,
    neigh::ENTRIES,
    netfilter::ENTRIES,
    power::ENTRIES,
    read::ENTRIES,
    switch::ENTRIES,
    tcp::ENTRIES,
    tunnel::ENTRIES,
    udp::ENTRIES,
];

static ALL: [Entry; count()] = join();

/// The entry of a reason's code.
///
/// ```
/// use sim_core::explain::{self, Cure};
///
/// let entry = explain::entry("arp.reply.any-interface").expect("a known code");
/// assert_eq!(entry.cure, Cure::Type("sysctl -w net.ipv4.conf.all.arp_ignore=1"));
/// assert!(explain::entry("arp.reply").is_none());
/// ```
pub fn entry(code: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.code == code)
}

/// All entries, family by family and in the order of their codes within each.
pub fn entries() -> &'static [Entry] {
    &ALL
}

const fn count() -> usize {
    let (mut family, mut sum) = (0, 0);
    while family < FAMILIES.len() {
        sum += FAMILIES[family].len();
        family += 1;
    }
    sum
}

/// The families as one table. Loops are spelled out, since a `const fn` has no iterators.
const fn join() -> [Entry; count()] {
    let mut all = [read::ENTRIES[0]; count()];
    let (mut family, mut to) = (0, 0);
    while family < FAMILIES.len() {
        let mut from = 0;
        while from < FAMILIES[family].len() {
            all[to] = FAMILIES[family][from];
            from += 1;
            to += 1;
        }
        family += 1;
    }
    all
}
