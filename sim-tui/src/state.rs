//! What is looked at, and how. All that the screens show follows from it.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use sim_core::scenario::ScenarioError;
use sim_core::story::{self, Act};
use sim_core::{Lang, Text};

use crate::action::Where;
use crate::catalogue::Item;
use crate::chain::Chain;
use crate::diagnosis::Diagnosing;
use crate::filter::Filter;
use crate::hooks::Hooks;
use crate::ladder::Ladder;
use crate::methods::Methods;
use crate::otherwise::Otherwise;
use crate::progress::Progress;
use crate::question::{self, Question};
use crate::sandbox::{Asked, Build, Sandbox, Save};
use crate::session::{Kind, Session};
use crate::tables::Tables;
use crate::theme::{Glyphs, Theme};
use crate::typing::Console;
use crate::what_if::WhatIf;

/// The whole state.
#[derive(Debug)]
pub struct State {
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
    /// The characters.
    pub glyphs: Glyphs,
    /// Whether frames are seen moving.
    pub motion: bool,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Whether the walkthrough is on the screen; else it is the list.
    pub walking: bool,
    /// The list of scenarios.
    pub home: Home,
    /// How far the person has come, in all scenarios.
    pub progress: Progress,
    /// The walkthrough that was opened last.
    pub walk: Option<Walk>,
    /// The sandbox, while another walkthrough is open.
    pub bench: Option<Walk>,
    /// A file that is to be written.
    pub wish: Option<Save>,
    /// A line that is being typed.
    pub prompt: Option<Prompt>,
    /// The first row of the keys that is shown, if they are.
    pub help: Option<u16>,
    /// What there is to say, until the next key.
    pub message: Option<Text>,
    /// Whether lvsim is to end.
    pub quit: bool,
}

/// The list of scenarios.
#[derive(Debug, Default)]
pub struct Home {
    /// All that can be opened.
    pub items: Vec<Item>,
    /// The places of those that fit what is searched for.
    pub shown: Vec<usize>,
    /// The selected one, as a place in `shown`.
    pub selected: usize,
    /// What is searched for.
    pub search: String,
}

/// A pane of the walkthrough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// Where.
    #[default]
    Map,
    /// Which bytes.
    Frame,
    /// When.
    Events,
    /// By which rule.
    Why,
    /// What was typed.
    Console,
    /// What it is about.
    Story,
}

impl Pane {
    /// All panes, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Map, Self::Frame, Self::Events, Self::Why, Self::Console, Self::Story];

    /// Its number, from 1.
    pub fn number(self) -> usize {
        1 + Self::ALL.iter().position(|own| *own == self).unwrap_or(0)
    }

    /// Its title.
    pub fn title(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Map => ("MAP", "地图"),
            Self::Frame => ("FRAME", "帧"),
            Self::Events => ("EVENTS", "事件"),
            Self::Why => ("WHY", "为何"),
            Self::Console => ("CONSOLE", "命令行"),
            Self::Story => ("STORY", "故事"),
        };
        lang.pick(en, zh)
    }
}

/// A walkthrough.
#[derive(Debug)]
pub struct Walk {
    /// Its name.
    pub name: String,
    /// What was played.
    pub session: Session,
    /// The step that is looked at.
    pub step: usize,
    /// What takes the place of the panes; none: they are there.
    pub over: Option<Over>,
    /// The pane that has the focus.
    pub pane: Pane,
    /// Whether that pane is large.
    pub zoom: bool,
    /// Which steps are shown, as it was typed and as it was read; none: all.
    pub filter: Option<(String, Filter)>,
    /// Whether that is the conversation of a packet.
    pub follows: bool,
    /// The steps that are shown, if there is a filter.
    pub shown: Vec<u32>,
    /// Whether it plays.
    pub playing: bool,
    /// How fast, as a place in [`SPEEDS`].
    pub speed: usize,
    /// Milliseconds since the step was taken, as far as they matter.
    pub passed: u32,
    /// Playing ends at a reason whose code has this in it, or at a drop.
    pub stop_at: Option<String>,
    /// The first line that each pane shows.
    pub scroll: [u16; 6],
    /// The row of FRAME that is selected.
    pub field: usize,
    /// Whether FRAME shows all fields.
    pub all_fields: bool,
    /// Whether FRAME shows bytes.
    pub hex: bool,
    /// The questions of the story: the step of each, and its place in the story.
    pub questions: Vec<(usize, usize)>,
    /// Those that were answered on this walk, and how, or skipped.
    pub asked: BTreeMap<usize, Option<usize>>,
    /// The question that is open.
    pub question: Option<Question>,
    /// What is typed.
    pub console: Console,
    /// What a person has done and kept, what belongs together together.
    pub kept: Vec<Vec<Act>>,
    /// The lab that is built, if it is the sandbox.
    pub sandbox: Option<Box<Sandbox>>,
}

/// What is shown in place of the panes of a walkthrough.
#[derive(Debug)]
pub enum Over {
    /// The tables of a node.
    Tables(Tables),
    /// The way of a packet through a host's hooks.
    Hooks(Hooks),
    /// Two runs side by side.
    WhatIf(Box<WhatIf>),
    /// What is wrong with the network.
    Diagnosis(Diagnosing),
    /// What led to something.
    Chain(Chain),
    /// The run as a sequence diagram.
    Ladder(Box<Ladder>),
    /// One request by four methods.
    Methods(Methods),
    /// What a lab is built of.
    Build(Build),
}

/// How fast it plays, in percent.
pub const SPEEDS: [u32; 6] = [25, 50, 100, 200, 400, 800];

/// How long a frame is on its way at 100 %, in milliseconds, and how long it is looked at then.
const FLIGHT: u32 = 700;
const LOOK: u32 = 700;

impl Walk {
    /// A walkthrough at its first step.
    pub fn new(name: String, session: Session) -> Self {
        let questions = question::all(&session);
        let mut walk = Self {
            name,
            session,
            step: 0,
            over: None,
            pane: Pane::Map,
            zoom: false,
            filter: None,
            follows: false,
            shown: Vec::new(),
            playing: false,
            speed: 2,
            passed: 0,
            stop_at: None,
            scroll: [0; 6],
            field: 0,
            all_fields: false,
            hex: true,
            questions,
            asked: BTreeMap::new(),
            question: None,
            console: Console::default(),
            kept: Vec::new(),
            sandbox: None,
        };
        walk.session.seek(0);
        walk
    }

    /// How many steps are shown.
    pub fn count(&self) -> usize {
        if self.filter.is_some() { self.shown.len() } else { self.session.steps().len() }
    }

    /// The step in this place among those shown.
    pub fn at(&self, place: usize) -> Option<usize> {
        match self.filter {
            Some(_) => self.shown.get(place).map(|step| *step as usize),
            None => Some(place).filter(|place| *place < self.session.steps().len()),
        }
    }

    /// The place of the step among those shown; of one that is not shown, that of the next one.
    pub fn place(&self) -> usize {
        match self.filter {
            Some(_) => self.shown.partition_point(|step| (*step as usize) < self.step),
            None => self.step,
        }
    }

    /// Whether the step is one of those shown.
    pub fn is_shown(&self) -> bool {
        self.at(self.place()) == Some(self.step)
    }

    /// How long a frame is on its way.
    pub fn flight(&self) -> u32 {
        FLIGHT * 100 / SPEEDS[self.speed]
    }

    /// How long a step is on the screen while playing.
    pub fn pause(&self) -> u32 {
        self.flight() + LOOK * 100 / SPEEDS[self.speed]
    }

    /// How far the frame is on its way, in thousandths.
    pub fn progress(&self, motion: bool) -> u32 {
        if motion { (self.passed * 1000 / self.flight().max(1)).min(1000) } else { 1000 }
    }

    /// Whether a frame is on its way.
    pub fn flies(&self) -> bool {
        let step = self.session.steps().get(self.step);
        step.is_some_and(|step| matches!(step.kind, Kind::Frame { .. }))
            && self.passed < self.flight()
    }
}

/// A line that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub kind: Ask,
    /// The text.
    pub text: String,
    /// Where the cursor stands, in bytes.
    pub cursor: usize,
    /// What is wrong with it.
    pub wrong: Option<Text>,
    /// The selected row of the palette.
    pub selected: usize,
    /// The text was proposed, and nothing was typed yet: the first letter takes its place.
    pub proposed: bool,
}

/// What a line is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A filter of steps.
    Filter,
    /// The number of a step.
    Goto,
    /// The reason at which playing ends.
    Break,
    /// The name of an action.
    Palette,
    /// The name or title of a scenario.
    Search,
    /// A command, in CONSOLE.
    Command,
    /// What the sandbox asks for.
    Sandbox(Asked),
}

impl Prompt {
    /// An empty line, or one that can be changed.
    pub fn new(kind: Ask, text: String) -> Self {
        Self { kind, cursor: text.len(), text, wrong: None, selected: 0, proposed: false }
    }
}

impl State {
    /// The list of these scenarios.
    pub fn new(items: Vec<Item>, size: (u16, u16)) -> Self {
        let shown = (0..items.len()).collect();
        Self {
            lang: Lang::En,
            theme: Theme::default(),
            glyphs: Glyphs::default(),
            motion: true,
            size,
            walking: false,
            home: Home { items, shown, ..Home::default() },
            progress: Progress::default(),
            walk: None,
            bench: None,
            wish: None,
            prompt: None,
            help: None,
            message: None,
            quit: false,
        }
    }

    /// Where it is, for the table of actions.
    pub fn at(&self) -> Where {
        match self.on_screen() {
            Some(walk) if walk.question.is_some() => Where::Question,
            Some(walk) => match walk.over {
                Some(Over::Tables(_)) => Where::Tables,
                Some(Over::Hooks(_)) => Where::Hooks,
                Some(Over::WhatIf(_)) => Where::WhatIf,
                Some(Over::Diagnosis(_)) => Where::Diagnosis,
                Some(Over::Chain(_)) => Where::Chain,
                Some(Over::Ladder(_)) => Where::Ladder,
                Some(Over::Methods(_)) => Where::Methods,
                Some(Over::Build(_)) => Where::Build,
                None => Where::Walk,
            },
            None => Where::Home,
        }
    }

    /// The walkthrough that is on the screen.
    pub fn on_screen(&self) -> Option<&Walk> {
        self.walk.as_ref().filter(|_| self.walking)
    }

    /// The whole screen.
    pub fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    /// Whether something moves, so that time is to be told.
    pub fn wants_time(&self) -> bool {
        let is_still = self.prompt.is_some() || self.help.is_some();
        let moves = |walk: &Walk| match &walk.over {
            Some(Over::Diagnosis(own)) => own.works(),
            Some(Over::Methods(own)) => own.works(),
            Some(Over::WhatIf(_) | Over::Chain(_) | Over::Build(_)) => false,
            Some(Over::Tables(own)) if own.is_looking() => true,
            Some(Over::Tables(_) | Over::Hooks(_) | Over::Ladder(_)) | None => {
                walk.playing || self.motion && walk.flies()
            }
        };
        let searches = |walk: &Walk| {
            let is_typing = self.prompt.as_ref().is_some_and(|own| own.kind == Ask::Command);
            is_typing && walk.console.otherwise.as_ref().is_some_and(Otherwise::works)
        };
        self.on_screen().is_some_and(|walk| !is_still && moves(walk) || searches(walk))
    }

    /// Opens a scenario; what is wrong with it is said.
    pub fn open(&mut self, item: &Item) {
        let read = story::open(&item.name, &item.text, None, false);
        let read =
            read.map_err(|errors| errors.first().map(ScenarioError::text).unwrap_or_default());
        let played = read.and_then(|scenario| Session::new(scenario).map_err(|error| error.text()));
        match played {
            Ok(session) => {
                if self.walk.as_ref().is_some_and(|walk| walk.sandbox.is_some()) {
                    self.bench = self.walk.take();
                }
                self.walk = Some(Walk::new(item.name.clone(), session));
                self.walking = true;
            }
            Err(wrong) => self.message = Some(wrong),
        }
    }

    /// The scenario that was walked last, and the step at which it was left, if it is listed.
    pub fn last_place(&self) -> Option<(&Item, usize)> {
        let name = self.progress.last.as_deref()?;
        let item = self.home.items.iter().find(|item| item.name == name)?;
        Some((item, self.progress.walks.get(name)?.at))
    }
}
