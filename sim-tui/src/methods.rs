//! One request in NAT, DR, TUN and FULLNAT: the work on it, a method at a time so that the screen stays alive, and its words.

use std::net::Ipv4Addr;

use sim_core::modes::{Cast, Endpoint, Hop, Method, Mode, Modes, Trial};
use sim_core::scenario::Scenario;
use sim_core::{Lang, Text, text};

/// The comparison, or the work on it.
#[derive(Debug)]
pub struct Methods {
    /// The first line that is shown.
    pub top: u16,
    /// The first method that is shown, where not all have room.
    pub first: usize,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// The scenario is not yet played.
    Begins(Box<Scenario>),
    /// Some methods were played.
    Plays(Box<Trial>),
    /// All were.
    Done(Box<Modes>),
    /// There is nothing to compare.
    Nothing(Text),
}

impl Methods {
    /// The scenario's request. Nothing is done yet.
    pub fn new(scenario: &Scenario) -> Self {
        Self { top: 0, first: 0, work: Work::Begins(Box::new(scenario.clone())) }
    }

    /// Nothing is compared, for this reason.
    pub fn nothing(why: Text) -> Self {
        Self { top: 0, first: 0, work: Work::Nothing(why) }
    }

    /// Whether there is work left.
    pub fn works(&self) -> bool {
        matches!(self.work, Work::Begins(_) | Work::Plays(_))
    }

    /// How many methods were played, while it works.
    pub fn played(&self) -> usize {
        match &self.work {
            Work::Plays(trial) => trial.played(),
            _ => 0,
        }
    }

    /// What came of it.
    pub fn found(&self) -> Option<&Modes> {
        match &self.work {
            Work::Done(modes) => Some(modes),
            _ => None,
        }
    }

    /// Why there is nothing to compare.
    pub fn why_nothing(&self) -> Option<&Text> {
        match &self.work {
            Work::Nothing(why) => Some(why),
            _ => None,
        }
    }

    /// Plays the scenario up to the request, or the next method.
    pub fn go_on(&mut self) {
        let work = std::mem::replace(&mut self.work, Work::Nothing(Text::default()));
        self.work = match work {
            Work::Begins(scenario) => match Trial::of(&scenario) {
                Ok(trial) => Work::Plays(Box::new(trial)),
                Err(Text { en, zh }) => Work::Nothing(text!(
                    "{en}\n\nM compares where a client asks a service: o, then / finds nat/seed or dr/seed.",
                    "{zh}\n\n要有客户端访问服务，M 才能比较：按 o，再按 / 可找到 nat/seed 或 dr/seed。"
                )),
            },
            Work::Plays(trial) => match trial.go_on() {
                Ok(modes) => Work::Done(Box::new(modes)),
                Err(trial) => Work::Plays(Box::new(trial)),
            },
            work => work,
        };
    }
}

/// A row of the comparison: a cell for each method, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// The values; one that a host has changed ends in `*`.
    pub cells: Vec<String>,
    /// Whether a hop begins with it.
    pub is_head: bool,
}

/// As ipvsadm's users call them.
pub const fn name(method: Method) -> &'static str {
    match method {
        Method::Nat => "NAT",
        Method::Dr => "DR",
        Method::Tun => "TUN",
        Method::FullNat => "FULLNAT",
    }
}

/// What passes each hop, on both ways.
pub fn hops(modes: &Modes, lang: Lang) -> Vec<Row> {
    let mut rows = way(modes, lang.pick("request", "请求"), lang, |mode| &mode.request);
    rows.extend(way(modes, lang.pick("reply", "响应"), lang, |mode| &mode.reply));
    rows
}

fn way(modes: &Modes, title: &str, lang: Lang, hops: impl Fn(&Mode) -> &[Hop]) -> Vec<Row> {
    let Modes { cast, plays, .. } = modes;
    let most = plays.iter().map(|mode| hops(mode).len()).max().unwrap_or(0);
    let mut rows = Vec::new();
    for at in 0..most {
        let all = || plays.iter().map(|mode| (mode, hops(mode)));
        let names = all().map(|(_, hops)| hops.get(at));
        let names =
            names.map(|hop| hop.map_or(String::new(), |hop| format!("{} > {}", hop.from, hop.to)));
        let label = format!("{title} {}", at + 1);
        rows.push(Row { label, cells: names.collect(), is_head: true });
        let labels = [
            lang.pick(" outer,ttl", " 外层,ttl"),
            lang.pick(" src", " 源"),
            lang.pick(" dst", " 目标"),
            " ttl",
            lang.pick(" bytes", " 字节"),
        ];
        for (field, label) in labels.into_iter().enumerate() {
            let cells = all().map(|(mode, hops)| {
                let value = |hop: &Hop| fields(cast, mode.method, hop)[field].clone();
                let Some(own) = hops.get(at).map(value) else { return String::new() };
                let before = at.checked_sub(1).map(|before| value(&hops[before]));
                let is_changed = before.is_some_and(|before| before != own) && !own.is_empty();
                if is_changed { format!("{own} *") } else { own }
            });
            let cells: Vec<String> = cells.collect();
            // Only tunnels have an outer header.
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row { label: label.into(), cells, is_head: false });
            }
        }
    }
    rows
}

/// What the methods differ in, all in all.
pub fn sums(modes: &Modes, lang: Lang) -> Vec<Row> {
    let cast = &modes.cast;
    let cells = |cell: &dyn Fn(&Mode) -> String| -> Vec<String> {
        let of = |mode: &Mode| if mode.refused.is_some() { "-".into() } else { cell(mode) };
        modes.plays.iter().map(of).collect()
    };
    let between = |hops: &[Hop]| {
        let names: Vec<&str> = hops.iter().skip(1).map(|hop| hop.from.as_str()).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let sees = |mode: &Mode| {
        let last = mode.request.last().filter(|hop| hop.to == cast.server);
        last.map_or("-".into(), |hop| role(cast, mode.method, hop.src.addr))
    };
    let extra = |mode: &Mode| {
        let sizes = || mode.request.iter().map(|hop| hop.bytes);
        let extra = sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0);
        format!("+{extra}")
    };
    let served = |mode: &Mode| mode.served.clone().unwrap_or_else(|| lang.pick("no", "无").into());
    let rows: [(Text, Vec<String>); 8] = [
        (text!("served", "服务者"), cells(&served)),
        (text!("forward", "去程"), cells(&|mode| between(&mode.request))),
        (text!("back", "回程"), cells(&|mode| between(&mode.reply))),
        (text!("gateway", "网关"), cells(&|mode| gateway(cast, mode, lang))),
        (text!("sees", "所见客户"), cells(&sees)),
        (text!("SYN extra", "SYN 多出"), cells(&extra)),
        (text!("frames", "帧"), cells(&|mode| mode.sent.0.to_string())),
        (text!("bytes", "字节"), cells(&|mode| mode.sent.1.to_string())),
    ];
    let row = |(label, cells): (Text, Vec<String>)| Row {
        label: label.of(lang).to_owned(),
        cells,
        is_head: false,
    };
    rows.into_iter().map(row).collect()
}

/// What the words of the table mean.
pub fn legend() -> Text {
    text!(
        "`*`: changed by the host before. Each hop has MAC addresses of its own, those of the two hosts named; IP's checksum changes with the TTL, TCP's with addresses and ports. forward, back: the hosts between client and server that see the packets; gateway: where the server sends its answers first; sees: whom the server takes for the client; frames, bytes: TCP of the whole request, once for each hop between hosts.",
        "`*`：由上一台主机改动。每一跳的 MAC 地址都不同，是所列两台主机的；IP 的校验和随 TTL 变，TCP 的随地址和端口变。去程、回程：客户端与服务器之间看到报文的主机；网关：服务器的响应先发给谁；所见客户：服务器以为客户端是谁；帧、字节：整个请求的 TCP，主机之间每跳计一次。"
    )
}

/// Why somebody is not served, or not by way of the director.
pub fn notes(modes: &Modes) -> Vec<Text> {
    let mut notes = Vec::new();
    for mode in &modes.plays {
        let name = name(mode.method);
        if mode.served.is_some() && !mode.works(&modes.cast) {
            notes.push(text!(
                "{name}: the client is served, but not by way of the director",
                "{name}：客户端得到了服务，但没有经过调度器"
            ));
        }
        if let Some((node, reason)) = &mode.ended {
            notes.push(text!(
                "{name}: nobody is served; it ends at {node}: {reason}",
                "{name}：没有得到服务；止于 {node}：{reason}"
            ));
        }
    }
    notes
}

/// Where the server's answers go first.
fn gateway(cast: &Cast, mode: &Mode, lang: Lang) -> String {
    let asks = if mode.method == Method::FullNat { cast.lip } else { cast.cip };
    match mode.gateway {
        None => lang.pick("no route", "没有路由").to_owned(),
        Some(next) if next == asks => lang.pick("none needed", "不需要").to_owned(),
        Some(next) => role(cast, mode.method, next),
    }
}

/// The fields of a hop as they are shown: the outer header, both ends, TTL and bytes.
fn fields(cast: &Cast, method: Method, hop: &Hop) -> [String; 5] {
    let outer = hop.outer.map_or(String::new(), |(src, dst, ttl)| {
        let [src, dst] = [src, dst].map(|addr| role(cast, method, addr));
        format!("{src} > {dst}, {ttl}")
    });
    let [src, dst] = [hop.src, hop.dst].map(|own| end(cast, method, own));
    [outer, src, dst, hop.ttl.to_string(), hop.bytes.to_string()]
}

/// An address by its role, if it has one.
fn role(cast: &Cast, method: Method, addr: Ipv4Addr) -> String {
    let lip = if method == Method::FullNat { Some(cast.lip) } else { None };
    let roles = [
        (Some(cast.cip), "CIP"),
        (Some(cast.vip.addr), "VIP"),
        (lip, "LIP"),
        (Some(cast.dip), "DIP"),
        (Some(cast.rip.addr), "RIP"),
    ];
    let known = roles.iter().find(|(own, _)| *own == Some(addr));
    known.map_or_else(|| addr.to_string(), |(_, role)| (*role).to_owned())
}

fn end(cast: &Cast, method: Method, end: Endpoint) -> String {
    format!("{}:{}", role(cast, method, end.addr), end.port)
}
