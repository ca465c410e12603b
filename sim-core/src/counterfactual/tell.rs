//! A counterfactual in words: what would have made the difference, and what would not.

use std::fmt::Write;

use super::judge::Turned;
use super::rerun::Base;
use super::search::{Counterfactual, Tried};
use crate::explain;
use crate::scenario::Scenario;
use crate::text;
use crate::text::{Lang, Text};
use crate::whatif::When;

impl Turned {
    /// What has become of the verdict, as a clause.
    pub fn text(self) -> Text {
        match self {
            Self::Healed => {
                text!("and the command succeeds", "命令随之成功")
            }
            Self::Mended => text!("and nothing else goes wrong", "此外没有别的问题"),
            Self::Avoided => {
                text!("and no such packet comes here", "这样的报文就不会到这里")
            }
            Self::Later => {
                text!(
                    "and the packet gets further, to the next obstacle",
                    "报文走得更远，遇到下一个障碍"
                )
            }
            Self::Otherwise => {
                text!("and something else stops the packet here", "但这里还有别的原因挡住报文")
            }
            Self::AtACost => {
                text!("but a command fails that did not before", "但原本成功的命令会失败")
            }
            Self::Not => text!("nothing changes", "什么也没有变"),
        }
    }
}

/// What was found for a verdict, in lines: the verdict, the smallest change that turns it, and what
/// people try that does nothing.
pub fn tell(
    base: &Base,
    verdict: usize,
    tried: &Tried,
    misses: &[Counterfactual],
    lang: Lang,
) -> String {
    let own = &base.verdicts[verdict];
    let at = base.run.trace.events()[own.event].at;
    let title = explain::entry(own.code).map(|entry| lang.pick(entry.title.en, entry.title.zh));
    let mut text = String::new();
    let (node, title) = (base.node(own.node), title.unwrap_or_default());
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{at} {node} {}: {title}", own.code);
    match &tried.found {
        Some(found) => {
            let one = lang.pick("otherwise with", "这样就会不同");
            let two = lang.pick("otherwise only with both", "两条一起才会不同");
            let head = if found.changes.len() == 1 { one } else { two };
            line(&mut text, head, found, base, lang);
            let clause = found.turned.text();
            let _ = writeln!(text, "    {}", lang.pick(&clause.en, &clause.zh));
        }
        None => {
            let count = tried.knobs;
            let said = text!(
                "  no change makes a difference; {count} were tried",
                "  没有改动能带来不同；已试 {count} 种"
            );
            let _ = writeln!(text, "{}", lang.pick(&said.en, &said.zh));
        }
    }
    for miss in misses {
        line(&mut text, lang.pick("no difference with", "这样没有用"), miss, base, lang);
    }
    text
}

impl Counterfactual {
    /// The change, and when it is made.
    pub fn text(&self, scenario: &Scenario) -> Text {
        let changes: Vec<String> = self.changes.iter().map(ToString::to_string).collect();
        let changes = changes.join("; ");
        match self.when {
            When::Setup => text!("{changes}", "{changes}"),
            When::Before(step) => {
                let place = scenario.story.get(step).map_or(0, |step| step.origin.line);
                text!("{changes} (before line {place})", "{changes}（在第 {place} 行之前）")
            }
        }
    }
}

fn line(text: &mut String, head: &str, own: &Counterfactual, base: &Base, lang: Lang) {
    let _ = writeln!(text, "  {head}: {}", own.text(base.scenario()).of(lang));
}
