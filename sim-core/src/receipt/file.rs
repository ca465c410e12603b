//! A receipt: what the real kernel did, as a text file beside the scenario.
//!
//! Each frame is written once, under a name made from its bytes, in the order of the interfaces that
//! it passed; one that differs from an earlier one in a few bytes, as by a hop, is written `like` that.
//! Each interface then is a list of times and names. Behind a `#` stands what tcpdump says of a frame,
//! for the reader alone.
//!
//! ```text
//! lvsim receipt 1
//! version kernel: 6.1.0
//!
//! frame 1c5be6  # ARP, Request who-has 10.0.0.1 tell 10.0.0.10, length 28
//!   ffffffffffff 02000000000c 0806
//!   00010800 06040001 02000000 000c0a00 000a0000 00000000 0a000001
//! frame 90a3d2 like 1c5be6  # ARP, Request who-has 10.0.0.2 tell 10.0.0.10, length 28
//!   @41 02
//!
//! iface client:eth0
//!   0.101000 1c5be6
//!
//! output client 0.100000 0.231000 status 0: curl http://10.0.0.1/
//!   |rs1
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::compare::compare;
use super::told::{seconds, summary};
use super::{Output, Recording, notation};
use crate::digest;

/// The first line, with the format's version.
pub(super) const HEAD: &str = "lvsim receipt 1";
/// What a reader of the file should know.
const ABOUT: &str = "\
# What Linux did in the scenario of the same name. `lvsim kernel record` writes this file, `cargo test`
# compares the simulation with it. It is never edited: where it says something else than the
# simulation, the simulation is wrong.
";

/// What the real kernel did, in canonical form, and which kernel and tools it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Versions by the names of what has them: `kernel`, `ipvsadm`, `iproute2`.
    pub versions: BTreeMap<String, String>,
    /// The recording; no port is pinned in it, since those that are drawn are replaced already.
    pub recording: Recording,
}

/// What becomes of a receipt's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It stays as it is: the new recording says the same.
    Old,
    /// It gets this text.
    New(String),
}

impl Receipt {
    /// The receipt of a recording of the kernel.
    pub fn new(recording: &Recording, versions: BTreeMap<String, String>) -> Self {
        let mut recording = recording.canonical(&recording.pinned);
        recording.pinned.clear();
        let cut = |ns: &mut u64| *ns -= *ns % 1_000;
        for frame in recording.captures.iter_mut().flat_map(|capture| &mut capture.frames) {
            cut(&mut frame.at_ns);
        }
        for output in &mut recording.outputs {
            cut(&mut output.at_ns);
            output.end_ns.as_mut().map(cut);
        }
        Self { versions, recording }
    }

    /// What becomes of a file, if there is one, when the scenario was recorded anew: a recording that
    /// is equal within the masks leaves it untouched, so that no noise is ever committed.
    pub fn keep_or_replace(old: Option<&str>, new: &Self) -> Kept {
        let old = old.and_then(|text| Self::parse(text).ok());
        match old.is_some_and(|old| compare(&old.recording, &new.recording).is_empty()) {
            true => Kept::Old,
            false => Kept::New(new.to_string()),
        }
    }
}

/// The file's text.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}\n{ABOUT}")?;
        for (name, version) in &self.versions {
            writeln!(f, "version {name}: {}", escape(version))?;
        }
        let frames = Frames::of(&self.recording);
        frames.write(f)?;
        for capture in &self.recording.captures {
            writeln!(f, "\niface {}:{}", capture.node, capture.iface)?;
            for frame in &capture.frames {
                let name = &frames.names[&frame.bytes[..]];
                writeln!(f, "  {} {name}", seconds(frame.at_ns))?;
            }
        }
        for output in &self.recording.outputs {
            write_output(f, output)?;
        }
        Ok(())
    }
}

/// What most segments have is not told of each.
const USUAL: &str = ", options [nop,nop,TS val 0 ecr 0]";
/// Names have six hexadecimal digits: enough for the frames of a story.
const NAMES: u64 = 0xff_ffff;

/// The frames of a recording, each once.
struct Frames<'a> {
    names: BTreeMap<&'a [u8], String>,
    /// In the order of the interfaces: that of the times would change with each microsecond.
    listed: Vec<(&'a [u8], String)>,
}

impl<'a> Frames<'a> {
    fn of(recording: &'a Recording) -> Self {
        let mut frames = Self { names: BTreeMap::new(), listed: Vec::new() };
        let mut taken: BTreeSet<u64> = BTreeSet::new();
        for frame in recording.captures.iter().flat_map(|capture| &capture.frames) {
            let bytes = &frame.bytes[..];
            if frames.names.contains_key(bytes) {
                continue;
            }
            let digest = digest::of_bytes(bytes);
            let mut name = (digest >> 48 ^ digest >> 24 ^ digest) & NAMES;
            // The next free one, if two frames have the same.
            while !taken.insert(name) {
                name = (name + 1) & NAMES;
            }
            let name = format!("{name:06x}");
            frames.names.insert(bytes, name.clone());
            frames.listed.push((bytes, name));
        }
        frames
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Frames written in full: what they are, their names and what tcpdump says.
        let mut bases: Vec<(&[u8], &str, String)> = Vec::new();
        writeln!(f)?;
        for (bytes, name) in &self.listed {
            let said = summary(bytes).replace(USUAL, "");
            let whole = notation::write(bytes);
            let near = bases.iter().filter(|(base, ..)| base.len() == bytes.len());
            let near = near.map(|base| (notation::write_like(base.0, bytes), base));
            let nearest = near.min_by_key(|(lines, _)| size(lines));
            let lines = match nearest.filter(|(lines, _)| size(lines) * 2 < size(&whole)) {
                Some((lines, (_, base, known))) => {
                    // The same words would say nothing about what differs.
                    let said = if *known == said { String::new() } else { format!("  # {said}") };
                    writeln!(f, "frame {name} like {base}{said}")?;
                    lines
                }
                None => {
                    writeln!(f, "frame {name}  # {said}")?;
                    bases.push((bytes, name, said));
                    whole
                }
            };
            lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        Ok(())
    }
}

fn size(lines: &[String]) -> usize {
    lines.iter().map(|line| line.len() + 3).sum()
}

fn write_output(f: &mut fmt::Formatter<'_>, output: &Output) -> fmt::Result {
    let Output { node, text, status, output, at_ns, end_ns } = output;
    let end = end_ns.map_or_else(|| "-".to_owned(), seconds);
    let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    writeln!(f, "\noutput {node} {} {end} status {status}: {}", seconds(*at_ns), escape(text))?;
    for line in output.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => writeln!(f, "  |{}", escape(line))?,
            None => writeln!(f, "  >{}", escape(line))?,
        }
    }
    Ok(())
}

/// A text as one line: nothing in it is lost, or invisible at its end.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                write!(out, "\\u{{{:x}}}", u32::from(control)).expect("a string takes all text");
            }
            other => out.push(other),
        }
    }
    if out.ends_with(char::is_whitespace) {
        let last = out.pop().expect("it ends with something");
        write!(out, "\\u{{{:x}}}", u32::from(last)).expect("a string takes all text");
    }
    out
}
