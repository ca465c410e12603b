//! Starting user-mode Linux, a whole kernel that runs as an ordinary process, and waiting for what it plays.
#![expect(clippy::disallowed_types, reason = "a real kernel takes real time")]

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{Pid, Uid};
use sim_core::{Text, text};

use super::files;
use crate::lang;

/// The kernel's program.
pub const PROGRAM: &str = "linux.uml";

/// Its memory; with less TCP offers smaller windows than an ordinary machine.
const MEMORY_MB: u64 = 768;

/// More than a boot, a setup and a cleaning up ever take.
const AROUND: Duration = Duration::from_secs(90);

/// A virtual second costs a real one, and late stories more.
const SLOWER: u32 = 3;

/// The setting that tells process 1 the folder of the host.
pub const OUT: &str = "LVSIM_OUT";

/// How often we look whether something was played.
const LOOK: Duration = Duration::from_millis(50);

/// Which kernel is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// A user-mode Linux of our own.
    Uml,
    /// The kernel that we run on.
    Here,
}

/// What is wrong with a run of the kernel.
#[derive(Debug)]
pub enum BootError {
    /// A folder's name cannot be a word of the kernel's command line.
    Space(PathBuf),
    /// Its memory is a file, for which no folder has room.
    Room,
    /// Namespaces of the kernel that we run on are root's.
    NotRoot,
    /// It ended before it had played all.
    Ended(String),
    /// It did not come to an end.
    Late(String),
    /// A file or the program.
    Io(io::Error),
}

impl From<io::Error> for BootError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl BootError {
    /// The sentence for a person.
    pub fn text(&self) -> Text {
        match self {
            Self::Space(path) => {
                let path = path.display();
                text!(
                    "{path}: a folder with a space in its name cannot be handed to the kernel",
                    "{path}：名字中有空格的文件夹无法交给内核"
                )
            }
            Self::Room => text!(
                "no room for the kernel's memory: /dev/shm, /tmp or /var/tmp needs {MEMORY_MB} MB",
                "没有空间存放内核的内存：/dev/shm、/tmp 或 /var/tmp 需要 {MEMORY_MB} MB"
            ),
            Self::NotRoot => text!(
                "--netns needs root: namespaces of this machine's kernel are root's to make",
                "--netns 需要 root：只有 root 能在本机内核上创建命名空间"
            ),
            Self::Ended(said) => text!(
                "the kernel ended before it had played all; it said:\n{said}",
                "内核提前结束，没有运行完；它说：\n{said}"
            ),
            Self::Late(said) => text!(
                "the kernel did not end in time; it said:\n{said}",
                "内核没有按时结束；它说：\n{said}"
            ),
            Self::Io(error) => lang::why(error),
        }
    }
}

/// A scenario's folder in OUT, and how long its story takes.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// The length of its story.
    pub story: Duration,
}

/// Plays the plans in the folders of OUT and tells each when it is played.
///
/// Several share one boot; where a story leaves something that cannot be taken away, the rest gets another.
///
/// # Errors
/// When the kernel cannot be started or ends without having played anything.
pub fn play(
    out: &Path,
    folders: &[Folder],
    place: Where,
    mut told: impl FnMut(&Folder),
) -> Result<(), BootError> {
    if place == Where::Here && !Uid::effective().is_root() {
        return Err(BootError::NotRoot);
    }
    let lock =
        File::create(std::env::temp_dir().join(format!("lvsim-kernel-{}.lock", Uid::current())))?;
    // Two kernels would disturb each other's milliseconds.
    lock.lock()?;
    end_with_us()?;
    let mut left = folders;
    while !left.is_empty() {
        let before = left.len();
        let mut kernel = Kernel::start(out, place)?;
        let mut deadline = Instant::now() + limit(&left[0]);
        loop {
            // Asked before the look, so that what it did last is seen.
            let has_ended = kernel.has_ended()?;
            while let Some((first, rest)) = left.split_first()
                && first.path.join(files::DONE).exists()
            {
                told(first);
                left = rest;
                deadline = Instant::now() + left.first().map_or(AROUND, limit);
            }
            if has_ended {
                break;
            }
            if Instant::now() > deadline {
                return Err(BootError::Late(kernel.said()));
            }
            thread::sleep(LOOK);
        }
        if left.len() == before {
            return Err(BootError::Ended(kernel.said()));
        }
    }
    Ok(())
}

fn limit(folder: &Folder) -> Duration {
    AROUND + folder.story * SLOWER
}

/// The group of the kernel's processes, which are processes of the host as well; 0 where none runs.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Ends the kernel that runs.
fn end_running() {
    let group = RUNNING.swap(0, Ordering::SeqCst);
    if group != 0 {
        // It may have ended by itself.
        let _ = killpg(Pid::from_raw(group.cast_signed()), Signal::SIGKILL);
    }
}

/// Who ends us ends the kernel, too.
fn end_with_us() -> io::Result<()> {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    signals.thread_block()?;
    thread::spawn(move || {
        if let Ok(signal) = signals.wait() {
            end_running();
            std::process::exit(128 + signal as i32);
        }
    });
    Ok(())
}

/// A running kernel; it is ended when nobody waits for it any more.
struct Kernel {
    process: Child,
    out: PathBuf,
}

impl Kernel {
    fn start(out: &Path, place: Where) -> Result<Self, BootError> {
        let lvsim = std::env::current_exe()?;
        for path in [out, &lvsim] {
            if path.to_string_lossy().contains(char::is_whitespace) {
                return Err(BootError::Space(path.into()));
            }
        }
        let log = File::create(out.join(files::LOG))?;
        // A busy machine makes think times longer, and then the order of frames is another.
        let mut command = Command::new("nice");
        command.args(["-n", "-10"]);
        match place {
            Where::Uml => command
                .arg(PROGRAM)
                .arg(format!("mem={MEMORY_MB}M"))
                .args(["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"])
                .args(["con=null", "con0=null,fd:1", "quiet", "ipv6.disable_ipv6=1"])
                .arg(format!("init={}", lvsim.display()))
                // Words that the kernel does not know go to process 1, settings among them to its environment.
                .args(["kernel", "guest"])
                .arg(format!("{OUT}={}", out.display()))
                .env("TMPDIR", memory_folder()?),
            Where::Here => command.arg(lvsim).args(["kernel", "guest"]).env(OUT, out),
        };
        let process = command
            .env("PATH", super::needs::path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        RUNNING.store(process.id(), Ordering::SeqCst);
        Ok(Self { process, out: out.into() })
    }

    fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.process.try_wait()?.is_some())
    }

    /// What it said, and what its first process left.
    fn said(&self) -> String {
        let texts = [files::ERROR, files::LOG].map(|name| fs::read(self.out.join(name)));
        let texts = texts.into_iter().flatten();
        texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            RUNNING.store(0, Ordering::SeqCst);
        }
        end_running();
        let _ = self.process.wait();
    }
}

/// A folder with room for the kernel's memory: in a container /dev/shm may be far too small.
fn memory_folder() -> Result<&'static str, BootError> {
    let has_room = |folder: &&str| {
        statvfs(*folder).is_ok_and(|room| {
            let free = room.blocks_available() * room.fragment_size();
            free > MEMORY_MB << 20 && !room.flags().contains(FsFlags::ST_NOEXEC)
        })
    };
    ["/dev/shm", "/tmp", "/var/tmp"].into_iter().find(has_room).ok_or(BootError::Room)
}
