"""Frames with their times: recorded from the kernel's interfaces, written to and read from pcap files."""

import errno
import socket
import struct

ETH_P_ALL = 0x0003
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_STATISTICS = 263, 6
PACKET_OUTGOING = 4
BUFFER = 64 << 20  # no frame is read before the story has ended: nothing disturbs the one CPU meanwhile

NANOSECONDS, MICROSECONDS = 0xA1B23C4D, 0xA1B2C3D4
ETHERNET = 1


class Capture:
    """A recorder of one interface, opened inside the interface's namespace."""

    def __init__(self, iface):
        self.iface = iface
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((iface, ETH_P_ALL))
        self.socket.setblocking(False)

    def frames(self):
        """All frames until now, as (nanoseconds since the epoch, bytes); the kernel must not have dropped any."""
        found = []
        while True:
            try:
                data, ancillary, _, sender = self.socket.recvmsg(65536, 128)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENETDOWN:  # the interface was down for a time: told once
                    continue
                raise
            if self.iface == "lo" and sender[2] == PACKET_OUTGOING:
                continue  # lo shows each frame twice
            found.append((_stamp(ancillary), data))
        statistics = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        dropped = struct.unpack("=II", statistics)[1]
        if dropped:
            raise OverflowError(f"the capture of {self.iface} lost {dropped} frames")
        return found


def _stamp(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanos = struct.unpack("=qq", data)
            return seconds * 1_000_000_000 + nanos
    raise ValueError("a frame without a time stamp")


def write(path, frames):
    """Write (nanoseconds, bytes) pairs as an Ethernet pcap file with nanosecond times."""
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", NANOSECONDS, 2, 4, 0, 0, 262144, ETHERNET))
        for at, data in frames:
            seconds, nanos = divmod(at, 1_000_000_000)
            file.write(struct.pack("=IIII", seconds, nanos, len(data), len(data)) + data)


def read(path):
    """All frames of a pcap file of either byte order and resolution, as (nanoseconds, bytes)."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 24:
        raise ValueError(f"{path}: not a pcap file (shorter than its header)")
    for order in "<>":
        (magic,) = struct.unpack_from(order + "I", content)
        if magic in (NANOSECONDS, MICROSECONDS):
            break
    else:
        raise ValueError(f"{path}: not a pcap file (pcapng is not read here)")
    (link_type,) = struct.unpack_from(order + "I", content, 20)
    if link_type != ETHERNET:
        raise ValueError(f"{path}: link type {link_type}, wanted Ethernet (1)")
    unit = 1 if magic == NANOSECONDS else 1000
    frames, position = [], 24
    while position < len(content):
        seconds, part, length, _ = struct.unpack_from(order + "IIII", content, position)
        data = content[position + 16 : position + 16 + length]
        if len(data) < length:
            raise ValueError(f"{path}: cut off within frame {len(frames) + 1}")
        frames.append((seconds * 1_000_000_000 + part * unit, data))
        position += 16 + length
    return frames
