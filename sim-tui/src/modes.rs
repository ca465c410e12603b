//! `lvsim modes`: one request in NAT, DR, TUN and FULLNAT side by side.

mod json;

use std::net::Ipv4Addr;

use clap::Args;
use sim_core::modes::{Cast, Endpoint, Hop, Method, Mode, Modes, Need};
use sim_core::{Text, text};

use crate::cli::{Exit, Format, seed};
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::width::Width;

/// Show one request in NAT, DR, TUN and FULLNAT side by side.
///
/// The lab is played up to the first curl to its service, then set up for each
/// method; the lines that this takes are printed. `*` marks what a host has changed.
/// Exit: 0 all four serve by way of the director, 1 one does not or cannot be set
/// up here, 2 a file is wrong, or in its story nobody asks a service by curl.
#[derive(Debug, Args)]
pub struct ModesArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// How the comparison is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Plays the four and prints them.
///
/// # Errors
/// When the file is wrong, or nobody asks a service in it.
pub fn run(args: &ModesArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, false)?;
    let modes = Modes::of(&scenario).map_err(|Text { en, zh }| {
        let file = &scenario.file;
        Refused(vec![text!("{file}: {en}", "{file}：{zh}")])
    })?;
    match args.format {
        Format::Json => {
            say(&json::line(&modes, &scenario.file, lang));
        }
        Format::Text => {
            let mut page = Page { modes: &modes, lang, width: Width::of_output(), open: true };
            page.head(&scenario.file, scenario.title.of(lang));
            page.needs();
            page.hops();
            page.sums();
        }
    }
    let all = modes.plays.iter().all(|mode| mode.works(&modes.cast));
    Ok(if all { Exit::Ok } else { Exit::Failed })
}

/// The columns of what stands before the cells of a row.
const LABEL: usize = 10;

struct Page<'a> {
    modes: &'a Modes,
    lang: Lang,
    width: Width,
    /// Somebody still reads.
    open: bool,
}

/// As ipvsadm's users call them.
const fn name(method: Method) -> &'static str {
    match method {
        Method::Nat => "NAT",
        Method::Dr => "DR",
        Method::Tun => "TUN",
        Method::FullNat => "FULLNAT",
    }
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.open = self.open && say(line.trim_end());
    }

    fn prose(&mut self, mark: &str, text: &Text) {
        for line in self.width.prose(mark, text.of(self.lang)) {
            self.line(&line);
        }
    }

    fn head(&mut self, file: &str, title: &str) {
        let colon = self.lang.pick(": ", "：");
        for line in self.width.prose("", &format!("{file}{colon}{title}")) {
            self.line(&line);
        }
        let Cast { client, director, server, cip, vip, dip, lip, rip, own } = &self.modes.cast;
        let rows = [
            ("CIP", cip.to_string(), client),
            ("VIP", vip.to_string(), director),
            ("DIP", dip.to_string(), director),
            ("LIP", lip.to_string(), director),
            ("RIP", rip.to_string(), server),
        ];
        self.line("");
        for (role, addr, node) in rows {
            self.line(&format!("{role:<LABEL$}{addr:<22}{node}"));
        }
        let own = name(*own);
        self.line("");
        self.prose(
            "",
            &text!(
                "What each method needs; the lab itself is set up for {own}.",
                "各方式需要什么；实验本身是按 {own} 配置的。"
            ),
        );
    }

    /// The lines that are typed for each method, and what for.
    fn needs(&mut self) {
        let modes = self.modes;
        if !modes.common.is_empty() {
            self.list(self.lang.pick("all", "全部"), &modes.common);
        }
        for mode in &modes.plays {
            self.list(name(mode.method), &mode.needs);
            if let Some(Text { en, zh }) = &mode.refused {
                self.prose("  ", &text!("not in this lab: {en}", "此实验中不可行：{zh}"));
            } else if mode.needs.is_empty() {
                self.line(&format!("  {}", self.lang.pick("(nothing)", "（无）")));
            }
        }
    }

    fn list(&mut self, whose: &str, needs: &[Need]) {
        self.line(&format!("{whose}:"));
        for Need { on, line, why } in needs {
            for line in self.width.names("  ", &format!("{on}$ {line}")) {
                self.line(&line);
            }
            self.prose("      # ", why);
        }
    }

    /// A row of cells, which go on below where they do not fit.
    fn row(&mut self, label: &str, cells: &[String]) {
        let width = (self.width.columns() - LABEL) / cells.len();
        let wrapped: Vec<Vec<String>> =
            cells.iter().map(|cell| self.width.cell(cell, width - 1, "", "  ")).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut line = padded(if at == 0 { label } else { "" }, LABEL);
            for cell in &wrapped {
                line += &padded(cell.get(at).map_or("", String::as_str), width);
            }
            self.line(&line);
        }
    }

    /// What passes each hop, on both ways.
    fn hops(&mut self) {
        self.line("");
        let names: Vec<String> =
            self.modes.plays.iter().map(|mode| name(mode.method).to_owned()).collect();
        self.row("", &names);
        let request = text!("request", "请求");
        let reply = text!("reply", "响应");
        self.way(&request, |mode| &mode.request);
        self.way(&reply, |mode| &mode.reply);
    }

    fn way(&mut self, title: &Text, hops: impl Fn(&Mode) -> &[Hop]) {
        let Modes { cast, plays, .. } = self.modes;
        let most = plays.iter().map(|mode| hops(mode).len()).max().unwrap_or(0);
        for at in 0..most {
            let all = || plays.iter().map(|mode| (mode, hops(mode)));
            let names = all().map(|(_, hops)| hops.get(at));
            let names = names
                .map(|hop| hop.map_or(String::new(), |hop| format!("{} > {}", hop.from, hop.to)));
            let mark = format!("{} {}", title.of(self.lang), at + 1);
            self.row(&mark, &names.collect::<Vec<_>>());
            let labels = [
                self.lang.pick(" outer,ttl", " 外层,ttl"),
                self.lang.pick(" src", " 源"),
                self.lang.pick(" dst", " 目标"),
                " ttl",
                self.lang.pick(" bytes", " 字节"),
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
                    self.row(label, &cells);
                }
            }
        }
    }

    /// What the methods differ in, all in all.
    fn sums(&mut self) {
        let modes = self.modes;
        let lang = self.lang;
        let cast = &modes.cast;
        self.line("");
        let cells = |cell: &dyn Fn(&Mode) -> String| -> Vec<String> {
            modes
                .plays
                .iter()
                .map(|mode| if mode.refused.is_some() { "-".into() } else { cell(mode) })
                .collect()
        };
        let between = |hops: &[Hop]| {
            let names: Vec<&str> = hops.iter().skip(1).map(|hop| hop.from.as_str()).collect();
            if names.is_empty() { "-".to_owned() } else { names.join(", ") }
        };
        let rows: [(Text, Vec<String>); 8] = [
            (
                text!("served", "服务者"),
                cells(&|mode| mode.served.clone().unwrap_or_else(|| lang.pick("no", "无").into())),
            ),
            (text!("forward", "去程"), cells(&|mode| between(&mode.request))),
            (text!("back", "回程"), cells(&|mode| between(&mode.reply))),
            (text!("gateway", "网关"), cells(&|mode| gateway(cast, mode, lang))),
            (
                text!("sees", "所见客户"),
                cells(&|mode| {
                    let last = mode.request.last().filter(|hop| hop.to == cast.server);
                    last.map_or("-".into(), |hop| role(cast, mode.method, hop.src.addr))
                }),
            ),
            (
                text!("SYN extra", "SYN 多出"),
                cells(&|mode| {
                    let sizes = || mode.request.iter().map(|hop| hop.bytes);
                    let extra = sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0);
                    format!("+{extra}")
                }),
            ),
            (text!("frames", "帧"), cells(&|mode| mode.sent.0.to_string())),
            (text!("bytes", "字节"), cells(&|mode| mode.sent.1.to_string())),
        ];
        for (label, cells) in rows {
            self.row(label.of(lang), &cells);
        }
        self.notes();
    }

    /// What the words of the table mean, and why somebody is not served.
    fn notes(&mut self) {
        let cast = &self.modes.cast;
        self.line("");
        self.prose("", &text!(
            "`*`: changed by the host before. Each hop has MAC addresses of its own, those of the two hosts named; IP's checksum changes with the TTL, TCP's with addresses and ports. forward, back: the hosts between client and server that see the packets; gateway: where the server sends its answers first; sees: whom the server takes for the client; frames, bytes: TCP of the whole request, once for each hop between hosts.",
            "`*`：由上一台主机改动。每一跳的 MAC 地址都不同，是所列两台主机的；IP 的校验和随 TTL 变，TCP 的随地址和端口变。去程、回程：客户端与服务器之间看到报文的主机；网关：服务器的响应先发给谁；所见客户：服务器以为客户端是谁；帧、字节：整个请求的 TCP，主机之间每跳计一次。"
        ));
        for mode in &self.modes.plays {
            let name = name(mode.method);
            if mode.served.is_some() && !mode.works(cast) {
                self.prose(
                    "",
                    &text!(
                        "{name}: the client is served, but not by way of the director",
                        "{name}：客户端得到了服务，但没有经过调度器"
                    ),
                );
            }
            if let Some((node, reason)) = &mode.ended {
                self.prose(
                    "",
                    &text!(
                        "{name}: nobody is served; it ends at {node}: {reason}",
                        "{name}：没有得到服务；止于 {node}：{reason}"
                    ),
                );
            }
        }
    }
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

/// A text in this many columns, with one left free behind it if there is room.
fn padded(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(textwrap::core::display_width(text));
    format!("{text}{}", " ".repeat(room))
}
