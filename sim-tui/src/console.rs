//! `lvsim console`: commands typed on a node; what is typed moves virtual time on.

use std::io::{self, BufRead, IsTerminal};
use std::time::Duration;

use sim_core::event::{JobId, NodeId};
use sim_core::origin::Origin;
use sim_core::shell::{Chain, Shell, Step};
use sim_core::story::{Player, check_line};
use sim_core::trace::Trace;
use sim_core::world::World;
use sim_core::{Text, text};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::{complain, say, show};

/// From the end of one command to the start of the next, as in a story.
const TYPING: Duration = Duration::from_millis(100);
/// The longest that a command may run, in virtual time.
const LONGEST: Duration = Duration::from_secs(300);
/// The most events that a command may cause: two switches in a ring would go on for ever.
const MOST_EVENTS: u64 = 2_000_000;

/// Opens a console on a node; with a line it only types that.
///
/// # Errors
/// When the scenario, the node or the line is wrong.
pub fn open(
    scenario: &str,
    node: &str,
    line: &str,
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
    let mut console = Console {
        world: player.world,
        node: id,
        shell: Shell::default(),
        status: 0,
        open: true,
        background: Vec::new(),
        lang,
    };
    if !line.is_empty() {
        return match leave(line) {
            Some(status) => status.map(|status| status.map_or(Exit::Ok, Exit::Status)),
            None => console.line(line).map(|()| console.exit()),
        };
    }
    Ok(match console.prompt(node) {
        Some(status) => Exit::Status(status),
        None => console.exit(),
    })
}

/// Whether a line is `exit`, and with which status.
fn leave(line: &str) -> Option<Result<Option<u8>, Refused>> {
    let mut words = line.split_whitespace();
    if words.next() != Some("exit") {
        return None;
    }
    let number = words.next().map(str::parse).transpose();
    Some(number.ok().filter(|_| words.next().is_none()).ok_or_else(|| {
        Refused(vec![text!(
            "exit: expected nothing or a number from 0 to 255",
            "exit：后面应为空，或 0 到 255 的数"
        )])
    }))
}

fn no_node(player: &Player, node: &str) -> Text {
    let names: Vec<&str> = player.world.net.nodes.iter().map(|node| &*node.name).collect();
    let names = names.join(" ");
    text!("{node}: no such node\n   known: {names}", "{node}：没有这个节点\n   可用：{names}")
}

/// A line that is no text.
fn not_utf8(line: &[u8], at: usize) -> Refused {
    let byte = line.get(at).copied().unwrap_or_default();
    let place = at + 1;
    Refused(vec![text!(
        "not UTF-8: byte {place} of the line is 0x{byte:02x}; nothing was typed",
        "不是 UTF-8：该行第 {place} 个字节是 0x{byte:02x}；没有键入任何命令"
    )])
}

struct Console {
    world: World,
    node: NodeId,
    shell: Shell,
    status: u8,
    /// Somebody still reads.
    open: bool,
    /// Programs in the background, and how much of their output was shown.
    background: Vec<(JobId, usize)>,
    lang: Lang,
}

impl Console {
    fn exit(&self) -> Exit {
        Exit::Status(self.status)
    }

    /// Reads lines until there are no more, or `exit`; the status that this gives, if it does.
    fn prompt(&mut self, node: &str) -> Option<u8> {
        let interactive = io::stdin().is_terminal();
        if interactive {
            say(self.lang.pick("exit or Ctrl-D ends", "输入 exit 或 Ctrl-D 结束"));
        }
        let mut input = io::stdin().lock();
        while self.open {
            if interactive {
                self.open = show(&format!("{node}# "));
            }
            let mut bytes = Vec::new();
            if !input.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                return None;
            }
            let done = match str::from_utf8(&bytes) {
                Ok(line) => match leave(line) {
                    Some(Ok(status)) => return status,
                    Some(Err(refused)) => Err(refused),
                    None => self.line(line.trim_end_matches(['\n', '\r'])),
                },
                Err(bad) => Err(not_utf8(&bytes, bad.valid_up_to())),
            };
            if let Err(Refused(sentences)) = done {
                for sentence in sentences {
                    complain(sentence.of(self.lang));
                }
                self.status = 2;
            }
        }
        None
    }

    /// Types one line.
    fn line(&mut self, line: &str) -> Result<(), Refused> {
        check_line(&mut self.shell.clone(), line).map_err(|bad| {
            let mut sentence = bad.message;
            if !bad.help.is_empty() {
                sentence.en += &format!("\n   {}", bad.help.en);
                sentence.zh += &format!("\n   {}", bad.help.zh);
            }
            Refused(vec![sentence])
        })?;
        let steps = self.shell.compile(line).expect("it was checked just now");
        for step in steps {
            let runs = match step.after {
                Chain::Always => true,
                Chain::IfOk => self.status == 0,
                Chain::IfFailed => self.status != 0,
            };
            if runs {
                self.step(&step);
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) {
        self.pass(TYPING);
        self.show_background();
        let origin = self.world.origins.add(Origin::Typed { text: step.text.clone() });
        let job = self.world.type_command(self.node, step, origin);
        let until = self.world.now() + LONGEST;
        let most = self.world.events() + MOST_EVENTS;
        let mut shown = 0;
        loop {
            let known = self.world.job(job).expect("it was typed just now");
            self.open = self.open && show(&known.output[shown..]);
            shown = known.output.len();
            if let Some(status) = known.status {
                self.status = status;
                return;
            }
            let due = self.world.next_at();
            if known.background && due.is_none_or(|at| at > self.world.now()) {
                self.background.push((job, shown));
                self.status = 0;
                return;
            }
            let endless = if due.is_none_or(|at| at > until) {
                Some(text!("300 s of virtual time", "虚拟时间 300 s"))
            } else if self.world.events() >= most {
                Some(text!("{MOST_EVENTS} events", "{MOST_EVENTS} 个事件"))
            } else {
                None
            };
            if let Some(Text { en, zh }) = endless {
                let command = &step.text;
                let said = text!(
                    "`{command}` has run for {en} and goes on",
                    "`{command}` 已运行 {zh}，尚未结束"
                );
                complain(said.of(self.lang));
                self.status = 1;
                return;
            }
            self.world.step(None);
            self.show_background();
        }
    }

    /// Shows what programs in the background have said since.
    fn show_background(&mut self) {
        for (job, shown) in &mut self.background {
            let known = self.world.job(*job).expect("it was typed here");
            if known.output.len() > *shown {
                self.open = self.open && show(&known.output[*shown..]);
                *shown = known.output.len();
            }
        }
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
