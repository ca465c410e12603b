//! What the options of a target mean.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::matches::{bad_number, c_number, number_mask};
use super::options::{Module, refuse};
use super::typed::{Given, Loaded};
use crate::command::error::{CommandError, known, ports as port_help};
use crate::command::value::decimal;
use crate::command::word::Word;
use crate::netfilter::{NatRange, RejectWith, Target, service_number};
use crate::text;

/// The target with its options; `has_ports`: the rule is about a protocol that has ports.
pub(super) fn target(loaded: &Loaded, has_ports: bool) -> Result<Target, CommandError> {
    Ok(match loaded.module {
        Module::Accept => Target::Accept,
        Module::Drop => Target::Drop,
        Module::Return => Target::Return,
        Module::Reject => Target::Reject(reject(loaded)?),
        Module::SetMark => mark(loaded)?,
        Module::Dnat => Target::Dnat(nat(loaded.required("--to-destination")?, has_ports)?),
        Module::Snat => Target::Snat(nat(loaded.required("--to-source")?, has_ports)?),
        Module::Masquerade => Target::Masquerade(to_ports(loaded, has_ports)?),
        Module::Redirect => Target::Redirect(to_ports(loaded, has_ports)?),
        Module::Notrack => Target::NoTrack { ct: false },
        Module::Ct if loaded.given("--notrack").is_some() => Target::NoTrack { ct: true },
        Module::Ct => {
            let what = text!("CT without --notrack", "不带 --notrack 的 CT");
            return Err(CommandError::without(&loaded.word.span, 2, &what).help(known("--notrack")));
        }
        other => unreachable!("{other:?} is no target"),
    })
}

/// By a name or the beginning of one; the first that fits counts.
fn reject(loaded: &Loaded) -> Result<RejectWith, CommandError> {
    let Some(given) = loaded.given("--reject-with") else { return Ok(RejectWith::default()) };
    let word = &given.values[0];
    let typed = word.text.to_ascii_lowercase();
    let begins = |(with, alias): &&(RejectWith, &str)| {
        with.name().starts_with(&typed) || alias.starts_with(&typed)
    };
    let found = RejectWith::ALL.iter().find(begins);
    found.map(|(with, _)| *with).ok_or_else(|| {
        let names: Vec<&str> = RejectWith::ALL.iter().map(|(with, _)| with.name()).collect();
        refuse(word, format!("unknown reject type \"{}\"", word.text)).known(&typed, &names)
    })
}

/// libxt_MARK.c, revision 2: each option is a way to write a value and a mask.
fn mark(loaded: &Loaded) -> Result<Target, CommandError> {
    let Some(given) = loaded.given.first() else {
        let message = "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required";
        return Err(refuse(&loaded.word, message).help(known("--set-mark VALUE/MASK")));
    };
    if let Some(second) = loaded.given.get(1) {
        let message = format!(
            "MARK: option \"{}\" cannot be used together with \"{}\".",
            given.name, second.name
        );
        return Err(refuse(&second.word, message));
    }
    let number =
        || c_number(&given.values[0].text).ok_or_else(|| bad_number(given, Module::SetMark));
    let (value, mask) = match given.name {
        "--set-xmark" => number_mask(given, Module::SetMark)?,
        "--set-mark" => {
            let (value, mask) = number_mask(given, Module::SetMark)?;
            (value, value | mask)
        }
        "--and-mark" => (0, !number()?),
        "--or-mark" => (number()?, number()?),
        "--xor-mark" => (number()?, 0),
        other => unreachable!("{other} is no option of MARK"),
    };
    Ok(Target::Mark { value, mask })
}

/// Only TCP, UDP and their like have ports to translate.
fn need_ports(word: &Word, has_ports: bool) -> Result<(), CommandError> {
    if has_ports {
        return Ok(());
    }
    let message = "Need TCP, UDP, SCTP or DCCP with port specification";
    Err(refuse(word, message).help(text!("write -p tcp or -p udp", "请写 -p tcp 或 -p udp")))
}

/// `192.0.2.11-192.0.2.12:80-90`.
fn nat(given: &Given, has_ports: bool) -> Result<NatRange, CommandError> {
    let word = &given.values[0];
    let (addrs, ports) = match word.text.split_once(':') {
        Some((addrs, ports)) => {
            need_ports(word, has_ports)?;
            (addrs, Some(port_range(word, ports)?))
        }
        None => (word.text.as_str(), None),
    };
    if addrs.is_empty() {
        let what = text!("translation of the port alone", "只转换端口");
        return Err(CommandError::without(&word.span, 2, &what).help(text!(
            "write the address as well, as 192.0.2.11:8080",
            "请把地址也写上，如 192.0.2.11:8080",
        )));
    }
    let (first, last) = addrs.split_once('-').unwrap_or((addrs, addrs));
    let addr = |text: &str| {
        text.parse::<Ipv4Addr>().map_err(|_| {
            refuse(word, format!("Bad IP address \"{text}\""))
                .help(known("192.0.2.11 192.0.2.11:80 192.0.2.11-192.0.2.12"))
        })
    };
    let addrs = addr(first)?..=addr(last)?;
    if addrs.is_empty() {
        // The real tool takes it, and then no address is in the range.
        let message = text!(
            "iptables: the range {first}-{last} ends before it begins",
            "iptables: 范围 {first}-{last} 的末尾在开头之前",
        );
        return Err(CommandError::new(&word.span, 2, message));
    }
    Ok(NatRange { addrs, ports })
}

fn to_ports(loaded: &Loaded, has_ports: bool) -> Result<Option<RangeInclusive<u16>>, CommandError> {
    let Some(given) = loaded.given("--to-ports") else { return Ok(None) };
    let word = &given.values[0];
    need_ports(word, has_ports)?;
    if word.text.contains(':') {
        return Err(refuse(word, "Invalid port:port syntax - use dash"));
    }
    if let Some(port) = service_number(&word.text).filter(|_| loaded.module == Module::Redirect) {
        return Ok(Some(port..=port));
    }
    port_range(word, &word.text).map(Some)
}

/// `80` or `80-90`.
fn port_range(word: &Word, text: &str) -> Result<RangeInclusive<u16>, CommandError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| {
        let port = decimal::<u16>(text).or_else(|| service_number(text));
        port.ok_or_else(|| refuse(word, format!("Port `{text}' not valid")).help(port_help()))
    };
    let range = port(first)?..=port(last)?;
    if range.is_empty() {
        return Err(refuse(word, format!("Port range `{last}' funky")));
    }
    Ok(range)
}
