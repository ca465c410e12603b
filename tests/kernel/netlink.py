"""The few requests to the kernel that build a lab: veth pairs, bridges, interfaces up and down, delay queues.

`ip` and `tc` would do the same at 50 ms a process; a whole lab takes less here. Numbers are those of linux/rtnetlink.h,
linux/if_link.h and linux/pkt_sched.h.
"""

import array
import fcntl
import os
import socket
import struct

NEWLINK, NEWQDISC = 16, 36
REQUEST, ACK, REPLACE, CREATE, EXCL = 1, 4, 0x100, 0x400, 0x200
IFF_UP = 1
ADDRESS, IFNAME, MTU, MASTER, LINKINFO, NET_NS_FD = 1, 3, 4, 10, 18, 28
INFO_KIND, INFO_DATA, VETH_PEER = 1, 2, 1
BR_FORWARD_DELAY, BR_MCAST_SNOOPING = 1, 23
TCA_KIND, TCA_OPTIONS, NETEM_LATENCY64 = 1, 2, 10
ROOT = 0xFFFFFFFF
SIOCETHTOOL = 0x8946
GRO = 0x2C  # set generic receive offload (linux/ethtool.h)
OFFLOADS = (0x15, 0x17, 0x1F, 0x24, GRO)  # set rx and tx checksums, TSO, GSO, GRO
QUEUE_LIMIT = 1000  # netem's own default, in frames


def attribute(kind, payload):
    """One attribute, padded to four bytes."""
    if isinstance(payload, str):
        payload = payload.encode() + b"\0"
    elif isinstance(payload, int):
        payload = struct.pack("=I", payload)
    head = struct.pack("=HH", 4 + len(payload), kind)
    return head + payload + bytes(-len(payload) % 4)


def mac_bytes(text):
    """`02:00:00:00:00:d1` as six bytes."""
    return bytes.fromhex(text.replace(":", ""))


class Netlink:
    """A route netlink socket of the namespace in which it was made."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.bind((0, 0))
        self.sequence = 0

    def close(self):
        """Close the socket."""
        self.socket.close()

    def ask(self, kind, flags, body, what):
        """Send one request and wait for its answer; an error is an OSError that names `what`."""
        self.sequence += 1
        head = struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACK | flags, self.sequence, 0)
        self.socket.send(head + body)
        answer = self.socket.recv(65536)
        (error,) = struct.unpack_from("=i", answer, 16)
        if error:
            raise OSError(-error, f"{what}: {os.strerror(-error)}")

    def veth(self, one, other):
        """Make a pair. Each end: dict of name, index (0: the kernel's choice), mac, mtu, ns (a file descriptor)."""
        peer = _link(other["index"]) + _end(other)
        data = attribute(INFO_DATA, attribute(VETH_PEER, peer))
        body = _link(one["index"]) + _end(one)
        body += attribute(LINKINFO, attribute(INFO_KIND, "veth") + data)
        self.ask(NEWLINK, CREATE | EXCL, body, f"veth {one['name']}-{other['name']}")

    def bridge(self, name, mac):
        """Make a bridge that forwards at once and looks at no multicast membership; it is up afterwards."""
        options = attribute(BR_FORWARD_DELAY, 0)
        options += attribute(BR_MCAST_SNOOPING, b"\0")
        body = _link(0, IFF_UP, IFF_UP) + attribute(IFNAME, name)
        body += attribute(ADDRESS, mac_bytes(mac))
        body += attribute(LINKINFO, attribute(INFO_KIND, "bridge") + attribute(INFO_DATA, options))
        self.ask(NEWLINK, CREATE | EXCL, body, f"bridge {name}")

    def enslave(self, name, bridge):
        """Make an interface a port of a bridge."""
        body = _link(index(name)) + attribute(MASTER, index(bridge))
        self.ask(NEWLINK, 0, body, f"master of {name}")

    def up(self, name, is_up=True):
        """Set an interface up or down."""
        body = _link(index(name), IFF_UP if is_up else 0, IFF_UP)
        self.ask(NEWLINK, 0, body, f"{name} up")

    def mtu(self, name, mtu):
        """Set an interface's MTU."""
        self.ask(NEWLINK, 0, _link(index(name)) + attribute(MTU, mtu), f"mtu of {name}")

    def move(self, name, ns):
        """Move an interface into the namespace behind the file descriptor `ns`."""
        self.ask(NEWLINK, 0, _link(index(name)) + attribute(NET_NS_FD, ns), f"move {name}")

    def netem(self, name, delay_ns, loss=0.0):
        """Set an interface's queue to hold each frame this long, and to lose this share of them."""
        share = min(int(loss * ROOT), ROOT)
        ticks = min(delay_ns >> 6, ROOT)  # pkt_sched's tick is 64 ns
        options = struct.pack("=6I", ticks, QUEUE_LIMIT, share, 0, 0, 0)
        options += attribute(NETEM_LATENCY64, struct.pack("=q", delay_ns))
        body = struct.pack("=BxHiIII", 0, 0, index(name), 0, ROOT, 0)
        body += attribute(TCA_KIND, "netem") + attribute(TCA_OPTIONS, options)
        self.ask(NEWQDISC, CREATE | REPLACE, body, f"netem on {name}")


def no_offloads(name, offloads=OFFLOADS):
    """Let an interface send what a wire would carry: whole checksums, and no segments larger than the MTU."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in offloads:
            value = array.array("I", [command, 0])
            request = struct.pack("16sP", name.encode(), value.buffer_info()[0])
            fcntl.ioctl(any_socket, SIOCETHTOOL, request)


def index(name):
    """An interface's number in the namespace of this process."""
    return socket.if_nametoindex(name)


def _link(number, flags=0, change=0):
    return struct.pack("=BxHiII", 0, 0, number, flags, change)


def _end(end):
    body = attribute(IFNAME, end["name"]) + attribute(ADDRESS, mac_bytes(end["mac"]))
    return body + attribute(MTU, end["mtu"]) + attribute(NET_NS_FD, end["ns"])
