//! What was not brought of a host that was: what stands in its place, and the command that dumps it.

use super::folder::What;
use super::ip::Route;
use super::machine::Machine;
use super::told::Told;
use crate::text;
use crate::text::Text;

/// A dump that was not brought. What it would say is unknown, not absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The host, by the name of its folder.
    pub host: String,
    /// What the dump would tell.
    pub what: Text,
    /// What is taken to be so instead.
    pub assumed: Text,
    /// The command that makes it, typed on that host in its folder.
    pub command: &'static str,
}

impl Missing {
    /// As it is told.
    pub fn text(&self) -> Text {
        let Self { host, what, assumed, command } = self;
        let Text { en, zh } = what;
        let Text { en: assumed_en, zh: assumed_zh } = assumed;
        text!(
            "{host}: missing: {en}; assumed: {assumed_en}; {host}$ {command}",
            "{host}：缺少：{zh}；假定：{assumed_zh}；{host}$ {command}"
        )
    }
}

/// What each host lacks, host by host.
pub(super) fn list(machines: &[Machine], told: &mut Told) {
    let has_director = machines.iter().any(|machine| !machine.services.is_empty());
    for machine in machines.iter().filter(|machine| !machine.is_added) {
        for what in wanted(machine, has_director) {
            if !machine.brought.contains(&what) {
                let (named, command, without) = words(what, machine);
                let assumed = given(machine, what).unwrap_or(without);
                let host = machine.name.clone();
                told.missing.push(Missing { host, what: named, assumed, command });
            }
        }
    }
}

/// What counts of a host. Who is a director, its services tell; where nobody has one, each may be.
fn wanted(machine: &Machine, has_director: bool) -> Vec<What> {
    let mut wanted = vec![What::Addrs, What::Routes, What::Neighbours, What::Settings, What::Rules];
    if !machine.services.is_empty() {
        wanted.extend([What::Services, What::Timeouts, What::Keepalived]);
    } else if !has_director {
        wanted.push(What::Services);
    }
    wanted
}

/// All that a host was given where there is no such dump of it; none: nothing.
fn given(machine: &Machine, what: What) -> Option<Text> {
    let list = |all: Vec<String>| (!all.is_empty()).then(|| Text::same(all.join(", ")));
    match what {
        What::Addrs => {
            let own = machine.ifaces.iter().filter(|iface| iface.name != "lo");
            let addrs = own.flat_map(|iface| iface.addrs.iter().map(|addr| (addr, &iface.name)));
            list(addrs.map(|(addr, iface)| format!("{} dev {iface}", addr.prefix)).collect())
        }
        What::Routes => {
            let own = machine.routes.iter().filter(|route| !route.is_kernels);
            let lines = own.map(Route::line);
            list(lines.map(|line| line.replace("ip route add ", "")).collect())
        }
        What::Settings => {
            let own = machine.settings.iter();
            let line =
                |(path, (value, _)): (&String, &_)| format!("{}={value}", path.replace('/', "."));
            let Text { en, zh } = list(own.map(line).collect())?;
            Some(text!("{en}, all others a fresh kernel's", "{zh}，其余与新启动的内核相同"))
        }
        _ => None,
    }
}

/// What a dump tells, the command that makes it, and what is so without it if nothing was guessed.
fn words(what: What, machine: &Machine) -> (Text, &'static str, Text) {
    match what {
        What::Addrs => {
            (text!("addresses", "地址"), "ip -j addr > addr.json", text!("none", "没有"))
        }
        What::Routes => (
            text!("routes", "路由"),
            "ip -j route show table all > route.json",
            text!("none but to the networks of its addresses", "只有到其地址所在网络的路由"),
        ),
        What::Neighbours => (
            text!("neighbours", "邻居"),
            "ip -j neigh > neigh.json",
            text!("none is permanent", "没有永久的表项"),
        ),
        What::Settings => (
            text!("settings", "内核参数"),
            "sysctl -a > sysctl.txt",
            text!("a fresh kernel's", "与新启动的内核相同"),
        ),
        What::Rules => (
            text!("rules of netfilter", "netfilter 规则"),
            "iptables-save > iptables.save",
            text!("none", "没有"),
        ),
        What::Services => (
            text!("services as they run", "正在运行的服务"),
            "ipvsadm -S -n > ipvsadm.save",
            match machine.services.is_empty() {
                true => text!("none", "没有"),
                false => text!(
                    "as keepalived.conf has them, all servers alive",
                    "与 keepalived.conf 相同，所有服务器都正常"
                ),
            },
        ),
        What::Timeouts => (
            text!("timeouts of connections", "连接的超时"),
            "ipvsadm -L --timeout > timeouts",
            text!("900 120 300", "900 120 300"),
        ),
        What::Keepalived => (
            text!("keepalived.conf, if there is one", "keepalived.conf（如果有）"),
            "cp -r /etc/keepalived/. .",
            text!("no thresholds, no other virtual addresses", "没有连接数阈值，没有其他虚拟地址"),
        ),
    }
}
