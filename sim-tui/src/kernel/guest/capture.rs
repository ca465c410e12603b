//! Recording: one packet socket for all interfaces of a namespace, read when the story is over, so that nothing
//! disturbs the machine's only CPU meanwhile.

use std::collections::BTreeMap;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType,
    recvmsg, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;

/// How much may wait to be read.
const BUFFER: usize = 64 << 20;

/// Longer than any frame on our cables, whose largest MTU is 65,535.
const LONGEST: usize = 1 << 17;

/// Of an address of a packet socket: the frame was sent by this machine (linux/if_packet.h).
const PACKET_OUTGOING: u8 = 4;

/// A frame as an interface saw it.
#[derive(Debug)]
pub struct Stamped {
    /// Nanoseconds since 1970.
    pub at: u64,
    /// Whether it came in.
    pub inward: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A recorder of some interfaces of one namespace.
pub struct Capture {
    node: String,
    socket: OwnedFd,
    /// By their numbers in the namespace.
    ifaces: BTreeMap<usize, String>,
}

impl Capture {
    /// Begins to record; call it inside of the namespace.
    pub fn start(node: &str, ifaces: &[&str]) -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::EthAll,
        )?;
        setsockopt(&socket, sockopt::RcvBufForce, &BUFFER)?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        setsockopt(&socket, sockopt::RxqOvfl, &1)?;
        let numbered = |name: &&str| Ok((super::iface(name)?.ifindex(), (*name).to_owned()));
        let ifaces = ifaces.iter().map(numbered).collect::<io::Result<_>>()?;
        Ok(Self { node: node.to_owned(), socket, ifaces })
    }

    /// Adds what was recorded, by node and interface.
    ///
    /// # Errors
    /// When the kernel has dropped frames for want of room, or one has no time.
    pub fn read(&self, into: &mut BTreeMap<(String, String), Vec<Stamped>>) -> io::Result<()> {
        let mut buffer = vec![0; LONGEST];
        let mut control = cmsg_space!(TimeSpec, u32);
        loop {
            let mut room = [IoSliceMut::new(&mut buffer)];
            let flags = MsgFlags::MSG_DONTWAIT;
            let fd = self.socket.as_raw_fd();
            let message = match recvmsg::<LinkAddr>(fd, &mut room, Some(&mut control), flags) {
                Ok(message) => message,
                Err(Errno::EAGAIN) => return Ok(()),
                // An interface was down for a time: told once.
                Err(Errno::ENETDOWN) => continue,
                Err(error) => return Err(error.into()),
            };
            let mut at = None;
            for said in message.cmsgs()? {
                match said {
                    ControlMessageOwned::ScmTimestampns(time) => at = Some(nanos(time)),
                    ControlMessageOwned::RxqOvfl(lost) if lost > 0 => {
                        let node = &self.node;
                        return Err(io::Error::other(format!(
                            "{node}: the recording lost {lost} frames"
                        )));
                    }
                    _ => {}
                }
            }
            let at = at.ok_or_else(|| io::Error::other("a frame without a time"))?;
            let Some(from) = message.address else { continue };
            let Some(name) = self.ifaces.get(&from.ifindex()) else { continue };
            let inward = from.pkttype() != PACKET_OUTGOING;
            let bytes = message.iovs().flatten().copied().collect();
            let frames = into.entry((self.node.clone(), name.clone())).or_default();
            frames.push(Stamped { at, inward, bytes });
        }
    }
}

fn nanos(time: TimeSpec) -> u64 {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec()).unwrap_or(0)
}
