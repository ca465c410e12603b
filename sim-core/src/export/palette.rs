//! The colours of pictures and pages, on light and on dark ground.
//!
//! Colour is never the only carrier: each meaning has a sign, a word or a kind of stroke besides. A test holds every colour
//! of text to a contrast of 4.5 to 1 against every ground (WCAG 2.1, 1.4.3).

/// The colours of one theme, as `#rrggbb`.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Ground.
    pub paper: &'static str,
    /// Ground of what is set apart: headings, the selected.
    pub band: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Text of less weight.
    pub soft: &'static str,
    /// Lines that carry no text.
    pub line: &'static str,
    /// What a hop has changed.
    pub edit: &'static str,
    /// What was dropped or failed.
    pub bad: &'static str,
    /// What went well.
    pub good: &'static str,
    /// ARP.
    pub arp: &'static str,
    /// IP.
    pub ip: &'static str,
}

/// On light ground.
pub const LIGHT: Palette = Palette {
    paper: "#ffffff",
    band: "#eef2f7",
    ink: "#1a1c1f",
    soft: "#50565e",
    line: "#9aa3ad",
    edit: "#8a3b00",
    bad: "#a8001c",
    good: "#0a5c36",
    arp: "#5b2a86",
    ip: "#0b4f8a",
};

/// On dark ground.
pub const DARK: Palette = Palette {
    paper: "#16191d",
    band: "#232a33",
    ink: "#e8eaed",
    soft: "#b4bac2",
    line: "#78828d",
    edit: "#ffb066",
    bad: "#ff9aa2",
    good: "#7fd6a4",
    arp: "#d6b3ff",
    ip: "#8cc8ff",
};

impl Palette {
    /// The grounds that text stands on.
    pub fn grounds(&self) -> [&'static str; 2] {
        [self.paper, self.band]
    }

    /// The colours that text has, by name.
    pub fn texts(&self) -> [(&'static str, &'static str); 7] {
        [
            ("ink", self.ink),
            ("soft", self.soft),
            ("edit", self.edit),
            ("bad", self.bad),
            ("good", self.good),
            ("arp", self.arp),
            ("ip", self.ip),
        ]
    }
}
