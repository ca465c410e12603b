"""The one list of what may differ between an output of the simulation and one of the kernel, each with its reason.

A mask replaces what it matches by a word. A tolerance compares the number that it finds, within a range. `unordered` sorts the
lines after the heading lines. All of them hold for the commands that their pattern matches. Add a line here only with a reason
that a reviewer can check; whatever is not listed is compared letter by letter.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Mask:
    """Text that is replaced before two outputs are compared."""

    command: str
    pattern: str
    word: str
    why: str


@dataclass(frozen=True)
class Tolerance:
    """A number, the first group of the pattern, that may differ by at most `range`; `m:ss` counts as seconds."""

    command: str
    pattern: str
    range: int
    why: str


@dataclass(frozen=True)
class Unordered:
    """Lines after the first `heading` ones come in no order."""

    command: str
    heading: int
    why: str


REAL_TIME = "the kernel's frames need real time, measured to a microsecond"
START_TIME = "a real tool takes 30 to 130 ms to start; on a busy machine this adds up to some seconds over a long story"
HASH_ORDER = "the kernel walks a hash table that is seeded anew at each boot"
TWO_PIPES = HASH_ORDER + "; and its last line, written to standard error, comes first where standard output is a pipe"

MASKS = [
    Mask(r"\bping\b", r"time=[\d.]+ ms", "time=T", REAL_TIME),
    Mask(r"\bping\b", r"= [\d./]+ ms(, pipe \d+)?", "= T", REAL_TIME),
    Mask(r"\bping\b", r", time \d+ms", ", time T", REAL_TIME),
    Mask(r"\barping\b", r"  [\d.]+ms", "  T", REAL_TIME),
    Mask(r"\btraceroute\b", r"[\d.]+ ms", "T", REAL_TIME),
    Mask(r"\bcurl\b", r"after \d+ (ms|milliseconds)", r"after T \1", REAL_TIME),
    Mask(r"^conntrack\b", r"\bid=\d+", "id=N", "the id of ping's questions is the number of its process"),
    Mask(r"\bip\b", r"@if\d+", "", "a veth interface names its peer; a network card has none"),
    Mask(r"\bip\b", r" link-netns(id)? \S+", "", "where a veth interface's peer is"),
    Mask(r"\bip\b", r"qdisc (netem|noqueue|fq_codel|pfifo_fast|mq)", "qdisc Q", "the cable's delay is a queue here"),
    Mask(r"\bip\b", r"state LOWERLAYERDOWN", "state DOWN", "a network card without carrier says DOWN, a veth interface says this"),
    Mask(r"\bip\b.*-j", r'"link_index": ?\d+,\s*', "", "a veth interface names its peer; a network card has none"),
    Mask(r"\bip\b.*-j", r',\s*"link_netnsid": ?\d+', "", "where a veth interface's peer is"),
    Mask(r"\bip\b.*-j", r'"qdisc": ?"(netem|noqueue|fq_codel)"', '"qdisc":Q', "the cable's delay is a queue here"),
    Mask(r"\biptables-save\b", r"(?m)^(# .*) on .*$", r"\1 on D", "the simulation's day is the first of 1970"),
    Mask(r"\bbridge\b", r"(?m)^33:33:.*\n", "", "groups of IPv6, which is not simulated"),
    Mask(r"\bip\b", r"(?m) +$", "", "iproute2 leaves blanks at the ends of lines, more of them in some versions"),
]

TOLERANCES = [
    Tolerance(r"\bipvsadm\b.*-\w*c", r"(?m)^\w+ +(\d+:\d\d)", 3, START_TIME),
    Tolerance(r"^conntrack\b", r"(?m)^\w+ +\d+ (\d+) ", 3, START_TIME),
    Tolerance(r"\bip\b.*\broute\b", r"expires (\d+)sec", 3, START_TIME),
    Tolerance(r"\bip\b.*-s.*\bneigh", r"used (\d+)/", 2, START_TIME),
    Tolerance(r"\bip\b.*-s.*\bneigh", r"used [\d~]+/(\d+)/", 2, START_TIME),
    Tolerance(r"\bip\b.*-s.*\bneigh", r"used [\d~]+/[\d~]+/(\d+)", 2, START_TIME),
]

UNORDERED = [
    Unordered(r"\bipvsadm\b.*-\w*c", 2, HASH_ORDER),
    Unordered(r"\bip\b.*\bn(eigh|eighbour)?\b", 0, HASH_ORDER),
    Unordered(r"^conntrack\b", 0, TWO_PIPES),
    Unordered(r"^ss\b(?!.*-\w*H)", 1, HASH_ORDER),
    Unordered(r"^ss\b.*-\w*H", 0, HASH_ORDER),
    Unordered(r"^arp\b(?!.* -a)", 1, HASH_ORDER),
    Unordered(r"^arp\b.* -a", 0, HASH_ORDER),
]


def lines(command, output):
    """An output as comparable lines: (text with the masks applied, the numbers that have a tolerance)."""
    for mask in MASKS:
        if re.search(mask.command, command):
            output = re.sub(mask.pattern, mask.word, output)
    found = [_take_numbers(command, line) for line in output.splitlines()]
    for rule in UNORDERED:
        if re.search(rule.command, command):
            found[rule.heading :] = sorted(found[rule.heading :])
    return found


def agree(one, other):
    """Whether two lines are equal within the tolerances."""
    (text, numbers), (other_text, other_numbers) = one, other
    if text != other_text or len(numbers) != len(other_numbers):
        return False
    return all(abs(a - b) <= allowed for (a, allowed), (b, _) in zip(numbers, other_numbers))


def _take_numbers(command, line):
    numbers = []
    for rule in TOLERANCES:
        match = re.search(rule.command, command) and re.search(rule.pattern, line)
        if match:
            numbers.append((_seconds(match.group(1)), rule.range))
            line = line[: match.start(1)] + "~" + line[match.end(1) :]
    return line, numbers


def _seconds(text):
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total
