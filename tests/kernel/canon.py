#!/usr/bin/python3 -B
"""Canonical frames: a frame as one line of text without what differs between two runs of the same kernel.

    tests/kernel/canon.py FILE.pcap …      prints time and line of each frame

Left out: TCP initial sequence numbers (numbers are relative), time stamp values, IP IDs (only whether zero), ping ids,
ephemeral ports, windows (except in SYN and SYN-ACK), absolute times. Kept: MAC addresses; ARP operation with all four
addresses; IP source, destination, TTL, TOS, DF, fragment, total length, protocol; TCP ports, flags, relative numbers, options
in order with MSS, window scale and SACK edges, length and checksum of the data; UDP likewise; ICMP type, code, gateway, MTU,
sequence and the quoted packet; the inner packet of IPIP; bytes after the packet; and whether every checksum is right.
"""

import json
import os
import signal
import struct
import sys
import zlib

import pcap

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
ICMP, IPIP, TCP, UDP = 1, 4, 6, 17
FLAGS = "FSRP.UEW"  # tcpdump's letters, lowest bit first
FIRST_EPHEMERAL = 32768
TRACEROUTE = range(33434, 33534)  # destination ports that count probes
ERRORS = (3, 4, 5, 11, 12)


def mac(data):
    """Six bytes as text."""
    return data.hex(":")


def ip(data):
    """Four bytes as text."""
    return ".".join(str(byte) for byte in data)


def checksum(data):
    """The Internet checksum's sum over `data`: 0xffff when a stored checksum is included and right."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def is_artefact(frame):
    """Frames that only a kernel with everything compiled in would send: nothing of them is in our labs."""
    return frame[12:14] == struct.pack("!H", IPV6)


class Canon:
    """Turns the frames of one interface, in order, into lines. `pinned`: ports above 32767 that a plan has fixed."""

    def __init__(self, pinned=None):
        self.pinned = pinned
        self.bases = {}  # (source, port, destination, port) -> number that is shown as 0

    def line(self, frame):
        """The line of the next frame."""
        if len(frame) < 14:
            return f"short frame of {len(frame)} bytes"
        (kind,) = struct.unpack_from("!H", frame, 12)
        head = f"{mac(frame[6:12])} > {mac(frame[0:6])}"
        payload = frame[14:]
        try:
            if kind == ARP:
                return f"{head} {self._arp(payload)}"
            if kind == IPV4:
                return f"{head} {self._ip(payload)}"
        except (struct.error, IndexError):
            return f"{head} ethertype {kind:#06x} cut short at {len(frame)} bytes"
        return f"{head} ethertype {kind:#06x} length {len(frame)}"

    def _arp(self, data):
        hardware, protocol, sizes, operation = struct.unpack_from("!HHHH", data)
        if (hardware, protocol, sizes) != (1, IPV4, 0x0604):
            return f"arp hardware {hardware} protocol {protocol:#06x} sizes {sizes:#06x}"
        name = {1: "request", 2: "reply"}.get(operation, f"operation {operation}")
        sender, target = data[8:18], data[18:28]
        if len(target) < 10:
            raise IndexError
        text = f"arp {name} {mac(sender[:6])} {ip(sender[6:])} asks {mac(target[:6])} {ip(target[6:])}"
        return text.replace(" asks ", " to " if operation == 2 else " asks ") + _trailer(data, 28)

    # IP ----------------------------------------------------------------------------------------------------------------

    def _ip(self, data, quoted=False):
        head_length = (data[0] & 15) * 4
        if data[0] >> 4 != 4 or head_length < 20:
            return f"ip version and length {data[0]:#04x}"
        tos, total, identity, fragment, ttl, protocol = struct.unpack_from("!xBHHHBB", data)
        source, target = ip(data[12:16]), ip(data[16:20])
        bad = [] if checksum(data[:head_length]) == 0xFFFF else ["ip"]
        words = [f"{source} > {target} ttl {ttl} tos {tos:#04x}"]
        words.append("DF" if fragment & 0x4000 else "-")
        words.append("id 0" if identity == 0 else "id +")
        words.append(f"len {total}")
        if head_length > 20:
            words.append(f"ipoptions {data[20:head_length].hex()}")
        offset, more = (fragment & 0x1FFF) * 8, bool(fragment & 0x2000)
        if offset or more:
            words.append(f"fragment {offset}{'+' if more else ''}")
        payload = data[head_length:total]
        if not quoted and len(data) < total:
            words.append(f"cut to {len(data)}")
        whole = not (offset or more or quoted) and len(data) >= total
        if offset:
            words.append(f"proto {protocol} data {zlib.crc32(payload):08x}")
        else:
            words.append(self._above(protocol, data[12:20], payload, whole, quoted, bad))
        words.append(f"bad sums: {' '.join(bad)}" if bad else "sums ok")
        if quoted:
            words.append(f"quoted {len(data)}")
            return "[" + " ".join(words) + "]"
        return " ".join(words) + _trailer(data, total)

    def _above(self, protocol, addresses, payload, whole, quoted, bad):
        name = {ICMP: "icmp", TCP: "tcp", UDP: "udp"}.get(protocol)
        if whole and name and not self._sum_is_right(protocol, addresses, payload):
            bad.append(name)
        if protocol == TCP:
            return self._tcp(addresses, payload, quoted)
        if protocol == UDP:
            return self._udp(payload, quoted)
        if protocol == ICMP:
            return self._icmp(payload, quoted)
        if protocol == IPIP:
            return "ipip " + self._ip(payload, quoted)
        return f"proto {protocol} data {zlib.crc32(payload):08x}"

    def _sum_is_right(self, protocol, addresses, payload):
        if protocol == ICMP:
            return checksum(payload) == 0xFFFF
        if protocol == UDP and payload[6:8] == b"\0\0":
            return True
        pseudo = addresses + struct.pack("!BBH", 0, protocol, len(payload))
        return checksum(pseudo + payload) == 0xFFFF

    # Layer 4 -----------------------------------------------------------------------------------------------------------

    def _port(self, port):
        if self.pinned is None or port < FIRST_EPHEMERAL or port in self.pinned:
            return str(port)
        return str(port) if port in TRACEROUTE else "eph"

    def _tcp(self, addresses, data, quoted):
        source, target, number = struct.unpack_from("!HHI", data)
        ports = f"tcp {self._port(source)} > {self._port(target)}"
        forth = (addresses[:4], source, addresses[4:], target)
        back = (addresses[4:], target, addresses[:4], source)
        if len(data) < 20:
            return f"{ports} {self._relative(forth, number)} …"
        acknowledged, offset, flags, window = struct.unpack_from("!IBBH", data, 8)
        if not quoted:
            self._learn(forth, back, number, acknowledged, flags)
        letters = "".join(letter for bit, letter in enumerate(FLAGS) if flags >> bit & 1)
        words = [ports, f"[{letters or 'none'}] {self._relative(forth, number)}"]
        if flags & 0x10:
            words.append("ack " + self._relative(back, acknowledged).removeprefix("seq "))
        elif acknowledged:
            words.append("ack field not 0")
        if flags & 0x02:
            words.append(f"win {window}")
        head_length = (offset >> 4) * 4
        words.append("opts " + (self._options(data[20:head_length], back) or "-"))
        if not quoted:
            words.append(_data(data[head_length:]))
        return " ".join(words)

    def _learn(self, forth, back, number, acknowledged, flags):
        if flags & 0x02:
            is_new = self.bases.get(forth) != number
            self.bases[forth] = number
            if is_new and not flags & 0x10:
                self.bases.pop(back, None)  # the port is used again
        if flags & 0x10:
            self.bases.setdefault(back, (acknowledged - 1) & 0xFFFFFFFF)
        self.bases.setdefault(forth, number)

    def _relative(self, way, number):
        if way not in self.bases:
            return "seq ?"
        distance = (number - self.bases[way]) & 0xFFFFFFFF
        return f"seq {distance - (1 << 32) if distance >> 31 else distance}"

    def _options(self, data, back):
        names, position = [], 0
        while position < len(data):
            kind = data[position]
            if kind == 0:
                names.append("eol")
                break
            if kind == 1:
                names.append("nop")
                position += 1
                continue
            length = data[position + 1]
            body = data[position + 2 : position + length]
            names.append(self._option(kind, body, back))
            position += max(length, 2)
        return ",".join(names)

    def _option(self, kind, body, back):
        if kind == 2:
            return f"mss {int.from_bytes(body, 'big')}"
        if kind == 3:
            return f"wscale {body[0]}"
        if kind == 5:
            edges = [int.from_bytes(body[at : at + 4], "big") for at in range(0, len(body), 4)]
            shown = [self._relative(back, edge).removeprefix("seq ") for edge in edges]
            return "sack " + " ".join(shown)
        return {4: "sackOK", 8: "ts"}.get(kind, f"option {kind}")

    def _udp(self, data, quoted):
        source, target, length = struct.unpack_from("!HHH", data)
        text = f"udp {self._port(source)} > {self._port(target)} length {length}"
        return text if quoted else f"{text} {_data(data[8:])}"

    def _icmp(self, data, quoted):
        kind, code = data[0], data[1]
        text = f"icmp {kind}/{code}"
        if kind in (0, 8):
            (sequence,) = struct.unpack_from("!H", data, 6)
            return f"{text} seq {sequence}"
        if kind not in ERRORS:
            return f"{text} data {zlib.crc32(data[4:]):08x}"
        if kind == 5:
            text += f" gateway {ip(data[4:8])}"
        elif kind == 3 and code == 4:
            text += f" mtu {struct.unpack_from('!H', data, 6)[0]}"
        if quoted or len(data) < 28:
            return text
        return f"{text} {self._ip(data[8:], quoted=True)}"


def _data(data):
    return f"data {len(data)}" + (f" {zlib.crc32(data):08x}" if data else "")


def _trailer(data, length):
    return f" trailer {len(data) - length}" if len(data) > length else ""


def pinned_ports(plan):
    """All ports that a plan fixes, so that they are compared and not taken for ephemeral ones."""
    found = set()
    for step in plan["steps"] + [serve for host in plan["hosts"] for serve in host.get("serves", [])]:
        found.add(step.get("local_port", 0))
        for word in step.get("argv", []):
            found.update(int(part) for part in word.replace("/", ":").split(":") if part.isdigit())
    return found


def lines(path, pinned=None):
    """The frames of a pcap file as (nanoseconds, line)."""
    canon = Canon(pinned)
    return [(at, canon.line(frame)) for at, frame in pcap.read(path) if not is_artefact(frame)]


def main():
    """Print the files named on the command line; a plan.json beside a file tells its fixed ports."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    for path in sys.argv[1:]:
        pinned = None
        plan = os.path.join(os.path.dirname(path), "plan.json")
        if os.path.exists(plan):
            with open(plan, encoding="utf-8") as file:
                pinned = pinned_ports(json.load(file))
        if len(sys.argv) > 2:
            print(f"== {os.path.basename(path)}")
        for at, line in lines(path, pinned):
            print(f"{at / 1e9:12.6f}  {line}")


if __name__ == "__main__":
    main()
