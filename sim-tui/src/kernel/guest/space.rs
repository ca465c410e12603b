//! A node's place in the kernel: its network namespace, and the files that a program there sees.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};

/// Where this process is at home, or a node: a network and a mount namespace.
#[derive(Debug)]
pub struct Space {
    net: File,
    mounts: File,
}

impl Space {
    /// Where this process is now.
    pub fn here() -> io::Result<Self> {
        Ok(Self { net: File::open("/proc/self/ns/net")?, mounts: File::open("/proc/self/ns/mnt")? })
    }

    /// The namespace of a node, with its own `/sys` and what `/etc/netns/NODE` holds in the place of
    /// the files of `/etc`: what `ip netns exec` makes for each command, made once.
    pub fn of(node: &str, home: &Self) -> io::Result<Self> {
        let net = File::open(format!("/run/netns/{node}"))?;
        setns(&net, CloneFlags::CLONE_NEWNET)?;
        unshare(CloneFlags::CLONE_NEWNS)?;
        let none: Option<&str> = None;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
        umount2("/sys", MntFlags::MNT_DETACH)?;
        mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), none)?;
        let own = format!("/etc/netns/{node}");
        if Path::new(&own).is_dir() {
            for file in fs::read_dir(&own)? {
                let file = file?;
                let there = Path::new("/etc").join(file.file_name());
                mount(Some(&file.path()), &there, none, MsFlags::MS_BIND, none)?;
            }
        }
        let space = Self { net, mounts: File::open("/proc/self/ns/mnt")? };
        home.enter()?;
        Ok(space)
    }

    /// Moves this process, which has one thread, to this place: sockets and children that begin from now on
    /// belong to it.
    pub fn enter(&self) -> io::Result<()> {
        setns(self.net.as_fd(), CloneFlags::CLONE_NEWNET)?;
        setns(self.mounts.as_fd(), CloneFlags::CLONE_NEWNS)?;
        Ok(())
    }
}
