//! `sysctl`, and values written to `/proc/sys`.

use lvs_engine::{Change, OriginId, Scheduler, Sysctl};

use super::Done;
use crate::command::sysctl::{Action, Item, Sysctl as Command};
use crate::event::Cx;
use crate::host::Host;
use crate::host::fib::Fib;
use crate::host::sysctl::{Conf, Global, Key, NeighConf, Scope, Tracking, tree};

/// The one setting that is no setting.
const COUNT: &str = "net/netfilter/nf_conntrack_count";

impl Host {
    pub(super) fn run_sysctl(
        &mut self,
        command: &Command,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match &command.action {
            Action::All => {
                Done::ok(self.show_sysctls(command, |path| command.means(&dotted(path))))
            }
            Action::Load(files) => {
                let mut done = Done::ok("");
                let standard = ["/etc/sysctl.conf".to_owned()];
                let files = if files.is_empty() { &standard[..] } else { files };
                for file in files {
                    done = done.then(self.load_sysctls(file, command, origin, cx));
                }
                done
            }
            Action::Items(items) => {
                let mut done = Done::ok("");
                for item in items {
                    done = done.then(match item {
                        Item::Get(key) => self.get_sysctl(key.path(), command),
                        Item::Set(key, value) => {
                            self.set_sysctl(key.path(), value, command, origin, cx)
                        }
                    });
                }
                done
            }
        }
    }

    /// One setting, or all below a directory.
    fn get_sysctl(&self, path: &str, command: &Command) -> Done {
        if let Some(value) = self.read_sysctl(path) {
            return Done::ok(match command.means(&dotted(path)) {
                true => shown(path, &value.to_string(), command),
                false => String::new(),
            });
        }
        if !self.is_sysctl_dir(path) {
            return unknown(path, command);
        }
        let is_meant = |own: &str| tree::is_below(own, path) && command.means(&dotted(own));
        Done::ok(self.show_sysctls(command, is_meant))
    }

    fn show_sysctls(&self, command: &Command, is_meant: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        for path in self.sysctl_paths().iter().filter(|path| is_meant(path)) {
            let value = self.read_sysctl(path).expect("what is listed can be read");
            text += &shown(path, &value.to_string(), command);
        }
        text
    }

    fn sysctl_paths(&self) -> Vec<String> {
        let there = self.fib.ifaces.iter().filter(|iface| !iface.gone);
        tree::paths(there.map(|iface| iface.name.as_str()), &self.schedulers)
    }

    /// The names of its settings, with dots.
    pub fn setting_names(&self) -> Vec<String> {
        self.sysctl_paths().iter().map(|path| dotted(path)).collect()
    }

    /// Whether a path below `/proc/sys` is a directory.
    pub(super) fn is_sysctl_dir(&self, path: &str) -> bool {
        self.sysctl_paths().iter().any(|own| tree::is_below(own, path))
    }

    /// The value at a path below `/proc/sys`. Those of IPVS are the engine's.
    pub(super) fn read_sysctl(&self, path: &str) -> Option<i32> {
        if path == COUNT {
            let entries =
                self.netfilter.as_ref().map(|own| own.conntrack().entries(self.fib.now).count());
            return Some(i32::try_from(entries.unwrap_or_default()).unwrap_or(i32::MAX));
        }
        if let Some(sysctl) = self.ipvs_setting(path) {
            let engine = self.engine();
            return Some(engine.map_or(sysctl.default_value(), |engine| engine.sysctl(sysctl).0));
        }
        Some(self.sysctl.get(find(&self.fib, path)?)?.value)
    }

    fn set_sysctl(
        &mut self,
        path: &str,
        value: &str,
        command: &Command,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match self.write_sysctl(path, value, origin, cx) {
            Written::Done if command.quiet => Done::ok(""),
            Written::Done => Done::ok(shown(path, value, command)),
            Written::Unknown => unknown(path, command),
            // procps 4.0.2 says so and ends with 0 all the same.
            Written::Directory | Written::ReadOnly => {
                Done::ok(format!("sysctl: setting key \"{}\": Invalid argument\n", dotted(path)))
            }
            Written::Invalid => Done::failed(
                format!("sysctl: setting key \"{}\": Invalid argument\n", dotted(path)),
                1,
            ),
            Written::NotSimulated => Done::failed(not_simulated(path, value), 2),
        }
    }

    /// Writes a value to a path below `/proc/sys`.
    pub(super) fn write_sysctl(
        &mut self,
        path: &str,
        value: &str,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Written {
        let key = match self.ipvs_setting(path) {
            Some(sysctl) => Knob::Ipvs(sysctl),
            None => match find(&self.fib, path) {
                Some(key) => Knob::Host(key),
                None if self.is_sysctl_dir(path) => return Written::Directory,
                None if tree::is_real(path) => return Written::NotSimulated,
                None => return Written::Unknown,
            },
        };
        if path == COUNT {
            return Written::ReadOnly;
        }
        let Ok(value) = value.trim().parse::<i32>() else { return Written::Invalid };
        let key = match key {
            Knob::Host(key) => key,
            Knob::Ipvs(sysctl) => return self.write_ipvs(sysctl, value, origin, cx),
        };
        if matches!(key, Key::Global(Global::IpDefaultTtl)) && !(1..=255).contains(&value) {
            return Written::Invalid;
        }
        if let Key::Tracking(tracking) = key
            && !tracking.range().contains(&value)
        {
            // Times without end are not simulated; all else Linux refuses as well.
            let endless = value < 0 && *tracking.range().end() > 255;
            return if endless { Written::NotSimulated } else { Written::Invalid };
        }
        self.sysctl.set(key, value, origin);
        if let Some(netfilter) = &mut self.netfilter {
            netfilter.conntrack_mut().set_rules(self.sysctl.rules());
        }
        Written::Done
    }

    /// The knob of IPVS at a path below `/proc/sys`; some are there when a scheduler's module is.
    fn ipvs_setting(&self, path: &str) -> Option<Sysctl> {
        let sysctl = Sysctl::by_name(path.strip_prefix("net/ipv4/vs/")?)?;
        let is_there = |own| self.schedulers.contains(&own);
        sysctl.scheduler().is_none_or(is_there).then_some(sysctl)
    }

    /// The module of a scheduler is loaded, if there is one, and stays. Hosts are machines of their
    /// own: namespaces of one kernel would all get its settings.
    pub(super) fn load_scheduler(&mut self, name: &str) {
        let name = Scheduler::NAMES.iter().find(|known| **known == name);
        let name = name.filter(|name| !self.schedulers.contains(name));
        self.schedulers.extend(name);
    }

    fn write_ipvs(
        &mut self,
        sysctl: Sysctl,
        value: i32,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Written {
        self.engine_cause = cx.seq;
        let set = Change::SetSysctl { sysctl, value, origin };
        match self.engine_mut().apply(cx.now, set) {
            Ok(()) => Written::Done,
            Err(_) => Written::Invalid,
        }
    }

    fn load_sysctls(
        &mut self,
        file: &str,
        command: &Command,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let Some(text) = self.files.get(file).cloned() else {
            return match file {
                "/etc/sysctl.conf" => Done::ok(""),
                _ => Done::failed(
                    format!("sysctl: cannot open \"{file}\": No such file or directory\n"),
                    1,
                ),
            };
        };
        let mut done = Done::ok("");
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let next = match line.split_once('=') {
                Some((key, value)) => {
                    let key = crate::command::sysctl::Key::new(key.trim().trim_start_matches('-'));
                    self.set_sysctl(key.path(), value.trim(), command, origin, cx)
                }
                None => Done::failed(
                    format!("sysctl: {file}({}): invalid syntax, continuing...\n", at + 1),
                    1,
                ),
            };
            done = done.then(next);
        }
        done
    }
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    Unknown,
    Directory,
    ReadOnly,
    Invalid,
    NotSimulated,
}

/// What a path below `/proc/sys` leads to.
enum Knob {
    Host(Key),
    Ipvs(Sysctl),
}

/// A value that Linux takes and this simulator does not, said in both languages.
pub(super) fn not_simulated(path: &str, value: &str) -> String {
    format!("not simulated / 未模拟: {}={}\n", dotted(path), value.trim())
}

/// The knob at a path below `/proc/sys`.
fn find(fib: &Fib, path: &str) -> Option<Key> {
    let parts: Vec<&str> = path.split('/').collect();
    let scope = |name: &str| match name {
        "all" => Some(Scope::All),
        "default" => Some(Scope::Default),
        name => fib
            .ifaces
            .iter()
            .position(|iface| iface.name == name && !iface.gone)
            .map(|at| Scope::Iface(crate::event::IfaceId(at as u16))),
    };
    match parts.as_slice() {
        _ if path == Global::GcThresh3.path().replace('.', "/") => {
            Some(Key::Global(Global::GcThresh3))
        }
        ["net", "ipv4", "conf", name, key] => Some(Key::Conf(scope(name)?, Conf::by_name(key)?)),
        ["net", "ipv4", "neigh", name, key] if *name != "all" => {
            Some(Key::Neigh(scope(name)?, NeighConf::by_name(key)?))
        }
        ["net", "netfilter", key] => Tracking::by_name(key).map(Key::Tracking),
        ["net", "ipv4", key] => {
            let known = Global::by_name(key).filter(|key| !key.path().contains(".neigh."));
            known.map(Key::Global)
        }
        _ => None,
    }
}

/// A path as `sysctl` prints it: dots for slashes, and slashes for the dots of interface names.
fn dotted(path: &str) -> String {
    let other = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    path.chars().map(other).collect()
}

fn shown(path: &str, value: &str, command: &Command) -> String {
    match (command.names_only, command.values_only) {
        (true, _) => dotted(path) + "\n",
        (_, true) => format!("{value}\n"),
        _ => format!("{} = {value}\n", dotted(path)),
    }
}

fn unknown(path: &str, command: &Command) -> Done {
    if tree::is_real(path) {
        return Done::failed(format!("not simulated / 未模拟: {}\n", dotted(path)), 2);
    }
    if command.ignore {
        return Done::ok("");
    }
    Done::failed(format!("sysctl: cannot stat /proc/sys/{path}: No such file or directory\n"), 1)
}
