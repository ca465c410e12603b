//! `modprobe`: loads a module. All of them are there already; only these leave something to see:
//! `ipip` the interface `tunl0`, `ip_vs_lblc` and `ip_vs_lblcr` a setting.

use std::fmt;

use lvs_engine::Scheduler;

use super::error::CommandError;
use super::word::Word;
use crate::Text;

/// A module to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modprobe {
    /// Its name.
    pub module: String,
}

/// The modules that this simulator stands for, besides `ip_vs_rr` and its like, one a scheduler.
#[rustfmt::skip]
pub const MODULES: [&str; 24] = [
    "ip_vs", "ipip", "tunnel4", "nf_conntrack", "nf_nat", "ip_tables", "iptable_raw", "iptable_mangle", "iptable_nat",
    "iptable_filter", "ipt_REJECT", "xt_comment", "xt_conntrack", "xt_CT", "xt_ipvs", "xt_mark", "xt_MASQUERADE",
    "xt_multiport", "xt_nat", "xt_REDIRECT", "xt_state", "xt_tcpudp", "bridge", "dummy",
];
/// Modules that Linux has, whose work is not simulated.
#[rustfmt::skip]
const LACKING: [&str; 9] = [
    "ip_vs_ftp", "ip_vs_pe_sip", "ip_gre", "gre", "fou", "sit", "sctp", "nf_conntrack_ftp", "nf_nat_ftp",
];

impl Modprobe {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let typed = match &words[1..] {
            [dashes, rest @ ..] if dashes.text == "--" => rest,
            all => all,
        };
        let [name, rest @ ..] = typed else {
            let message = "modprobe: ERROR: missing parameters. See -h.";
            return Err(
                CommandError::tool(&words[0].span, 1, message).help(Text::same("modprobe NAME"))
            );
        };
        if name.text.starts_with('-') {
            return Err(CommandError::not_simulated(name, 1).help(Text::same("modprobe NAME")));
        }
        if let Some(parameter) = rest.first() {
            return Err(CommandError::not_simulated(parameter, 1).help(Text::same("modprobe NAME")));
        }
        // Module names may be typed with dashes.
        let module = name.text.replace('-', "_");
        if LACKING.contains(&module.as_str()) {
            return Err(CommandError::not_simulated(name, 1));
        }
        let known = known();
        if !known.contains(&module) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("modprobe: FATAL: Module {} not found.", name.text);
            return Err(CommandError::tool(&name.span, 1, message).known(&module, &known));
        }
        Ok(Self { module })
    }
}

/// The names that can be typed.
pub(super) fn known() -> Vec<String> {
    let schedulers = Scheduler::NAMES.iter().map(|name| format!("ip_vs_{name}"));
    MODULES.iter().map(|&name| name.to_owned()).chain(schedulers).collect()
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
        prints(&[
            ("modprobe ipip", "modprobe ipip"),
            ("modprobe ip-vs-mh", "modprobe ip_vs_mh"),
            ("modprobe -- xt_ipvs", "modprobe xt_ipvs"),
        ]);
        refuses(&[
            ("modprobe", "modprobe", 1, "modprobe: ERROR: missing parameters. See -h."),
            ("modprobe nope", "nope", 1, "modprobe: FATAL: Module nope not found."),
            ("modprobe ip_vs_ftp", "ip_vs_ftp", 1, "not simulated: ip_vs_ftp"),
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
