//! `modprobe`: loads a module. All of them are there already; only `ipip` leaves something to see,
//! the interface `tunl0`.

use std::fmt;

use super::error::CommandError;
use super::word::Word;
use crate::Text;

/// A module to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modprobe {
    /// Its name.
    pub module: String,
}

/// The modules that this simulator stands for.
#[rustfmt::skip]
pub const MODULES: [&str; 11] = [
    "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ipip", "tunnel4", "nf_conntrack", "nf_nat", "bridge",
    "dummy",
];

impl Modprobe {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let [name, rest @ ..] = &words[1..] else {
            let message = "modprobe: ERROR: missing parameters. See -h.";
            return Err(CommandError::tool(&words[0].span, 1, message).known("", &MODULES));
        };
        if name.text.starts_with('-') {
            return Err(CommandError::not_simulated(name, 1).help(Text::same("modprobe NAME")));
        }
        if let Some(parameter) = rest.first() {
            return Err(CommandError::not_simulated(parameter, 1).help(Text::same("modprobe NAME")));
        }
        // Module names may be typed with dashes.
        let module = name.text.replace('-', "_");
        if !MODULES.contains(&module.as_str()) {
            let message = format!("modprobe: FATAL: Module {} not found.", name.text);
            return Err(CommandError::tool(&name.span, 1, message).known(&module, &MODULES));
        }
        Ok(Self { module })
    }
}

impl fmt::Display for Modprobe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "modprobe {}", self.module)
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn knows_its_modules() {
        prints(&[("modprobe ipip", "modprobe ipip"), ("modprobe ip-vs-rr", "modprobe ip_vs_rr")]);
        refuses(&[
            ("modprobe", "modprobe", 1, "modprobe: ERROR: missing parameters. See -h."),
            ("modprobe nope", "nope", 1, "modprobe: FATAL: Module nope not found."),
            ("modprobe -r ipip", "-r", 1, "not simulated: -r"),
            (
                "modprobe ip_vs conn_tab_bits=20",
                "conn_tab_bits=20",
                1,
                "not simulated: conn_tab_bits=20",
            ),
        ]);
    }
}
