//! The parity table: which scenario was compared with which kernel, and what came of it. It follows
//! from the scenarios and their receipts; `UPDATE=1 cargo test --workspace --test all` writes it anew.

use std::collections::BTreeSet;

use lvsim_tests::golden;
use lvsim_tests::plays::{self, Play};
use sim_core::scenario::Kernel;
use sim_core::{Lang, Text, text};

use crate::receipts::{self, Judged};

/// A scenario as the table shows it.
struct Row {
    play: &'static Play,
    /// What its receipt says, if it has one that can be read.
    judged: Option<&'static Judged>,
}

impl Row {
    /// The scenario's name, as `lvsim` takes it.
    fn name(&self) -> &str {
        let name = self.play.file.name.trim_start_matches("scenarios/");
        name.trim_end_matches(".ron")
    }

    fn version(&self) -> Option<&'static str> {
        self.judged.map(|judged| judged.version())
    }

    /// What came of the comparison with a kernel.
    fn verdict(&self, version: &str) -> Verdict<'_> {
        match (&self.play.player.scenario().kernel, self.judged) {
            (Kernel::No(why), _) => Verdict::NotCompared(why),
            (Kernel::Yes, Some(judged)) if judged.version() == version => match judged.agrees() {
                true => Verdict::Equal,
                false => Verdict::Different,
            },
            (Kernel::Yes, _) => Verdict::NotRecorded,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict<'a> {
    Equal,
    Different,
    NotRecorded,
    NotCompared(&'a Text),
}

/// All shipped scenarios.
fn rows() -> Vec<Row> {
    let shipped = plays::played().filter(|play| play.file.name.starts_with("scenarios/"));
    let judged = receipts::judged();
    let of = |play: &Play| judged.iter().find(|judged| judged.scenario == play.file.name);
    shipped.map(|play| Row { play, judged: of(play) }).collect()
}

/// The versions of the kernels that were asked.
fn versions(rows: &[Row]) -> BTreeSet<&'static str> {
    rows.iter().filter_map(Row::version).collect()
}

/// How many scenarios are equal, for each kernel, and how many cannot be asked about.
fn counts(rows: &[Row]) -> Text {
    let count = |version: &str, is: fn(&Verdict<'_>) -> bool| {
        rows.iter().filter(|row| is(&row.verdict(version))).count()
    };
    let all = rows.len();
    let Text { mut en, mut zh } = text!("Of {all} shipped scenarios: ", "自带的 {all} 个场景：");
    for version in versions(rows) {
        let equal = count(version, |verdict| *verdict == Verdict::Equal);
        let different = count(version, |verdict| *verdict == Verdict::Different);
        en += &format!("{equal} equal to Linux {version}, {different} different; ");
        zh += &format!("与 Linux {version} 一致的 {equal} 个，不一致的 {different} 个；");
    }
    let excused = count("", |verdict| matches!(verdict, Verdict::NotCompared(_)));
    let open = rows.iter().filter(|row| row.judged.is_none()).count() - excused;
    en += &format!("{excused} cannot be asked of a kernel, and say why; {open} not recorded yet");
    zh += &format!("无法与内核比较、并写明原因的 {excused} 个；尚未记录的 {open} 个");
    Text { en, zh }
}

/// The page of the book.
fn page(rows: &[Row], lang: Lang) -> String {
    let head = text!(
        "# Parity\n\n\
         What each shipped scenario is beside a real kernel: every frame of every interface, its time, and the output of every\n\
         command. A scenario that is *equal* has a receipt, which says what that kernel did; `cargo test` compares the simulation\n\
         with it each time, and `lvsim kernel record --check` asks the kernel again. What the comparison overlooks is listed with\n\
         its reasons in [one file](../sim-core/src/receipt/masks.rs).\n\n\
         This page is written by `UPDATE=1 cargo test --workspace --test all`.\n",
        "# 与内核的一致性\n\n\
         每个自带的场景与真实内核相比如何：每个接口的每个帧、它的时间，以及每条命令的输出。*一致* 的场景都有一份凭据，记着那个内核的\n\
         所作所为；`cargo test` 每次都拿模拟与它比较，`lvsim kernel record --check` 则再问一遍内核。比较时忽略什么，连同理由都列在\n\
         [一个文件](../sim-core/src/receipt/masks.rs)里。\n\n\
         本页由 `UPDATE=1 cargo test --workspace --test all` 写成。\n"
    );
    let mut page =
        format!("{}\n{}{}\n\n", head.of(lang), counts(rows).of(lang), lang.pick(".", "。"));
    let versions = versions(rows);
    let (mut titles, mut rule) =
        (lang.pick("| scenario | |", "| 场景 | |").to_owned(), "|---|---|".to_owned());
    for version in &versions {
        titles += &format!(" Linux {version} |");
        rule.push_str("---|");
    }
    page += &format!("{titles}\n{rule}\n");
    for row in rows {
        let (name, title) = (row.name(), row.play.player.scenario().title.of(lang));
        page += &format!("| [{name}](../scenarios/{name}.ron) | {} |", cell(title));
        for version in &versions {
            let said = said(name, row.verdict(version));
            page += &format!(" {} |", cell(said.of(lang)));
        }
        page.push('\n');
    }
    page
}

fn said(name: &str, verdict: Verdict<'_>) -> Text {
    match verdict {
        Verdict::Equal => {
            text!("[equal](../scenarios/{name}.receipt)", "[一致](../scenarios/{name}.receipt)")
        }
        Verdict::Different => text!(
            "[DIFFERENT](../scenarios/{name}.receipt)",
            "[不一致](../scenarios/{name}.receipt)"
        ),
        Verdict::NotRecorded => text!("not recorded yet", "尚未记录"),
        Verdict::NotCompared(Text { en, zh }) => text!("not compared: {en}", "不比较：{zh}"),
    }
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_parity_table_is_what_the_receipts_say() {
    let rows = rows();
    let mut stale = Vec::new();
    for (name, lang) in [("book/parity.md", Lang::En), ("book/parity.zh.md", Lang::Zh)] {
        stale.extend((!golden::is_kept(name, &page(&rows, lang))).then_some(name));
    }
    let counted = format!("{}.", counts(&rows).en);
    stale.extend((!golden::is_kept_within("README.md", "parity", &counted)).then_some("README.md"));
    assert!(
        stale.is_empty(),
        "another table: UPDATE=1 cargo test --workspace --test all; {stale:?}"
    );
}
