//! `lvsim open`, and `lvsim` by itself: the screens of the library on a real terminal.
//!
//! The loop of the terminal: what was pressed goes in, what the state looks like comes out. While nothing moves it sleeps until
//! a key is pressed. A crash gives the terminal back first, and says how to come to the same place.
#![expect(clippy::disallowed_types, reason = "a person looks at it, in real time")]

mod events;
mod save;
mod store;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::io::{self, IsTerminal, Stdout};
use std::panic;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use sim_core::text;
use sim_tui::catalogue::{self, Item};
use sim_tui::input::Input;
use sim_tui::state::State;
use sim_tui::theme::{Glyphs, Theme};
use sim_tui::update::update;
use sim_tui::view;

use crate::cli::Exit;
use crate::lang::{self, Lang};
use crate::open::{self, Refused};
use crate::out::complain;
use crate::{shipped, walk};

use self::store::Store;

/// Step through a scenario on the screen: map, frames, events, and why.
///
/// Without a scenario there is a list of the shipped ones. `?` shows the keys. Where standard input or output is no terminal, or
/// TERM is `dumb`, the scenario is told as `lvsim walk` tells it.
/// Exit: 0 left by a key, 2 a file is wrong; of the plain walk its own.
#[derive(Debug, Default, clap::Args)]
pub struct OpenArgs {
    /// A scenario file, or the name of a shipped one.
    scenario: Option<String>,
    /// Numbered sentences instead of a screen: for screen readers and logs.
    #[arg(long)]
    plain: bool,
    /// The colours; NO_COLOR means `mono`.
    #[arg(long, value_enum)]
    theme: Option<Colours>,
    /// Plain ASCII instead of lines and arrows; else by the locale.
    #[arg(long)]
    ascii: bool,
    /// Frames do not move: they are there at once.
    #[arg(long)]
    no_motion: bool,
    /// Leave the mouse to the terminal, to select text with.
    #[arg(long)]
    no_mouse: bool,
    /// Neither read nor keep how far you have come.
    #[arg(long)]
    no_progress: bool,
}

/// Build a lab on the screen, type commands into it, break it, save it as a scenario.
///
/// Without a file a list of templates is offered. A file that is not there is made when the lab is saved. `?` shows the keys; it needs
/// a terminal.
/// Exit: 0 left by a key, 2 the file is wrong, or there is no terminal.
#[derive(Debug, clap::Args)]
pub struct SandboxArgs {
    /// A scenario file, there or to be made, or the name of a shipped one.
    file: Option<String>,
    /// The colours; NO_COLOR means `mono`.
    #[arg(long, value_enum)]
    theme: Option<Colours>,
    /// Plain ASCII instead of lines and arrows; else by the locale.
    #[arg(long)]
    ascii: bool,
    /// Frames do not move: they are there at once.
    #[arg(long)]
    no_motion: bool,
    /// Leave the mouse to the terminal, to select text with.
    #[arg(long)]
    no_mouse: bool,
}

/// The colours by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colours {
    /// Soft colours on dark ground.
    Dark,
    /// Told apart by those who see some colours alike.
    ColourBlind,
    /// Bright colours on black.
    Contrast,
    /// None: bold, reverse and underline.
    Mono,
}

impl Colours {
    /// The palette of that name.
    pub fn theme(self) -> Theme {
        match self {
            Self::Dark => Theme::Dark,
            Self::ColourBlind => Theme::ColourBlind,
            Self::Contrast => Theme::Contrast,
            Self::Mono => Theme::Mono,
        }
    }
}

impl OpenArgs {
    /// As `lvsim` by itself is asked.
    pub fn by_itself(plain: bool) -> Self {
        Self { plain, ..Self::default() }
    }
}

/// Opens the screens, or tells the scenario where there is none.
///
/// # Errors
/// When a file is wrong, or the terminal does not do what it is asked.
pub fn open(args: &OpenArgs, lang: Lang) -> Result<Exit, Refused> {
    if args.plain || !has_screen() {
        return walk::tell(args.scenario.as_deref().unwrap_or(walk::DEFAULT), lang);
    }
    show(args, lang, |state| {
        let Some(name) = &args.scenario else { return Ok(()) };
        let item = item(state, name)?;
        state.open(&item);
        state.message.take().map_or(Ok(()), |wrong| Err(Refused(vec![wrong])))
    })
}

/// Opens the sandbox.
///
/// # Errors
/// When the file is wrong, or there is no terminal, or it does not do what it is asked.
pub fn sandbox(args: SandboxArgs, lang: Lang) -> Result<Exit, Refused> {
    if !has_screen() {
        return Err(Refused(vec![text!(
            "the sandbox needs a terminal\n   a scenario can be written without one: book/scenario-format.md",
            "沙盒需要终端\n   没有终端也可以写场景：book/scenario-format.zh.md"
        )]));
    }
    let SandboxArgs { file, theme, ascii, no_motion, no_mouse } = args;
    let looks = OpenArgs { theme, ascii, no_motion, no_mouse, ..OpenArgs::default() };
    show(&looks, lang, |state| save::open(state, file.as_deref()))
}

fn has_screen() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_set("TERM", "dumb")
}

/// Shows the screens until they are left; `begin` opens what they begin with.
fn show(
    args: &OpenArgs,
    lang: Lang,
    begin: impl FnOnce(&mut State) -> Result<(), Refused>,
) -> Result<Exit, Refused> {
    let mut state = State::new(catalogue::shipped(), (0, 0));
    state.lang = lang;
    let has_no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let by_environment = if has_no_color { Theme::Mono } else { Theme::default() };
    state.theme = args.theme.map_or(by_environment, Colours::theme);
    state.glyphs = if args.ascii || !speaks_unicode() { Glyphs::Ascii } else { Glyphs::Unicode };
    state.motion = !args.no_motion;
    let store = Store::of_environment().filter(|_| !args.no_progress);
    let mut said = None;
    if let Some(store) = &store {
        (state.progress, said) = store.load();
    }
    let before = state.progress.clone();
    begin(&mut state)?;
    state.message = said.or(state.message);
    let failed = |why: io::Error| {
        let sim_core::Text { en, zh } = lang::why(&why);
        Refused(vec![text!(
            "the terminal does not do what it is asked: {en}\n   `lvsim walk` needs none",
            "终端没有照做：{zh}\n   `lvsim walk` 不需要终端"
        )])
    };
    let mut screen = Screen::new(!args.no_mouse).map_err(failed)?;
    let ended = screen.run(&mut state);
    drop(screen);
    if let Some(store) = store.filter(|_| state.progress != before)
        && let Err(wrong) = store.save(&state.progress)
    {
        complain(wrong.of(lang));
    }
    ended.map_err(failed)?;
    Ok(Exit::Ok)
}

/// The scenario of this name; one that is no shipped one is listed first.
///
/// # Errors
/// All that is wrong with it.
pub fn item(state: &mut State, name: &str) -> Result<Item, Refused> {
    // All that is wrong with it is said before the screen is taken.
    open::scenario(name, None, false)?;
    let is_it = |item: &&Item| item.name == name && !Path::new(name).exists();
    if let Some(item) = state.home.items.iter().find(is_it) {
        return Ok(item.clone());
    }
    let source = shipped::find(name).map_err(|why| Refused(vec![why]))?;
    let item = catalogue::item(&source.name, source.text);
    state.home.items.insert(0, item.clone());
    state.home.shown = (0..state.home.items.len()).collect();
    Ok(item)
}

fn is_set(name: &str, value: &str) -> bool {
    std::env::var(name).is_ok_and(|own| own == value)
}

/// Whether the locale is one of Unicode; where there is no locale at all, as on Windows, the terminal is a new one.
fn speaks_unicode() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    match locale {
        Some(locale) => locale.to_lowercase().replace('-', "").contains("utf8"),
        None => cfg!(windows),
    }
}

/// Where the person is: said after a crash.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// As often frames are drawn while something moves.
const FRAME: Duration = Duration::from_millis(33);

/// A terminal that is ours until it is dropped.
struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    fn new(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |crash| {
            give_back();
            before(crash);
            let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("{place}");
        }));
        execute!(io::stdout(), EnterAlternateScreen, SetTitle("lvsim"))?;
        if mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(Self { terminal })
    }

    fn run(&mut self, state: &mut State) -> io::Result<()> {
        let mut last = Instant::now();
        while !state.quit {
            *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place(state);
            // Asked each time: a report of another size is lost where a key comes at the same moment.
            let size = self.terminal.size()?;
            if state.size != (size.width, size.height) {
                update(state, Input::Size(size.width, size.height));
            }
            self.terminal.draw(|frame| view::draw(state, frame.buffer_mut()))?;
            if state.wants_time() {
                if !event::poll(FRAME.saturating_sub(last.elapsed()))? {
                    let passed = last.elapsed().as_millis();
                    last = Instant::now();
                    update(state, Input::Passed(u32::try_from(passed).unwrap_or(u32::MAX)));
                    continue;
                }
                events::take(state, &event::read()?);
            } else {
                events::take(state, &event::read()?);
                last = Instant::now();
            }
            save::fulfil(state);
            // Whoever holds a key down is not to wait for pictures of the past.
            while !state.quit && event::poll(Duration::ZERO)? {
                events::take(state, &event::read()?);
                save::fulfil(state);
            }
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        // While a crash is under way the hook may not be taken: that would be a second crash.
        if !std::thread::panicking() {
            let _ = panic::take_hook();
        }
    }
}

/// Gives the terminal back as it was.
fn give_back() {
    // Nothing is left to be done where this fails.
    let _ = disable_raw_mode();
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        LeaveAlternateScreen,
        ratatui::crossterm::cursor::Show
    );
}

/// Where the person is, and how to come there again.
fn place(state: &State) -> String {
    let Some(walk) = state.on_screen() else {
        return "lvsim: at the list of scenarios; the same again: lvsim open".into();
    };
    if let Some(own) = &walk.sandbox {
        return match own.file.as_deref() {
            Some(file) => format!("lvsim: in the sandbox; as it was saved: lvsim sandbox {file}"),
            None => "lvsim: in the sandbox, which was not saved".into(),
        };
    }
    let (name, step, seed) = (&walk.name, walk.step + 1, walk.session.scenario().seed);
    let said = text!(
        "lvsim: {name}, seed {seed}, step {step}; the same again: lvsim open {name}, then g {step}",
        "lvsim：{name}，种子 {seed}，步骤 {step}；重现：lvsim open {name}，再按 g {step}"
    );
    said.of(state.lang).to_owned()
}
