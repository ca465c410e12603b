//! EVENTS: when. The steps, one a row; only those that have room are looked at, however long the story is.

use ratatui::layout::Rect;
use sim_core::event::NodeId;
use sim_core::export::ladder::label;
use sim_core::reason::Nature;
use sim_core::scenario::Step as Told;
use sim_core::trace::Note;
use sim_core::{Lang, text};

use super::expected;
use super::pen::{Pen, fit, pad};
use crate::action::Action;
use crate::session::{Kind, Mark, Session};
use crate::state::{State, Walk};
use crate::theme::Role;

/// The filter and how many steps it lets through, for the title.
pub fn about(walk: &Walk, lang: Lang) -> String {
    let Some((words, _)) = &walk.filter else { return String::new() };
    let count = walk.count();
    let words = if walk.follows { lang.pick("one conversation", "一个会话") } else { words };
    let said = text!("{words}  ({count} steps)", "{words}（{count} 步）");
    said.of(lang).to_owned()
}

/// The first place that is shown, so that the step stands in the middle.
fn first(walk: &Walk, height: usize) -> usize {
    walk.place().saturating_sub(height / 2).min(walk.count().saturating_sub(height))
}

/// Draws the steps.
pub fn draw(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    let height = usize::from(area.height);
    let (first, veil) = (first(walk, height), walk.veil());
    let names =
        walk.session.net().nodes.iter().map(|node| node.name.len()).max().unwrap_or(0).min(10);
    let digits = walk.session.steps().len().to_string().len();
    for row in 0..height {
        let Some(step) = walk.at(first + row) else { break };
        if step > veil {
            let said = text!("  … the question comes first", "  …… 先回答问题");
            pen.put(area, area.x, area.y + row as u16, said.of(state.lang), Role::Soft);
            break;
        }
        let y = area.y + row as u16;
        let is_here = step == walk.step;
        let role = |own| if is_here { Role::Selected } else { own };
        if is_here {
            pen.fill(Rect { y, height: 1, ..area }, Role::Selected);
        }
        let own = &walk.session.steps()[step];
        let sign = if is_here { ">" } else { " " };
        let head = format!("{sign}{:>digits$} {} ", step + 1, own.at);
        let x = pen.put(area, area.x, y, &head, role(Role::Soft));
        let x = pen.put(area, x, y, own.mark.sign(), role(mark_role(own.mark)));
        let x = match who(&walk.session, step, names) {
            Some(who) => pen.put(area, x + 1, y, &who, role(Role::Text)),
            None => x,
        };
        let rest = usize::from(area.right().saturating_sub(x + 1));
        // On a wide screen the verdict has a column of its own.
        let code = if rest > 60 { code(&walk.session, step) } else { "" };
        let summary = summary(&walk.session, step, state.lang);
        let room = if code.is_empty() { rest } else { rest - 34 };
        let x = pen.put(area, x + 1, y, &pad(&summary, room), role(role_of(&walk.session, step)));
        pen.put(area, x, y, &fit(code, 34), role(Role::Soft));
    }
}

pub(super) fn role_of(session: &Session, step: usize) -> Role {
    match &session.steps()[step].kind {
        Kind::Frame { .. } => {
            match session.frame(step).map(|frame| frame.bytes.bytes().get(12..14) == Some(&[8, 6]))
            {
                Some(true) => Role::Arp,
                _ => Role::Text,
            }
        }
        Kind::Typed | Kind::Story(_) => Role::Strong,
        _ => Role::Soft,
    }
}

/// How a sign looks.
pub fn mark_role(mark: Mark) -> Role {
    match mark {
        Mark::Drop | Mark::Failed => Role::Bad,
        Mark::Warning => Role::Warn,
        Mark::Served => Role::Good,
        Mark::Rewrite => Role::Edit,
        Mark::Story | Mark::None => Role::Soft,
    }
}

/// Who sends to whom.
pub(super) fn who(session: &Session, step: usize, width: usize) -> Option<String> {
    let own = &session.steps()[step];
    let Kind::Frame { from, .. } = own.kind else { return None };
    let name = |node: Option<NodeId>| pad(node.map_or("?", |node| session.name(node)), width);
    Some(format!("{}→{}", name(from), name(own.node)))
}

/// What it is, in a few words.
pub fn summary(session: &Session, step: usize, lang: Lang) -> String {
    let own = &session.steps()[step];
    match &own.kind {
        Kind::Frame { .. } => {
            session.frame(step).map_or_else(String::new, |frame| label(&sim_core::why::line(frame)))
        }
        Kind::Typed => {
            let typed = session.entries(step).iter().find_map(|entry| match &entry.what {
                Note::Typed { text, .. } => Some(text.as_str()),
                _ => None,
            });
            let node = own.node.map_or("?", |node| session.name(node));
            format!("{node}# {}", typed.unwrap_or_default())
        }
        Kind::Timer => {
            let node = own.node.map_or("?", |node| session.name(node));
            let mut notes = session.entries(step).iter().map(|entry| &entry.what);
            let served = notes.clone().find_map(|note| match note {
                Note::Served { by, .. } => Some(text!(
                    "{node}: the answer is here, from {by}",
                    "{node}：收到应答，来自 {by}"
                )),
                _ => None,
            });
            let says = notes.any(|note| matches!(note, Note::Output { .. }));
            let says =
                || says.then(|| text!("{node}: a command says something", "{node}：命令有输出"));
            // What a process did when its time came says more than that it came.
            match (code(session, step), served.or_else(says)) {
                ("", Some(told)) => told.of(lang).to_owned(),
                (code, _) => format!("{node} {} {code}", lang.pick("timer", "定时器")),
            }
        }
        Kind::Injected => lang.pick("a frame made by hand", "手工构造的帧").into(),
        Kind::Story(at) => {
            match session.scenario().story.get(usize::from(*at)).map(|told| &told.value) {
                Some(Told::Say(said)) => said.of(lang).into(),
                Some(Told::Ask { question, .. }) => format!("? {}", question.of(lang)),
                Some(told) => {
                    sim_core::story::change::sentence(told).unwrap_or_default().of(lang).into()
                }
                None => String::new(),
            }
        }
        Kind::Expected { count, failed, .. } => {
            expected::head(*count, failed.len()).of(lang).into()
        }
    }
}

/// The code of what was decided last, or of what was against it.
pub fn code(session: &Session, step: usize) -> &'static str {
    let node = session.steps()[step].node;
    let why =
        session.entries(step).iter().filter(|entry| Some(entry.node) == node).filter_map(|entry| {
            match &entry.what {
                Note::Why(reason)
                    if reason.nature() != Nature::Step
                        || Mark::of_reason(reason) >= Mark::Warning =>
                {
                    Some(reason)
                }
                _ => None,
            }
        });
    let why: Vec<_> = why.collect();
    let worst = why.iter().rfind(|reason| Mark::of_reason(reason) >= Mark::Warning);
    worst.or(why.last()).map_or("", |reason| reason.code())
}

/// A click on a row goes there.
pub fn targets(walk: &Walk, area: Rect) -> Vec<(Rect, Action)> {
    let height = usize::from(area.height);
    let first = first(walk, height);
    let row = |row: usize| {
        let step = walk.at(first + row).filter(|step| *step <= walk.veil())?;
        Some((Rect { y: area.y + row as u16, height: 1, ..area }, Action::ToStep(step as u32)))
    };
    (0..height).filter_map(row).collect()
}
