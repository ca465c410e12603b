//! `modprobe`: loads a module. All of them are there already; only these leave something to see:
//! `ipip` the interface `tunl0`, `ip_vs_lblc` and `ip_vs_lblcr` a setting.

use std::fmt;

use lvs_engine::Scheduler;

use super::error::CommandError;
use super::word::Word;
use crate::Text;

/// Modules to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modprobe {
    /// Their names; several are loaded by `-a`.
    pub modules: Vec<String>,
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
        let is = |word: &Word, names: &[&str]| names.contains(&word.text.as_str());
        let (all, typed) = match &words[1..] {
            [option, rest @ ..] if is(option, &["-a", "--all"]) => (true, rest),
            rest => (false, rest),
        };
        let typed = match typed {
            [dashes, rest @ ..] if is(dashes, &["--"]) => rest,
            rest => rest,
        };
        let [_, rest @ ..] = typed else {
            let message = "modprobe: ERROR: missing parameters. See -h.";
            return Err(CommandError::tool(&words[0].span, 1, message).help(shape()));
        };
        let option = typed.iter().find(|word| word.text.starts_with('-'));
        if let Some(word) = option.or(rest.first().filter(|_| !all)) {
            return Err(CommandError::not_simulated(word, 1).help(shape()));
        }
        let modules = typed.iter().map(|name| module(name, all)).collect::<Result<_, _>>()?;
        Ok(Self { modules })
    }
}

fn shape() -> Text {
    Text::same("modprobe NAME, modprobe -a NAME NAME")
}

/// The module of a name.
fn module(name: &Word, all: bool) -> Result<String, CommandError> {
    // Module names may be typed with dashes.
    let module = name.text.replace('-', "_");
    if LACKING.contains(&module.as_str()) {
        return Err(CommandError::not_simulated(name, 1));
    }
    let known = known();
    if !known.contains(&module) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let grave = if all { "WARNING" } else { "FATAL" };
        let message = format!("modprobe: {grave}: Module {} not found.", name.text);
        return Err(CommandError::tool(&name.span, 1, message).known(&module, &known));
    }
    Ok(module)
}

/// The names that can be typed.
pub(super) fn known() -> Vec<String> {
    let schedulers = Scheduler::NAMES.iter().map(|name| format!("ip_vs_{name}"));
    MODULES.iter().map(|&name| name.to_owned()).chain(schedulers).collect()
}

impl fmt::Display for Modprobe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = if self.modules.len() > 1 { "-a " } else { "" };
        write!(f, "modprobe {all}{}", self.modules.join(" "))
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
            ("modprobe -a ip_vs ip-vs-rr ipip", "modprobe -a ip_vs ip_vs_rr ipip"),
            ("modprobe --all -- ip_vs", "modprobe ip_vs"),
        ]);
        refuses(&[
            ("modprobe", "modprobe", 1, "modprobe: ERROR: missing parameters. See -h."),
            ("modprobe nope", "nope", 1, "modprobe: FATAL: Module nope not found."),
            ("modprobe ip_vs_ftp", "ip_vs_ftp", 1, "not simulated: ip_vs_ftp"),
            ("modprobe -a ip_vs nope", "nope", 1, "modprobe: WARNING: Module nope not found."),
            ("modprobe -a", "modprobe", 1, "modprobe: ERROR: missing parameters. See -h."),
            ("modprobe -a ipip -r", "-r", 1, "not simulated: -r"),
            ("modprobe -a -r ipip", "-r", 1, "not simulated: -r"),
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
