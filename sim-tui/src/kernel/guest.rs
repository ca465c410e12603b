//! Process 1 of the user-mode kernel: makes the system usable, plays plans one after the other, leaves what came of
//! each, turns the power off.
//!
//! It stands on the host's files, with a layer of its own above: nothing that is written reaches the host but in
//! OUT. Between two plans everything is taken away again, modules included; where that fails the kernel ends, and
//! the rest waits for a fresh one.

mod capture;
mod clock;
mod job;
mod lab;
mod space;
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::reboot::{RebootMode, reboot};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::LinkAddr;
use nix::sys::utsname::uname;
use nix::unistd::{Pid, pivot_root, sync};
use sim_core::export::netns;
use sim_core::receipt::Output;

use self::clock::now;
use self::job::{Jobs, Start};
use self::lab::Lab;
use self::story::Story;
use super::plan::Plan;
use super::{files, frames};
use crate::cli::Exit;
use crate::out::complain;

pub use self::capture::Stamped;

/// Where the host's folder is seen.
const OUT: &str = "/run/out";

/// Where Debian's package keeps the kernel's modules.
const MODULES: &str = "/usr/lib/uml/modules";

/// What every lab needs; IPVS needs IPv6 to be there, if disabled.
const NEEDED: [&str; 5] = ["ipv6", "veth", "bridge", "sch_netem", "ip_vs"];

/// Programs of iptables by the old interface: the other needs more modules, and prints other rules.
const LEGACY: [&str; 3] = ["iptables", "iptables-save", "iptables-restore"];

/// How long modules may be in use after the last namespace has gone.
const UNUSED_NS: u64 = 10_000_000_000;

/// Plays all plans of the folder that the environment names. Process 1 may not end: it turns the power off.
pub fn main() -> Exit {
    let is_first = Pid::this() == Pid::from_raw(1);
    let told = std::env::var(super::boot::OUT);
    let told = told.map_err(|error| io::Error::other(format!("{}: {error}", super::boot::OUT)));
    let played = told.and_then(|out| {
        if !is_first {
            unshare(CloneFlags::CLONE_FS)?;
            return play_all(Path::new(&out), false);
        }
        boot(&out)?;
        play_all(Path::new(OUT), true)
    });
    if let Err(error) = &played {
        complain(&error.to_string());
    }
    if is_first {
        sync();
        let error = reboot(RebootMode::RB_POWER_OFF);
        panic!("the power stays on: {error:?}");
    }
    if played.is_ok() { Exit::Ok } else { Exit::Wrong }
}

/// Mounts what programs expect, and makes modules loadable: by us, by the kernel itself and by stories.
fn boot(out: &str) -> io::Result<()> {
    let release = uname()?.release().to_string_lossy().into_owned();
    let mounted = |kind: &str, from: &str, place: &str, options: Option<&str>| {
        mount(Some(from), place, Some(kind), MsFlags::empty(), options).map_err(|error| {
            io::Error::other(format!("{kind} cannot be mounted on {place}: {error}"))
        })
    };
    let plain = |kind: &str, place: &str| mounted(kind, kind, place, None);
    // The kernel's threads share our root and working directory, and then no mount namespace can be entered.
    unshare(CloneFlags::CLONE_FS)?;
    // The layer above the host's files.
    insert(&Path::new(MODULES).join(&release), "overlay")?;
    plain("tmpfs", "/run")?;
    for folder in ["upper", "work", "root"] {
        fs::create_dir(Path::new("/run").join(folder))?;
    }
    let layers = "lowerdir=/,upperdir=/run/upper,workdir=/run/work";
    mounted("overlay", "overlay", "/run/root", Some(layers))?;
    std::env::set_current_dir("/run/root")?;
    pivot_root(".", ".").map_err(|error| io::Error::other(format!("pivot_root: {error}")))?;
    umount2(".", MntFlags::MNT_DETACH)
        .map_err(|error| io::Error::other(format!("umount: {error}")))?;
    std::env::set_current_dir("/")?;

    plain("proc", "/proc")?;
    plain("sysfs", "/sys")?;
    plain("tmpfs", "/run")?;
    plain("devtmpfs", "/dev")?;
    for folder in [OUT, "/run/netns", "/run/bin", "/usr/lib/modules", "/etc/netns"] {
        fs::create_dir_all(folder)?;
    }
    mounted("hostfs", "none", OUT, Some(out))?;
    let modules = Path::new("/usr/lib/modules").join(&release);
    if !modules.exists() {
        symlink(Path::new(MODULES).join(&release), modules)?;
    }
    for program in LEGACY {
        symlink("/usr/sbin/xtables-legacy-multi", Path::new("/run/bin").join(program))?;
    }
    for file in ["hosts", "nsswitch.conf", "resolv.conf", "sysctl.conf"] {
        // What a host may write is bound over a file that is there.
        let file = Path::new("/etc").join(file);
        if !file.exists() {
            File::create(file)?;
        }
    }
    let mut jobs = Jobs::new()?;
    let home = space::Space::here()?;
    let argv = ["modprobe", "-a"].into_iter().chain(NEEDED).map(str::to_owned).collect();
    let job =
        jobs.start(&home, &home, "lab", Start { text: "modprobe", argv, ..Start::default() })?;
    jobs.wait(now()? + UNUSED_NS, |jobs| jobs.job(job).status.is_some())?;
    match jobs.job(job).status {
        Some(0) => Ok(()),
        _ => Err(io::Error::other(jobs.job(job).output())),
    }
}

/// Loads a module that needs no other.
fn insert(folder: &Path, name: &str) -> io::Result<()> {
    let list = fs::read_to_string(folder.join("modules.dep"))
        .map_err(|error| io::Error::other(format!("{}: {error}", folder.display())))?;
    let ending = format!("/{name}.ko");
    let files = list.lines().filter_map(|line| line.split_once(':'));
    let file = files.map(|(file, _)| file).find(|file| file.ends_with(&ending));
    let file = file.ok_or_else(|| io::Error::other(format!("there is no module {name}")))?;
    let file = File::open(folder.join(file))?;
    finit_module(file, &CString::default(), ModuleInitFlags::empty())
        .map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// Plays the plans in their order, as long as the kernel is as it was at the beginning. `is_own`: it is there for
/// us alone.
fn play_all(out: &Path, is_own: bool) -> io::Result<()> {
    fs::write(out.join(files::RELEASE), uname()?.release().as_encoded_bytes())?;
    let modules = modules()?;
    let mut folders: Vec<PathBuf> =
        fs::read_dir(out)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    for folder in folders {
        if !folder.join(files::PLAN).exists() || folder.join(files::DONE).exists() {
            continue;
        }
        if let Err(error) = play(&folder) {
            fs::write(folder.join(files::ERROR), format!("{error}\n"))?;
        }
        if is_own {
            // Everyone but process 1.
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        }
        take_away(&folder)?;
        let is_clean = if is_own { unload(&modules) } else { Ok(()) };
        fs::write(folder.join(files::DONE), "")?;
        is_clean?;
    }
    Ok(())
}

/// Plays one plan and writes what came of it.
fn play(folder: &Path) -> io::Result<()> {
    let plan: Plan = serde_json::from_str(&fs::read_to_string(folder.join(files::PLAN))?)?;
    let lvsim = std::env::current_exe()?;
    let lvsim = lvsim.to_str().ok_or_else(|| io::Error::other("the program's path is no text"))?;
    let script = folder.join(files::SCRIPT);
    let mut jobs = Jobs::new()?;
    let lab = Lab::up(&plan, &script, &mut jobs)?;
    let mut story = Story::prepare(&plan, lab, jobs, lvsim)?;
    let (start, outputs) = story.play()?;
    let recorded = story.into_lab().recorded()?;
    fs::write(folder.join(files::FRAMES), frames::write(&plan, &recorded, start))?;
    write_outputs(folder, &outputs)
}

fn write_outputs(folder: &Path, outputs: &[Output]) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(outputs)?;
    text.push('\n');
    fs::write(folder.join(files::OUTPUTS), text)
}

/// Ends what still runs in the lab and takes it away.
fn take_away(folder: &Path) -> io::Result<()> {
    if !Path::new(netns::MARK).exists() {
        return Ok(());
    }
    let mut jobs = Jobs::new()?;
    let home = space::Space::here()?;
    let script = folder.join(files::SCRIPT).display().to_string();
    let argv = ["bash", &script, "down"].map(str::to_owned).to_vec();
    let job = jobs.start(&home, &home, "lab", Start { text: "down", argv, ..Start::default() })?;
    jobs.wait(now()? + UNUSED_NS, |jobs| jobs.job(job).status.is_some())?;
    match jobs.job(job).status {
        Some(0) => Ok(()),
        _ => Err(io::Error::other(jobs.job(job).output())),
    }
}

/// Unloads what a story has loaded.
fn unload(before: &BTreeSet<String>) -> io::Result<()> {
    let mut jobs = Jobs::new()?;
    let until = now()? + UNUSED_NS;
    loop {
        let more: Vec<String> = modules()?.difference(before).cloned().collect();
        if more.is_empty() {
            return Ok(());
        }
        let flags = DeleteModuleFlags::O_NONBLOCK;
        let unloaded = more.iter().filter(|name| {
            CString::new(name.as_str()).is_ok_and(|name| delete_module(&name, flags).is_ok())
        });
        if unloaded.count() == 0 {
            let at = now()?;
            if at > until {
                return Err(io::Error::other(format!("still in use: {}", more.join(" "))));
            }
            // A namespace goes a moment after its last user.
            jobs.sleep_until(at + 20_000_000)?;
        }
    }
}

fn modules() -> io::Result<BTreeSet<String>> {
    let list = fs::read_to_string("/proc/modules")?;
    Ok(list.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// The address of an interface, with which a packet socket speaks.
fn iface(name: &str) -> io::Result<LinkAddr> {
    let all: BTreeMap<String, LinkAddr> = nix::ifaddrs::getifaddrs()?
        .filter_map(|iface| Some((iface.interface_name, *iface.address?.as_link_addr()?)))
        .collect();
    all.get(name).copied().ok_or_else(|| io::Error::other(format!("no interface {name}")))
}
