//! `lvsim console`: commands typed on a node; what is typed moves virtual time on.

mod completion;
mod input;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sim_core::command::{Command, Refusal};
use sim_core::event::{JobId, NodeId, Stream};
use sim_core::host::Host;
use sim_core::net::Kind;
use sim_core::origin::Origin;
use sim_core::shell::{Lead, Shell, Step, is_whole};
use sim_core::story::{Player, check_line};
use sim_core::trace::Trace;
use sim_core::world::World;
use sim_core::{Text, text};
use sim_tui::typing::{self, help};

use self::input::{Input, Line};
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::{complain, say, show, show_error};

/// From the end of one command to the start of the next, as in a story.
const TYPING: Duration = Duration::from_millis(100);
/// The longest that a command may run, in virtual time.
const LONGEST: Duration = Duration::from_secs(300);
/// The most events that a command may cause: two switches in a ring would go on for ever.
const MOST_EVENTS: u64 = 2_000_000;
/// The status after Ctrl-C.
const INTERRUPTED: u8 = 130;
/// The status of a command that would have run for ever.
const ENDLESS: u8 = 1;
/// The status of what Linux would do and this simulator does not.
const NOT_SIMULATED: u8 = 2;

/// Opens a console on a node; with lines it only types those. It ends with the status of the last
/// command, as a shell does.
///
/// # Errors
/// When the scenario or the node is wrong.
pub fn open(
    scenario: &str,
    node: &str,
    lines: &str,
    after_story: bool,
    lang: Lang,
) -> Result<Exit, Refused> {
    let scenario = open::scenario(scenario, None, false)?;
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    let Some(id) = player.world.net.node_by_name(node) else {
        return Err(Refused(vec![no_node(&player, node)]));
    };
    if after_story {
        player.play(&mut trace);
    }
    let on_switch = matches!(player.world.net.node(id).kind, Kind::Switch(_));
    let mut console = Console {
        world: player.world,
        node: id,
        shell: Shell { on_switch, ..Shell::default() },
        status: 0,
        goes_on: true,
        interrupted: Arc::default(),
        background: Vec::new(),
        quotes: lines.contains('\n'),
        lang,
    };
    let mut input = match lines {
        "" => Input::typed(&console.interrupted),
        lines => Input::given(lines),
    };
    console.quotes |= lines.is_empty() && !input.is_person();
    console.run(&mut input, node);
    Ok(Exit::Status(console.status))
}

fn no_node(player: &Player, node: &str) -> Text {
    let names: Vec<&str> = player.world.net.nodes.iter().map(|node| &*node.name).collect();
    let names = names.join(" ");
    text!("{node}: no such node\n   known: {names}", "{node}：没有这个节点\n   可用：{names}")
}

struct Console {
    world: World,
    node: NodeId,
    shell: Shell,
    status: u8,
    /// Somebody still reads, and nobody has said `exit`.
    goes_on: bool,
    /// Ctrl-C came while a command ran.
    interrupted: Arc<AtomicBool>,
    /// Programs in the background, and how much of their output was shown.
    background: Vec<(JobId, usize)>,
    /// Lines come in numbers: a refusal says in which it is.
    quotes: bool,
    lang: Lang,
}

impl Console {
    /// Reads lines until there are no more, or `exit`. What a line leaves open is read on.
    fn run(&mut self, input: &mut Input<'_>, node: &str) {
        if input.is_person() {
            say(self.lang.pick(
                "help lists what is understood; exit or Ctrl-D ends",
                "输入 help 列出可用的命令；输入 exit 或 Ctrl-D 结束",
            ));
        }
        let prompt = format!("{node}# ");
        let mut typed = String::new();
        while self.goes_on {
            input.offer(|| typing::around(&self.world, self.host()));
            match input.next(if typed.is_empty() { &prompt } else { "> " }) {
                Line::Text(line) => {
                    // Where the editor leaves Ctrl-C to the terminal, it has ended a line, no command.
                    self.interrupted.store(false, Ordering::Relaxed);
                    typed += &line;
                    if is_whole(&typed) {
                        input.remember(&typed);
                        self.line(&typed);
                        typed.clear();
                    } else {
                        typed.push('\n');
                    }
                }
                Line::NotText(sentence) => {
                    self.refuse(&sentence, NOT_SIMULATED);
                    typed.clear();
                }
                Line::Abandoned => {
                    typed.clear();
                    self.status = INTERRUPTED;
                }
                Line::End => break,
            }
            if self.interrupted.swap(false, Ordering::Relaxed) {
                input.drop_pasted();
            }
        }
        if !typed.is_empty() && self.goes_on {
            // It will not be ended any more: what is missing is told.
            self.line(typed.trim_end_matches('\n'));
        }
    }

    /// The host whose console this is, unless it is a switch's.
    fn host(&self) -> Option<&Host> {
        match &self.world.net.node(self.node).kind {
            Kind::Host(host) => Some(host),
            Kind::Switch(_) => None,
        }
    }

    fn refuse(&mut self, sentence: &Text, status: u8) {
        complain(sentence.of(self.lang));
        self.status = status;
    }

    /// In which of several lines something is wrong; a single one is seen by whoever typed it.
    fn place(&self, lines: &str, at: usize) -> Text {
        if !self.quotes && !lines.contains('\n') {
            return Text::default();
        }
        let before = lines.get(..at).unwrap_or(lines);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = lines[start..].lines().next().unwrap_or_default().trim();
        text!("in: {line}", "所在行：{line}")
    }

    /// Tells what is understood here, or what a command takes.
    fn help(&mut self, name: Option<&str>) {
        let told = match name.filter(|_| !self.shell.on_switch) {
            Some(name) => help::of(name, self.lang),
            None => Some(help::text(self.shell.on_switch, help::At::Terminal, self.lang)),
        };
        match told {
            Some(told) => {
                self.goes_on = show(&told);
                self.status = 0;
            }
            None => {
                let said = help::none(name.unwrap_or_default());
                self.refuse(&said, 1);
            }
        }
    }

    /// Types one line, or the lines of one loop.
    fn line(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        if words.next() == Some("help") {
            return self.help(words.next());
        }
        let mut shell = self.shell.clone();
        let steps = match shell.compile(line) {
            Ok(steps) => steps,
            Err(error) => {
                let status = match error.kind {
                    Refusal::Wrong => error.status,
                    Refusal::NotSimulated => NOT_SIMULATED,
                };
                let place = self.place(line, error.at.start);
                return self.refuse(&told(error.message, &place, &error.help), status);
            }
        };
        // What the shell lets pass may still be a capture's filter that tcpdump does not.
        if let Err(bad) = check_line(&mut self.shell.clone(), line) {
            let place = self.place(line, bad.at.start);
            return self.refuse(&told(bad.message, &place, &bad.help), 1);
        }
        self.shell = shell;
        let mut next = 0;
        while let Some(step) = steps.get(next).filter(|_| self.goes_on) {
            if !step.runs(self.status) {
                next += step.skips;
                continue;
            }
            next += 1;
            self.step(step);
            if self.interrupted.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn step(&mut self, step: &Step) {
        if let Command::Exit(exit) = &step.command {
            self.status = exit.status.unwrap_or(self.status);
            self.goes_on = false;
            return;
        }
        self.pass(TYPING);
        self.show_background();
        let origin = self.world.origins.add(Origin::Typed { text: step.text.clone() });
        let job = self.world.type_command(self.node, step, origin);
        let until = self.world.now() + LONGEST;
        let most = self.world.events() + MOST_EVENTS;
        let mut shown = 0;
        loop {
            self.show(job, &mut shown);
            let known = self.world.job(job).expect("it was typed just now");
            if let Some(status) = known.status {
                self.status = status;
                let nothing = known.output.is_empty() && !known.is_piped();
                if matches!(step.command, Command::Bridge(_)) && nothing {
                    self.explain_empty(step);
                }
                return;
            }
            let due = self.world.next_at();
            if known.background && due.is_none_or(|at| at > self.world.now()) {
                self.background.push((job, shown));
                self.status = 0;
                return;
            }
            if self.interrupted.load(Ordering::Relaxed) {
                return self.interrupt(job, shown, None);
            }
            let endless = if due.is_none_or(|at| at > until) {
                Some(text!("300 s of virtual time", "虚拟时间的 300 秒"))
            } else if self.world.events() >= most {
                Some(text!("{MOST_EVENTS} events", "{MOST_EVENTS} 个事件"))
            } else {
                None
            };
            if let Some(after) = endless {
                return self.interrupt(job, shown, Some((after, step)));
            }
            self.world.step(None);
            self.show_background();
        }
    }

    /// Ends a command as Ctrl-C does: what it then says is shown. It was typed, or there is a cause.
    fn interrupt(&mut self, job: JobId, mut shown: usize, cause: Option<(Text, &Step)>) {
        self.world.interrupt(job);
        while self.world.next_at().is_some_and(|at| at <= self.world.now())
            && self.world.job(job).is_some_and(|known| known.status.is_none())
        {
            self.world.step(None);
        }
        let known = self.world.job(job).expect("it was typed here");
        let status = known.status.unwrap_or(INTERRUPTED);
        // The terminal has shown ^C; ping ends that line by itself.
        if cause.is_none() && !known.output[shown..].starts_with('\n') {
            say("");
        }
        self.show(job, &mut shown);
        self.show_background();
        self.status = status;
        let Some((Text { en, zh }, step)) = cause else { return };
        let command = &step.text;
        let said = text!(
            "{en}: `{command}` was ended, as by Ctrl-C\n   with & behind it, it runs on",
            "{zh}：`{command}` 已被结束，如同 Ctrl-C\n   在它后面加 &，它就继续运行"
        );
        self.refuse(&said, ENDLESS);
    }

    /// The table of a switch is empty: `bridge` says nothing, and so says nobody why.
    fn explain_empty(&self, step: &Step) {
        let Kind::Switch(switch) = &self.world.net.node(self.node).kind else { return };
        if step.streams.stderr == Lead::Nowhere {
            return;
        }
        let why = match switch.ifaces.iter().all(|iface| iface.rx.packets == 0) {
            true => text!(
                "(nothing learnt: no frame has come in yet; --after-story plays the story first)",
                "（没有学到任何地址：还没有帧进来；--after-story 会先播放完故事）"
            ),
            false => text!(
                "(what was learnt is forgotten: after 300 s, or with the cable)",
                "（学到的地址已忘记：过了 300 秒，或网线拔出）"
            ),
        };
        complain(why.of(self.lang));
    }

    /// Shows what a program has said since.
    fn show(&mut self, job: JobId, shown: &mut usize) {
        let known = self.world.job(job).expect("it was typed here");
        for (stream, text) in known.said(*shown) {
            match stream {
                Stream::Out => self.goes_on = self.goes_on && show(&self.lang.said(text)),
                Stream::Err => show_error(&self.lang.said(text)),
            }
        }
        *shown = known.output.len();
    }

    /// Shows what programs in the background have said since.
    fn show_background(&mut self) {
        let mut background = std::mem::take(&mut self.background);
        for (job, shown) in &mut background {
            self.show(*job, shown);
        }
        self.background = background;
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) {
        let until = self.world.now() + time;
        let most = self.world.events() + MOST_EVENTS;
        while self.world.next_at().is_some_and(|at| at <= until) && self.world.events() < most {
            self.world.step(None);
        }
        if self.world.next_at().is_none_or(|at| at >= until) {
            self.world.advance(until);
        }
    }
}

/// What is wrong, where, and what to do about it.
fn told(mut told: Text, place: &Text, help: &Text) -> Text {
    for Text { en, zh } in [place, help] {
        if !en.is_empty() {
            told.en += &format!("\n   {en}");
            told.zh += &format!("\n   {zh}");
        }
    }
    told
}
