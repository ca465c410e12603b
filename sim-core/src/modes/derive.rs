//! From a scenario to a lab in which each method can be tried, and from the lab to each method.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, Method, OriginId, Proto, ServiceKey};

use super::{Cast, Mode, Need, hops};
use crate::command::Command;
use crate::event::{JobId, NodeId};
use crate::host::Host;
use crate::host::fib::{Fib, Out};
use crate::host::iface::IfaceKind;
use crate::scenario::{Line, Located, Scenario, Step};
use crate::shell::Shell;
use crate::text;
use crate::text::Text;
use crate::trace::Trace;
use crate::whatif::Run;
use crate::world::World;

/// The most events of one request.
const MOST_EVENTS: u64 = 200_000;

/// As many requests of a story are tried until one is for a service.
const MOST_TRIED: usize = 4;

/// A scenario as it stands before the first request to its service.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) cast: Cast,
    world: World,
    client: NodeId,
    director: NodeId,
    server: NodeId,
    /// All destinations of the service.
    dests: Vec<Endpoint>,
    /// Other real servers that have the VIP too, and the line that takes it from them.
    others: Vec<(String, String)>,
    /// Whether the service has local addresses of its own.
    has_locals: bool,
    /// The device of the server that has the VIP.
    vip_on: Option<(String, u8)>,
}

impl Lab {
    /// # Errors
    /// Why this is no lab in which a client asks a service of IPVS.
    pub(super) fn of(scenario: &Scenario) -> Result<Self, Text> {
        let mut why = text!(
            "no step of the story asks a service by curl; `lvsim modes` takes a scenario in which a client does",
            "故事中没有用 curl 访问服务的步骤；`lvsim modes` 需要有客户端这样做的场景"
        );
        for (step, line, client, vip) in requests(scenario).into_iter().take(MOST_TRIED) {
            match Self::before(scenario, step, line, client, vip) {
                Ok(lab) => return Ok(lab),
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    /// The lab before this line of the story.
    fn before(
        scenario: &Scenario,
        step: usize,
        line: usize,
        client: &str,
        vip: Endpoint,
    ) -> Result<Self, Text> {
        let mut start = scenario.clone();
        start.story.truncate(step + 1);
        if let Some(Step::Do { run, .. }) = start.story.last_mut().map(|step| &mut step.value) {
            run.truncate(line);
        }
        let is_told =
            |step: &Located<Step>| matches!(step.value, Step::Expect(_) | Step::Ask { .. });
        start.story.retain(|step| !is_told(step));
        let run = Run::play(start).map_err(|error| error.text())?;
        if let Some(error) = run.player.error() {
            return Err(error.text());
        }
        let world = run.player.world;
        let client = world.net.node_by_name(client).expect("the loader has checked the node");
        let key = ServiceKey::Port { proto: Proto::Tcp, vip };
        let has_service = |id: &NodeId| {
            let engine = world.net.node(*id).host().and_then(Host::engine);
            engine.is_some_and(|engine| engine.service(key).is_some())
        };
        let Some(director) = world.net.node_ids().find(has_service) else {
            return Err(text!(
                "no host has a TCP service {vip} in IPVS when it is asked for",
                "被访问时，没有主机在 IPVS 中有 TCP 服务 {vip}"
            ));
        };
        if client == director {
            return Err(text!(
                "the director asks its own service; `lvsim modes` needs a client of its own",
                "访问者就是调度器自己；`lvsim modes` 需要单独的客户端"
            ));
        }
        Self::with(world, client, director, key)
    }

    fn with(
        mut world: World,
        client: NodeId,
        director: NodeId,
        key: ServiceKey,
    ) -> Result<Self, Text> {
        let vip = key.vip();
        let host = |id: NodeId| world.net.node(id).host().expect("only hosts have services");
        let engine = host(director).engine().expect("it has a service");
        let service = engine.service(key).expect("it was found");
        let dests: Vec<_> = engine.dests(service).map(|dest| (dest.rip(), dest.method())).collect();
        let servers = dests.iter().filter_map(|(rip, method)| {
            let is_owner = |id: &NodeId| {
                let own = world.net.node(*id).host();
                *id != director && own.is_some_and(|own| own.fib().is_own(rip.addr))
            };
            Some((*rip, *method, world.net.node_ids().find(is_owner)?))
        });
        // Direct routing reaches only those that stand beside the director.
        let is_beside = |rip: Ipv4Addr| way(host(director), rip).is_some_and(|out| !out.by_gateway);
        let found = servers.max_by_key(|(rip, ..)| is_beside(rip.addr));
        let Some((rip, own, server)) = found else {
            return Err(text!(
                "no destination of {vip} is a host of this scenario",
                "{vip} 的目标都不是此场景中的主机"
            ));
        };
        let (Some(there), Some(back)) =
            (way(host(director), rip.addr), way(host(client), vip.addr))
        else {
            return Err(text!(
                "the client has no route to {vip}, or the director none to {rip}",
                "客户端没有到 {vip} 的路由，或调度器没有到 {rip} 的路由"
            ));
        };
        let vip_on = device_of(host(server), vip.addr);
        let is_other = |id: &NodeId| {
            let fib = world.net.node(*id).host().map(Host::fib);
            let is_dest = |fib: &Fib| dests.iter().any(|(rip, _)| fib.is_own(rip.addr));
            ![client, director, server].contains(id) && fib.is_some_and(is_dest)
        };
        let others = world.net.node_ids().filter(is_other).filter_map(|id| {
            let (device, len) = device_of(host(id), vip.addr)?;
            let name = world.net.node(id).name.to_string();
            Some((name, format!("ip addr del {}/{len} dev {device}", vip.addr)))
        });
        let others = others.collect();
        let dests = dests.into_iter().map(|(rip, _)| rip).collect();
        let name = |id: NodeId| world.net.node(id).name.to_string();
        let names = [client, director, server].map(name);
        let saved = typed(&mut world, director, "ipvsadm -S -n", None).map_err(|(said, _)| said)?;
        let local = saved.lines().find_map(|line| {
            let rest = line.strip_prefix(&format!("-P -t {vip} -z "))?;
            rest.trim().parse().ok()
        });
        let [client_name, director_name, server_name] = names;
        let cast = Cast {
            client: client_name,
            director: director_name,
            server: server_name,
            cip: back.src,
            vip,
            dip: there.src,
            lip: local.unwrap_or(there.src),
            rip,
            own,
        };
        let has_locals = local.is_some();
        Ok(Self { cast, world, client, director, server, dests, others, has_locals, vip_on })
    }

    fn host(&self, id: NodeId) -> &Host {
        self.world.net.node(id).host().expect("only hosts take part")
    }

    /// One request by this method.
    pub(super) fn play(&self, method: Method) -> Mode {
        let mut mode = Mode {
            method,
            needs: Vec::new(),
            refused: None,
            request: Vec::new(),
            reply: Vec::new(),
            served: None,
            ended: None,
            gateway: None,
            sent: (0, 0),
        };
        match self.needs(method) {
            Ok(needs) => mode.needs = needs,
            Err(why) => {
                mode.refused = Some(why);
                return mode;
            }
        }
        let mut world = self.world.clone();
        for need in self.common().iter().chain(&mode.needs) {
            let on = world.net.node_by_name(&need.on).expect("lines are for the cast");
            if let Err((Text { en, zh }, _)) = typed(&mut world, on, &need.line, None) {
                let Need { on, line, .. } = need;
                mode.refused = Some(text!("on {on}: `{line}`: {en}", "在 {on} 上：`{line}`：{zh}"));
                return mode;
            }
        }
        let asks = if method == Method::FullNat { self.cast.lip } else { self.cast.cip };
        mode.gateway =
            world.net.node(self.server).host().and_then(|host| way(host, asks)).map(|out| out.next);
        let mut trace = Trace::default();
        let curl = format!("curl -m 4 http://{}/", self.cast.vip);
        // Whether it was served is seen in the trace.
        let _ = typed(&mut world, self.client, &curl, Some(&mut trace));
        let most = world.events() + MOST_EVENTS;
        while !world.is_idle() && world.events() < most && world.step(Some(&mut trace)) {}
        hops::tell(&mut mode, &self.cast, [self.client, self.server], &world, &trace);
        mode
    }

    /// What is typed for all methods: one server is left, so that all tell of the same one.
    pub(super) fn common(&self) -> Vec<Need> {
        let mut needs = Needs { cast: &self.cast, list: Vec::new() };
        let Cast { vip, rip, .. } = &self.cast;
        let why = text!("one server, the same in all columns", "只留一台服务器，各列相同");
        for other in self.dests.iter().filter(|other| *other != rip) {
            needs.director(format!("ipvsadm -d -t {vip} -r {other}"), &why);
        }
        let others = self.others.iter();
        needs.list.extend(others.map(|(on, line)| Need {
            on: on.clone(),
            line: line.clone(),
            why: text!("and nobody else takes packets to the VIP", "也没有别人收下发往 VIP 的报文"),
        }));
        needs.list
    }

    /// What is typed for a method, or why it cannot be.
    fn needs(&self, method: Method) -> Result<Vec<Need>, Text> {
        let mut needs = Needs { cast: &self.cast, list: Vec::new() };
        if method != self.cast.own {
            self.destination(method, &mut needs);
            self.vip_on_server(method, &mut needs);
            self.way_back(method, &mut needs)?;
        }
        Ok(needs.list)
    }

    /// The destination, by this method.
    fn destination(&self, method: Method, needs: &mut Needs<'_>) {
        let Cast { vip, rip, lip, .. } = &self.cast;
        let (letter, why) = match method {
            Method::Nat => ("m", text!("the destination is rewritten", "改写目标")),
            Method::Dr => ("g", text!("only the frame is new", "只换帧")),
            Method::Tun => ("i", text!("the packet goes into another one", "报文装进另一个报文")),
            Method::FullNat => ("b", text!("both ends are rewritten", "两端都改写")),
        };
        if method == Method::FullNat && !self.has_locals {
            let why = text!("the address that the server will see", "服务器将看到的地址");
            needs.director(format!("ipvsadm -P -t {vip} -z {lip}"), &why);
        }
        let port = self.port(method);
        if port == rip.port {
            needs.director(format!("ipvsadm -e -t {vip} -r {rip} -{letter}"), &why);
        } else {
            let to = Endpoint::new(rip.addr, port);
            let old = text!("it is added again with the VIP's port", "换成 VIP 的端口重新添加");
            needs.director(format!("ipvsadm -d -t {vip} -r {rip}"), &old);
            needs.director(format!("ipvsadm -a -t {vip} -r {to} -{letter}"), &why);
            if self.listens(port) {
                return;
            }
            let name = &self.cast.server;
            let why = text!(
                "this method cannot change the port: somebody must listen on it",
                "这种方式不能改端口：要有程序在该端口监听"
            );
            needs.server(format!("serve http {port} --name {name} &"), &why);
        }
    }

    /// Whether a program of the server listens on this port.
    fn listens(&self, port: u16) -> bool {
        let said = typed(&mut self.world.clone(), self.server, "ss -ltn", None).unwrap_or_default();
        let is_it =
            |word: &str| word.rsplit_once(':').is_some_and(|(_, own)| own == port.to_string());
        said.lines().any(|line| line.split_whitespace().nth(3).is_some_and(is_it))
    }

    /// The port on which the server is asked: only NAT and FULLNAT can change it.
    fn port(&self, method: Method) -> u16 {
        match method {
            Method::Nat | Method::FullNat => self.cast.rip.port,
            Method::Dr | Method::Tun => self.cast.vip.port,
        }
    }

    /// The VIP on the server, or not.
    fn vip_on_server(&self, method: Method, needs: &mut Needs<'_>) {
        let vip = self.cast.vip.addr;
        let device = match method {
            Method::Nat | Method::FullNat => None,
            Method::Dr => Some("lo"),
            Method::Tun => Some("tunl0"),
        };
        if let Some((own, len)) =
            self.vip_on.as_ref().filter(|(own, _)| Some(own.as_str()) != device)
        {
            let why = match device {
                None => text!("it is asked for its own address", "访问的是它自己的地址"),
                Some(_) => text!("it moves", "换到另一个设备"),
            };
            needs.server(format!("ip addr del {vip}/{len} dev {own}"), &why);
        }
        let Some(device) = device else { return };
        if method == Method::Tun {
            let why = text!("tunl0, which unpacks the outer header", "要有 tunl0 来拆掉外层首部");
            needs.server("modprobe ipip".into(), &why);
            let why = text!("and only when it is up", "而且必须启用");
            needs.server("ip link set tunl0 up".into(), &why);
        }
        if self.vip_on.as_ref().is_none_or(|(own, _)| own != device) {
            let why = text!("it must take packets to the VIP", "要收下发往 VIP 的报文");
            needs.server(format!("ip addr add {vip}/32 dev {device}"), &why);
        }
        if self.setting("net.ipv4.conf.all.arp_ignore") == 0 {
            let why = text!("the VIP's ARP is the director's alone", "VIP 的 ARP 只归调度器");
            let line = "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2";
            needs.server(line.into(), &why);
        }
        if method == Method::Tun && self.setting("net.ipv4.conf.all.rp_filter") == 1 {
            let why = text!("the client is not behind tunl0", "客户端不在 tunl0 的方向");
            needs.server("sysctl -w net.ipv4.conf.all.rp_filter=0".into(), &why);
        }
    }

    /// A setting of the server; 0 if it has none of this name.
    fn setting(&self, name: &str) -> i64 {
        let mut world = self.world.clone();
        let said = typed(&mut world, self.server, &format!("sysctl -n {name}"), None);
        said.ok().and_then(|said| said.trim().parse().ok()).unwrap_or(0)
    }

    /// The way of the answers: across the director, or not.
    fn way_back(&self, method: Method, needs: &mut Needs<'_>) -> Result<(), Text> {
        let Cast { cip, dip, rip, server, .. } = &self.cast;
        let out = way(self.host(self.server), *cip);
        let is_beside = |addr: Ipv4Addr| {
            let cards = self.host(self.server).fib().ifaces.iter();
            let mut cards = cards.filter(|iface| iface.kind == IfaceKind::Ethernet);
            cards.any(|iface| iface.on_link(rip.addr, addr))
        };
        let crosses = out.is_some_and(|out| self.host(self.director).fib().is_own(out.next));
        let is_near = out.is_some_and(|out| !out.by_gateway);
        let to = if is_near { format!("{cip}/32") } else { "default".into() };
        match method {
            Method::Nat => {
                if !crosses && !is_beside(*dip) {
                    return Err(text!(
                        "{server} is in no network of the director's: it cannot be its gateway, and the answers would go past it",
                        "{server} 不在调度器所在的网络：调度器当不了它的网关，响应会绕过调度器"
                    ));
                }
                if !crosses {
                    let why = text!("the answers must cross the director", "响应必须经过调度器");
                    needs.server(format!("ip route replace {to} via {dip}"), &why);
                }
                self.forwarding(needs);
            }
            Method::Dr | Method::Tun if crosses => {
                let past = way(self.host(self.director), *cip).filter(|out| out.by_gateway);
                if let Some(past) = past.filter(|past| is_beside(past.next)) {
                    let why = text!(
                        "the answers must not cross the director: it would refuse its own address as a source",
                        "响应不能经过调度器：它会拒绝以自己的地址为源的报文"
                    );
                    needs.server(format!("ip route replace {to} via {}", past.next), &why);
                }
            }
            Method::Dr | Method::Tun | Method::FullNat => {}
        }
        Ok(())
    }

    /// What NAT's director needs to pass answers on.
    fn forwarding(&self, needs: &mut Needs<'_>) {
        let forwards = {
            let mut world = self.world.clone();
            typed(&mut world, self.director, "sysctl -n net.ipv4.ip_forward", None)
        };
        if forwards.is_ok_and(|said| said.trim() == "0") {
            let why = text!("the answers are for somebody else", "响应是给别人的");
            needs.director("sysctl -w net.ipv4.ip_forward=1".into(), &why);
        }
        let host = self.host(self.director);
        let out = [self.cast.cip, self.cast.rip.addr].map(|addr| way(host, addr));
        if let [Some(to_client), Some(to_server)] = out
            && to_client.iface == to_server.iface
        {
            let name = &host.fib().iface(to_client.iface).name;
            let why = text!(
                "or it tells the server of the shorter way past it",
                "否则它会告诉服务器绕过它的近路"
            );
            needs.director(
                format!("sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.{name}.send_redirects=0"),
                &why,
            );
        }
    }
}

/// The list of lines as it grows.
struct Needs<'a> {
    cast: &'a Cast,
    list: Vec<Need>,
}

impl Needs<'_> {
    fn director(&mut self, line: String, why: &Text) {
        self.list.push(Need { on: self.cast.director.clone(), line, why: why.clone() });
    }

    fn server(&mut self, line: String, why: &Text) {
        self.list.push(Need { on: self.cast.server.clone(), line, why: why.clone() });
    }
}

/// The device of a host that has an address, and the length of its prefix.
fn device_of(host: &Host, addr: Ipv4Addr) -> Option<(String, u8)> {
    host.fib().ifaces.iter().find_map(|iface| {
        let own = iface.addrs.iter().find(|own| own.local.addr == addr)?;
        Some((iface.name.clone(), own.local.len))
    })
}

/// Where a host sends what is for this address.
fn way(host: &Host, to: Ipv4Addr) -> Option<Out> {
    host.fib().output(to, None, None).ok()
}

/// The lines of the story that ask by curl: step, line, node and whom.
fn requests(scenario: &Scenario) -> Vec<(usize, usize, &str, Endpoint)> {
    let mut shells: Vec<(&str, Shell)> = Vec::new();
    for node in &scenario.nodes {
        let mut shell = Shell::default();
        let lines: Vec<Line> = node.script();
        // A line that a shell refuses was refused by the loader.
        lines.iter().for_each(|line| drop(shell.compile(&line.value)));
        shells.push((node.name(), shell));
    }
    let mut found = Vec::new();
    for (at, step) in scenario.story.iter().enumerate() {
        let Step::Do { on, run } = &step.value else { continue };
        let Some((_, shell)) = shells.iter_mut().find(|(name, _)| name == on) else { continue };
        for (number, line) in run.iter().enumerate() {
            let steps = shell.compile(&line.value).unwrap_or_default();
            found.extend(steps.iter().find_map(|step| match &step.command {
                Command::Curl(curl) => {
                    let whom = Endpoint::new(curl.url.addr, curl.url.port);
                    Some((at, number, on.as_str(), whom))
                }
                _ => None,
            }));
        }
    }
    found
}

/// What a line says that is typed now, and played until it has ended.
///
/// # Errors
/// What it says if it fails, and its status.
fn typed(
    world: &mut World,
    on: NodeId,
    line: &str,
    mut trace: Option<&mut Trace>,
) -> Result<String, (Text, u8)> {
    let steps = Shell::default().compile(line).map_err(|error| (error.message, 127))?;
    let mut said = String::new();
    for step in steps {
        let job: JobId = world.type_command(on, &step, OriginId::default());
        let most = world.events() + MOST_EVENTS;
        let runs = |world: &World| world.job(job).is_some_and(|job| job.status.is_none());
        // What runs on in the background has begun when its own event is over.
        let now = world.now();
        while runs(world) && world.events() < most {
            if step.background && world.next_at() > Some(now) || !world.step(trace.as_deref_mut()) {
                break;
            }
        }
        let job = world.job(job).expect("it was typed");
        said.push_str(&job.output);
        if let Some(status @ 1..) = job.status {
            return Err((Text::same(said.trim_end()), status));
        }
    }
    Ok(said)
}
