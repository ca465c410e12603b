//! A screen as a picture, without a terminal: what is opened, its size, the language, the colours, the keys that are pressed.
//!
//!     cargo run -p sim-tui --example screen -- dr/arp-walk 120x36 zh dark ']]<Right>' > screen.svg
//!     cargo run -p sim-tui --example screen -- - 80x24 en text '' # the list, as text

use ratatui::buffer::Buffer;
use sim_core::Lang;
use sim_tui::input::{Input, keys};
use sim_tui::state::State;
use sim_tui::theme::{Glyphs, Theme};
use sim_tui::update::update;
use sim_tui::{catalogue, svg, view};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, size, lang, how, pressed] = &args[..] else {
        eprintln!("screen NAME|- COLSxROWS en|zh dark|colour-blind|contrast|mono|text|ascii KEYS");
        std::process::exit(2);
    };
    let (width, height) = size.split_once('x').expect("a size is COLSxROWS");
    let size = (width.parse().expect("a number"), height.parse().expect("a number"));
    let mut state = State::new(catalogue::shipped(), size);
    state.lang = if lang == "zh" { Lang::Zh } else { Lang::En };
    state.theme = Theme::ALL.into_iter().find(|own| own.name() == how).unwrap_or_default();
    if how == "ascii" {
        state.glyphs = Glyphs::Ascii;
    }
    if name != "-" {
        let item = catalogue::find(name).expect("a shipped scenario");
        state.open(&item);
    }
    for key in keys(pressed) {
        update(&mut state, Input::Key(key));
    }
    // The frame has come to its end.
    update(&mut state, Input::Passed(10_000));
    let mut buffer = Buffer::empty(state.area());
    view::draw(&state, &mut buffer);
    match how.as_str() {
        "text" | "ascii" => print!("{}", svg::text(&buffer)),
        _ => print!("{}", svg::svg(&buffer)),
    }
}
