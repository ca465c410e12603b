//! What a lab can begin with: bare machines, or any scenario without what makes it a lesson.

use sim_core::scenario::{Located, Scenario, Step};
use sim_core::story::open;
use sim_core::{Text, text};

use crate::scenarios::SHIPPED;

/// The templates: name, what it is, and its file.
#[rustfmt::skip]
const TEMPLATES: [(&str, &str, &str, &str); 4] = [
    ("empty", "one client, nothing else", "只有一台客户端", include_str!("empty.ron")),
    ("nat", "client, director between two networks, two real servers; no LVS yet", "客户端、连接两个网络的调度器、两台真实服务器；还没有配置 LVS", include_str!("nat.ron")),
    ("dr", "client, router, director and two real servers in one network; no LVS yet", "客户端、路由器、同一网络中的调度器和两台真实服务器；还没有配置 LVS", include_str!("dr.ron")),
    ("tun", "the same with the real servers in a network of their own; no LVS yet", "同上，但真实服务器在另一个网络；还没有配置 LVS", include_str!("tun.ron")),
];

/// So much may happen in a lab, unless its file allows more: a loop of switches is told and not waited for.
const MOST_EVENTS: u64 = 200_000;

/// The names of all that a lab can begin with, templates first, and what each is.
pub fn all(titles: impl Iterator<Item = (String, Text)>) -> Vec<(String, Text)> {
    let own = TEMPLATES.iter().map(|(name, en, zh, _)| ((*name).to_owned(), text!("{en}", "{zh}")));
    own.chain(titles).collect()
}

/// The template or the shipped scenario of this name.
pub fn find(name: &str) -> Option<Scenario> {
    let own = TEMPLATES.iter().find(|(own, ..)| *own == name).map(|(.., text)| *text);
    let shipped = || SHIPPED.iter().find(|(own, _)| *own == name).map(|(_, text)| *text);
    open(name, own.or_else(shipped)?, None, false).ok()
}

/// The scenario without what makes it a lesson: questions, expectations and what they look back to, its goal, its parameters, which
/// are put in. A word of the story is always there, so that there is a step to stand on.
pub fn bare(scenario: &Scenario) -> Scenario {
    let mut own = scenario.clone();
    own.story.retain(|step| !is_of_lesson(&step.value));
    (own.goal, own.teaches) = (None, Vec::new());
    (own.params, own.vary) = Default::default();
    own.limits.events.get_or_insert(MOST_EVENTS);
    if !own.story.iter().any(|step| matches!(step.value, Step::Say(_))) {
        let said = text!("A lab of one's own.", "自己的实验。");
        own.story.insert(0, Located::from(Step::Say(said)));
    }
    own
}

/// How many steps [`bare`] leaves out.
pub fn left_out(scenario: &Scenario) -> usize {
    scenario.story.iter().filter(|step| is_of_lesson(&step.value)).count()
}

fn is_of_lesson(step: &Step) -> bool {
    matches!(step, Step::Ask { .. } | Step::Expect(_) | Step::Mark(_))
}
