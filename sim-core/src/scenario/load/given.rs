//! The parameters that a file gives: `let`, and `vary` for when they are drawn.

use std::collections::BTreeMap;

use super::Loader;
use crate::scenario::Vary;
use crate::scenario::mapped::Mapped;
use crate::scenario::outline::{Kind, Value};
use crate::scenario::params;
use crate::text;
use crate::text::Text;

/// What to do with two that exclude each other.
fn keep_one() -> Text {
    text!("keep one of them", "只保留一个")
}

impl Loader<'_, '_> {
    /// `let` in the order of the file, each value after those before it; then what is drawn.
    pub(super) fn read_params(&mut self, seed: u64, draw: bool) {
        let vary: BTreeMap<String, Vary> = self.peek("vary").unwrap_or_default();
        for (key, value) in self.entries("let") {
            if key.kind != Kind::Text || value.kind != Kind::Text {
                continue;
            }
            let name = Mapped::literal(self.source.text, key.range.clone()).text().to_owned();
            let path = format!("let.{name}");
            if !params::is_name(&name) || name == "i" {
                let help = match name.as_str() {
                    "i" => {
                        text!("$i is the number of a node in Repeat", "$i 是 Repeat 中节点的编号")
                    }
                    _ => text!(
                        "letters, digits and _, and no digit first",
                        "字母、数字和 _，首字符不能是数字"
                    ),
                };
                let what = (text!("not a name for a parameter", "不能作参数名"), help);
                self.error(key.range.clone(), &path, what);
            } else if self.params.contains_key(&name) {
                let what = (text!("`{name}` is set twice", "`{name}` 设置了两次"), keep_one());
                self.error(key.range.clone(), &path, what);
            }
            let content = Mapped::literal(self.source.text, value.range.clone());
            if self.uses_unset(value) {
                self.unset.push(name.clone());
            }
            let drawn =
                vary.get(&name).filter(|_| draw).map(|vary| params::draw(seed, &name, vary));
            match (drawn, params::fill(&content, &self.params)) {
                (Some(drawn), Ok(_)) => self.params.insert(name, drawn),
                (None, Ok(filled)) => self.params.insert(name, filled.text().into()),
                (_, Err((at, message, help))) => {
                    let used = self.source.text[at.clone()].trim_matches(['$', '{', '}']);
                    let what = self.set_later(used, &name).unwrap_or((message, help));
                    self.error(at, &path, what);
                    self.unset.push(name.clone());
                    self.params.insert(name, String::new())
                }
            };
        }
        self.check_vary(&vary);
    }

    /// What is wrong where the value of `own` names a parameter that is set, but not yet.
    fn set_later(&self, used: &str, own: &str) -> Option<(Text, Text)> {
        let text = self.source.text;
        let named = |key: &Value| Mapped::literal(text, key.range.clone()).text() == used;
        if !self.entries("let").iter().any(|(key, _)| key.kind == Kind::Text && named(key)) {
            return None;
        }
        let message = text!("`${used}` is used before it is set", "`${used}` 在设置之前就用到了");
        let help = match used == own {
            true => text!("a value cannot name itself", "值不能引用自己"),
            false => text!("put `{used}` before `{own}`", "把 `{used}` 移到 `{own}` 之前"),
        };
        Some((message, help))
    }

    fn check_vary(&mut self, vary: &BTreeMap<String, Vary>) {
        let mut seen = Vec::new();
        for (key, value) in self.entries("vary") {
            if key.kind != Kind::Text {
                continue;
            }
            let name = Mapped::literal(self.source.text, key.range.clone()).text().to_owned();
            let path = format!("vary.{name}");
            if seen.contains(&name) {
                let what =
                    (text!("`{name}` is varied twice", "`{name}` 在 vary 中出现两次"), keep_one());
                self.error(key.range.clone(), &path, what);
            }
            if !self.params.contains_key(&name) {
                let help = text!(
                    "add it to let: {{\"{name}\": \"…\"}}, for when nothing is drawn",
                    "在 let 中加上 {{\"{name}\": \"…\"}}，不抽取时用它"
                );
                let what =
                    (text!("`{name}` has no value under let", "`{name}` 在 let 中没有值"), help);
                self.error(key.range.clone(), &path, what);
            }
            if let Some(Vary::Range(first, last)) = vary.get(&name)
                && first > last
            {
                let help = text!("write Range({last}, {first})", "写成 Range({last}, {first})");
                let what = (text!("an empty range", "空的范围"), help);
                self.error(value.range.clone(), &path, what);
            }
            seen.push(name);
        }
    }
}
