//! From what the terminal reports to what the library takes in.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use sim_tui::input::{Input, Key};
use sim_tui::state::State;
use sim_tui::update::update;

/// Takes a report in.
pub fn take(state: &mut State, event: &Event) {
    match event {
        // Windows reports the release of a key as well.
        Event::Key(own) if own.kind != KeyEventKind::Release => {
            if let Some(key) = key(own) {
                update(state, Input::Key(key));
            }
        }
        Event::Resize(width, height) => update(state, Input::Size(*width, *height)),
        Event::Paste(text) => {
            for own in text.chars().filter(|own| !own.is_control()) {
                update(state, Input::Key(Key::Char(own)));
            }
        }
        Event::Mouse(own) => {
            let (x, y) = (own.column, own.row);
            match own.kind {
                MouseEventKind::Down(MouseButton::Left)
                | MouseEventKind::Drag(MouseButton::Left) => {
                    update(state, Input::Press(x, y));
                }
                MouseEventKind::ScrollDown => update(state, Input::Wheel(x, y, true)),
                MouseEventKind::ScrollUp => update(state, Input::Wheel(x, y, false)),
                _ => {}
            }
        }
        _ => {}
    }
}

fn key(own: &KeyEvent) -> Option<Key> {
    let (ctrl, shift) = (
        own.modifiers.contains(KeyModifiers::CONTROL),
        own.modifiers.contains(KeyModifiers::SHIFT),
    );
    Some(match own.code {
        KeyCode::Char(letter) if ctrl => Key::Ctrl(letter.to_ascii_lowercase()),
        KeyCode::Char(_) if own.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Left if shift => Key::ShiftLeft,
        KeyCode::Right if shift => Key::ShiftRight,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}
