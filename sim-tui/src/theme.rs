//! Colours and signs.
//!
//! A palette is a list of pairs, text on ground, and a test computes the contrast of each: at least 4.5 to 1 (WCAG 2.1, 1.4.3).
//! Colours are those of the 256-colour cube, whose values are the same on every terminal. Colour never says what no sign says.

use ratatui::style::{Color, Modifier, Style};
use sim_core::Lang;

/// A palette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Soft colours on dark ground.
    #[default]
    Dark,
    /// Okabe and Ito's colours: told apart by those who see some colours alike.
    ColourBlind,
    /// Bright colours on black.
    Contrast,
    /// No colours: bold, reverse and underline.
    Mono,
}

/// What something on the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// Text of less weight.
    Soft,
    /// What stands out: names, keys.
    Strong,
    /// Frames of panes.
    Line,
    /// The frame of the pane that has the focus.
    Focus,
    /// Head and foot of the screen.
    Bar,
    /// A key in them.
    BarKey,
    /// The row or field that is selected.
    Selected,
    /// What a hop has changed.
    Edit,
    /// A warning.
    Warn,
    /// What was dropped or failed.
    Bad,
    /// What went well.
    Good,
    /// The frame on its way.
    Frame,
    /// ARP.
    Arp,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Soft,
        Self::Strong,
        Self::Line,
        Self::Focus,
        Self::Bar,
        Self::BarKey,
        Self::Selected,
        Self::Edit,
        Self::Warn,
        Self::Bad,
        Self::Good,
        Self::Frame,
        Self::Arp,
    ];
}

impl Theme {
    /// All of them, in the order in which one follows the other.
    pub const ALL: [Self; 4] = [Self::Dark, Self::ColourBlind, Self::Contrast, Self::Mono];

    /// The next one.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|own| *own == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::ColourBlind => "colour-blind",
            Self::Contrast => "contrast",
            Self::Mono => "mono",
        }
    }

    /// The same for people.
    pub fn title(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Dark => ("dark", "深色"),
            Self::ColourBlind => ("colour-blind safe", "色盲友好"),
            Self::Contrast => ("high contrast", "高对比度"),
            Self::Mono => ("no colours", "单色"),
        };
        lang.pick(en, zh)
    }

    /// How something looks.
    pub fn style(self, role: Role) -> Style {
        let style = Style::new();
        if self == Self::Mono {
            return match role {
                Role::Text | Role::Soft | Role::Line | Role::Arp | Role::Good => style,
                Role::Strong | Role::Focus | Role::Frame | Role::Edit => {
                    style.add_modifier(Modifier::BOLD)
                }
                Role::Warn | Role::Bad => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                Role::Bar | Role::Selected => style.add_modifier(Modifier::REVERSED),
                Role::BarKey => style.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            };
        }
        let (text, ground) = self.pair(role);
        let style = style.fg(Color::Indexed(text)).bg(Color::Indexed(ground));
        match role {
            Role::Strong | Role::Focus | Role::BarKey | Role::Frame | Role::Bad => {
                style.add_modifier(Modifier::BOLD)
            }
            _ => style,
        }
    }

    /// Text and ground of a role, as places in the 256 colours.
    #[rustfmt::skip]
    pub fn pair(self, role: Role) -> (u8, u8) {
        let (paper, bar, selected) = match self {
            Self::Dark => (234, 237, 24),
            Self::ColourBlind => (16, 236, 25),
            Self::Contrast | Self::Mono => (16, 16, 231),
        };
        let text = match self {
            Self::Dark => match role {
                Role::Text => 252, Role::Soft => 247, Role::Strong => 231, Role::Line => 245, Role::Focus => 117,
                Role::Bar => 252, Role::BarKey => 222, Role::Selected => 231, Role::Edit => 215, Role::Warn => 221,
                Role::Bad => 210, Role::Good => 114, Role::Frame => 123, Role::Arp => 183,
            },
            // Sky blue, orange, yellow, vermillion, bluish green, reddish purple.
            Self::ColourBlind => match role {
                Role::Text => 253, Role::Soft => 248, Role::Strong => 231, Role::Line => 246, Role::Focus => 74,
                Role::Bar => 253, Role::BarKey => 221, Role::Selected => 231, Role::Edit => 214, Role::Warn => 227,
                Role::Bad => 209, Role::Good => 79, Role::Frame => 117, Role::Arp => 175,
            },
            Self::Contrast | Self::Mono => match role {
                Role::Text | Role::Soft | Role::Strong | Role::Line | Role::Bar => 231, Role::Selected => 16,
                Role::Focus | Role::BarKey => 226, Role::Edit => 215, Role::Warn => 226,
                Role::Bad => 217, Role::Good => 120, Role::Frame => 123, Role::Arp => 219,
            },
        };
        let ground = match role {
            Role::Bar | Role::BarKey => bar,
            Role::Selected => selected,
            _ => paper,
        };
        (text, ground)
    }
}

/// Which characters are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Lines and arrows.
    #[default]
    Unicode,
    /// Only what every terminal has.
    Ascii,
}

/// The characters of a level.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "each name says which character it is")]
pub struct Signs {
    pub horizontal: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    pub bus: &'static str,
    pub from_left: &'static str,
    pub from_right: &'static str,
    pub from_both: &'static str,
    pub crossing: &'static str,
    pub frame: &'static str,
    pub heavy: &'static str,
    pub heavy_bus: &'static str,
    pub arrow: &'static str,
    pub right: &'static str,
    pub left: &'static str,
    pub more: &'static str,
    pub done: &'static str,
    pub to_do: &'static str,
    pub cursor: &'static str,
    pub play: &'static str,
    pub pause: &'static str,
}

impl Glyphs {
    /// The other level.
    pub fn other(self) -> Self {
        match self {
            Self::Unicode => Self::Ascii,
            Self::Ascii => Self::Unicode,
        }
    }

    /// Its characters, each one column wide.
    pub fn signs(self) -> &'static Signs {
        match self {
            Self::Unicode => &UNICODE,
            Self::Ascii => &ASCII,
        }
    }
}

static UNICODE: Signs = Signs {
    horizontal: "─",
    vertical: "│",
    top_left: "┌",
    top_right: "┐",
    bottom_left: "└",
    bottom_right: "┘",
    bus: "║",
    from_left: "╢",
    from_right: "╟",
    from_both: "╫",
    crossing: "╫",
    frame: "●",
    heavy: "━",
    heavy_bus: "┃",
    arrow: "→",
    right: "▶",
    left: "◀",
    more: "…",
    done: "━",
    to_do: "─",
    cursor: "●",
    play: "▶",
    pause: "‖",
};

static ASCII: Signs = Signs {
    horizontal: "-",
    vertical: "|",
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    bus: "|",
    from_left: "+",
    from_right: "+",
    from_both: "+",
    crossing: "+",
    frame: "#",
    heavy: "=",
    heavy_bus: "#",
    arrow: ">",
    right: ">",
    left: "<",
    more: ".",
    done: "=",
    to_do: "-",
    cursor: "#",
    play: ">",
    pause: "=",
};

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    /// Red, green and blue of one of the 256 colours, as xterm defines them.
    fn rgb(index: u8) -> [u32; 3] {
        let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * u32::from(part) };
        match index {
            16..=231 => {
                let cube = index - 16;
                [step(cube / 36), step(cube / 6 % 6), step(cube % 6)]
            }
            232..=255 => [8 + 10 * u32::from(index - 232); 3],
            _ => panic!("{index}: a terminal may give this colour any value"),
        }
    }

    /// Relative luminance (WCAG 2.1) in millionths; the power of 2.4 by a table of whole numbers.
    fn luminance(index: u8) -> u64 {
        #[expect(clippy::float_arithmetic, reason = "a formula of the standard, in a test")]
        let linear = |part: u32| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = rgb(index).map(linear);
        #[expect(clippy::float_arithmetic, reason = "a formula of the standard, in a test")]
        let sum = (0.2126 * red + 0.7152 * green + 0.0722 * blue) * 1e6;
        sum as u64
    }

    #[test]
    fn every_pair_can_be_read() {
        for theme in Theme::ALL {
            for role in Role::ALL {
                let (text, ground) = theme.pair(role);
                let (one, other) = (luminance(text), luminance(ground));
                let (light, dark) = (one.max(other) + 50_000, one.min(other) + 50_000);
                assert!(light * 10 >= dark * 45, "{theme:?} {role:?}: {} to 1", light / dark);
            }
        }
    }

    #[test]
    fn every_sign_is_one_column_wide() {
        for signs in [&UNICODE, &ASCII] {
            for sign in format!("{signs:?}").split('"').skip(1).step_by(2) {
                assert_eq!(sign.width(), 1, "{sign}");
            }
        }
        assert!(format!("{ASCII:?}").is_ascii());
    }
}
