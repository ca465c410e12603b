//! All keys, from the table of actions; and what the signs mean.

use ratatui::layout::Rect;
use sim_core::Lang;
use unicode_width::UnicodeWidthStr;

use super::pen::{Line, Pen, hanging, line, pad};
use crate::action::{Binding, TABLE, Where, keys_of};
use crate::layout::inside;
use crate::session::Mark;
use crate::state::State;
use crate::theme::{Glyphs, Role};

/// The signs with their meanings.
const SIGNS: [(Mark, &str, &str); 6] = [
    (Mark::Warning, "not as LVS needs it: there is a cure", "不合 LVS 的要求：有处理办法"),
    (Mark::Drop, "thrown away or refused", "被丢弃或拒绝"),
    (
        Mark::Rewrite,
        "IPVS edits the packet; in FRAME: a hop has changed the field",
        "IPVS 改写了报文；在“帧”中：这一跳改了该字段",
    ),
    (Mark::Served, "a client was served", "客户端得到应答"),
    (Mark::Story, "the story speaks", "故事的话"),
    (Mark::Failed, "an expectation does not hold", "预期不成立"),
];

fn area(state: &State) -> Rect {
    let area = state.area();
    let width = area.width.min(104);
    let height = area.height - 2;
    Rect::new((area.width - width) / 2, 1, width, height)
}

/// All lines.
pub fn rows(state: &State) -> Vec<Line> {
    let (lang, width) = (state.lang, usize::from(inside(area(state)).width));
    let key = |key: &crate::input::Key| match state.glyphs {
        Glyphs::Unicode => key.name(),
        Glyphs::Ascii => key.ascii(),
    };
    let mut rows = Vec::new();
    for (row, place) in state.at().places().iter().enumerate() {
        let (en, zh) = match place {
            Where::Everywhere => ("Everywhere", "在任何地方"),
            _ if row == 0 => ("On this screen", "在此屏幕"),
            _ => ("In a walkthrough", "在步进中"),
        };
        let is_here = |own: &&Binding| own.at == *place && own.works(state.at());
        let here = TABLE.iter().filter(is_here).map(|own| {
            let keys: Vec<String> = keys_of(own, state.at()).map(key).collect();
            (own, keys)
        });
        let mut here = here.filter(|(_, keys)| !keys.is_empty()).peekable();
        if here.peek().is_none() {
            continue;
        }
        rows.push(line(lang.pick(en, zh), Role::Focus));
        for (own, keys) in here {
            let mark = format!(" {} ", pad(&keys.join(" "), 14));
            rows.extend(
                hanging(&mark, Role::BarKey, own.help().of(lang), width, Role::Text)
                    .into_iter()
                    .map(plain_key),
            );
        }
        rows.push(Line::new());
    }
    rows.push(line(lang.pick("Signs", "符号"), Role::Focus));
    for (mark, en, zh) in SIGNS {
        let head = format!(" {} ", pad(mark.sign().trim(), 14));
        rows.extend(hanging(&head, Role::Strong, lang.pick(en, zh), width, Role::Text));
    }
    rows.push(Line::new());
    rows.push(line(lang.pick("Filters", "过滤器"), Role::Focus));
    for (words, en, zh) in FILTERS {
        let head = format!(" {} ", pad(words, 38));
        rows.extend(hanging(
            &head,
            Role::Strong,
            lang.pick(en, zh),
            width.max(head.width() + 8),
            Role::Text,
        ));
    }
    rows
}

/// A key on the ground of the page.
fn plain_key(mut line: Line) -> Line {
    if let Some((_, role)) = line.first_mut() {
        *role = Role::Strong;
    }
    line
}

/// Filters to begin with.
const FILTERS: [(&str, &str, &str); 6] = [
    (
        "arp || tcp.port == 80",
        "Wireshark's words, and fields as FRAME names them",
        "Wireshark 的写法，字段名与“帧”中相同",
    ),
    ("ip.addr == 192.0.2.1 && !tcp", "&& || ! and parentheses", "&& || ! 和括号"),
    ("node == rs1 || from == rs1", "who got it, who sent it", "谁收到，谁发出"),
    ("reason contains arp.reply", "by the code of a decision", "按判定的代码"),
    ("drop  warning  rewrite  served", "by the sign", "按符号"),
    ("typed  story  frame", "by kind", "按种类"),
];

/// Draws the keys above the screen.
pub fn draw(state: &State, pen: &mut Pen<'_>) {
    let area = area(state);
    pen.fill(area, Role::Text);
    let title = match state.lang {
        Lang::En => "Keys   Esc closes, ↑ ↓ scroll, : finds by name",
        Lang::Zh => "按键   Esc 关闭，↑ ↓ 滚动，: 按名字查找",
    };
    pen.frame(area, &[(title.into(), Role::Focus)], true);
    let rows = rows(state);
    pen.scrolled(inside(area), &rows, usize::from(state.help.unwrap_or(0)));
}
