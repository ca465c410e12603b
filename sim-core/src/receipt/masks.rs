//! The one list of what may differ between the simulation and the kernel, each with its reason.
//!
//! [`FRAMES`] names what the canonical form of a frame fixes (`canonical.rs`) and which frames may
//! be missing or in another order (`align.rs`). For outputs, a [`MASKS`] line replaces what it
//! matches by a word, a [`TOLERANCES`] line compares the number that it finds within a range, and
//! an [`UNORDERED`] line sorts what comes behind the headings, for the commands that their pattern
//! matches; [`OLD_STATES`] and [`PROBED`] are about
//! `ip neigh`. A line is added only with a reason that a reviewer
//! can check; whatever is not listed is compared letter by letter.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::tcpdump::fields::u16_at;

/// What of a frame, or which frame, may differ.
#[derive(Clone, Copy, Debug)]
pub struct FrameMask {
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Text that is replaced before two outputs are compared.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// Of which commands.
    pub command: Commands,
    /// What is replaced.
    pub pattern: &'static str,
    /// By what; `${1}` is the pattern's first group.
    pub word: &'static str,
    /// Why.
    pub why: &'static str,
}

/// A number that may differ by at most `range`; `m:ss` counts as seconds.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Of which commands.
    pub command: Commands,
    /// A line that has one; the number is the first group.
    pub pattern: &'static str,
    /// By how much.
    pub range: u64,
    /// Why.
    pub why: &'static str,
}

/// Lines that come in no order, behind the first `heading` ones.
#[derive(Clone, Copy, Debug)]
pub struct Unordered {
    /// Of which commands.
    pub command: Commands,
    /// How many lines keep their places.
    pub heading: usize,
    /// Whether what is indented stays with the line before it.
    pub in_groups: bool,
    /// Why.
    pub why: &'static str,
}

/// Which commands an entry is about.
#[derive(Clone, Copy, Debug)]
pub struct Commands {
    /// Those that this matches.
    pub matching: &'static str,
    /// But not those that this matches.
    pub except: Option<&'static str>,
}

const fn of(matching: &'static str) -> Commands {
    Commands { matching, except: None }
}

const fn but(matching: &'static str, except: &'static str) -> Commands {
    Commands { matching, except: Some(except) }
}

const NUMBERS: &str = "the kernel draws them (Linux 6.1 secure_seq.c, secure_tcp_seq)";
const IDS: &str = "they count from a number that the kernel draws (Linux 6.1 route.c, __ip_select_ident; \
    tcp_ipv4.c, tcp_v4_connect)";
const PORTS: &str = "the kernel draws them (Linux 6.1 inet_hashtables.c, __inet_hash_connect; udp.c, \
    udp_lib_get_port)";
const OFFSET: &str = "they count milliseconds from an offset that the kernel draws for each connection \
    (Linux 6.1 secure_seq.c, secure_tcp_ts_off)";
const WINDOW: &str = "they follow from how fast a program reads and from the machine's memory";
const PROCESS: &str = "the number of ping's process, or drawn (iputils ping.c, ident)";
const SENT: &str = "the time at which ping sent it (iputils ping_common.c, pinger)";
const PADDING: &str = "Ethernet's padding has no meaning (RFC 894)";
const SUM: &str = "it is a sum over the fields above; whether it is right is compared";
const ALL_IN: &str = "IPv6 is not simulated. The labs switch it off, but what comes up before that \
    speaks (Linux 6.1 addrconf.c, addrconf_notify)";
const PROBES: &str = "a neighbour is asked again after a random 15 to 45 s, if nothing says that it is \
    alive. On one kernel with namespaces TCP's mark that says so travels inside the packet and confirms \
    the entries of all routers on the way; separate machines probe (Linux 6.1 neighbour.c, \
    neigh_timer_handler). Both are right";
const CROSSING: &str = "they have none: on a kernel the noise of a microsecond decides. Frames of one \
    sender keep theirs, but for those of two TCP connections: an answer at once and what a program sends \
    by its own clock";
const BEHIND: &str = "a story falls behind by what its programs need to start, so that the run on a kernel \
    lasts longer: a neighbour that is still asked for is asked once more";
const CLOCKS: &str = "each is played by programs and timers of its own, and times may differ by as much: \
    so which of two comes first, where they are no further apart, follows from nothing. The frames of \
    one connection keep their order, both ways, also behind a director: connections are told apart by \
    the client's port";
const CLOCK: &str = "a real program takes up to 130 ms to start, on a busy machine more. And a timer \
    fires at the end of a slot of the kernel's wheel, which is up to an eighth of the wait long, 640 ms \
    from 5 s on (Linux 6.1 timer.c, calc_wheel_index): where in a slot a wait begins depends on how far \
    the story has fallen behind. So a frame is timed from the one before it or the last one that was the \
    same, by which all counts that a host does by itself, or from the last command, by which counts what \
    was typed late";

/// What programs and a busy machine may take.
const NOISE_NS: u64 = 250_000_000;
/// How far the frames of two connections may be apart whose order differs, both sides taken together.
pub(super) const CROSSING_NS: u64 = 5_000_000;
/// The same in random labs, where programs run side by side that nobody has set apart.
pub const DRAWN_CROSSING_NS: u64 = NOISE_NS;
/// A slot of the timer wheel is at most this part of a wait.
const SLOTS: u64 = 8;
/// And no longer than this, for waits below 41 s.
const WIDEST_SLOT_NS: u64 = 640_000_000;

/// How far two times may be apart, where the simulation's is this.
pub(super) fn tolerance_ns(time_ns: u64) -> u64 {
    NOISE_NS + (time_ns / SLOTS).min(WIDEST_SLOT_NS)
}

const fn frames(what: &'static str, why: &'static str) -> FrameMask {
    FrameMask { what, why }
}

/// What may differ in frames.
pub const FRAMES: &[FrameMask] = &[
    frames("TCP initial sequence numbers: all numbers are relative, those of SACK too", NUMBERS),
    frames("TCP timestamps", OFFSET),
    frames("TCP windows but for those of SYN and SYN-ACK", WINDOW),
    frames("IP ids other than 0", IDS),
    frames("ids of echo requests and replies", PROCESS),
    frames("the first 16 bytes of an echo's payload", SENT),
    frames("ports from 32768 on that nobody chose, but for traceroute's targets", PORTS),
    frames("the bytes behind a packet, but not their number", PADDING),
    frames("the value of a wrong checksum, and of one whose data is not all there", SUM),
    frames("IPv6 frames", ALL_IN),
    frames("unicast ARP probes and their answers", PROBES),
    frames("the order of frames that pass an interface at one instant", CROSSING),
    frames(
        "the order of frames of, or errors about, two clients' ports, within 5 ms, in random labs 250 ms",
        CLOCKS,
    ),
    frames("what the kernel sends when the simulation has ended", BEHIND),
    frames("times, by 250 ms and an eighth of the time that is compared, at most 640 ms", CLOCK),
];

/// Which states of an entry may differ in `ip neigh`; `neigh.rs` finds the old ones by their frames.
pub const OLD_STATES: FrameMask = frames(
    "REACHABLE, STALE, DELAY and PROBE from 15 s after the entry was made; nothing else",
    "how long an entry stays REACHABLE is drawn between 15 and 45 s",
);

/// What of `ip neigh` follows from probes, which may be missing.
pub const PROBED: FrameMask = frames(
    "in `ip neigh`, REACHABLE for DELAY and PROBE, and an entry for an address from which a probe came",
    PROBES,
);

/// Frames that only a kernel with everything compiled in would send.
pub(super) fn is_artefact(frame: &[u8]) -> bool {
    u16_at(frame, 12) == Ok(0x86dd)
}

const REAL_TIME: &str = "the kernel's frames need real time, measured to a microsecond; what matters of \
    it is compared as the times of frames and commands";
const UNDER_WAY: &str = "real time, and how many questions were on their way at once, which follows \
    from the longest";
const START_TIME: &str = "a real tool takes 30 to 130 ms to start; on a busy machine this adds up to \
    some seconds over a long story";
const HASH_ORDER: &str = "the kernel walks a hash table that is seeded anew at each boot (Linux 6.1 \
    ip_vs_conn.c, ip_vs_conn_rnd; neighbour.c, hash_rnd; inet_hashtables.c, inet_ehash_secret)";
const TWO_PIPES: &str = "the kernel walks a hash table that is seeded anew at each boot (Linux 6.1 \
    nf_conntrack_core.c, nf_conntrack_hash_rnd); and the last line, written to standard error, comes \
    first where standard output is a pipe";
const CARRIER: &str = "a network card without carrier says DOWN; an interface that has another below it, \
    as the ends of a veth pair have each other, says this (Linux 6.1 link_watch.c, default_operstate)";
const SERVICE_ORDER: &str = "the kernel walks a hash table of services, and where one stands follows from an \
    address in memory (Linux 6.1 ip_vs_ctl.c, ip_vs_svc_hashkey); ipvsadm sorts them";
const DUMMY: &str = "it is drawn, on both sides (Linux 6.1 drivers/net/dummy.c, dummy_setup)";
const ONE_KERNEL: &str = "one kernel plays all machines: the module that one of them loads gives each a `tunl0` \
    (Linux 6.1 ip_tunnel.c, ip_tunnel_init_net)";
const DAY: &str = "the simulation's day is the first of 1970";
const QUESTION: &str = "the id of ping's questions is the number of its process, or drawn";
const GROUPS: &str = "groups of IPv6, which is not simulated (Linux 6.1 addrconf.c, ipv6_add_dev)";
const BLANKS: &str = "iproute2 leaves blanks at the ends of lines, more of them in some versions";
const PEER: &str = "a veth interface names its peer by number; a network card has none";
const PEER_PLACE: &str = "in which namespace a veth interface's peer is; a network card has none";
const QUEUE: &str =
    "the cable's delay is a queue of the kernel run's interface (netem), not the machine's own";

const PING: Commands = of(r"\bping\b");
const IP: Commands = of(r"(^|[;&|] *|\bdo +)ip ");
const IP_JSON: Commands = of(r"\bip( -\w+)* -j");
const IP_ROUTE: Commands = of(r"\bip( -\w+)* r(o|ou|out|oute)?\b");
/// Of `ip neigh`, be it written shorter.
pub(super) const IP_NEIGH: &str = r"\bip( -\w+)* n(e|ei|eig|eigh|eighbou?r)?\b";
const NEIGH_USED: Commands = of(r"\bip( -\w+)* -s( -\w+)* n(e|ei|eig|eigh|eighbou?r)?\b");

const fn mask(
    command: Commands,
    pattern: &'static str,
    word: &'static str,
    why: &'static str,
) -> Mask {
    Mask { command, pattern, word, why }
}

const fn within(
    range: u64,
    command: Commands,
    pattern: &'static str,
    why: &'static str,
) -> Tolerance {
    Tolerance { command, pattern, range, why }
}

const fn unordered(heading: usize, command: Commands, why: &'static str) -> Unordered {
    Unordered { command, heading, in_groups: false, why }
}

const fn groups(heading: usize, command: Commands, why: &'static str) -> Unordered {
    Unordered { command, heading, in_groups: true, why }
}

/// What is replaced in outputs.
pub const MASKS: &[Mask] = &[
    mask(PING, r"time=[\d.]+ ms", "time=T", REAL_TIME),
    mask(PING, r"= [\d./]+ ms(, pipe \d+)?", "= T", UNDER_WAY),
    mask(PING, r", time \d+ms", ", time T", REAL_TIME),
    mask(of(r"\barping\b"), r"  [\d.]+ms", "  T", REAL_TIME),
    mask(of(r"\btraceroute\b"), r"[\d.]+ ms", "T", REAL_TIME),
    mask(of(r"\bcurl\b"), r"after \d+ (ms|milliseconds)", "after T ${1}", REAL_TIME),
    mask(of(r"^conntrack\b"), r"\bid=\d+", "id=N", QUESTION),
    mask(IP, r"@if\d+", "", PEER),
    mask(IP, r" link-netns(id)? \S+", "", PEER_PLACE),
    mask(IP, r"qdisc (netem|noqueue|fq_codel|pfifo_fast|mq)\b", "qdisc Q", QUEUE),
    mask(IP, r"state LOWERLAYERDOWN", "state DOWN", CARRIER),
    mask(IP, r"(: dummy\w*: <.*\n +link/ether) [\da-f:]+", "${1} MAC", DUMMY),
    mask(
        IP,
        r"(?m)^\d+: tunl0@NONE: <NOARP> .* state DOWN.*\n +link/ipip 0\.0\.0\.0 brd 0\.0\.0\.0\n",
        "",
        ONE_KERNEL,
    ),
    mask(IP_JSON, r#""link_index": ?\d+,\s*"#, "", PEER),
    mask(IP_JSON, r#",\s*"link_netnsid": ?\d+"#, "", PEER_PLACE),
    mask(IP_JSON, r#""qdisc": ?"(netem|noqueue|fq_codel)""#, r#""qdisc":Q"#, QUEUE),
    mask(of(r"\biptables-save\b"), r"(?m)^(# .*) on .*$", "${1} on D", DAY),
    mask(of(r"\bbridge\b"), r"(?m)^33:33:.*\n", "", GROUPS),
    mask(IP, r"(?m) +$", "", BLANKS),
];

/// Which numbers in outputs may differ a little.
pub const TOLERANCES: &[Tolerance] = &[
    within(3, of(r"\bipvsadm\b.*-\w*c"), r"^\w+ +(\d+:\d\d)", START_TIME),
    within(3, of(r"^conntrack\b"), r"^\w+ +\d+ (\d+) ", START_TIME),
    within(3, IP_ROUTE, r"expires (\d+)sec", START_TIME),
    within(2, NEIGH_USED, r"used (\d+)/", START_TIME),
    within(2, NEIGH_USED, r"used [\d~]+/(\d+)/", START_TIME),
    within(2, NEIGH_USED, r"used [\d~]+/[\d~]+/(\d+)", START_TIME),
];

/// Which outputs have no order.
pub const UNORDERED: &[Unordered] = &[
    unordered(2, of(r"\bipvsadm\b.*-\w*c"), HASH_ORDER),
    unordered(0, of(IP_NEIGH), HASH_ORDER),
    unordered(0, of(r"^conntrack\b"), TWO_PIPES),
    unordered(1, but(r"^ss\b", r"-\w*H"), HASH_ORDER),
    unordered(0, of(r"^ss\b.*-\w*H"), HASH_ORDER),
    unordered(1, but(r"^arp\b", " -a"), HASH_ORDER),
    unordered(0, of(r"^arp\b.* -a"), HASH_ORDER),
    groups(3, of(r"^cat /proc/net/ip_vs$"), SERVICE_ORDER),
];

/// A line of an output as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// With `~` for each number that has a tolerance.
    text: String,
    /// These numbers, and by how much they may differ.
    numbers: Vec<(u64, u64)>,
    /// With its numbers.
    said: String,
}

impl Line {
    /// Whether it belongs to the line before it.
    fn is_indented(&self) -> bool {
        self.text.starts_with([' ', '\t'])
    }

    /// Whether two lines are equal within the tolerances.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let is_near =
            |(&(one, range), &(other, _)): (&(u64, u64), &(u64, u64))| one.abs_diff(other) <= range;
        self.text == other.text
            && self.numbers.len() == other.numbers.len()
            && self.numbers.iter().zip(&other.numbers).all(is_near)
    }
}

/// An output as comparable lines.
pub(super) fn lines(command: &str, output: &str) -> Vec<Line> {
    let rules = &*RULES;
    let mut output = output.to_owned();
    for (commands, pattern, word) in &rules.masks {
        if commands.match_to(command) {
            output = pattern.replace_all(&output, *word).into_owned();
        }
    }
    let ended = output.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line));
    let mut found: Vec<Line> = ended.map(|line| rules.take_numbers(command, line)).collect();
    for (commands, heading, in_groups) in &rules.unordered {
        if commands.match_to(command) && found.len() > *heading {
            let is_one = |_: &Line, next: &Line| *in_groups && next.is_indented();
            let mut groups: Vec<_> =
                found[*heading..].chunk_by(is_one).map(<[_]>::to_vec).collect();
            groups.sort();
            found.splice(*heading.., groups.into_iter().flatten());
        }
    }
    found
}

/// An output with the masks put in, and in order. It is its own canonical form.
pub fn canonical_output(command: &str, output: &str) -> String {
    let mut text = String::new();
    for line in lines(command, output) {
        text.push_str(&line.said);
        text.push('\n');
    }
    if !output.ends_with('\n') {
        text.pop();
    }
    text
}

/// [`Commands`], ready to match.
struct Matching {
    matching: Regex,
    except: Option<Regex>,
}

impl Matching {
    fn match_to(&self, command: &str) -> bool {
        self.matching.is_match(command)
            && !self.except.as_ref().is_some_and(|except| except.is_match(command))
    }
}

impl From<Commands> for Matching {
    fn from(commands: Commands) -> Self {
        Self { matching: compiled(commands.matching), except: commands.except.map(compiled) }
    }
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a test compiles all patterns")
}

/// The lists above, ready to match.
struct Rules {
    masks: Vec<(Matching, Regex, &'static str)>,
    tolerances: Vec<(Matching, Regex, u64)>,
    unordered: Vec<(Matching, usize, bool)>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules {
    masks: MASKS
        .iter()
        .map(|rule| (rule.command.into(), compiled(rule.pattern), rule.word))
        .collect(),
    tolerances: TOLERANCES
        .iter()
        .map(|rule| (rule.command.into(), compiled(rule.pattern), rule.range))
        .collect(),
    unordered: UNORDERED
        .iter()
        .map(|rule| (rule.command.into(), rule.heading, rule.in_groups))
        .collect(),
});

impl Rules {
    fn take_numbers(&self, command: &str, line: &str) -> Line {
        let (mut text, mut numbers) = (line.to_owned(), Vec::new());
        for (commands, pattern, range) in &self.tolerances {
            if !commands.match_to(command) {
                continue;
            }
            let found = pattern.captures(&text).and_then(|groups: Captures<'_>| groups.get(1));
            let Some((place, number)) = found.map(|group| (group.range(), seconds(group.as_str())))
            else {
                continue;
            };
            numbers.push((number, *range));
            text.replace_range(place, "~");
        }
        Line { text, numbers, said: line.to_owned() }
    }
}

/// `m:ss` in seconds; a plain number is itself.
fn seconds(text: &str) -> u64 {
    let parts = text.split(':').map(|part| part.parse().unwrap_or(u64::MAX));
    parts.fold(0, |total, part: u64| u64::saturating_mul(total, 60).saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn what_may_differ_and_what_may_not() {
        let entry = |time: &str| format!("a\nb\nTCP {time}  FIN_WAIT    10.0.0.10:41006    172.16.100.100:80  172.16.100.3:80");
        let rows: &[(&str, &str, &str, bool)] = &[
            ("ping -c 1 h",   "64 bytes from h: icmp_seq=1 ttl=63 time=6.25 ms", "64 bytes from h: icmp_seq=1 ttl=63 time=0.1 ms", true),
            ("ping -c 1 h",   "64 bytes from h: icmp_seq=1 ttl=63 time=6.25 ms", "64 bytes from h: icmp_seq=1 ttl=64 time=6.25 ms", false),
            ("ping -c 2 h",   "rtt min/avg/max/mdev = 6.2/6.3/6.4/0.1 ms", "rtt min/avg/max/mdev = 1/1/1/0 ms", true),
            ("ping -c 2 h",   "0% packet loss, time 1001ms", "0% packet loss, time 1002ms", true),
            ("arping -c 1 h", "Unicast reply from h [02:00:00:00:00:01]  0.601ms", "Unicast reply from h [02:00:00:00:00:01]  2.1ms", true),
            ("traceroute h",  " 1  h  1.2 ms  1.3 ms", " 1  h  9.2 ms  0.3 ms", true),
            ("traceroute h",  " 1  h  1.2 ms  *", " 1  h  9.2 ms  0.3 ms", false),
            ("curl h",        "curl: (28) Connection timed out after 4001 milliseconds", "curl: (28) Connection timed out after 4000 milliseconds", true),
            ("curl h",        "curl: (28) Connection timed out after 4001 milliseconds", "curl: (28) Operation timed out after 4001 milliseconds", false),
            ("ipvsadm -Lnc",  &entry("01:59"), &entry("02:00"), true),
            ("ipvsadm -Lnc",  &entry("01:59"), &entry("01:55"), false),
            ("ipvsadm -Lnc",  "a\nb\nc\nd", "a\nb\nd\nc", true),
            ("ipvsadm -Lnc",  "a\nb\nc\nd", "b\na\nc\nd", false),
            ("ipvsadm -Ln",   "a\nb\nc\nd", "a\nb\nd\nc", false),
            ("conntrack -L",  "tcp      6 117 TIME_WAIT src=1.1.1.1\nv1.4.7: 1 entry", "v1.4.7: 1 entry\ntcp      6 119 TIME_WAIT src=1.1.1.1", true),
            ("conntrack -L",  "icmp     1 29 src=1.1.1.1 id=7", "icmp     1 29 src=1.1.1.1 id=8", true),
            ("ip -4 nei",     "b\na", "a\nb", true),
            ("ip addr; arp -n", "b\na", "a\nb", false),
            ("ip route",      "b\na", "a\nb", false),
            ("ip -s neighbor", "a used 1/0/3 probes 1 STALE", "a used 3/2/1 probes 1 STALE", true),
            ("cat ip",        "2: eth0@if4: <UP>", "2: eth0: <UP>", false),
            ("sleep 1; ip link", "2: eth0@if4: <UP>", "2: eth0: <UP>", true),
            ("ip neigh",      "b\na", "a\nb", true),
            ("ip -s neigh",   "a used 1/0/3 probes 1 STALE", "a used 3/2/1 probes 1 STALE", true),
            ("ip -s neigh",   "a used 1/0/3 probes 1 STALE", "a used 1/3/3 probes 1 STALE", false),
            ("ss -tn",        "State\nb\na", "State\na\nb", true),
            ("ss -tnH",       "b\na", "a\nb", true),
            ("arp -n",        "Address\nb\na", "Address\na\nb", true),
            ("arp -n",        "b\na\n", "a\nb\n", false),
            ("arp -n -a",     "b\na\n", "a\nb\n", true),
            ("ip addr",       "2: eth0@if4: <UP> qdisc netem state", "2: eth0: <UP> qdisc fq_codel state", true),
            ("ip addr",       "2: eth0: link-netns a  \n3", "2: eth0:\n3", true),
            ("ip -j addr",    r#"[{"ifname":"eth0","link_index":4,"qdisc":"netem","link_netnsid":0}]"#, r#"[{"ifname":"eth0","qdisc":"noqueue"}]"#, true),
            ("ip link",       "eth0: state LOWERLAYERDOWN", "eth0: state DOWN", true),
            ("ip link",       "eth0: state UP", "eth0: state DOWN", false),
            ("ip addr",       "2: eth0@if4: <UP> mtu 1500", "2: eth0: <UP> mtu 1400", false),
            ("ip route",      "a expires 595sec mtu 1400", "a expires 598sec mtu 1400", true),
            ("ip route",      "a expires 595sec mtu 1400", "a expires 599sec mtu 1400", false),
            ("iptables-save", "# Generated by iptables-save v1.8.9 on Thu Jan  1", "# Generated by iptables-save v1.8.9 on Mon Nov 23", true),
            ("bridge fdb",    "33:33:00:00:00:01 dev a\nx\n", "x\n", true),
            ("ip addr",       "3: dummy0: <UP> mtu 1500\n    link/ether 56:0c:29:93:65:fb brd", "3: dummy0: <UP> mtu 1500\n    link/ether f6:b3:02:46:44:2e brd", true),
            ("ip addr",       "3: eth1: <UP> mtu 1500\n    link/ether 56:0c:29:93:65:fb brd", "3: eth1: <UP> mtu 1500\n    link/ether f6:b3:02:46:44:2e brd", false),
            ("ip addr",       "1: lo\n4: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN\n    link/ipip 0.0.0.0 brd 0.0.0.0\n", "1: lo\n", true),
            ("cat /proc/net/ip_vs", "a\nb\nc\nUDP 1\n  -> x\nTCP 2\n  -> y", "a\nb\nc\nTCP 2\n  -> y\nUDP 1\n  -> x", true),
            ("cat /proc/net/ip_vs", "a\nb\nc\nUDP 1\n  -> x\nTCP 2\n  -> y", "a\nb\nc\nTCP 2\n  -> x\nUDP 1\n  -> y", false),
            ("cat f",         "a", "a\nb", false),
        ];
        for (command, one, other, same) in rows {
            let sides = [lines(command, one), lines(command, other)];
            let [a, b] = &sides;
            let is_same = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.agrees(b));
            assert_eq!(is_same, *same, "{command}: {one:?} and {other:?}");
            for output in [one, other] {
                let canonical = canonical_output(command, output);
                assert_eq!(canonical_output(command, &canonical), canonical, "{command}");
                assert_eq!(canonical.ends_with('\n'), output.ends_with('\n'));
            }
        }
        // Each entry is met by a row.
        let rules = &*RULES;
        let met = |commands: &Matching, pattern: Option<&Regex>| {
            let is_found = |text: &str| pattern.is_none_or(|pattern| text.lines().any(|line| pattern.is_match(line)) || pattern.is_match(text));
            rows.iter().any(|(command, one, ..)| commands.match_to(command) && is_found(one))
        };
        for (commands, pattern, _) in &rules.masks {
            assert!(met(commands, Some(pattern)), "{pattern}");
        }
        for (commands, pattern, _) in &rules.tolerances {
            assert!(met(commands, Some(pattern)), "{pattern}");
        }
        assert!(rules.unordered.iter().all(|(commands, ..)| met(commands, None)));
    }
}
