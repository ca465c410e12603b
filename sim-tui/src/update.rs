//! What an input does to the state. The only place where the state changes.

mod hooks;
mod ladder;
mod methods;
mod over;
mod prompt;
mod question;
pub mod sandbox;
mod tables;
pub mod typing;
mod what_if;

use crate::action::{self, Action, Where};
use crate::filter::Filter;
use crate::input::{Input, Key};
use crate::session::{Kind, Mark, Step};
use crate::state::{Ask, Home, Pane, Prompt, SPEEDS, State, Walk};
use crate::{layout, view};

use sim_core::trace::Note;
use sim_core::{Lang, Text, text};

/// Takes an input in.
pub fn update(state: &mut State, input: Input) {
    match input {
        Input::Size(width, height) => state.size = (width, height),
        Input::Passed(millis) => pass(state, millis),
        Input::Key(key) => press(state, key),
        Input::Press(x, y) => click(state, x, y),
        Input::Wheel(x, y, forward) => wheel(state, x, y, forward),
    }
    over::refresh(state);
    // With changes it is another run, of other steps.
    let is_own = |walk: &&Walk| walk.kept.is_empty() && walk.sandbox.is_none();
    if let Some(walk) = state.walk.as_ref().filter(|_| state.walking).filter(is_own) {
        let (steps, questions) = (walk.session.steps().len(), walk.questions.len());
        state.progress.saw(&walk.name, walk.step + 1, steps, questions);
    }
}

fn press(state: &mut State, key: Key) {
    state.message = None;
    if key == Key::Ctrl('c') {
        state.quit = true;
    } else if state.prompt.is_some() {
        prompt::press(state, key);
    } else if let Some(wanted) = action::of_key(key, state.at()) {
        match (wanted, key) {
            (Action::Choose(_), Key::Char(own)) => {
                act(state, Action::Choose(own.to_digit(10).unwrap_or(0) as u8));
            }
            _ => act(state, wanted),
        }
    }
}

fn click(state: &mut State, x: u16, y: u16) {
    state.message = None;
    let targets = view::targets(state);
    let is_there = |(area, _): &&(ratatui::layout::Rect, Action)| area.contains((x, y).into());
    // What lies above comes later.
    if let Some((_, wanted)) = targets.iter().rfind(is_there) {
        match (wanted, state.prompt.is_some()) {
            (Action::Row(row), true) => prompt::choose(state, usize::from(*row)),
            _ => act(state, *wanted),
        }
    }
}

fn wheel(state: &mut State, x: u16, y: u16, forward: bool) {
    let is_free = state.walking && state.help.is_none();
    let is_plain = |walk: &&mut Walk| is_free && walk.question.is_none() && walk.over.is_none();
    let Some(walk) = state.walk.as_mut().filter(is_plain) else {
        return act(state, if forward { Action::Down } else { Action::Up });
    };
    let parts = layout::parts(state.size, walk.pane, walk.zoom);
    let is_there = |(_, area): &&(Pane, ratatui::layout::Rect)| area.contains((x, y).into());
    match parts.and_then(|parts| parts.panes.iter().find(is_there).map(|(pane, _)| *pane)) {
        Some(Pane::Map) | None => step(walk, forward, 1),
        Some(pane) => scroll(walk, pane, forward, 1),
    }
}

/// Does something.
pub fn act(state: &mut State, wanted: Action) {
    if let Some(top) = state.help {
        match wanted {
            Action::Up => state.help = Some(top.saturating_sub(1)),
            Action::Down => state.help = Some(top.saturating_add(1)),
            Action::PageUp => state.help = Some(top.saturating_sub(10)),
            Action::PageDown => state.help = Some(top.saturating_add(10)),
            Action::Language => state.lang = other(state.lang),
            Action::Theme => state.theme = state.theme.next(),
            Action::Glyphs => state.glyphs = state.glyphs.other(),
            Action::Quit => sandbox::quit(state),
            _ => state.help = None,
        }
        state.help = state.help.map(|top| top.min(view::help_rows(state).saturating_sub(1)));
        return;
    }
    match wanted {
        Action::Language => state.lang = other(state.lang),
        Action::Theme => {
            state.theme = state.theme.next();
            let theme = state.theme;
            let (en, zh) = (theme.title(Lang::En), theme.title(Lang::Zh));
            state.message = Some(text!("colours: {en}", "配色：{zh}"));
        }
        Action::Glyphs => state.glyphs = state.glyphs.other(),
        Action::Motion => {
            state.motion = !state.motion;
            state.message = Some(match state.motion {
                true => text!("frames move", "帧会移动"),
                false => text!("frames are there at once", "帧立即到达"),
            });
        }
        Action::Palette => state.prompt = Some(Prompt::new(Ask::Palette, String::new())),
        Action::Help => state.help = Some(0),
        Action::Quit => sandbox::quit(state),
        Action::Sandbox => sandbox::enter(state),
        Action::Undo | Action::Redo if sandbox::turn_back(state, wanted == Action::Redo) => {}
        _ if state.at() == Where::Question => question::act(state, wanted),
        _ if over::act(state, wanted) => {}
        _ if state.walking => {
            in_walk(state, wanted);
            settle(state);
        }
        _ => in_home(state, wanted),
    }
}

fn other(lang: Lang) -> Lang {
    match lang {
        Lang::En => Lang::Zh,
        Lang::Zh => Lang::En,
    }
}

fn in_home(state: &mut State, wanted: Action) {
    let home = &mut state.home;
    let last = home.shown.len().saturating_sub(1);
    match wanted {
        Action::Up => home.selected = home.selected.saturating_sub(1),
        Action::Down => home.selected = (home.selected + 1).min(last),
        Action::PageUp => home.selected = home.selected.saturating_sub(10),
        Action::PageDown => home.selected = (home.selected + 10).min(last),
        Action::Filter => state.prompt = Some(Prompt::new(Ask::Search, home.search.clone())),
        Action::Close if !home.search.is_empty() => search(home, ""),
        Action::Row(row) if home.selected != usize::from(row) => {
            home.selected = usize::from(row).min(last)
        }
        Action::Resume => resume(state),
        Action::Open | Action::Row(_) => {
            let item = home.shown.get(home.selected).map(|at| home.items[*at].clone());
            if let Some(item) = item {
                state.open(&item);
            }
        }
        _ => {}
    }
}

/// Goes on where the person was last.
fn resume(state: &mut State) {
    let Some((item, step)) = state.last_place().map(|(item, step)| (item.clone(), step)) else {
        state.message = Some(text!("nothing was opened before", "以前没有打开过场景"));
        return;
    };
    state.open(&item);
    if let Some(walk) = state.walk.as_mut().filter(|_| state.walking) {
        let last = walk.session.steps().len().saturating_sub(1);
        to(walk, Some(step.saturating_sub(1).min(last)));
    }
}

/// Shows the scenarios in whose name or title there is this.
fn search(home: &mut Home, words: &str) {
    let lower = words.to_lowercase();
    let fits = |at: &usize| {
        let item = &home.items[*at];
        item.name.contains(&lower)
            || item.title.en.to_lowercase().contains(&lower)
            || item.title.zh.contains(words)
    };
    home.shown = (0..home.items.len()).filter(fits).collect();
    home.search = words.into();
    home.selected = 0;
}

fn in_walk(state: &mut State, wanted: Action) {
    let Some(walk) = &mut state.walk else { return };
    match wanted {
        Action::Forward => {
            walk.playing = false;
            step(walk, true, 1);
        }
        Action::Back => {
            walk.playing = false;
            step(walk, false, 1);
        }
        Action::NextStop => state.message = stop(walk, true),
        Action::LastStop => state.message = stop(walk, false),
        Action::First => to(walk, walk.at(0)),
        Action::Last => to(walk, walk.at(walk.count().saturating_sub(1))),
        Action::ToStep(at) => {
            walk.pane = Pane::Events;
            to(walk, Some(at as usize));
        }
        Action::Scrub(share) => {
            let last = walk.count().saturating_sub(1);
            to(walk, walk.at(last * usize::from(share) / 1000));
        }
        Action::Question => state.message = question::reread(walk),
        Action::Play if !walk.playing && question::come(walk) => {}
        Action::Play => {
            walk.playing = !walk.playing;
            let is_last = walk.place() + 1 >= walk.count();
            if walk.playing && is_last {
                to(walk, walk.at(0));
                walk.playing = true;
            }
        }
        Action::Faster => walk.speed = (walk.speed + 1).min(SPEEDS.len() - 1),
        Action::Slower => walk.speed = walk.speed.saturating_sub(1),
        Action::Goto => state.prompt = Some(Prompt::new(Ask::Goto, String::new())),
        Action::Break => {
            state.prompt = Some(Prompt::new(Ask::Break, walk.stop_at.clone().unwrap_or_default()))
        }
        Action::Filter => {
            let old = walk.filter.as_ref().map(|(text, _)| text.clone()).unwrap_or_default();
            state.prompt = Some(Prompt::new(Ask::Filter, old));
        }
        Action::NoFilter => unfilter(walk),
        Action::Follow if walk.follows => unfilter(walk),
        Action::Follow => state.message = follow(walk),
        Action::Type => typing::begin(state),
        Action::NextNode => typing::turn(walk, true),
        Action::LastNode => typing::turn(walk, false),
        Action::WhatIf => typing::what_if(state),
        Action::Undo => what_if::undo(state),
        Action::Build => sandbox::build(state),
        Action::Diagnose => over::diagnose(state),
        Action::Chain => over::chain(state),
        Action::Methods => methods::open(state),
        Action::AtNode(node) => {
            let name = walk.session.name(sim_core::event::NodeId(node)).to_owned();
            state.message = filter(walk, &format!("node == {name} || from == {name}")).err();
        }
        Action::Focus(pane) => walk.pane = pane,
        Action::NextPane => turn(walk, 1),
        Action::LastPane => turn(walk, Pane::ALL.len() - 1),
        Action::Zoom => walk.zoom = !walk.zoom,
        Action::Fields => (walk.all_fields, walk.field) = (!walk.all_fields, 0),
        Action::Hex => walk.hex = !walk.hex,
        Action::Row(row) => (walk.pane, walk.field) = (Pane::Frame, usize::from(row)),
        Action::Up => scroll(walk, walk.pane, false, 1),
        Action::Down => scroll(walk, walk.pane, true, 1),
        Action::PageUp => scroll(walk, walk.pane, false, 10),
        Action::PageDown => scroll(walk, walk.pane, true, 10),
        Action::Close if walk.zoom => walk.zoom = false,
        Action::Close if walk.filter.is_some() => unfilter(walk),
        Action::Home | Action::Close => {
            walk.playing = false;
            state.walking = false;
        }
        _ => {}
    }
}

/// No pane is scrolled past what it has.
fn settle(state: &mut State) {
    let most = view::last_rows(state);
    if let Some(walk) = &mut state.walk {
        for (own, most) in walk.scroll.iter_mut().zip(most) {
            *own = (*own).min(most);
        }
        walk.field = walk.field.min(view::frame::rows(walk).len().saturating_sub(1));
    }
}

fn turn(walk: &mut Walk, by: usize) {
    walk.pane = Pane::ALL[(walk.pane.number() - 1 + by) % Pane::ALL.len()];
}

fn scroll(walk: &mut Walk, pane: Pane, forward: bool, count: usize) {
    match pane {
        // Where there is nothing to scroll, up and down are steps.
        Pane::Map | Pane::Events => step(walk, forward, count),
        Pane::Frame => {
            let field = walk.field;
            walk.field = if forward { field + count } else { field.saturating_sub(count) };
        }
        pane => {
            let own = &mut walk.scroll[pane.number() - 1];
            let count = count as u16;
            *own = if forward { own.saturating_add(count) } else { own.saturating_sub(count) };
        }
    }
}

/// To a step.
fn to(walk: &mut Walk, step: Option<usize>) {
    let Some(step) = step.filter(|step| *step < walk.session.steps().len()) else { return };
    if step != walk.step {
        walk.passed = 0;
        walk.scroll = [0; 6];
        walk.field = 0;
        walk.console.leave_step();
    }
    walk.step = step;
    walk.question = None;
    walk.session.seek(step);
}

/// To a step that is there.
fn step_to(walk: &mut Walk, step: usize) {
    to(walk, Some(step));
}

/// So many of the steps that are shown forward or back.
fn step(walk: &mut Walk, forward: bool, count: usize) {
    // A question comes before what it asks about; who goes far at once is not held up.
    if forward && count == 1 && question::come(walk) {
        return;
    }
    let place = walk.place();
    let wanted = match forward {
        // One that is not shown stands before the place.
        true if !walk.is_shown() => place + count - 1,
        true => (place + count).min(walk.count().saturating_sub(1)),
        false => place.saturating_sub(count),
    };
    to(walk, walk.at(wanted));
    if forward && count == 1 {
        question::come(walk);
    }
}

/// To the next step that is worth a stop.
fn stop(walk: &mut Walk, forward: bool) -> Option<Text> {
    walk.playing = false;
    if forward && question::come(walk) {
        return None;
    }
    let stops = walk.session.stops();
    let is_shown = |at: &&u32| walk.filter.is_none() || walk.shown.binary_search(at).is_ok();
    let found = match forward {
        true => {
            stops[stops.partition_point(|at| *at as usize <= walk.step)..].iter().find(is_shown)
        }
        false => {
            stops[..stops.partition_point(|at| (*at as usize) < walk.step)].iter().rfind(is_shown)
        }
    };
    match found.copied() {
        Some(at) => {
            to(walk, Some(at as usize));
            if forward {
                question::come(walk);
            }
            None
        }
        None => Some(text!("no more stops that way", "那个方向没有要紧处了")),
    }
}

/// Shows only some steps.
fn filter(walk: &mut Walk, words: &str) -> Result<(), Text> {
    let read = Filter::parse(words).map_err(|bad| bad.message)?;
    let shown = read.steps(&walk.session);
    if shown.is_empty() {
        return Err(text!("no step is so", "没有这样的步骤"));
    }
    walk.shown = shown;
    walk.filter = Some((words.into(), read));
    walk.follows = false;
    let near = walk.at(walk.place()).or_else(|| walk.at(walk.count() - 1));
    to(walk, near);
    Ok(())
}

fn unfilter(walk: &mut Walk) {
    walk.filter = None;
    walk.follows = false;
    walk.shown.clear();
}

/// Shows only the steps of the conversation that this frame belongs to, by whatever addresses it goes on its way.
fn follow(walk: &mut Walk) -> Option<Text> {
    let Some(words) = conversation(walk) else {
        return Some(text!("this step has no frame to follow", "这一步没有可跟踪的帧"));
    };
    let failed = filter(walk, &words).err();
    walk.follows = failed.is_none();
    failed
}

/// The filter of a conversation: the ends of this frame, of those that it was made from, and of those made from it.
fn conversation(walk: &Walk) -> Option<String> {
    let session = &walk.session;
    let frame = session.frame(walk.step)?;
    let mut family = vec![frame];
    while let Some((_, parent)) =
        family.last().and_then(|own| own.parent).and_then(|id| session.frame_by_id(id))
    {
        family.push(parent);
    }
    let mut latest = frame.id;
    for (_, own) in
        (walk.step..session.steps().len()).take(100).filter_map(|at| Some((at, session.frame(at)?)))
    {
        if own.parent == Some(latest) {
            latest = own.id;
            family.push(own);
        }
    }
    let mut words: Vec<String> = Vec::new();
    for own in family {
        let fields = crate::fields::fields(own.bytes.bytes());
        let value = |name: &str| {
            fields
                .iter()
                .rfind(|own| own.name.trim_start_matches("inner.") == name)
                .map(|own| own.value.as_str())
        };
        let told = match (value("ip.src"), value("ip.dst")) {
            (Some(src), Some(dst)) => {
                let ends = format!("ip.addr == {src} && ip.addr == {dst}");
                let ports = |layer: &str| {
                    let (one, other) =
                        (value(&format!("{layer}.srcport"))?, value(&format!("{layer}.dstport"))?);
                    Some(format!("{ends} && {layer}.port == {one} && {layer}.port == {other}"))
                };
                ports("tcp").or_else(|| ports("udp")).unwrap_or(ends)
            }
            // Of ARP: all that is said about the address that is asked for.
            _ => {
                let asked = if value("arp.opcode") == Some("1") {
                    "arp.dst.proto_ipv4"
                } else {
                    "arp.src.proto_ipv4"
                };
                let addr = value(asked)?;
                format!("arp.addr == {addr}")
            }
        };
        let told = format!("({told})");
        if !words.contains(&told) {
            words.push(told);
        }
    }
    Some(words.join(" || "))
}

/// Time passes: frames move, and what plays goes on.
fn pass(state: &mut State, millis: u32) {
    if !state.wants_time() {
        return;
    }
    let Some(walk) = &mut state.walk else { return };
    if typing::pass(state.prompt.as_mut(), walk, millis) || over::pass(walk) {
        return;
    }
    walk.passed = walk.passed.saturating_add(millis).min(60_000);
    if !walk.playing || walk.passed < walk.pause() {
        return;
    }
    step(walk, true, 1);
    if walk.place() + 1 >= walk.count() {
        walk.playing = false;
        state.message = Some(text!("this is the end", "到此结束"));
        return;
    }
    if walk.question.is_some() {
        return;
    }
    let Some(now) = walk.session.steps().get(walk.step) else { return };
    if speaks(walk, now) {
        walk.playing = false;
        state.message = Some(text!("the story speaks; space goes on", "故事有话要说；按空格继续"));
    } else if let Some(why) = walk.stop_at.as_deref().and_then(|words| stops(walk, now, words)) {
        walk.playing = false;
        state.message = Some(text!("stopped: {why}", "已停：{why}"));
    }
}

fn speaks(walk: &Walk, step: &Step) -> bool {
    use sim_core::scenario::Step::{Ask, Say};
    match step.kind {
        Kind::Story(at) => {
            let told = walk.session.scenario().story.get(usize::from(at));
            told.is_some_and(|told| matches!(told.value, Say(_) | Ask { .. }))
        }
        _ => false,
    }
}

/// The reason of a step at which playing is to end.
fn stops(walk: &Walk, step: &Step, words: &str) -> Option<&'static str> {
    if words == "drop" && step.mark == Mark::Drop {
        return Some("drop");
    }
    walk.session.entries(walk.step).iter().find_map(|entry| match &entry.what {
        Note::Why(reason) if words != "drop" && reason.code().contains(words) => {
            Some(reason.code())
        }
        _ => None,
    })
}
