//! Services and their destinations: `ipvsadm -S -n`, and how a configuration differs from it.

use std::net::Ipv4Addr;

use super::told::Told;
use super::{Dump, Place};
use crate::command::ipvsadm::{Ipvsadm, Server, Service, ServiceAddr};
use crate::command::{Command, CommandError, Refusal, Word};
use crate::text;
use crate::text::Text;

/// A service with its destinations.
#[derive(Clone, Debug)]
pub(super) struct Virtual {
    pub(super) service: Service,
    pub(super) dests: Vec<(Server, Place)>,
    /// Local addresses of FULLNAT.
    pub(super) locals: Vec<Ipv4Addr>,
    pub(super) place: Place,
}

/// What `ipvsadm -S` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Saved {
    pub(super) services: Vec<Virtual>,
    /// `--set`: a command of its own.
    pub(super) timeouts: Option<(String, Place)>,
}

impl Virtual {
    /// A service without destinations.
    pub(super) fn new(service: Service, place: &Place) -> Self {
        Self { service, dests: Vec::new(), locals: Vec::new(), place: place.clone() }
    }

    /// The commands that make it.
    pub(super) fn lines(&self) -> Vec<(String, Place)> {
        let addr = self.service.addr;
        let service = Ipvsadm::AddService(self.service.clone());
        let mut lines = vec![(service.to_string(), self.place.clone())];
        for (server, place) in &self.dests {
            lines.push((Ipvsadm::AddServer(addr, *server).to_string(), place.clone()));
        }
        for local in &self.locals {
            lines.push((Ipvsadm::AddLocal(addr, *local).to_string(), self.place.clone()));
        }
        lines
    }
}

/// What `ipvsadm -L --timeout` begins with.
pub(super) const TIMEOUTS: &str = "Timeout (tcp tcpfin udp):";

/// The command that sets the timeouts that were listed.
pub(super) fn timeouts(dump: &Dump, told: &mut Told) -> Option<(String, Place)> {
    let mut found = None;
    for (number, line) in (1..).zip(dump.text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let place = Place { file: dump.path.clone(), line: number };
        let values = line.trim().strip_prefix(TIMEOUTS).unwrap_or_default();
        let values: Option<Vec<u32>> =
            values.split_whitespace().map(|value| value.parse().ok()).collect();
        match values.as_deref() {
            Some([tcp, fin, udp]) => {
                found = Some((format!("ipvsadm --set {tcp} {fin} {udp}"), place))
            }
            _ => told.unknown(
                &place,
                text!("not a line of `ipvsadm -L --timeout`", "不是 `ipvsadm -L --timeout` 的行"),
            ),
        }
    }
    // Those of a fresh kernel need not be set.
    found.filter(|(line, _)| line != "ipvsadm --set 900 120 300")
}

/// What is wrong with a line that a tool refuses.
pub(super) fn refused(line: &str, error: &CommandError, place: &Place, told: &mut Told) {
    let CommandError { message: Text { en, zh }, help, .. } = error;
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let (help_en, help_zh) = (first(&help.en), first(&help.zh));
    let between = |help: &str, mark| if help.is_empty() { "" } else { mark };
    let (mark_en, mark_zh) = (between(&help_en, "; "), between(&help_zh, "；"));
    if error.kind == Refusal::NotSimulated {
        let bare = |text: &str, head| text.strip_prefix(head).unwrap_or(text).to_owned();
        let (en, zh) = (bare(en, "not simulated: "), bare(zh, "未模拟："));
        told.without(place, text!("{en} in `{line}`", "{zh}，在 `{line}` 中"));
        return;
    }
    told.wrong(
        place,
        text!("`{line}`: {en}{mark_en}{help_en}", "`{line}`：{zh}{mark_zh}{help_zh}"),
    );
}

/// The words of a line as a shell hands them over.
pub(super) fn typed<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<Word> {
    words.into_iter().map(|word| Word::new(word, 0..0)).collect()
}

/// Reads a dump of services.
pub(super) fn saved(dump: &Dump, told: &mut Told) -> Saved {
    let mut saved = Saved::default();
    for (number, line) in (1..).zip(dump.text.lines()) {
        let place = Place { file: dump.path.clone(), line: number };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words = line.split_whitespace().skip_while(|word| *word == "ipvsadm");
        let words = typed(std::iter::once("ipvsadm").chain(words));
        match Command::parse(&words) {
            Ok(Command::Ipvsadm(command)) => add(&mut saved, command, line, &place, told),
            Ok(_) => {}
            Err(error) => refused(line, &error, &place, told),
        }
    }
    saved
}

fn add(saved: &mut Saved, command: Ipvsadm, line: &str, place: &Place, told: &mut Told) {
    let known = |services: &mut Vec<Virtual>, addr: ServiceAddr| {
        services.iter().position(|own| own.service.addr == addr)
    };
    let addr = match &command {
        Ipvsadm::AddService(service) => {
            if known(&mut saved.services, service.addr).is_some() {
                let text =
                    text!("`{line}`: this service was there before", "`{line}`：这个服务前面已有");
                told.wrong(place, text);
                return;
            }
            saved.services.push(Virtual::new(service.clone(), place));
            return;
        }
        Ipvsadm::SetTimeouts { .. } => {
            saved.timeouts = Some((command.to_string(), place.clone()));
            return;
        }
        Ipvsadm::Clear => {
            *saved = Saved::default();
            return;
        }
        Ipvsadm::AddServer(addr, _) | Ipvsadm::AddLocal(addr, _) => *addr,
        _ => {
            let text = text!(
                "`{line}` adds no service and no destination",
                "`{line}` 既不添加服务，也不添加目标"
            );
            told.unknown(place, text);
            return;
        }
    };
    let Some(at) = known(&mut saved.services, addr) else {
        let text =
            text!("`{line}`: no line before adds this service", "`{line}`：前面没有添加这个服务");
        told.wrong(place, text);
        return;
    };
    match command {
        Ipvsadm::AddServer(_, server) => saved.services[at].dests.push((server, place.clone())),
        Ipvsadm::AddLocal(_, local) => saved.services[at].locals.push(local),
        _ => {}
    }
}

/// `ipvsadm -S` prints no thresholds: those of the configuration are taken.
pub(super) fn take_thresholds(running: &mut [Virtual], configured: &[Virtual]) {
    for service in running {
        let addr = service.service.addr;
        let same = configured.iter().filter(|own| own.service.addr == addr);
        let known: Vec<Server> = same.flat_map(|own| &own.dests).map(|(own, _)| *own).collect();
        for (server, _) in
            service.dests.iter_mut().filter(|(own, _)| (own.upper, own.lower) == (0, 0))
        {
            if let Some(own) = known.iter().find(|own| own.endpoint(addr) == server.endpoint(addr))
            {
                (server.upper, server.lower) = (own.upper, own.lower);
            }
        }
    }
}

/// Tells where the table that runs is not what is configured: then the one that runs is taken.
pub(super) fn differ(running: &[Virtual], configured: &[Virtual], told: &mut Told) {
    let find = |all: &[Virtual], addr| all.iter().position(|own| own.service.addr == addr);
    for service in configured {
        let addr = service.service.addr;
        let Some(at) = find(running, addr) else {
            let text = text!(
                "the service {addr} is configured, and not in the table that runs; it is left out",
                "服务 {addr} 有配置，但不在运行的表中；这里不采用"
            );
            told.wrong(&service.place, text);
            continue;
        };
        dests_differ(&running[at], service, told);
        let (own, other) = (&running[at].service, &service.service);
        if own != other {
            let text = text!(
                "runs as `{own}`, is configured as `{other}`; the one that runs is taken",
                "运行的是 `{own}`，配置的是 `{other}`；以运行的为准"
            );
            told.wrong(&service.place, text);
        }
    }
    for service in running.iter().filter(|own| find(configured, own.service.addr).is_none()) {
        let addr = service.service.addr;
        let text = text!(
            "the service {addr} runs, and keepalived.conf does not have it",
            "服务 {addr} 在运行，而 keepalived.conf 中没有"
        );
        told.wrong(&service.place, text);
    }
}

fn dests_differ(running: &Virtual, configured: &Virtual, told: &mut Told) {
    let addr = running.service.addr;
    let find = |all: &Virtual, server: &Server| {
        let is_it = |own: &Server| own.endpoint(addr) == server.endpoint(addr);
        all.dests.iter().map(|(own, _)| *own).find(is_it)
    };
    for (server, place) in &configured.dests {
        let rip = server.endpoint(addr);
        match find(running, server) {
            None => {
                let text = text!(
                    "{rip} is configured for {addr}, and not in the table that runs; \
                     did its check fail? it is left out",
                    "{addr} 配置了 {rip}，但它不在运行的表中；是健康检查失败了吗？这里不采用"
                );
                told.wrong(place, text);
            }
            Some(own) if own != *server => {
                let (own, other) = (parts(&own), parts(server));
                let text = text!(
                    "{rip} runs with `{own}`, is configured with `{other}`; the one that runs is taken",
                    "{rip} 运行的是 `{own}`，配置的是 `{other}`；以运行的为准"
                );
                if own != other {
                    told.wrong(place, text);
                }
            }
            Some(_) => {}
        }
    }
    for (server, place) in running.dests.iter().filter(|(own, _)| find(configured, own).is_none()) {
        let rip = server.endpoint(addr);
        let text = text!(
            "{rip} runs for {addr}, and keepalived.conf does not have it",
            "{rip} 在为 {addr} 运行，而 keepalived.conf 中没有"
        );
        told.wrong(place, text);
    }
}

/// The options of a destination, without the address.
fn parts(server: &Server) -> String {
    let all = server.to_string();
    all.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")
}
