//! What the marks of `lvsim run` mean: one table for the help, the head of a run and the README.

use sim_core::Lang;

use crate::width::Width;

/// Each mark once, with its meaning in both languages.
pub const MARKS: [(&str, &str, &str); 9] = [
    ("<", "frame in", "收到的帧"),
    (">", "frame out", "发出的帧"),
    ("~", "edit by IPVS", "IPVS 的改写"),
    ("$", "typed", "键入"),
    ("|", "printed", "输出"),
    ("*", "served", "得到应答"),
    ("--", "story", "故事"),
    ("??", "question", "提问"),
    ("==", "verdict", "结论"),
];

/// The short legend: marks with their meanings, as many on a line as fit.
pub fn lines(width: &Width, lang: Lang) -> Vec<String> {
    let none = lang.pick("no mark: decision", "无标记：判定").to_owned();
    let marks = MARKS.iter().map(|(mark, en, zh)| format!("{mark} {}", lang.pick(en, zh)));
    let mut lines = vec![String::from("##")];
    for item in marks.chain([none]) {
        let line = lines.last_mut().expect("there is a first");
        let longer = format!("{line}  {item}");
        match width.fits(&longer) {
            true => *line = longer,
            false => lines.push(format!("##  {item}")),
        }
    }
    lines
}

/// The legend as part of the help.
pub fn help(lang: Lang) -> String {
    let mut help = String::from(lang.pick(
        "Marks in a line of text, behind time, node and interface:\n",
        "文本行中，时间、节点、接口之后的标记：\n",
    ));
    for (mark, en, zh) in MARKS {
        help += &format!("  {mark:<2}  {}\n", lang.pick(en, zh));
    }
    help += lang.pick(
        "  No mark: a decision, with its code, values and settings\n\n\
         Exit status: 0 all expectations hold, also where --until stops before some of\n\
         them (it says how many); 1 one does not hold; 2 the file or the command line is\n\
         wrong, or nothing can be written",
        "  无标记：一个判定，附代码、数值和所读的设置\n\n\
         退出码：0 所有预期成立，--until 停在部分预期之前也算（会说明还剩几个）；\n\
         1 有预期不成立；2 文件或命令行有误，或无法写入",
    );
    help
}
