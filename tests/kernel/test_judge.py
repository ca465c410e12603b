"""Tests of the judge: canonical lines of frames from a real wire, masks, and that a comparison can fail.

    python3 -B tests/kernel/test_judge.py
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import masks  # noqa: E402
import pcap  # noqa: E402
import story  # noqa: E402

C, R = "020000000001", "02000000000c"  # the destination is the router, the source the client; answers the other way round
GET = b"GET / HTTP/1.1\r\nHost: 192.168.1.11\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n".hex()

# A handshake, a request and two errors, as captured at a client behind a router.
SYN = f"{C}{R}0800 4500003c537a400040061b850a00000ac0a8010b cb960050e5f8ed7100000000a002faf07af40000 020405b40402080a6f82f7890000000001030307"
SYN_ACK = f"{R}{C}0800 4500003c000040003f066fffc0a8010b0a00000a 0050cb96efcfb9d9e5f8ed72a012fe8804840000 020405b40402080a9603331a6f82f78901030307"
ACK = f"{C}{R}0800 45000034537b400040061b8c0a00000ac0a8010b cb960050e5f8ed72efcfb9da801001f62fe30000 0101080a6f82f7899603331a"
REQUEST = f"{C}{R}0800 45000080537c400040061b3f0a00000ac0a8010b cb960050e5f8ed72efcfb9da801801f6e6580000 0101080a6f82f78a9603331a {GET}"
WHO_HAS = f"ffffffffffff{R}0806 0001080006040001 02000000000c0a00000a 0000000000000a000001"
IS_AT = f"{R}{C}0806 0001080006040002 0200000000010a000001 02000000000c0a00000a"
CLOSED = f"{R}{C}0800 45000028000040003f067013c0a8010b0a00000a 0052cf2000000000c2b44af6 5014000006f60000"
UNREACHABLE = f"{R}{C}0800 45c0003dc5ab00003f01e997c0a8010b0a00000a 0303c8d800000000 45000021a6cd40003f11c9410a00000ac0a8010b 9e0014e9000d3d5b 68656c6c6f"

TO, BACK = "02:00:00:00:00:0c > 02:00:00:00:00:01", "02:00:00:00:00:01 > 02:00:00:00:00:0c"
OPTIONS = "mss 1460,sackOK,ts,nop,wscale 7"


def frame(text):
    """Bytes of a frame written in hex with blanks."""
    return bytes.fromhex(text.replace(" ", ""))


class CanonicalFrames(unittest.TestCase):
    def test_a_conversation(self):
        rows = [
            (WHO_HAS, "02:00:00:00:00:0c > ff:ff:ff:ff:ff:ff arp request 02:00:00:00:00:0c 10.0.0.10 asks 00:00:00:00:00:00 10.0.0.1"),
            (IS_AT, f"{BACK} arp reply 02:00:00:00:00:01 10.0.0.1 to 02:00:00:00:00:0c 10.0.0.10"),
            (SYN, f"{TO} 10.0.0.10 > 192.168.1.11 ttl 64 tos 0x00 DF id + len 60 tcp 52118 > 80 [S] seq 0 win 64240 opts {OPTIONS} data 0 sums ok"),
            (SYN_ACK, f"{BACK} 192.168.1.11 > 10.0.0.10 ttl 63 tos 0x00 DF id 0 len 60 tcp 80 > 52118 [S.] seq 0 ack 1 win 65160 opts {OPTIONS} data 0 sums ok"),
            (ACK, f"{TO} 10.0.0.10 > 192.168.1.11 ttl 64 tos 0x00 DF id + len 52 tcp 52118 > 80 [.] seq 1 ack 1 opts nop,nop,ts data 0 sums ok"),
            (REQUEST, f"{TO} 10.0.0.10 > 192.168.1.11 ttl 64 tos 0x00 DF id + len 128 tcp 52118 > 80 [P.] seq 1 ack 1 opts nop,nop,ts data 76 9d75b063 sums ok"),
            (CLOSED, f"{BACK} 192.168.1.11 > 10.0.0.10 ttl 63 tos 0x00 DF id 0 len 40 tcp 82 > 53024 [R.] seq 0 ack 1 opts - data 0 sums ok"),
            (UNREACHABLE, f"{BACK} 192.168.1.11 > 10.0.0.10 ttl 63 tos 0xc0 - id + len 61 icmp 3/3 [10.0.0.10 > 192.168.1.11 ttl 63 tos 0x00 DF id + len 33 udp 40448 > 5353 length 13 sums ok quoted 33] sums ok"),
        ]
        seen = canon.Canon()
        for text, line in rows:
            self.assertEqual(seen.line(frame(text)), line)

    def test_what_two_runs_differ_in_is_left_out(self):
        """Another ISN, IP ID, time stamp and window change nothing in the line but that the checksums are wrong now."""
        data = bytearray(frame(ACK))
        plain = canon.Canon().line(bytes(data))
        for offset, value in ((18, 0x1234), (38, 0x4444), (48, 99), (58, 7)):  # ID, seq, window, time stamp
            data[offset : offset + 2] = value.to_bytes(2, "big")
        self.assertEqual(canon.Canon().line(bytes(data)), plain.replace("sums ok", "bad sums: ip tcp"))

    def test_a_wrong_bit_shows(self):
        """Every bit of a SYN's addresses, TTL and options is in its line, or in its checksums."""
        plain = canon.Canon().line(frame(SYN))
        for bit in range(len(frame(SYN)) * 8):
            data = bytearray(frame(SYN))
            data[bit // 8] ^= 1 << bit % 8
            self.assertNotEqual(canon.Canon().line(bytes(data)), plain, f"bit {bit}")

    def test_short_and_strange_frames_are_lines_too(self):
        for length in range(len(frame(UNREACHABLE))):
            self.assertIsInstance(canon.Canon().line(frame(UNREACHABLE)[:length]), str)
        self.assertIn("trailer 4", canon.Canon().line(frame(SYN) + bytes(4)))
        tunnel = frame(f"{C}{R}0800 4500005000004000 4004 b95a 0a000001c0a8010b {SYN[29:]}")
        self.assertIn("ipip 10.0.0.10 > 192.168.1.11 ttl 64", canon.Canon().line(tunnel))

    def test_unpinned_high_ports_are_ephemeral(self):
        self.assertIn("tcp eph > 80", canon.Canon(pinned={41000}).line(frame(SYN)))
        self.assertIn("tcp 52118 > 80", canon.Canon(pinned={52118}).line(frame(SYN)))


STEP = 1_000_000


class Masks(unittest.TestCase):
    def test_rows(self):
        entry = "TCP {}  FIN_WAIT    10.0.0.10:41006    172.16.100.100:80  172.16.100.3:80"
        rows = [
            ("ping -c 1 h", "64 bytes from h: icmp_seq=1 ttl=63 time=6.25 ms", "64 bytes from h: icmp_seq=1 ttl=63 time=0.1 ms", True),
            ("ping -c 1 h", "64 bytes from h: icmp_seq=1 ttl=63 time=6.25 ms", "64 bytes from h: icmp_seq=1 ttl=64 time=6.25 ms", False),
            ("ping -c 2 h", "rtt min/avg/max/mdev = 6.2/6.3/6.4/0.1 ms", "rtt min/avg/max/mdev = 1/1/1/0 ms", True),
            ("curl h", "curl: (28) Connection timed out after 4001 milliseconds", "curl: (28) Connection timed out after 4000 milliseconds", True),
            ("curl h", "curl: (28) Connection timed out after 4001 milliseconds", "curl: (28) Operation timed out after 4001 milliseconds", False),
            ("ipvsadm -Lnc", "a\nb\n" + entry.format("01:59"), "a\nb\n" + entry.format("02:00"), True),
            ("ipvsadm -Lnc", "a\nb\n" + entry.format("01:59"), "a\nb\n" + entry.format("01:55"), False),
            ("ipvsadm -Lnc", "a\nb\nc\nd", "a\nb\nd\nc", True),
            ("ipvsadm -Ln", "a\nb\nc\nd", "a\nb\nd\nc", False),
            ("ip neigh", "b\na", "a\nb", True),
            ("ip addr", "2: eth0@if4: <UP> qdisc netem state", "2: eth0: <UP> qdisc fq_codel state", True),
            ("ip link", "eth0: state LOWERLAYERDOWN", "eth0: state DOWN", True),
            ("ip link", "eth0: state UP", "eth0: state DOWN", False),
            ("ip addr", "2: eth0@if4: <UP> mtu 1500", "2: eth0: <UP> mtu 1400", False),
        ]
        for command, one, other, same in rows:
            sides = masks.lines(command, one), masks.lines(command, other)
            is_same = len(sides[0]) == len(sides[1]) and all(map(masks.agree, *sides))
            self.assertEqual(is_same, same, (command, one, other))


class Comparison(unittest.TestCase):
    """Frames of one instant that cross have no order, so each gets an instant of its own."""

    def run_compare(self, frames, outputs, step=STEP):
        """Exit status and text of `compare` for two folders, each with one interface and one output."""
        with tempfile.TemporaryDirectory() as folder:
            for side in (0, 1):
                place = os.path.join(folder, str(side))
                os.mkdir(place)
                pcap.write(place + "/a-eth0.pcap", [(at * step, frame(text)) for at, text in enumerate(frames[side])])
                result = [{"node": "a", "text": "true", "status": 0, "output": outputs[side]}]
                for name, content in (
                    ("outputs.json", result),
                    ("plan.json", {"hosts": [], "steps": [], "captures": [["a", "eth0"]]}),
                ):
                    with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                        json.dump(content, file)
            command = [sys.executable, HERE + "/compare", folder + "/0", folder + "/1"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout

    def test_crossings(self):
        for one, other, status in (([SYN, SYN_ACK], [SYN_ACK, SYN], 0), ([SYN, ACK], [ACK, SYN], 1)):
            got, said = self.run_compare((one, other), ("x", "x"), step=0)
            self.assertEqual(got, status, said)

    def test_statuses(self):
        talk = [SYN, SYN_ACK, ACK]
        rows = [
            ((talk, talk), ("x", "x"), 0, ""),
            ((talk, talk[:2]), ("x", "x"), 1, "a:eth0: frame 3 differs (3 and 2 frames)"),
            ((talk, [SYN, ACK, SYN_ACK]), ("x", "x"), 1, "a:eth0: frame 2 differs"),
            ((talk, talk), ("x", "y"), 1, "command 1, a$ true: the outputs differ"),
        ]
        for frames, outputs, status, text in rows:
            got, said = self.run_compare(frames, outputs)
            self.assertEqual(got, status, said)
            self.assertIn(text, said)


class Time(unittest.TestCase):
    def test_a_late_story_is_late_by_whole_slots_of_the_timer_wheel(self):
        for late, slots in [(0, 0), (9, 0), (10, 1), (80, 1), (89, 1), (90, 2), (170, 3)]:
            self.assertEqual(story.lateness((100 + late) * STEP, 100 * STEP), slots * 80 * STEP, late)

    def test_a_long_story_begins_with_a_wide_slot(self):
        for seconds, slot in [(1, 64), (40, 64), (41, 512), (322, 512), (323, 4096), (4000, 4096)]:
            self.assertEqual(story.widest_slot(seconds * 1000 * STEP), slot, seconds)

    def test_a_tool_may_use_the_pause_after_it(self):
        tool, endpoint, cable = {"kind": "tool"}, {"kind": "endpoint"}, {"cable": []}
        rows = [(tool, 100, 10), (endpoint, 100, 90), (cable, 2000, 1990), (endpoint, 0, 0), (tool, 0, 0), (endpoint, 15, 10)]
        for before, gap, wanted in rows:
            self.assertEqual(story.pause(before, {"gap_ns": gap * STEP}), wanted * STEP, (before, gap))
        self.assertEqual(story.pause(endpoint, {}), 10 * STEP)


class Refusals(unittest.TestCase):
    """What cannot run says what is wrong and what to do, with status 2."""

    def refused(self, *command, **environment):
        """The error text of a command."""
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
        self.assertEqual(done.returncode, 2, done)
        return done.stderr

    def test_words_of_the_judge(self):
        rows = [
            ([], "SCENARIO…"),
            (["--frobnicate", "dr/seed"], "unknown option --frobnicate; known: --out DIR"),
            (["dr/seed", "-v"], "unknown option -v"),
            (["dr/seed", "--out"], "--out needs a folder"),
        ]
        for words, text in rows:
            self.assertIn(text, self.refused(HERE + "/judge", *words))

    def test_missing_programs_are_named_with_their_packages(self):
        """Wherever in a line they stand; a word that is no command asks for nothing."""
        line = "for i in 1 2; do ping -c 1 arp; done && netstat route"
        plan = {"hosts": [], "links": [], "end_ns": 0, "captures": [], "steps": [{"kind": "tool", "text": line}]}
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/plan.json", "w", encoding="utf-8") as file:
                json.dump(plan, file)
            said = self.refused(sys.executable, HERE + "/run", folder + "/plan.json", folder, PATH=folder)
        self.assertIn("not installed: linux.uml, netstat, ping\n", said)
        self.assertIn("apt-get install -y --no-install-recommends iputils-ping net-tools user-mode-linux", said)


if __name__ == "__main__":
    unittest.main()
