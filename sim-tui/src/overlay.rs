//! `lvsim overlay`: a capture of a real box laid over a simulated interface.

mod json;
mod print;

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use sim_core::overlay::{self, Capture, Options, Overlay, Searched, Wanted, search};
use sim_core::{Text, text};

use crate::cli::{Exit, Format, seed};
use crate::diff;
use crate::lang::{self, Lang, Unfit};
use crate::open::{self, Refused};

/// Lay a capture of a real box over a simulated interface.
///
/// MAC addresses, ports and what is drawn are matched up and not compared. The first
/// frame that differs is shown, with what the simulation decided there, and the
/// single change of the scenario that explains the capture best: each was played.
/// Exit: 0 the capture fits, 1 it differs, 2 a file is wrong or cannot be compared.
#[derive(Debug, Args)]
pub struct OverlayArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// The simulated interface, such as `rs1:eth0`.
    #[arg(value_name = "NODE:IFACE")]
    pub at: String,
    /// A capture, pcap or pcapng: `tcpdump -i IFACE -w FILE`.
    #[arg(value_name = "CAPTURE")]
    pub capture: PathBuf,
    /// Which interface of the capture, by name or number, where it has several.
    #[arg(long, value_name = "NAME")]
    pub iface: Option<String>,
    /// An address of the capture, and the scenario's that it stands for.
    ///
    /// May be given several times: `--map 10.0.0.5=192.168.0.100`.
    #[arg(long, value_name = "REAL=SIMULATED", value_parser = pair)]
    pub map: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// Leave TTLs out: the real clients are further away than the scenario's.
    #[arg(long)]
    pub any_ttl: bool,
    /// Change the scenario first: `HOST: COMMAND`, as `lvsim diff --with` does.
    #[arg(long, value_name = "CHANGE")]
    pub with: Vec<String>,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// How many changes are tried at most; 0: none.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub tries: usize,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Reads `10.0.0.5=192.168.0.100`.
fn pair(text: &str) -> Result<(Ipv4Addr, Ipv4Addr), Unfit> {
    let read = || {
        let (real, simulated) = text.split_once('=')?;
        Some((real.trim().parse().ok()?, simulated.trim().parse().ok()?))
    };
    read().ok_or_else(|| {
        Unfit(text!(
            "expected REAL=SIMULATED, two IPv4 addresses: 10.0.0.5=192.168.0.100",
            "应为 实机地址=场景地址，两个 IPv4 地址：10.0.0.5=192.168.0.100"
        ))
    })
}

/// Lays a capture over a scenario.
///
/// # Errors
/// When a file is wrong, there is no such interface, or nothing can be compared.
pub fn run(args: &OverlayArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, false)?;
    let scenario = diff::changed(&scenario, &args.with)?;
    let scenario_file = scenario.file.clone();
    let map = mapped(&args.map)?;
    let file = args.capture.display().to_string();
    let of_capture = |Text { en, zh }: Text| Refused(vec![text!("{file}: {en}", "{file}：{zh}")]);
    let bytes = fs::read(&args.capture).map_err(|why| {
        let Text { en, zh } = lang::why(&why);
        of_capture(text!("cannot be read: {en}", "无法读取：{zh}"))
    })?;
    let run = diff::played(scenario)?;
    let place = overlay::place(&args.at, &run).map_err(|Text { en, zh }| {
        Refused(vec![text!("{scenario_file}: {en}", "{scenario_file}：{zh}")])
    })?;
    let (node, iface) = args.at.split_once(':').unwrap_or((&args.at, ""));
    let wanted = Wanted { asked: args.iface.as_deref(), node, iface };
    let capture = Capture::read(&bytes, wanted).map_err(&of_capture)?;
    let options = Options { map, any_ttl: args.any_ttl };
    let laid = Overlay::lay(run, place, capture, options).map_err(&of_capture)?;
    let searched = match laid.fits() {
        true => Searched::default(),
        false => search(&laid, args.tries),
    };
    let told = Told { file: &file, at: &args.at, laid: &laid, searched: &searched };
    match args.format {
        Format::Text => print::print(&told, lang),
        Format::Json => json::print(&told, lang),
    }
    Ok(if laid.fits() { Exit::Ok } else { Exit::Failed })
}

/// What is told.
struct Told<'a> {
    /// The capture's file.
    file: &'a str,
    /// The simulated interface.
    at: &'a str,
    laid: &'a Overlay,
    searched: &'a Searched,
}

/// The addresses as a map; two may not stand for one.
fn mapped(given: &[(Ipv4Addr, Ipv4Addr)]) -> Result<BTreeMap<Ipv4Addr, Ipv4Addr>, Refused> {
    let mut map = BTreeMap::new();
    for (real, simulated) in given {
        let is_taken = map.iter().any(|(own, other)| own != real && other == simulated);
        if is_taken || map.insert(*real, *simulated).is_some_and(|was| was != *simulated) {
            return Err(Refused(vec![text!(
                "--map {real}={simulated}: one of the two is mapped already; each address stands for one",
                "--map {real}={simulated}：其中一个已经有对应；每个地址只能对应一个"
            )]));
        }
    }
    Ok(map)
}
