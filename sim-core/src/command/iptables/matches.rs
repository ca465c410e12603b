//! What the options of a match mean.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use lvs_engine::Method;

use super::options::{Module, refuse};
use super::typed::{Given, Loaded};
use crate::Prefix;
use crate::command::error::{CommandError, known, ports as port_help};
use crate::command::value::{decimal, mask_len};
use crate::command::word::Word;
use crate::netfilter::{FLAGS, ICMP_TYPES, Ipvs, Is, States, Test, proto_number, service_number};
use crate::{Text, text};

/// The tests of one match, in the kernel's order.
pub(super) fn tests(loaded: &Loaded) -> Result<Vec<Test>, CommandError> {
    match loaded.module {
        Module::Tcp | Module::Udp => l4(loaded),
        Module::Icmp => {
            let given = loaded.required("--icmp-type")?;
            Ok(vec![Test::IcmpType(given.is(icmp_type(&given.values[0])?))])
        }
        Module::Multiport => multiport(loaded),
        Module::State | Module::Conntrack => state(loaded),
        Module::Mark => {
            let given = loaded.required("--mark")?;
            Ok(vec![Test::Mark(given.is(number_mask(given, Module::Mark)?))])
        }
        Module::Ipvs => ipvs(loaded),
        Module::Comment => {
            let given = loaded.required("--comment")?;
            Ok(vec![Test::Comment(comment(&given.values[0])?)])
        }
        other => unreachable!("{other:?} is no match"),
    }
}

/// Ports and flags. What every packet has is not asked for; if nothing is left, the match stays as
/// [`Test`] says.
fn l4(loaded: &Loaded) -> Result<Vec<Test>, CommandError> {
    let mut tests = Vec::new();
    let all = 0..=u16::MAX;
    if let Some(given) = loaded.given("--sport") {
        tests.push(Test::SourcePort(given.is(port_range(&given.values[0])?)));
    }
    if let Some(given) = loaded.given("--dport") {
        tests.push(Test::DestPort(given.is(port_range(&given.values[0])?)));
    }
    if let Some(given) = loaded.given("--tcp-flags") {
        let (mask, set) = (flags(&given.values[0])?, flags(&given.values[1])?);
        tests.push(Test::TcpFlags(given.is((mask, set))));
    }
    if let Some(given) = loaded.given("--syn") {
        tests.push(Test::TcpFlags(given.is((0x17, 0x02))));
    }
    tests.retain(|test| match test {
        Test::SourcePort(is) | Test::DestPort(is) => is.not || is.value != all,
        Test::TcpFlags(is) => is.not || is.value != (0, 0),
        _ => true,
    });
    if tests.is_empty() {
        tests.push(Test::DestPort(Is::yes(all)));
    }
    Ok(tests)
}

/// A port, by number or name.
fn port(word: &Word, text: &str) -> Result<u16, CommandError> {
    service_number(text).or_else(|| decimal(text)).ok_or_else(|| {
        refuse(word, format!("invalid port/service `{text}' specified")).help(port_help())
    })
}

/// `80`, `80:90`, `:90`, `80:`.
fn port_range(word: &Word) -> Result<RangeInclusive<u16>, CommandError> {
    let Some((first, last)) = word.text.split_once(':') else {
        let help = |error: CommandError| match word.text.contains(',') {
            true => error.help(text!(
                "a list of ports is -m multiport --dports 80,443",
                "多个端口用 -m multiport --dports 80,443",
            )),
            false if word.text.contains('-') => {
                error.help(text!("a range of ports is written 80:90", "端口范围写作 80:90",))
            }
            false => error,
        };
        let port = port(word, &word.text).map_err(help)?;
        return Ok(port..=port);
    };
    let first = if first.is_empty() { 0 } else { port(word, first)? };
    let last = if last.is_empty() { u16::MAX } else { port(word, last)? };
    if first > last {
        return Err(refuse(word, "invalid portrange (min > max)"));
    }
    Ok(first..=last)
}

/// A list of TCP's flags: `SYN,ACK`, `ALL`, `NONE`.
fn flags(word: &Word) -> Result<u8, CommandError> {
    let mut bits = 0;
    for name in word.text.split(',') {
        let flag = FLAGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        bits |= match (name.to_ascii_uppercase().as_str(), flag) {
            (_, Some((_, bit))) => *bit,
            ("ALL", None) => 0x3f,
            ("NONE", None) => 0,
            _ => {
                return Err(refuse(word, format!("Unknown TCP flag `{name}'"))
                    .help(known("FIN,SYN,RST,PSH,ACK,URG ALL NONE")));
            }
        };
    }
    Ok(bits)
}

/// A type of ICMP: `8`, `3/4`, a name, or the beginning of one.
fn icmp_type(word: &Word) -> Result<(u8, Option<u8>), CommandError> {
    let text = word.text.to_ascii_lowercase();
    let begins =
        |(name, ..): &&(&str, u8, Option<u8>)| name.to_ascii_lowercase().starts_with(&text);
    let mut named = ICMP_TYPES.iter().filter(begins);
    if let Some(first) = named.next().filter(|_| !text.is_empty()) {
        let exact = |(name, ..): &&(&str, u8, Option<u8>)| name.eq_ignore_ascii_case(&text);
        let found = ICMP_TYPES.iter().find(exact).unwrap_or(first);
        return match named.next() {
            Some(second) if !exact(&found) => {
                let (first, second) = (first.0, second.0);
                let message =
                    format!("Ambiguous ICMP type `{}': `{first}' or `{second}'?", word.text);
                Err(refuse(word, message))
            }
            _ => Ok((found.1, found.2)),
        };
    }
    let unknown = |what: &str| {
        refuse(word, format!("Unknown ICMP {what} `{}'", word.text)).help(known(
            "echo-request echo-reply destination-unreachable redirect time-exceeded 8 3/4",
        ))
    };
    match word.text.split_once('/') {
        None => Ok((decimal(&word.text).ok_or_else(|| unknown("type"))?, None)),
        Some((kind, code)) => {
            let kind = decimal(kind).ok_or_else(|| unknown("type"))?;
            Ok((kind, Some(decimal(code).ok_or_else(|| unknown("code"))?)))
        }
    }
}

fn multiport(loaded: &Loaded) -> Result<Vec<Test>, CommandError> {
    if let Some(given) = loaded.given("--sports") {
        return Ok(vec![Test::SourcePorts(given.is(port_list(&given.values[0])?))]);
    }
    if let Some(given) = loaded.given("--dports") {
        return Ok(vec![Test::DestPorts(given.is(port_list(&given.values[0])?))]);
    }
    // The real tool's own words.
    Err(refuse(&loaded.word, "multiport expection an option").help(known("--sports --dports")))
}

/// Up to 15 ports; a range counts twice.
fn port_list(word: &Word) -> Result<Vec<RangeInclusive<u16>>, CommandError> {
    let mut ports = Vec::new();
    let mut room = 15_u8;
    for item in word.text.split(',') {
        let (first, last) = item.split_once(':').unwrap_or((item, item));
        let range = port(word, first)?..=port(word, last)?;
        if item.contains(':') && range.start() >= range.end() {
            return Err(refuse(word, "invalid portrange specified"));
        }
        room = room.checked_sub(if item.contains(':') { 2 } else { 1 }).ok_or_else(|| {
            refuse(word, "too many ports specified")
                .help(text!("at most 15, and a range counts as two", "最多 15 个，一个范围算两个",))
        })?;
        ports.push(range);
    }
    Ok(ports)
}

const STATES: &str = "NEW,ESTABLISHED,RELATED,INVALID,UNTRACKED";

fn state(loaded: &Loaded) -> Result<Vec<Test>, CommandError> {
    let old = loaded.module == Module::State;
    if !old && loaded.given.is_empty() {
        let message = "conntrack: At least one option is required";
        return Err(refuse(&loaded.word, message).help(known(format!("--ctstate {STATES}"))));
    }
    let given = loaded.required(if old { "--state" } else { "--ctstate" })?;
    let word = &given.values[0];
    let mut states = States::default();
    for name in word.text.split(',') {
        *match name.to_ascii_uppercase().as_str() {
            "INVALID" => &mut states.invalid,
            "NEW" => &mut states.new,
            "ESTABLISHED" => &mut states.established,
            "RELATED" => &mut states.related,
            "UNTRACKED" => &mut states.untracked,
            "SNAT" | "DNAT" if !old => {
                let states = Word::new(name, word.span.clone());
                return Err(CommandError::not_simulated(&states, 2).help(known(STATES)));
            }
            "" if old => {
                let message = "\"--state\" requires a list of states with no spaces, \
                               e.g. ESTABLISHED,RELATED";
                return Err(refuse(word, message));
            }
            _ => {
                let option = if old { "state" } else { "ctstate" };
                return Err(refuse(word, format!("Bad {option} \"{name}\"")).help(known(STATES)));
            }
        } = true;
    }
    Ok(vec![Test::State { states: given.is(states), old }])
}

/// `VALUE` or `VALUE/MASK`, as C reads numbers.
pub(super) fn number_mask(given: &Given, module: Module) -> Result<(u32, u32), CommandError> {
    let word = &given.values[0];
    let (value, mask) = word.text.split_once('/').unwrap_or((&word.text, "0xffffffff"));
    match (c_number(value), c_number(mask)) {
        (Some(value), Some(mask)) => Ok((value, mask)),
        _ => Err(bad_number(given, module)),
    }
}

/// What is no number, or too large.
pub(super) fn bad_number(given: &Given, module: Module) -> CommandError {
    let message = format!(
        "{}: bad integer value for option \"{}\", or out of range.",
        module.name(),
        given.name
    );
    refuse(&given.values[0], message).help(known("1 0x1 0x10/0xf0"))
}

/// A number as C's strtoul reads it with base 0: `16`, `0x10`, `020`.
pub(super) fn c_number(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match hex {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| all_digits)
}

fn ipvs(loaded: &Loaded) -> Result<Vec<Test>, CommandError> {
    let value = |name| loaded.given(name).map(|given| (given, &given.values[0]));
    let mut ipvs = Ipvs::default();
    if let Some((given, word)) = value("--vproto") {
        ipvs.proto = Some(given.is(proto(word)?));
    }
    if let Some((given, word)) = value("--vaddr") {
        ipvs.vip = Some(given.is(prefix(word)?));
    }
    if let Some((given, word)) = value("--vport") {
        let port = service_number(&word.text).or_else(|| decimal(&word.text));
        let message = format!("Port \"{}\" does not resolve to anything.", word.text);
        ipvs.port = Some(given.is(port.ok_or_else(|| refuse(word, message).help(port_help()))?));
    }
    if let Some((_, word)) = value("--vdir") {
        ipvs.original = Some(match word.text.to_ascii_uppercase().as_str() {
            "ORIGINAL" => true,
            "REPLY" => false,
            _ => return Err(bad_value("--vdir", word, "ORIGINAL REPLY")),
        });
    }
    if let Some((given, word)) = value("--vmethod") {
        ipvs.method = Some(given.is(match word.text.to_ascii_uppercase().as_str() {
            "GATE" => Method::Dr,
            "IPIP" => Method::Tun,
            "MASQ" => Method::Nat,
            _ => return Err(bad_value("--vmethod", word, "GATE IPIP MASQ")),
        }));
    }
    let asks = ipvs != Ipvs::default();
    match loaded.given("--ipvs") {
        // Whatever else is asked, only what IPVS knows can have it.
        Some(given) if asks && given.not => {
            let message = "! --ipvs cannot be together with other options";
            return Err(refuse(&given.word, message));
        }
        Some(given) if !asks => ipvs.known = Some(!given.not),
        None if !asks => {
            let options = "--ipvs --vproto --vaddr --vport --vdir --vmethod";
            let message = "IPVS: At least one option is required";
            return Err(refuse(&loaded.word, message).help(known(options)));
        }
        _ => {}
    }
    Ok(vec![Test::Ipvs(ipvs)])
}

fn bad_value(option: &str, word: &Word, values: &str) -> CommandError {
    let message = format!("ipvs: Bad value for \"{option}\" option: \"{}\"", word.text);
    refuse(word, message).help(known(values))
}

/// The address of `--vaddr`, whose host bits stay.
fn prefix(word: &Word) -> Result<Prefix, CommandError> {
    let (addr, len) = word.text.split_once('/').unwrap_or((&word.text, "32"));
    let addr: Ipv4Addr = addr.parse().map_err(|_| not_found(word, addr))?;
    Ok(Prefix { addr, len: mask(word, len)? })
}

/// A host's name, or what looks like one.
pub(super) fn not_found(word: &Word, host: &str) -> CommandError {
    refuse(word, format!("host/network `{host}' not found"))
        .help(crate::command::error::no_names("192.0.2.0/24"))
}

/// A netmask: its length, or dotted.
pub(super) fn mask(word: &Word, text: &str) -> Result<u8, CommandError> {
    if let Some(len) = decimal::<u8>(text).filter(|len| *len <= 32) {
        return Ok(len);
    }
    let Ok(mask) = text.parse::<Ipv4Addr>() else {
        return Err(refuse(word, format!("invalid mask `{text}' specified")));
    };
    mask_len(mask).ok_or_else(|| {
        let what = text!("a netmask with holes", "有空洞的掩码");
        CommandError::without(&word.span, 2, &what)
    })
}

/// A protocol by name or number; 0 is every protocol.
pub(super) fn proto(word: &Word) -> Result<u8, CommandError> {
    let name = word.text.to_ascii_lowercase();
    let number = proto_number(&name).or_else(|| u8::try_from(c_number(&name)?).ok());
    number.ok_or_else(|| {
        refuse(word, format!("unknown protocol \"{name}\" specified"))
            .known(&name, &["tcp", "udp", "icmp", "ipencap", "all"])
    })
}

/// A comment of at most 255 bytes, on one line.
fn comment(word: &Word) -> Result<String, CommandError> {
    let fits = word.text.len() <= 255 && !word.text.contains('\n');
    let help = || -> Text {
        text!("a comment is one line of at most 255 bytes", "注释是一行，最多 255 字节",)
    };
    if !fits {
        let what = text!("this comment", "这样的注释");
        return Err(CommandError::without(&word.span, 2, &what).help(help()));
    }
    Ok(word.text.clone())
}
