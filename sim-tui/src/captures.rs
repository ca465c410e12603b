//! Captures: one classic pcap file for each interface.
//!
//! A folder of captures may be there already. Our own files of an older run are written anew; those that this run does not
//! write are named, so that nobody takes them for new ones. A file of somebody else is never overwritten, and nothing is removed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sim_core::event::{IfaceId, NodeId};
use sim_core::export::pcap::{self, LinkType};
use sim_core::host::iface::IfaceKind;
use sim_core::net::{Kind, Net};
use sim_core::trace::{Note, Trace};
use sim_core::{Text, text};

use crate::lang;
use crate::open::Refused;

/// The folder that captures go to, and the file of each interface.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    files: BTreeMap<(NodeId, IfaceId), (PathBuf, LinkType)>,
}

impl Folder {
    /// Makes it ready for DIR/NODE-IFACE.pcap of each interface that has a cable; `all`: of `lo` and `tunl0` too.
    ///
    /// # Errors
    /// When it cannot be made, or a file of somebody else has the name of one of ours.
    pub fn open(dir: &Path, net: &Net, all: bool) -> Result<Self, Refused> {
        let mut files = BTreeMap::new();
        for link in &net.links {
            for end in link.ends {
                files.insert((end.node, end.iface), LinkType::Ethernet);
            }
        }
        for node in net.node_ids().filter(|_| all) {
            let Kind::Host(host) = &net.node(node).kind else { continue };
            for iface in host.fib().iface_ids() {
                let link = match host.fib().iface(iface).kind {
                    IfaceKind::Ethernet => continue,
                    IfaceKind::Dummy | IfaceKind::Loopback => LinkType::Ethernet,
                    IfaceKind::Tunnel => LinkType::Raw,
                };
                files.insert((node, iface), link);
            }
        }
        let named = |((node, iface), link): ((NodeId, IfaceId), LinkType)| {
            let (name, own) = (&net.node(node).name, net.node(node).iface_name(iface));
            ((node, iface), (dir.join(format!("{name}-{own}.pcap")), link))
        };
        let files = files.into_iter().map(named).collect();
        fs::create_dir_all(dir).map_err(|why| refused(dir, &why))?;
        let folder = Self { dir: dir.into(), files };
        let foreign = folder.foreign()?;
        if foreign.is_empty() { Ok(folder) } else { Err(Refused(foreign)) }
    }

    /// What is said of each file in our way that is not ours.
    fn foreign(&self) -> Result<Vec<Text>, Refused> {
        let mut foreign = Vec::new();
        for (path, _) in self.files.values() {
            if path.symlink_metadata().is_ok()
                && !is_ours(path).map_err(|why| refused(path, &why))?
            {
                let path = path.display();
                foreign.push(text!(
                    "{path}: is there already and is no capture of lvsim: move it away or name another folder",
                    "{path}：已经存在，且不是 lvsim 的抓包文件：请移走它，或换一个目录"
                ));
            }
        }
        Ok(foreign)
    }

    /// Writes the captures of a run.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, trace: &Trace) -> Result<(), Refused> {
        let empty = |(key, (_, link)): (&(NodeId, IfaceId), &(PathBuf, LinkType))| {
            (*key, pcap::header_of(*link).to_vec())
        };
        let mut written: BTreeMap<_, Vec<u8>> = self.files.iter().map(empty).collect();
        for entry in trace.entries() {
            let (iface, bytes) = match &entry.what {
                Note::Frame { iface, frame, .. } => (*iface, &frame.bytes),
                Note::Packet { iface, bytes, .. } => (*iface, bytes),
                _ => continue,
            };
            if let Some(file) = written.get_mut(&(entry.node, iface)) {
                pcap::record(entry.at.as_nanos(), bytes.bytes(), file);
            }
        }
        for (key, (path, _)) in &self.files {
            fs::write(path, &written[key]).map_err(|why| refused(path, &why))?;
        }
        Ok(())
    }

    /// The captures of an older run that this one has not written, as a warning each.
    pub fn left(&self) -> Vec<Text> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let mut left: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "pcap"))
            .filter(|path| !self.files.values().any(|(own, _)| own == path))
            .collect();
        left.sort();
        let warning = |path: PathBuf| {
            let path = path.display();
            text!("{path}: not of this run, left as it was", "{path}：不是这次运行写的，未改动")
        };
        left.into_iter().map(warning).collect()
    }
}

/// No story lasts as long; real captures are of this century.
const LONGEST_STORY_S: u32 = 365 * 24 * 60 * 60;

/// Whether a file is a capture as we write them: our header, and a first frame soon after 1970.
fn is_ours(path: &Path) -> io::Result<bool> {
    if !path.symlink_metadata()?.is_file() {
        return Ok(false);
    }
    let mut head = Vec::new();
    File::open(path)?.take(28).read_to_end(&mut head)?;
    let is_header = [LinkType::Ethernet, LinkType::Raw]
        .iter()
        .any(|link| head.starts_with(&pcap::header_of(*link)));
    let first = head.get(24..28).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    Ok(is_header && first.is_none_or(|bytes| u32::from_le_bytes(bytes) < LONGEST_STORY_S))
}

/// Makes sure that a file can be written, before the work whose result it is to hold. What is in it
/// stays.
///
/// # Errors
/// When it cannot.
pub fn begin(path: &Path) -> Result<(), Refused> {
    // Who reads a pipe would take that for the end.
    if path.metadata().is_ok_and(|known| !known.is_file() && !known.is_dir()) {
        return Ok(());
    }
    let opened = File::options().create(true).append(true).open(path);
    opened.map(drop).map_err(|why| refused(path, &why))
}

/// Why a file could not be written.
pub fn refused(path: &Path, why: &std::io::Error) -> Refused {
    let (path, Text { en, zh }) = (path.display(), lang::why(why));
    Refused(vec![text!("{path}: cannot be written: {en}", "{path}：无法写入：{zh}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn a_file_of_somebody_else_is_known() {
        let dir = std::env::temp_dir().join(format!("lvsim-captures-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder can be made");
        let path = dir.join("rs1-eth0.pcap");
        let header = pcap::header().to_vec();
        let with = |first_s: u32| [&header[..], &first_s.to_le_bytes(), &[0; 12]].concat();
        for (bytes, ours) in [
            (header.clone(),         true),  // nothing came by
            (with(0),                true),
            (with(1_700_000_000),    false), // tcpdump -w, in 2023
            (header[..20].to_vec(),  false),
            (b"notes".to_vec(),      false),
            (Vec::new(),             false),
        ] {
            fs::write(&path, &bytes).expect("an own folder can be written");
            assert_eq!(is_ours(&path).expect("it can be read"), ours, "{bytes:?}");
        }
        fs::remove_dir_all(&dir).expect("an own folder can be removed");
    }
}
