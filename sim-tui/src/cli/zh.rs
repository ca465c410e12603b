//! The help of the command line in Chinese: clap's structure, our words.

use clap::Command;

/// What each command and argument does: the command's path below `lvsim`, the argument (empty: the
/// command itself), the words. An argument that stands under `*` means the same everywhere.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str)] = &[
    ("", "", "LVS（Linux 虚拟服务器）的逐包模拟器与教学工具\n\n不带命令时打开屏幕界面；没有终端时播放默认的演示。"),
    ("", "plain", "不带命令时：用带编号的句子代替屏幕界面"),
    ("*", "help", "显示帮助"),
    ("*", "version", "显示版本"),
    ("*", "_lang", "说明文字的语言，en 或 zh；不写则由 locale 决定"),
    ("*", "scenario", "场景文件，或自带场景的名字"),
    ("run", "", "运行一个场景：每个帧、每个判定、每条输出"),
    ("run", "format", "记录的格式：text（给人看）或 json\n\njson 每行一个对象"),
    ("run", "pcap", "为每个插了网线的接口写一个抓包文件：目录/节点-接口.pcap\n\nlvsim 以前写的抓包文件会重写，或指出是遗留的；别人的文件从不改动"),
    ("run", "pcap_all", "连 `lo` 和 `tunl0` 也抓"),
    ("run", "pcapng", "把所有接口写进一个抓包文件，并把判定写成注释"),
    ("run", "seed", "换一个种子"),
    ("run", "vary", "抽取文件中可变的参数"),
    ("run", "until", "在此虚拟时间停止，如 `2s`、`200ms`、`1s500ms`\n\n还有多少预期没有检查，会一并说明"),
    ("run", "diagnose", "有预期不成立时，也像 `lvsim diagnose` 那样说明怎样治好"),
    ("run", "quiet", "只打印不成立的，以及 --until 留下了多少预期"),
    ("run", "with", "先改动场景：`主机: 命令`，与 `lvsim diff --with` 相同\n\n可以写多次；何时键入见 `lvsim diff --help`"),
    ("diff", "", "运行两个场景，指出从哪里开始不同\n\n事件按起因配对，不按时间。在不同的事件中，每条因果链只列出最早的一个；\n然后列出结束时所有不同的表项。\n退出码：0 除键入的命令外没有不同，1 有不同，2 有文件有误"),
    ("diff", "other", "另一个场景；不写则为同一场景加上 --with 的改动"),
    ("diff", "with", "改动第二次运行：`主机: 命令`，在该主机 setup 的最后键入\n\n可以写多次。`@57 主机: 命令` 在文件第 57 行的步骤之前键入，\n`@end 主机: 命令` 在最后一步之后键入"),
    ("diff", "seed", "两者都换一个种子，不用第一个文件的"),
    ("diff", "format", "差异的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("diagnose", "", "说明请求为什么没有得到应有的服务，以及怎样治好\n\n应有的服务：以 VIP 的名义应答，经过调度器，由调度算法选中的服务器应答。\n每种处理都在第一个请求之前键入并运行：打印出来的确实有效，且没有弄坏别的。\n退出码：0 一切正常，1 不正常，2 文件有误，或没有人访问服务"),
    ("diagnose", "with", "先改动场景：`主机: 命令`，与 `lvsim diff --with` 相同"),
    ("diagnose", "seed", "换一个种子"),
    ("diagnose", "tries", "最多试多少种改动"),
    ("diagnose", "format", "诊断的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("check", "", "根据真实机器的输出，说明客户端是否得到应有的服务\n\n文件夹与 `lvsim import` 所读的相同。文件中没有的内容靠猜测，写到标准错误：\n结论依赖这些猜测。\n退出码：0 服务正常，1 不正常，2 无法读取，或没有服务可问"),
    ("check", "folder", "文件夹：目录/主机/文件，以及可选的 目录/links.ron"),
    ("check", "output", "把失败的情形写成场景，写到这里；已经存在的东西不会改动"),
    ("check", "format", "结论的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("modes", "", "并列显示同一个请求在 NAT、DR、TUN、FULLNAT 下的样子\n\n先运行到第一个访问该服务的 curl，再按每种方式配置；用到的命令会列出。\n`*` 标出被主机改动的字段。\n退出码：0 四种都经调度器得到服务，1 有的没有或在此无法配置，\n2 文件有误，或故事中没有人用 curl 访问服务"),
    ("modes", "seed", "换一个种子"),
    ("modes", "format", "比较的格式：text（给人看的行）或 json（一个 JSON 对象）"),
    ("why", "", "说明为什么：判定了什么，读了哪些输入，各在何处设置\n\n可以问节点（它最后一个不利的判定）、帧（JSON 中的编号，`lvsim run` 打印的时间，\n或与预期写法相同的描述），或 `last-failure`：最后一个没有得到服务的请求，\n否则是最后一个不成立的预期。\n退出码：0 已说明，1 那里没有判定，2 文件有误，或没有这个帧或节点"),
    ("why", "about", "帧的编号、时间或描述；节点；或 `last-failure`"),
    ("why", "with", "先改动场景：`主机: 命令`，与 `lvsim diff --with` 相同"),
    ("why", "seed", "换一个种子"),
    ("why", "otherwise", "再次运行故事，为每个判定寻找能使它不同的最小改动"),
    ("why", "format", "回答的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("overlay", "", "把真实机器的抓包叠到模拟的接口上\n\nMAC 地址、端口和随机的内容只作对应，不作比较。显示第一个不同的帧、\n模拟在此的判定，以及最能解释抓包的那一种改动：每一种都运行过。\n退出码：0 抓包相符，1 有不同，2 有文件有误或无法比较"),
    ("overlay", "at", "模拟的接口，如 `rs1:eth0`"),
    ("overlay", "capture", "抓包文件，pcap 或 pcapng：`tcpdump -i 接口 -w 文件`"),
    ("overlay", "iface", "抓包中有多个接口时，用哪一个：名字或编号"),
    ("overlay", "map", "抓包中的地址，以及它对应的场景中的地址\n\n可以写多次：`--map 10.0.0.5=192.168.0.100`"),
    ("overlay", "any_ttl", "不比较 TTL：真实的客户端比场景中的远"),
    ("overlay", "with", "先改动场景：`主机: 命令`，与 `lvsim diff --with` 相同"),
    ("overlay", "seed", "换一个种子"),
    ("overlay", "tries", "最多试多少种改动；0 表示不试"),
    ("overlay", "format", "回答的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("test", "", "把许多场景当作回归测试运行\n\n退出码：0 所有预期成立，1 有预期不成立，2 有文件有误"),
    ("test", "paths", "场景文件、文件夹，或自带场景的名字；不写则为所有自带的场景"),
    ("test", "format", "结果的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("test", "junit", "同时把结果写成 JUnit XML"),
    ("test", "shard", "只运行整套中 N 份的第 K 份"),
    ("test", "jobs", "同时运行几个；不写则与 CPU 核数相同"),
    ("test", "diagnose", "在每个不成立的场景下面，也像 `lvsim diagnose` 那样说明怎样治好\n\n为此每个场景要运行许多次，有的要几秒"),
    ("test", "quiet", "只打印不成立的和总结"),
    ("lint", "", "检查场景而不运行\n\n退出码：0 没有发现，1 有发现，2 有文件有误"),
    ("lint", "paths", "场景文件、文件夹，或自带场景的名字"),
    ("lint", "format", "结果的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("walk", "", "讲述一个场景：带编号的句子，附上要紧的帧和原因"),
    ("open", "", "在屏幕上逐步查看一个场景：地图、帧、事件，以及为什么\n\n不写场景则列出自带的场景。按 `?` 查看按键。标准输入或输出不是终端，或 TERM 为 `dumb` 时，\n像 `lvsim walk` 那样讲述。\n退出码：0 按键离开，2 文件有误；讲述时同 `lvsim walk`"),
    ("open", "plain", "用带编号的句子代替屏幕：供读屏软件和日志使用"),
    ("open", "theme", "配色；设了 NO_COLOR 则为 `mono`"),
    ("open", "ascii", "只用 ASCII，不用线条和箭头；不写则由 locale 决定"),
    ("open", "no_motion", "帧不移动：立即到达"),
    ("open", "no_progress", "既不读取也不保存进度"),
    ("sandbox", "", "在屏幕上搭建实验，键入命令，制造故障，并保存为场景\n\n不写文件则先选模板。写出的文件不存在时，保存时会新建。按 `?` 查看按键；需要终端。\n退出码：0 按键离开，2 文件有误，或没有终端"),
    ("sandbox", "file", "场景文件（已有的或要新建的），或自带场景的名字"),
    ("sandbox", "theme", "配色；设了 NO_COLOR 则为 `mono`"),
    ("sandbox", "ascii", "只用 ASCII，不用线条和箭头；不写则由 locale 决定"),
    ("sandbox", "no_motion", "帧不移动：立即到达"),
    ("sandbox", "no_mouse", "把鼠标留给终端，用来选择文字"),
    ("record", "", "录下屏幕上的演示：录像、图、网页或文字\n\n不需要终端；同一场景每次写出的字节都相同。先像在屏幕上那样按 --keys 的按键；\n`.cast` 和 `.html` 随后播放到结束，`.svg` 和 `.txt` 是此刻的屏幕。\n退出码：0 已写好，2 文件或命令行有误"),
    ("record", "to", "写到这里，由扩展名决定写成什么：.cast、.svg、.html 或 .txt；已经存在的东西不会改动"),
    ("record", "step", "步骤：编号、`first`、`last`，或步骤过滤器找到的第一步\n\n既不写它也不写 --keys 时，图显示第一个值得一看的要紧处；其余从第一步开始"),
    ("record", "keys", "要按的键，如 `]]2<Down>`：字符，或尖括号中的名字"),
    ("record", "size", "屏幕的列数和行数"),
    ("record", "theme", "配色"),
    ("record", "ascii", "只用 ASCII，不用线条和箭头"),
    ("open", "no_mouse", "把鼠标留给终端，用来选择文字"),
    ("list", "", "列出自带的场景"),
    ("explain", "", "解释原因的代码：规则、意义、处理办法"),
    ("explain", "codes", "代码，如 `arp.reply.any-interface`；写出一族（如 `arp.reply`）则列出其中的代码"),
    ("explain", "all", "解释所有代码"),
    ("explain", "format", "解释的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("schema", "", "打印 `--format json` 各行的 JSON Schema"),
    ("console", "", "在一个节点上键入命令，逐行或只一行\n\n键入的命令推动虚拟时间。\n退出码：最后一条命令的；127 没有这个命令，2 未模拟或没有这个节点"),
    ("console", "node", "节点"),
    ("console", "command", "要键入的内容，一行或多行；不写则出现提示符"),
    ("console", "after_story", "先播放完故事"),
    ("export", "", "把场景写给别人：实验环境，或运行的图和网页"),
    ("export", "netns", "bash 脚本：本机的命名空间、veth 和网桥"),
    ("export", "kathara", "Kathará 的文件夹"),
    ("export", "containerlab", "containerlab 的拓扑文件"),
    ("export", "svg", "把运行画成图：主机之间各帧的梯形图"),
    ("export", "mermaid", "同上，写成 Mermaid 时序图"),
    ("export", "html", "把运行写成一个网页：逐步查看，附字节和原因"),
    ("export", "cast", "把讲述录成终端录像（asciicast v2）"),
    ("export", "from", "图或网页：从这个虚拟时间开始的内容"),
    ("export", "until", "图或网页：到这个虚拟时间为止的内容"),
    ("export", "filter", "图或网页：只要 tcpdump 的这个过滤器放行的帧"),
    ("export", "to", "写到这里；已经存在的东西不会改动"),
    ("import", "", "把真实机器的输出和配置变成场景\n\n猜测和未模拟的内容写到标准错误。\n退出码：0 已写出，1 文件夹中没有可用的内容，2 无法读取"),
    ("import", "folder", "文件夹：目录/主机/文件，以及可选的 目录/links.ron"),
    ("import", "output", "场景写到这里；已经存在的东西不会改动"),
    ("lab", "", "课程练习：列出、开始、批改答案"),
    ("lab list", "", "按章列出练习：级别、时间，以及已得的分数"),
    ("lab list", "folder", "在这个目录里找答案文件；不写则为当前目录"),
    ("lab start", "", "开始一个练习：写出答案文件，说明现象、网络和下一步\n\n已经存在的文件不会改动。\n退出码：0 已写好，2 没有这个练习，或文件已经存在"),
    ("lab start", "to", "答案文件写到这里；不写则为当前目录的 练习名.txt"),
    ("lab check", "", "批改答案：每个任务的分数，以及没有做到的第一处\n\n退出码：0 所有任务都做到了，1 没有，2 无法读取"),
    ("lab check", "answer", "答案文件，或练习的名字：当前目录的 练习名.txt"),
    ("lab check", "watch", "文件每次保存都重新批改，直到按 Ctrl-C"),
    ("lab check", "format", "分数的格式：text（给人看的行）或 json（每行一个 JSON 对象）"),
    ("lab hint", "", "给出下一条提示，并把它记进答案文件：提示要扣分"),
    ("lab undo", "", "取回答案文件中的最后一条命令；不扣分"),
    ("lab reset", "", "从头开始：删去答案中的命令和预测\n\n用过的提示保留。会先询问；没有终端时要写 --yes。"),
    ("lab reset", "yes", "不询问"),
    ("lab solution", "", "打印练习的解答"),
    ("lab submit", "", "交答案：检查能否读取，再抄一份，以学生和练习命名\n\n退出码：0 已交，2 无法读取，或没有写学生"),
    ("lab submit", "to", "收答案的目录"),
    ("lab lint", "", "检查练习是否说到做到：开始时不成立，解答得满分，认得列出的错误\n\n退出码：0 没有发现，1 有发现，2 有文件有误"),
    ("lab lint", "labs", "练习的名字，或练习的文件夹；不写则为所有自带的练习"),
    ("grade", "", "批改一个练习交来的所有答案：分数，以及没有做到的第一处\n\n无法读取的得零分并写明原因，不影响其余的。\n退出码：0 都已批改，2 没有这个练习，或没有可批改的"),
    ("grade", "submissions", "答案文件，或收答案的文件夹（其中的 *.txt）"),
    ("grade", "lab", "练习的名字，或练习的文件夹"),
    ("grade", "format", "成绩的格式\n\ntext 给人看；json 每行一个对象；junit 和 csv 给别的程序；\ngradescope 和 exercism 只用于单个答案"),
    ("grade", "jobs", "同时批改几个；不写则与 CPU 核数相同"),
    ("*", "lab_name", "练习的名字，或练习的文件夹"),
    ("*", "lab_folder", "练习的文件夹；不写则为自带的练习，或答案旁边的文件夹"),
    ("*", "answer_file", "答案文件"),
    ("kernel", "", "在真实的 Linux 内核上运行场景，并比较"),
    ("kernel run", "", "在真实的内核上运行一个场景：每个帧、每条输出"),
    ("kernel compare", "", "把模拟与真实的内核逐帧比较\n\n按顺序比较每个接口的所有帧、它们的时间，以及所有命令的输出。\n允许有哪些差别、差多少及其理由，见 sim-core/src/receipt/masks.rs。\n退出码：0 全部一致，1 有不一致，2 有文件有误或无法运行"),
    ("kernel record", "", "把真实的内核所做的记在场景旁边，写成 FILE.receipt\n\n内容没有变化的凭据保持原样。\n退出码：0 全部已记录，2 有文件有误或无法运行；\n加 --check 时：0 全部与原来一致，1 有不一致或没有凭据，2 同上"),
    ("kernel compare", "paths", "场景文件、文件夹，或自带场景的名字；不写则为所有自带的场景"),
    ("kernel compare", "junit", "同时把结果写成 JUnit XML"),
    ("kernel compare", "shard", "只运行整套中 N 份的第 K 份"),
    ("kernel compare", "keep", "把实验环境的脚本、抓包和输出留在这个文件夹"),
    ("kernel run", "keep", "把实验环境的脚本、抓包和输出留在这个文件夹"),
    ("kernel fuzz", "", "随机生成实验，与真实的内核比较\n\n不一致的实验会再问一次，尽量缩小，并保存为 random-SEED.ron。退出码：0 全部一致，1 有不一致"),
    ("kernel fuzz", "seed", "第一个种子；要接着上次继续，就用上次最后一个种子的下一个"),
    ("kernel fuzz", "count", "多少个种子"),
    ("kernel fuzz", "keep", "把不一致的场景保存到这个文件夹，不写则保存到当前文件夹；写了并且有 --list 时保存全部"),
    ("kernel fuzz", "whole", "不缩小，按原样保存"),
    ("kernel fuzz", "list", "只说明会问什么；不需要内核"),
    ("kernel guest", "", "充当内核的 1 号进程"),
    ("kernel record", "paths", "场景文件或文件夹"),
    ("kernel record", "check", "什么也不写：只说明内核所做的是否仍与凭据一致"),
    ("*", "netns", "用本机自己的内核，需要 root 和 IPVS"),
    ("endpoint", "", "在真实套接字上扮演 curl、nc、serve 或 check\n\n供 `lvsim kernel` 使用；字节和步骤与模拟相同"),
    ("endpoint", "gate", "第一步之前等标准输入的一个字节或结束"),
    ("endpoint", "journal", "等待、就绪、结束时，在此文件末尾记一个词和纳秒数"),
    ("endpoint curl", "", "用一个 HTTP 请求取一个页面"),
    ("endpoint curl", "max_time", "总共的秒数"),
    ("endpoint curl", "connect_timeout", "建立连接的秒数"),
    ("endpoint curl", "silent", "不报告错误"),
    ("endpoint curl", "show_error", "仍然报告错误"),
    ("endpoint curl", "data", "POST 这些内容；`@-` 表示去掉行尾的标准输入"),
    ("endpoint curl", "data_binary", "POST 这些内容；`@-` 表示标准输入"),
    ("endpoint curl", "head", "只请求并打印响应头"),
    ("endpoint curl", "output", "正文去处：`/dev/null`，`-` 为标准输出"),
    ("endpoint curl", "url", "网址"),
    ("*", "local_port", "本地端口"),
    ("*", "input", "标准输入的内容"),
    ("*", "input_zeros", "标准输入是这么多个零字节"),
    ("endpoint nc", "", "连接一个端口，写出标准输入，打印收到的内容"),
    ("endpoint nc", "udp", "用 UDP 而不是 TCP"),
    ("endpoint nc", "source", "本地地址"),
    ("endpoint nc", "wait", "建立连接的秒数，也是没有内容可读时关闭前等待的秒数"),
    ("endpoint nc", "scan", "只建立连接"),
    ("endpoint serve", "", "以 HTTP、TCP 或 UDP 报出一个名字，直到被结束"),
    ("endpoint check", "", "检查 TCP 服务的各个目标，与故事中的 check 相同"),
    ("endpoint check", "local_ports", "各次询问的本地端口，依次使用；用完由内核选择"),
    ("endpoint check", "words", "命令行中 check 之后的内容"),
    ("endpoint serve", "mute", "接受连接、读取请求，但从不应答"),
    ("endpoint serve", "delay", "推迟多久才应答：2s、500ms"),
    ("endpoint serve", "status", "HTTP 应答的状态码"),
    ("endpoint serve", "bind", "监听的地址"),
    ("endpoint serve", "name", "应答的名字"),
    ("*", "host", "主机"),
    ("*", "port", "端口"),
    ("endpoint serve", "protocol", "协议：http、tcp 或 udp"),
    ("help", "", "显示本帮助，或某个命令的帮助"),
];

/// The words for a command or an argument.
fn words(path: &str, arg: &str) -> Option<&'static str> {
    let is = |own: &str| own == path || own == "*" && !arg.is_empty();
    WORDS.iter().find(|(own, id, _)| is(own) && *id == arg).map(|(.., words)| *words)
}

/// What stands for a value: `<DIR>` of `--pcap <DIR>`.
#[rustfmt::skip]
const VALUES: &[(&str, &str)] = &[
    ("ADDR", "地址"), ("FRAME|NODE|last-failure", "帧|节点|last-failure"), ("CHANGE", "改动"), ("CODE", "代码"), ("COMMAND", "命令"), ("COUNT", "个数"), ("DATA", "内容"), ("DATA_BINARY", "内容"), ("COLSxROWS", "列x行"), ("DIR", "目录"), ("KEYS", "按键"), ("STEP", "步骤"), ("FILE", "文件"),
    ("FILTER", "过滤器"), ("FORMAT", "格式"), ("HOST", "主机"), ("K/N", "第几份/份数"), ("LANG", "语言"), ("LAB", "练习"), ("ANSWER", "答案"), ("SUBMISSIONS", "答案"), ("N", "个数"), ("NAME", "名字"), ("NODE", "节点"),
    ("NODE:IFACE", "节点:接口"), ("CAPTURE", "抓包文件"), ("REAL=SIMULATED", "实机地址=场景地址"),
    ("OTHER", "另一个场景"), ("PATH", "路径"),
    ("PORT", "端口"), ("PROTOCOL", "协议"), ("S", "秒"), ("SCENARIO", "场景"), ("SEED", "种子"), ("TEXT", "文字"), ("THEME", "配色"),
    ("STATUS", "状态码"), ("TIME", "时间"), ("URL", "网址"), ("WORDS", "词"),
];

fn value(name: &str) -> Option<&'static str> {
    VALUES.iter().find(|(en, _)| *en == name).map(|(_, zh)| *zh)
}

/// The command line with Chinese help.
pub fn translated(mut command: Command) -> Command {
    // Arguments that are clap's own, and those that are global, are there only then.
    command.build();
    translate(command, "")
}

fn translate(command: Command, path: &str) -> Command {
    let has_commands = command.get_subcommands().next().is_some();
    let has_places = command.get_positionals().next().is_some();
    let mut template = String::from("{about-with-newline}\n用法：{usage}\n");
    if has_commands {
        template += "\n命令：\n{subcommands}\n";
    }
    if has_places {
        template += "\n参数：\n{positionals}\n";
    }
    template += "\n选项：\n{options}{after-help}";
    let command = match path {
        "export" => command.override_usage("lvsim export [选项] --svg|--html|--netns|… <场景>"),
        _ => command,
    };
    let command = match words(path, "") {
        Some(about) => {
            let short = about.lines().next().unwrap_or_default();
            command.about(short).long_about(about)
        }
        None => command,
    };
    command
        .help_template(template)
        .subcommand_value_name("命令")
        .mut_args(|arg| {
            let arg = match words(path, arg.get_id().as_str()) {
                Some(help) => {
                    let short = help.lines().next().unwrap_or_default();
                    arg.help(short).long_help(help).hide_possible_values(true)
                }
                None => arg,
            };
            match arg.get_value_names().and_then(<[_]>::first).and_then(|name| value(name)) {
                Some(name) => arg.value_name(name),
                None => arg,
            }
        })
        .mut_subcommands(|inner| {
            let path = below(path, inner.get_name());
            translate(inner, &path)
        })
}

/// The path of a command within another; `help` is the same everywhere, and `help run` is `run`.
fn below(path: &str, name: &str) -> String {
    match (path, name) {
        (_, "help") => "help".into(),
        ("" | "help", name) => name.into(),
        (path, name) => format!("{path} {name}"),
    }
}

/// What clap itself puts into a help text, in Chinese.
pub fn help(text: &str) -> String {
    [("[OPTIONS]", "[选项]"), ("[default: ", "[默认：")]
        .iter()
        .fold(text.to_owned(), |text, (en, zh)| text.replace(en, zh))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// All commands and arguments: the command's path, and the argument or nothing.
    fn all(command: &Command, path: &str, found: &mut BTreeSet<(String, String)>) {
        found.insert((path.into(), String::new()));
        let args = command.get_arguments();
        found.extend(args.map(|arg| (path.into(), arg.get_id().to_string())));
        // What is below `help` stands for what is elsewhere, without its arguments.
        for inner in command.get_subcommands().filter(|_| path != "help") {
            all(inner, &below(path, inner.get_name()), found);
        }
    }

    #[test]
    fn no_value_has_an_english_name() {
        fn check(command: &Command) {
            for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
                for name in arg.get_value_names().unwrap_or_default() {
                    assert!(!name.is_ascii(), "{}: {name}", arg.get_id());
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&translated(Cli::command()));
    }

    #[test]
    fn every_command_and_argument_is_explained_in_chinese() {
        let mut command = Cli::command();
        command.build();
        let mut found = BTreeSet::new();
        all(&command, "", &mut found);
        assert!(found.len() > 50, "{found:?}");
        for (path, arg) in &found {
            assert!(words(path, arg).is_some(), "`{path}` `{arg}` has no words");
        }
        for (path, arg, _) in WORDS {
            let is_used = |(own, id): &(String, String)| (own == path || *path == "*") && id == arg;
            assert!(found.iter().any(is_used), "nothing is called `{path}` `{arg}`");
        }
    }
}
