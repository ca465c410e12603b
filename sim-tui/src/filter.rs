//! Filters over steps, in Wireshark's words: `arp || tcp.port == 80`, `ip.addr == 172.16.100.100 && !drop`.
//!
//! A field is named as in the FRAME pane; `node`, `from`, `reason`, `step` and the signs of EVENTS are our additions. A filter
//! about fields says nothing about steps without a frame: `!arp` leaves commands and the story in.

use std::ops::Range;

use sim_core::event::NodeId;
use sim_core::trace::Note;
use sim_core::{Text, text};

use crate::fields::fields;
use crate::session::{Kind, Mark, Session};

/// Which steps are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Expr);

/// Why a filter was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFilter {
    /// Which bytes of it are meant.
    pub at: Range<usize>,
    /// What is wrong, and what to write instead.
    pub message: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    Word(Word),
    Test { name: String, op: Op, value: String },
}

/// A word that stands for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// A layer: some field's name begins so.
    Layer(&'static str),
    Mark(Mark),
    Frame,
    Typed,
    Story,
}

const WORDS: [(&str, Word); 16] = [
    ("arp", Word::Layer("arp.")),
    ("ip", Word::Layer("ip.")),
    ("tcp", Word::Layer("tcp.")),
    ("udp", Word::Layer("udp.")),
    ("icmp", Word::Layer("icmp.")),
    ("gre", Word::Layer("gre.")),
    ("frame", Word::Frame),
    ("typed", Word::Typed),
    ("story", Word::Story),
    ("drop", Word::Mark(Mark::Drop)),
    ("x", Word::Mark(Mark::Drop)),
    ("warning", Word::Mark(Mark::Warning)),
    ("rewrite", Word::Mark(Mark::Rewrite)),
    ("edit", Word::Mark(Mark::Rewrite)),
    ("served", Word::Mark(Mark::Served)),
    ("failed", Word::Mark(Mark::Failed)),
];

/// Names that are no field of a frame.
const OWN: [&str; 4] = ["node", "from", "reason", "step"];

/// Names that mean either of two fields.
const EITHER: [(&str, [&str; 2]); 5] = [
    ("ip.addr", ["ip.src", "ip.dst"]),
    ("eth.addr", ["eth.src", "eth.dst"]),
    ("tcp.port", ["tcp.srcport", "tcp.dstport"]),
    ("udp.port", ["udp.srcport", "udp.dstport"]),
    ("arp.addr", ["arp.src.proto_ipv4", "arp.dst.proto_ipv4"]),
];

/// The fields that can be asked for, as help names them.
const FIELDS: &str = "eth.addr eth.src eth.dst arp.opcode arp.addr ip.addr ip.src ip.dst ip.ttl ip.len tcp.port tcp.flags udp.port icmp.type";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
}

const OPS: [(&str, Op); 13] = [
    ("==", Op::Equal),
    ("eq", Op::Equal),
    ("!=", Op::Unequal),
    ("ne", Op::Unequal),
    ("<=", Op::AtMost),
    ("le", Op::AtMost),
    (">=", Op::AtLeast),
    ("ge", Op::AtLeast),
    ("<", Op::Less),
    ("lt", Op::Less),
    (">", Op::More),
    ("gt", Op::More),
    ("contains", Op::Contains),
];

impl Filter {
    /// Reads a filter.
    ///
    /// ```
    /// use sim_tui::filter::Filter;
    /// assert!(Filter::parse("arp || tcp.port == 80 && !(node == rs1)").is_ok());
    /// assert_eq!(Filter::parse("tcp.prot == 80").unwrap_err().at, 0..8);
    /// ```
    ///
    /// # Errors
    /// Which words are not understood, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let mut parser = Parser { tokens: tokens(text), at: 0, end: text.len() };
        let expr = parser.any()?;
        match parser.peek() {
            None => Ok(Self(expr)),
            Some((word, at)) => {
                let (word, at) = (word.to_owned(), at.clone());
                let message = text!("`{word}`: expected && or ||", "`{word}`：此处应为 && 或 ||");
                Err(BadFilter { at, message })
            }
        }
    }

    /// Whether it lets a step through.
    pub fn lets_through(&self, session: &Session, step: usize) -> bool {
        self.0.holds(session, step)
    }

    /// The steps that it lets through, in order.
    pub fn steps(&self, session: &Session) -> Vec<u32> {
        let all = 0..session.steps().len();
        all.filter(|step| self.lets_through(session, *step)).map(|step| step as u32).collect()
    }
}

impl Expr {
    fn holds(&self, session: &Session, step: usize) -> bool {
        match self {
            Self::Or(all) => all.iter().any(|own| own.holds(session, step)),
            Self::And(all) => all.iter().all(|own| own.holds(session, step)),
            Self::Not(own) => !own.holds(session, step),
            Self::Word(word) => word.holds(session, step),
            Self::Test { name, op, value } => test(session, step, name, *op, value),
        }
    }
}

impl Word {
    fn holds(self, session: &Session, step: usize) -> bool {
        let own = &session.steps()[step];
        match self {
            Self::Mark(Mark::Rewrite) => {
                session.entries(step).iter().any(|entry| matches!(entry.what, Note::Rewrite(_)))
            }
            Self::Mark(mark) => own.mark == mark,
            Self::Frame => matches!(own.kind, Kind::Frame { .. }),
            Self::Typed => own.kind == Kind::Typed,
            Self::Story => matches!(own.kind, Kind::Story(_) | Kind::Expected { .. }),
            Self::Layer(layer) => session.frame(step).is_some_and(|frame| {
                // Inside a tunnel as well; what an error quotes is no packet of its own.
                fields(frame.bytes.bytes())
                    .iter()
                    .any(|own| own.name.trim_start_matches("inner.").starts_with(layer))
            }),
        }
    }
}

fn test(session: &Session, step: usize, name: &str, op: Op, value: &str) -> bool {
    let own = &session.steps()[step];
    let is_node =
        |node: Option<NodeId>| node.is_some_and(|node| op.compare(session.name(node), value));
    match name {
        "node" => is_node(own.node),
        "from" => match own.kind {
            Kind::Frame { from, .. } => is_node(from),
            _ => false,
        },
        "step" => op.compare(&(step + 1).to_string(), value),
        "reason" => session.entries(step).iter().any(|entry| match &entry.what {
            Note::Why(reason) => op.compare(reason.code(), value),
            _ => false,
        }),
        name => {
            let Some(frame) = session.frame(step) else { return false };
            let either = EITHER.iter().find(|(own, _)| *own == name).map(|(_, names)| names);
            let is_it = |field: &str| {
                let field = field.trim_start_matches("inner.");
                either.map_or(field == name, |names| names.contains(&field))
            };
            let fields = fields(frame.bytes.bytes());
            let mut values =
                fields.iter().filter(|field| is_it(&field.name)).map(|field| field.value.as_str());
            // As in Wireshark, `!=` holds if no field of the name is so.
            match op {
                Op::Unequal => {
                    values.clone().next().is_some() && values.all(|own| op.compare(own, value))
                }
                _ => values.any(|own| op.compare(own, value)),
            }
        }
    }
}

impl Op {
    fn compare(self, own: &str, value: &str) -> bool {
        if self == Self::Contains {
            return own.contains(value);
        }
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse::<u64>().ok(),
        };
        let order = match (number(own), number(value)) {
            (Some(own), Some(value)) => own.cmp(&value),
            _ => own.cmp(value),
        };
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Contains => false,
        }
    }
}

/// The words and signs of a filter with their places.
fn tokens(text: &str) -> Vec<(&str, Range<usize>)> {
    const SIGNS: [&str; 11] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")"];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        let len = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            sign.len()
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else {
            rest.find(|own: char| own.is_whitespace() || "&|=!<>()".contains(own))
                .unwrap_or(rest.len())
                .max(first.len_utf8())
        };
        found.push((&rest[..len], at..at + len));
        at += len;
    }
    found
}

struct Parser<'a> {
    tokens: Vec<(&'a str, Range<usize>)>,
    at: usize,
    end: usize,
}

type Parsed = Result<Expr, BadFilter>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&(&'a str, Range<usize>)> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let is_it = self.peek().is_some_and(|(word, _)| words.contains(word));
        self.at += usize::from(is_it);
        is_it
    }

    fn any(&mut self) -> Parsed {
        let mut all = vec![self.all()?];
        while self.take(&["||", "or"]) {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::Or(all) })
    }

    fn all(&mut self) -> Parsed {
        let mut all = vec![self.one()?];
        while self.take(&["&&", "and"]) {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn one(&mut self) -> Parsed {
        let mut nots = 0;
        while self.take(&["!", "not"]) {
            nots += 1;
        }
        let inner = if self.take(&["("]) {
            let inner = self.any()?;
            if !self.take(&[")"]) {
                let at = self.peek().map_or(self.end..self.end, |(_, at)| at.clone());
                return Err(BadFilter { at, message: text!("a ) is missing", "缺少 )") });
            }
            inner
        } else {
            self.test()?
        };
        Ok(if nots % 2 == 1 { Expr::Not(Box::new(inner)) } else { inner })
    }

    fn test(&mut self) -> Parsed {
        let words = || WORDS.map(|(word, _)| word).join(" ");
        let Some((name, at)) = self.peek().cloned() else {
            let known = words();
            let message =
                text!("a word is missing: {known}, or a field", "缺少一个词：{known}，或字段");
            return Err(BadFilter { at: self.end..self.end, message });
        };
        self.at += 1;
        let op = self
            .peek()
            .and_then(|(word, _)| OPS.iter().find(|(own, _)| own == word))
            .map(|(_, op)| *op);
        let Some(op) = op else {
            let word = WORDS.iter().find(|(own, _)| *own == name);
            return word.map(|(_, word)| Expr::Word(*word)).ok_or_else(|| {
                let known = words();
                let message = text!(
                    "`{name}` is no word of a filter; known: {known}, or `field == value`",
                    "`{name}` 不是过滤器的词；可用：{known}，或 `字段 == 值`"
                );
                BadFilter { at, message }
            });
        };
        self.at += 1;
        if !is_name(name) {
            let own = OWN.join(" ");
            let message = text!(
                "`{name}` is no field; known: {own} {FIELDS} …",
                "没有字段 `{name}`；可用：{own} {FIELDS} …"
            );
            return Err(BadFilter { at, message });
        }
        let Some((value, _)) = self.peek().cloned() else {
            let message = text!("a value is missing behind `{name}`", "`{name}` 后面缺少值");
            return Err(BadFilter { at: self.end..self.end, message });
        };
        self.at += 1;
        Ok(Expr::Test { name: name.into(), op, value: value.trim_matches('"').into() })
    }
}

/// Whether something has this name: a field of some header, or one of ours.
fn is_name(name: &str) -> bool {
    let plain = name.trim_start_matches("inner.").trim_start_matches("quoted.");
    OWN.contains(&name)
        || EITHER.iter().any(|(own, _)| *own == name)
        || crate::fields::is_known(plain)
}

#[cfg(test)]
mod tests {
    use sim_core::story::open;

    use super::*;
    use crate::scenarios::SHIPPED;

    #[test]
    #[rustfmt::skip]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (filter, at, words) in [
            ("",                   0..0,   "a word is missing"),
            ("arp &&",             6..6,   "a word is missing"),
            ("arp tcp",            4..7,   "expected && or ||"),
            ("(arp",               4..4,   "a ) is missing"),
            ("tcp.prot == 80",     0..8,   "no field"),
            ("banana",             0..6,   "no word of a filter"),
            ("ip.addr ==",         10..10, "a value is missing"),
        ] {
            let bad = Filter::parse(filter).expect_err(filter);
            assert_eq!(bad.at, at, "{filter}");
            assert!(bad.message.en.contains(words), "{filter}: {}", bad.message.en);
        }
    }

    #[test]
    #[rustfmt::skip]
    fn filters_let_through_what_they_say() {
        let (name, text) = SHIPPED.iter().find(|(own, _)| *own == "dr/arp-walk").expect("it is shipped");
        let session = Session::new(open(name, text, None, false).expect("it loads")).expect("it is set up");
        let count = |filter: &str| Filter::parse(filter).expect(filter).steps(&session).len();
        let all = session.steps().len();
        assert_eq!(count("arp") + count("ip"), count("frame"), "there is nothing else here");
        assert_eq!(count("frame") + count("!frame"), all);
        assert_eq!(count("tcp.port == 80"), count("tcp"));
        assert_eq!(count("arp && tcp"), 0);
        assert_eq!(count("arp or tcp"), count("arp || tcp"));
        assert_eq!(count("ip.ttl < 64") + count("ip.ttl >= 64"), count("ip"));
        assert!(count("reason contains arp.reply") > 0);
        assert!(count("reason == arp.reply.any-interface") <= count("reason contains arp.reply"));
        assert!(count("node == rs1 && arp") > 0 && count("from == rs1") > 0);
        assert_eq!(count("step <= 3"), 3);
        assert_eq!(count("not (arp or ip) and typed"), count("typed"));
        assert_eq!(count("arp.dst.proto_ipv4 == 172.16.100.100 && eth.dst == ff:ff:ff:ff:ff:ff") , count("arp.opcode == 1 and arp.addr == 172.16.100.100 and eth.dst contains ff:ff and !(arp.dst.proto_ipv4 == 172.16.100.254)"));
    }
}
