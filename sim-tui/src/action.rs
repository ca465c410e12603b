//! All that can be done, in one table: name, keys, where, and the words for it.
//!
//! Keys, the palette, the foot of the screen, help and what a click does all read it.

use sim_core::{Lang, Text, text};

use crate::input::Key;
use crate::state::Pane;

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table below says in words what each does")]
pub enum Action {
    Forward,
    Back,
    NextStop,
    LastStop,
    First,
    Last,
    Play,
    Faster,
    Slower,
    Goto,
    Filter,
    NoFilter,
    Follow,
    Break,
    Up,
    Down,
    PageUp,
    PageDown,
    NextPane,
    LastPane,
    Focus(Pane),
    Zoom,
    Fields,
    Hex,
    Open,
    Resume,
    Home,
    Question,
    Answer,
    Language,
    Theme,
    Glyphs,
    Motion,
    Type,
    WhatIf,
    Undo,
    Diagnose,
    Chain,
    NextDifference,
    LastDifference,
    Swap,
    Keep,
    Revert,
    OpenRow,
    TryIt,
    ToLink,
    Palette,
    Help,
    Close,
    Quit,
    /// Of an open question: this option, from 1. In the table 0 stands for them all.
    Choose(u8),
    Tables,
    Hooks,
    Ladder,
    ToRow,
    ColumnsLeft,
    ColumnsRight,
    Methods,
    NextMethod,
    LastMethod,
    NextNode,
    LastNode,
    NextTable,
    LastTable,
    NextCell,
    LastCell,
    AllRows,
    Watch,
    Sandbox,
    Build,
    AddNode,
    Connect,
    Remove,
    Rename,
    Tune,
    Plug,
    Start,
    Save,
    Redo,
    GoThere,
    /// Only by mouse: to this step.
    ToStep(u32),
    /// Only by mouse: what happens at this node.
    AtNode(u16),
    /// Only by mouse: this row of a list.
    Row(u16),
    /// Only by mouse: this part of the way, in thousandths.
    Scrub(u16),
    /// Only by mouse: this part of a screen, such as one of its tables.
    Part(u16),
}

/// Where an action can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// On every screen.
    Everywhere,
    /// Where the scenarios are listed.
    Home,
    /// In a walkthrough; where another screen takes the place of its panes, that one's keys come first.
    Walk,
    /// While a question is open.
    Question,
    /// Where the tables of a node are.
    Tables,
    /// Where the hooks of a host are.
    Hooks,
    /// Where two runs stand side by side.
    WhatIf,
    /// Where a diagnosis is told.
    Diagnosis,
    /// Where a chain of causes is told.
    Chain,
    /// Where the run is a sequence diagram.
    Ladder,
    /// Where one request goes by four methods.
    Methods,
    /// Where a lab is built.
    Build,
}

impl Where {
    /// Where keys are looked for there, in this order: what lies above a walkthrough comes first.
    pub fn places(self) -> &'static [Self] {
        match self {
            Self::Everywhere => &[Self::Everywhere],
            Self::Home => &[Self::Home, Self::Everywhere],
            Self::Walk => &[Self::Walk, Self::Everywhere],
            Self::Question => &[Self::Question, Self::Everywhere],
            Self::Tables => &[Self::Tables, Self::Walk, Self::Everywhere],
            Self::Hooks => &[Self::Hooks, Self::Walk, Self::Everywhere],
            Self::WhatIf => &[Self::WhatIf, Self::Walk, Self::Everywhere],
            Self::Diagnosis => &[Self::Diagnosis, Self::Walk, Self::Everywhere],
            Self::Chain => &[Self::Chain, Self::Walk, Self::Everywhere],
            Self::Ladder => &[Self::Ladder, Self::Walk, Self::Everywhere],
            Self::Methods => &[Self::Methods, Self::Walk, Self::Everywhere],
            Self::Build => &[Self::Build, Self::Walk, Self::Everywhere],
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What is done.
    pub action: Action,
    /// Its keys, the one that is shown first.
    pub keys: &'static [Key],
    /// Where.
    pub at: Where,
    /// What one types in the palette.
    pub name: &'static str,
    /// In a word or two, for the foot: English.
    short_en: &'static str,
    /// And Chinese.
    short_zh: &'static str,
    /// In a sentence, for help: English.
    en: &'static str,
    /// And Chinese.
    zh: &'static str,
}

impl Binding {
    /// Whether it can be done there.
    pub fn works(&self, at: Where) -> bool {
        use Action::{
            Back, Build, Chain, Diagnose, Fields, First, Focus, Forward, Hex, Home, Hooks, Ladder,
            Last, LastNode, LastPane, LastStop, Methods, NextNode, NextPane, NextStop, Tables,
            Type, Undo, WhatIf, Zoom,
        };
        let of_walk = match (at, self.action) {
            (Where::Walk, _) => true,
            (_, NextPane | LastPane | Zoom | Fields | Hex | Type) => false,
            (Where::Tables, _) => true,
            (_, NextNode | LastNode) => false,
            (Where::Hooks | Where::Ladder, _) => true,
            (Where::Methods, own) => matches!(own, Methods | First | Last | Home),
            (_, Forward | Back | First | Last | Home) => true,
            (Where::WhatIf, own) => matches!(own, NextStop | LastStop),
            (Where::Diagnosis, own) => matches!(own, WhatIf | Chain | Tables | Hooks | Ladder),
            (Where::Chain, own) => matches!(own, Chain | Diagnose | Tables | Hooks | Ladder),
            (Where::Build, own) => {
                matches!(own, Build | Undo | Tables | Hooks | NextStop | LastStop | Focus(_))
            }
            _ => true,
        };
        at.places().contains(&self.at) && (self.at != Where::Walk || of_walk)
    }

    /// In a word or two.
    pub fn short(&self, lang: Lang) -> &'static str {
        lang.pick(self.short_en, self.short_zh)
    }

    /// In a sentence.
    pub fn help(&self) -> Text {
        let (en, zh) = (self.en, self.zh);
        text!("{en}", "{zh}")
    }
}

macro_rules! table {
    ($($action:expr, $at:ident, [$($key:expr),*], $name:literal, $short_en:literal, $short_zh:literal, $en:literal, $zh:literal;)*) => {
        /// The table, in the order of help.
        pub const TABLE: &[Binding] = &[$(Binding {
            action: $action,
            keys: &[$($key),*],
            at: Where::$at,
            name: $name,
            short_en: $short_en,
            short_zh: $short_zh,
            en: $en,
            zh: $zh,
        }),*];
    };
}

use Key::{
    BackTab, Backspace, Char, Ctrl, Delete, Down, End, Enter, Esc, Left, PageDown, PageUp, Right,
    ShiftLeft, ShiftRight, Tab, Up,
};

#[rustfmt::skip]
table! {
    Action::Forward,   Walk, [Right, Char('l')], "forward", "step", "前进", "one step forward", "前进一步";
    Action::Back,      Walk, [Left, Char('h')], "back", "back", "后退", "one step back", "后退一步";
    Action::NextStop,  Walk, [Char(']'), ShiftRight], "next", "next stop", "下一处", "to the next stop: a warning, a drop, an edit, a word of the story", "到下一个要紧处：警告、丢弃、改写、故事的话";
    Action::LastStop,  Walk, [Char('['), ShiftLeft], "previous", "last stop", "上一处", "to the stop before", "到上一个要紧处";
    Action::First,     Walk, [Key::Home], "first", "first", "开头", "to the first step", "到第一步";
    Action::Last,      Walk, [End], "last", "last", "末尾", "to the last step", "到最后一步";
    Action::Play,      Walk, [Char(' ')], "play", "play", "播放", "play, and pause", "播放，暂停";
    Action::Faster,    Walk, [Char('+'), Char('=')], "faster", "faster", "加快", "play faster", "播放得快些";
    Action::Slower,    Walk, [Char('-')], "slower", "slower", "放慢", "play slower", "播放得慢些";
    Action::Goto,      Walk, [Char('g')], "goto", "go to", "跳转", "go to a step, by its number", "按编号跳到一步";
    Action::Filter,    Everywhere, [Char('/')], "filter", "filter", "过滤", "show only some steps, in Wireshark's words; on the first screen: search", "只显示一部分步骤，写法同 Wireshark；在首页则是查找";
    Action::NoFilter,  Walk, [Backspace], "all", "all", "全部", "show all steps again", "恢复显示全部步骤";
    Action::Follow,    Walk, [Char('f')], "follow", "follow", "跟踪", "show only the steps of this packet's conversation; again: all", "只显示此报文所属会话的步骤；再按一次恢复";
    Action::Break,     Walk, [Char('B')], "break", "break", "断点", "play until a reason: its code, or a part of it (`drop` by itself stops at each drop)", "播放到某个原因为止：写代码或其一部分（只写 `drop` 则停在每次丢弃）";
    Action::Up,        Everywhere, [Up, Char('k')], "up", "up", "上", "one row up", "上移一行";
    Action::Down,      Everywhere, [Down, Char('j')], "down", "down", "下", "one row down", "下移一行";
    Action::PageUp,    Everywhere, [PageUp], "page-up", "page up", "上页", "ten rows up", "上移十行";
    Action::PageDown,  Everywhere, [PageDown], "page-down", "page down", "下页", "ten rows down", "下移十行";
    Action::Focus(Pane::Map),     Walk, [Char('1')], "map", "map", "地图", "MAP: where", "地图：在哪里";
    Action::Focus(Pane::Frame),   Walk, [Char('2')], "frame", "frame", "帧", "FRAME: which bytes", "帧：哪些字节";
    Action::Focus(Pane::Events),  Walk, [Char('3')], "events", "events", "事件", "EVENTS: when", "事件：何时";
    Action::Focus(Pane::Why),     Walk, [Char('4')], "why", "why", "为何", "WHY: by which rule", "为何：依据哪条规则";
    Action::Focus(Pane::Console), Walk, [Char('5')], "console", "console", "命令", "CONSOLE: what was typed, and what came of it", "命令行：键入了什么，结果如何";
    Action::Focus(Pane::Story),   Walk, [Char('6')], "story", "story", "故事", "STORY: what it is about", "故事：讲的是什么";
    Action::NextPane,  Walk, [Tab], "next-pane", "pane", "窗格", "to the next pane", "到下一个窗格";
    Action::LastPane,  Walk, [BackTab], "last-pane", "pane", "窗格", "to the pane before", "到上一个窗格";
    Action::Zoom,      Walk, [Char('z')], "zoom", "zoom", "放大", "this pane large, and back", "放大此窗格，再按恢复";
    Action::Fields,    Walk, [Char('d')], "fields", "all fields", "全部字段", "all fields of the frame, or those that tell", "显示帧的全部字段，或只显示要紧的";
    Action::Hex,       Walk, [Char('v')], "bytes", "bytes", "字节", "the bytes of the frame, on and off", "显示或隐藏帧的字节";
    Action::Tables,    Walk, [Char('n')], "tables", "tables", "表", "the tables of a node at this step: neighbours, routes, settings, IPVS, connections; again: the panes", "节点在这一步的各种表：邻居、路由、参数、IPVS、连接；再按回到窗格";
    Action::Hooks,     Walk, [Char('K')], "hooks", "hooks", "钩子", "the way of this step's packet through netfilter's hooks, with IPVS; again: the panes", "这一步的报文经过 netfilter 各钩子与 IPVS 的路径；再按回到窗格";
    Action::Ladder,    Walk, [Char('S')], "ladder", "ladder", "时序图", "the run as a sequence diagram: columns are hosts, rows are frames in time; again: the panes", "整个过程的时序图：列是主机，行是按时间排列的帧；再按回到窗格";
    Action::Methods,   Walk, [Char('M')], "modes", "modes", "四种方式", "one request by NAT, DR, TUN and FULLNAT side by side; again: the panes", "同一个请求按 NAT、DR、TUN、FULLNAT 并排比较；再按回到窗格";
    Action::LastMethod, Methods, [Left, Char('h')], "last-method", "method", "方式", "the methods before, where not all have room", "前面的方式（放不下四种时）";
    Action::NextMethod, Methods, [Right, Char('l')], "next-method", "method", "方式", "the methods behind, where not all have room", "后面的方式（放不下四种时）";
    Action::ToRow,     Ladder, [Enter], "to-row", "to the step", "到此步", "to the step of this row, with the panes", "到这一行所在的步骤，回到窗格";
    Action::ColumnsLeft,  Ladder, [Char(',')], "columns-left", "left", "左移", "the columns before; the first one stays", "向左移一列；第一列不动";
    Action::ColumnsRight, Ladder, [Char('.')], "columns-right", "right", "右移", "the columns behind; the first one stays", "向右移一列；第一列不动";
    Action::NextTable, Tables, [Tab], "next-table", "table", "表", "to the next table", "到下一张表";
    Action::LastTable, Tables, [BackTab], "last-table", "table", "表", "to the table before", "到上一张表";
    Action::NextCell,  Tables, [Char('.')], "next-cell", "cell", "单元格", "select the next cell of the row; behind the last one: the whole row", "选中此行的下一个单元格；最后一个之后是整行";
    Action::LastCell,  Tables, [Char(',')], "last-cell", "cell", "单元格", "select the cell before", "选中前一个单元格";
    Action::AllRows,   Tables, [Char('a')], "all-rows", "all rows", "全部行", "all settings and routes, or those that tell", "显示全部参数和路由，或只显示要紧的";
    Action::Watch,     Tables, [Char('W'), Enter], "watch", "watch", "何时变", "at which steps this cell or row changes; in that list: go to the step", "这个单元格或这一行在哪些步骤变化；在该列表中则跳到那一步";
    Action::Open,      Home, [Enter], "open", "open", "打开", "open the scenario", "打开场景";
    Action::Resume,    Home, [Char('r')], "resume", "go on", "续看", "go on where you were last", "从上次的地方继续";
    Action::Question,  Walk, [Char('c')], "question", "question", "问题", "the last question: answer it, or read it once more", "最近的问题：回答，或再读一遍";
    Action::Answer,    Question, [Enter], "answer", "answer", "回答", "answer with the chosen option; then: go on", "以选中的选项回答；之后：继续";
    Action::Choose(0), Question, [Char('1'), Char('2'), Char('3'), Char('4'), Char('5'), Char('6'), Char('7'), Char('8'), Char('9')], "choose", "choose", "选择", "choose an option by its number; again: answer with it", "按编号选择；再按一次以它回答";
    Action::Home,      Walk, [Char('o')], "home", "home", "首页", "to the list of scenarios", "回到场景列表";
    Action::Language,  Everywhere, [Char('L')], "language", "中文", "English", "the other language", "换一种语言";
    Action::Theme,     Everywhere, [Char('T')], "theme", "colours", "配色", "the next colours: dark, colour-blind safe, high contrast, none", "换配色：深色、色盲友好、高对比度、单色";
    Action::Glyphs,    Everywhere, [Char('A')], "ascii", "ascii", "ASCII", "lines and arrows, or plain ASCII", "线条和箭头，或纯 ASCII";
    Action::Motion,    Everywhere, [Char('N')], "motion", "motion", "动画", "frames move, or are there at once", "帧会移动，或立即到达";
    Action::Type,      Walk, [Enter], "type", "type", "键入", "CONSOLE: type a command on a node, as of this step; Tab completes, ↑ ↓ are the history, Esc leaves", "命令行：在节点上键入命令，时间是此步骤；Tab 补全，↑ ↓ 翻历史，Esc 离开";
    Action::NextNode,  Walk, [Char('>')], "next-node", "node", "节点", "the next node, of CONSOLE and of the tables", "命令行和各种表：换到下一个节点";
    Action::LastNode,  Walk, [Char('<')], "last-node", "node", "节点", "the node before, of CONSOLE and of the tables", "命令行和各种表：换到上一个节点";
    Action::WhatIf,    Walk, [Char('w')], "what-if", "what if", "如果", "what if something had been typed right before this step: the line begins with the cure that WHY names", "如果在此步骤之前键入过什么会怎样：先填入“为何”给出的处理办法";
    Action::Undo,      Walk, [Char('U')], "undo", "undo", "撤销", "take the last change back that was kept; in the sandbox: the last change of the lab", "撤销最后一项保留的改动；在沙盒中则是最后一项改动";
    Action::Diagnose,  Walk, [Char('D')], "diagnose", "diagnose", "诊断", "what is wrong with this network, and what heals it", "这个网络哪里不对，怎样治好";
    Action::Chain,     Walk, [Char('C')], "chain", "causes", "因果链", "the chain of causes that led to the last failure; again: to this step", "通向最后一次失败的因果链；再按一次则是通向此步骤的";
    Action::NextDifference, WhatIf, [Char('n')], "next-difference", "next", "下一处", "to the next difference", "到下一处差异";
    Action::LastDifference, WhatIf, [Char('p')], "last-difference", "last", "上一处", "to the difference before", "到上一处差异";
    Action::Swap,      WhatIf, [Char('x')], "swap", "swap", "对调", "the two runs change places", "对调两次运行的位置";
    Action::Keep,      WhatIf, [Char('k')], "keep", "keep", "保留", "keep the change: the walk goes on with the changed run", "保留改动：用改动后的运行继续";
    Action::Revert,    WhatIf, [Char('r')], "revert", "revert", "放弃", "give the change up", "放弃改动";
    Action::OpenRow,   WhatIf, [Enter], "open-step", "to the step", "到此步", "to this step of the run that is walked through", "到所看运行的这一步";
    Action::TryIt,     Diagnosis, [Enter], "try", "try it", "试一试", "try the cure: two runs side by side", "试用处理办法：两次运行并排显示";
    Action::ToLink,    Chain, [Enter], "to-link", "to the step", "到此步", "to the step of this link", "到这一环所在的步骤";
    Action::Build,     Walk, [Char('b')], "build", "build", "搭建", "in the sandbox: BUILD, and back; elsewhere: this scenario in the sandbox", "在沙盒中：打开、关闭“搭建”；在别处：用沙盒打开这个场景";
    Action::AddNode,   Build, [Char('a')], "add", "add", "添加", "add a machine: client, router, director, real server, switch", "添加机器：客户端、路由器、调度器、真实服务器、交换机";
    Action::Connect,   Build, [Char('c')], "cable", "cable", "网线", "put a cable in: choose its two ends", "接一根网线：选择两头";
    Action::GoThere,   Build, [Enter], "go", "go", "前往", "a machine: type on it; a cable: what it is like; a step of the story: go to it", "机器：在上面键入命令；网线：修改特性；故事的步骤：跳到那里";
    Action::Plug,      Build, [Char('p')], "plug", "power/plug", "电源/插拔", "switch the machine off or on, pull the cable out or put it in, behind all that has happened", "在一切之后，关机或开机、拔出或插上网线";
    Action::Tune,      Build, [Char('e')], "tune", "delay, loss", "时延丢包", "what the cable is like from the begin on: delay, loss, MTU", "网线从一开始的特性：时延、丢包、MTU";
    Action::Rename,    Build, [Char('r')], "rename", "rename", "改名", "another name for the machine, another title for the lab", "给机器改名，给实验改标题";
    Action::Remove,    Build, [Char('x'), Delete], "remove", "remove", "删除", "remove the machine with its cables, the cable, or the line that was typed", "删除机器及其网线、网线，或键入过的一行";
    Action::Start,     Build, [Char('t')], "template", "template", "模板", "begin anew: with a template, or with any shipped scenario", "重新开始：用模板，或任何自带的场景";
    Action::Save,      Build, [Char('w')], "save", "save", "保存", "write the lab as a scenario file", "把实验写成场景文件";
    Action::Redo,      Build, [Char('R')], "redo", "redo", "重做", "do again what was undone", "重做撤销的改动";
    Action::Sandbox,   Everywhere, [Char('s')], "sandbox", "sandbox", "沙盒", "the sandbox: a lab of your own; a new one begins with a template", "沙盒：自己搭建实验；新建时先选模板";
    Action::Palette,   Everywhere, [Char(':')], "commands", "command", "命令", "all of this by its name", "按名字执行以上任何一项";
    Action::Help,      Everywhere, [Char('?')], "help", "keys", "按键", "the keys", "按键一览";
    Action::Close,     Everywhere, [Esc], "close", "close", "关闭", "close what is open; all steps again; back to the list", "关闭打开的东西；恢复全部步骤；回到列表";
    Action::Quit,      Everywhere, [Char('q'), Ctrl('c')], "quit", "quit", "退出", "leave lvsim", "离开 lvsim";
}

/// The row of an action.
pub fn binding(action: Action) -> Option<&'static Binding> {
    TABLE.iter().find(|own| own.action == action)
}

/// What a key does there.
pub fn of_key(key: Key, at: Where) -> Option<Action> {
    let found = |place: &Where| {
        let is_it = |own: &&Binding| own.at == *place && own.works(at) && own.keys.contains(&key);
        let own = TABLE.iter().find(is_it);
        own.map(|own| own.action)
    };
    at.places().iter().find_map(found)
}

/// The keys of a row that do it there: another screen's come first.
pub fn keys_of(own: &Binding, at: Where) -> impl Iterator<Item = &Key> {
    own.keys.iter().filter(move |key| of_key(**key, at) == Some(own.action))
}

/// The rows whose name begins so, or whose words contain it, in the order of the table.
pub fn found(words: &str, at: Where) -> Vec<&'static Binding> {
    let words = words.trim().to_lowercase();
    let fits = |own: &&Binding| {
        own.works(at)
            && (own.name.contains(&words)
                || own.en.to_lowercase().contains(&words)
                || own.zh.contains(&words))
    };
    let mut found: Vec<_> = TABLE.iter().filter(fits).collect();
    found.sort_by_key(|own| !own.name.starts_with(&words));
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_key_does_one_thing() {
        for at in [
            Where::Home,
            Where::Walk,
            Where::Question,
            Where::Tables,
            Where::Hooks,
            Where::Ladder,
            Where::Methods,
        ] {
            // What lies above a walkthrough takes some of its keys, and none that work everywhere.
            let is_there = |own: &&Binding| own.at == Where::Everywhere || own.at == at;
            let here = TABLE.iter().filter(is_there);
            let keys: Vec<Key> = here.flat_map(|own| own.keys.iter().copied()).collect();
            let unique: BTreeSet<Key> = keys.iter().copied().collect();
            assert_eq!(unique.len(), keys.len(), "{keys:?}");
        }
    }

    /// What takes the place of the panes has keys of its own; whatever can be done everywhere still can.
    #[test]
    fn another_screen_takes_no_key_that_one_cannot_do_without() {
        let places = [
            Where::WhatIf,
            Where::Diagnosis,
            Where::Chain,
            Where::Ladder,
            Where::Methods,
            Where::Build,
        ];
        for at in places {
            let own = || TABLE.iter().filter(|own| own.at == at);
            let keys: BTreeSet<Key> = own().flat_map(|own| own.keys.iter().copied()).collect();
            assert_eq!(keys.len(), own().map(|own| own.keys.len()).sum::<usize>());
            for row in TABLE.iter().filter(|row| row.at == Where::Everywhere || row.at == at) {
                assert!(keys_of(row, at).next().is_some(), "{at:?}: {}", row.name);
            }
        }
    }

    #[test]
    fn everything_has_a_key_a_name_and_words() {
        let names: BTreeSet<_> = TABLE.iter().map(|own| own.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for own in TABLE {
            assert!(
                !own.keys.is_empty() && !own.en.is_empty() && !own.zh.is_empty(),
                "{}",
                own.name
            );
            // These a browser or a terminal's own multiplexer takes away.
            for key in own.keys {
                assert!(!matches!(key, Ctrl(letter) if *letter != 'c'), "{}", own.name);
            }
        }
    }
}
