//! `lvsim record`: a walkthrough on the screens, headless, as a recording, a picture, a page or text.

use std::path::{Path, PathBuf};

use clap::Args;
use sim_core::{Text, text};
use sim_tui::catalogue;
use sim_tui::input::{Key, read_keys};
use sim_tui::layout::LEAST;
use sim_tui::recording::{self, At, cast, page};
use sim_tui::state::State;
use sim_tui::svg;
use sim_tui::theme::Glyphs;

use crate::cli::Exit;
use crate::export;
use crate::lang::{Lang, Unfit};
use crate::open::Refused;
use crate::terminal::{self, Colours};

/// Record the screens of a walkthrough: as they play, as a picture, a page or text.
///
/// Needs no terminal; the same scenario gives the same bytes each time. The keys are pressed first, as on the screen; then
/// `.cast` and `.html` play on to the end, `.svg` and `.txt` are the screen as it is.
/// Exit: 0 written, 2 the file or the command line is wrong.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// A scenario file, or the name of a shipped one.
    scenario: String,
    /// Write it there, as its ending says: .cast, .svg, .html or .txt; what is there already is not touched.
    #[arg(long, value_name = "FILE", value_parser = Form::parse)]
    to: (Form, PathBuf),
    /// The step: a number, `first`, `last`, or the first one that a filter of steps finds.
    ///
    /// Without it and without --keys a picture shows the first stop that is worth it; all else begins at the first step.
    #[arg(long, value_name = "STEP", value_parser = step, allow_hyphen_values = true)]
    step: Option<At>,
    /// Keys to press, as `]]2<Down>`: characters, or names in angle brackets.
    #[arg(long, value_name = "KEYS", value_parser = pressed, default_value = "", hide_default_value = true)]
    keys: Keys,
    /// Columns and rows of the screen.
    #[arg(long, value_name = "COLSxROWS", value_parser = size, default_value = "120x36")]
    size: (u16, u16),
    /// The colours.
    #[arg(long, value_enum, default_value_t = Colours::Dark)]
    theme: Colours,
    /// Plain ASCII instead of lines and arrows.
    #[arg(long)]
    ascii: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Cast,
    Svg,
    Html,
    Txt,
}

impl Form {
    fn parse(name: &str) -> Result<(Self, PathBuf), Unfit> {
        let path = Path::new(name);
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("cast") => Self::Cast,
            Some("svg") => Self::Svg,
            Some("html") => Self::Html,
            Some("txt") => Self::Txt,
            _ => {
                return Err(Unfit(text!(
                    "its ending says what is written: .cast .svg .html .txt",
                    "扩展名决定写成什么：.cast .svg .html .txt"
                )));
            }
        };
        Ok((form, path.to_owned()))
    }
}

/// Keys in their order.
#[derive(Clone, Debug)]
struct Keys(Vec<Key>);

fn pressed(text: &str) -> Result<Keys, Unfit> {
    read_keys(text).map(Keys).map_err(Unfit)
}

fn step(text: &str) -> Result<At, Unfit> {
    At::parse(text).map_err(Unfit)
}

/// No screen has more.
const MOST: (u16, u16) = (400, 200);

fn size(text: &str) -> Result<(u16, u16), Unfit> {
    let read = text.split_once('x').and_then(|(width, height)| {
        let (width, height) = (width.parse::<u16>().ok()?, height.parse::<u16>().ok()?);
        let fits = (LEAST.0..=MOST.0).contains(&width) && (LEAST.1..=MOST.1).contains(&height);
        fits.then_some((width, height))
    });
    let ((width, height), (most_width, most_height)) = (LEAST, MOST);
    read.ok_or_else(|| {
        Unfit(text!(
            "expected columns and rows, {width}x{height} to {most_width}x{most_height}",
            "应为列数和行数，{width}x{height} 到 {most_width}x{most_height}"
        ))
    })
}

/// Writes the recording.
///
/// # Errors
/// When the scenario is wrong, there is no such step, or something is there already.
pub fn run(args: &RecordArgs, lang: Lang) -> Result<Exit, Refused> {
    let (form, file) = &args.to;
    export::new(file)?;
    let mut state = State::new(catalogue::shipped(), args.size);
    let item = terminal::item(&mut state, &args.scenario)?;
    state.lang = lang;
    state.theme = args.theme.theme();
    state.glyphs = if args.ascii { Glyphs::Ascii } else { Glyphs::Unicode };
    state.open(&item);
    if let Some(wrong) = state.message.take() {
        return Err(Refused(vec![wrong]));
    }
    let is_picture = matches!(form, Form::Svg | Form::Txt);
    let at = match &args.step {
        Some(at) => at.clone(),
        None if is_picture && args.keys.0.is_empty() => At::Worth,
        None => At::First,
    };
    let refused = |why: Text| Refused(vec![why]);
    recording::go(&mut state, &at, &args.keys.0).map_err(refused)?;
    let text = match form {
        Form::Svg => svg::svg(&recording::screen(&state)),
        Form::Txt => svg::text(&recording::screen(&state)),
        Form::Cast => cast::print(&mut state).map_err(refused)?,
        Form::Html => page::print(&mut state).map_err(refused)?,
    };
    export::write(file, &text)?;
    Ok(Exit::Ok)
}
