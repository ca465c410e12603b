//! What comes in from outside: keys, the mouse, time that has passed, another size.

use sim_core::{Text, text};

/// A key, named so that neither a terminal nor a browser need be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A character, upper case with Shift.
    Char(char),
    /// A character with Control.
    Ctrl(char),
    /// Arrow to the left.
    Left,
    /// Arrow to the right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// The same with Shift.
    ShiftLeft,
    /// The same with Shift.
    ShiftRight,
    /// To the begin.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Takes the character before.
    Backspace,
    /// Takes the character behind.
    Delete,
}

impl Key {
    /// As help shows it.
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "space".into(),
            Self::Char(own) => own.into(),
            Self::Ctrl(own) => format!("ctrl+{own}"),
            Self::Left => "←".into(),
            Self::Right => "→".into(),
            Self::Up => "↑".into(),
            Self::Down => "↓".into(),
            Self::ShiftLeft => "shift+←".into(),
            Self::ShiftRight => "shift+→".into(),
            Self::PageUp => "PgUp".into(),
            Self::PageDown => "PgDn".into(),
            Self::Backspace => "backspace".into(),
            Self::BackTab => "shift+Tab".into(),
            own => format!("{own:?}"),
        }
    }

    /// The same where only ASCII is drawn.
    pub fn ascii(self) -> String {
        match self {
            Self::Left => "left".into(),
            Self::Right => "right".into(),
            Self::Up => "up".into(),
            Self::Down => "down".into(),
            Self::ShiftLeft => "shift+left".into(),
            Self::ShiftRight => "shift+right".into(),
            own => own.name(),
        }
    }
}

/// Something that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// The mouse was pressed, or moved while pressed, in this column and row.
    Press(u16, u16),
    /// The wheel was turned there; down is forward.
    Wheel(u16, u16, bool),
    /// So many milliseconds have passed. Only sent while [`crate::state::State::wants_time`].
    Passed(u32),
    /// The screen has another size: columns and rows.
    Size(u16, u16),
}

/// Keys as text: characters stand for themselves, others stand in angle brackets by their names, `<<` for `<`.
///
/// ```
/// use sim_tui::input::{Key, keys};
/// assert_eq!(keys("/arp<Enter><<"), [Key::Char('/'), Key::Char('a'), Key::Char('r'), Key::Char('p'), Key::Enter, Key::Char('<')]);
/// ```
///
/// # Panics
/// If there is no such key: this is for tests.
pub fn keys(text: &str) -> Vec<Key> {
    read_keys(text).unwrap_or_else(|wrong| panic!("{}", wrong.en))
}

/// The same of what a person wrote.
///
/// # Errors
/// Which key there is not, and which there are.
pub fn read_keys(text: &str) -> Result<Vec<Key>, Text> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        let key = match (first, rest.strip_prefix('<')) {
            ('<', Some(behind)) => {
                rest = behind;
                Key::Char('<')
            }
            ('<', None) => {
                let (name, behind) = rest.split_once('>').ok_or_else(|| unknown(rest))?;
                rest = behind;
                NAMED.iter().find(|(own, _)| *own == name).ok_or_else(|| unknown(name))?.1
            }
            (own, _) if own.is_control() => return Err(unknown(&own.escape_default().to_string())),
            (own, _) => Key::Char(own),
        };
        found.push(key);
    }
    Ok(found)
}

fn unknown(name: &str) -> Text {
    let all = NAMED.map(|(own, _)| format!("<{own}>")).join(" ");
    text!(
        "no key <{name}>: a character stands for itself, `<<` for `<`, others are {all}",
        "没有按键 <{name}>：字符代表自己，`<<` 代表 `<`，其余为 {all}"
    )
}

/// Keys by name.
const NAMED: [(&str, Key); 18] = [
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("S-Left", Key::ShiftLeft),
    ("S-Right", Key::ShiftRight),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PgUp", Key::PageUp),
    ("PgDn", Key::PageDown),
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("S-Tab", Key::BackTab),
    ("BS", Key::Backspace),
    ("Del", Key::Delete),
    ("Space", Key::Char(' ')),
    ("C-c", Key::Ctrl('c')),
];
