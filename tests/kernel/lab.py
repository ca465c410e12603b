"""The lab of a plan inside one kernel: a namespace for each node, a veth pair for each cable, a bridge for each switch.

What one kernel with namespaces shows and separate machines would not is listed in the reference for contributors; here we only
take care that every node starts as a freshly booted machine would: interfaces up, kernel defaults, nothing learnt.
"""

import contextlib
import os
import socket

import linux
from netlink import GRO, Netlink, no_offloads
from pcap import Capture

BRIDGE = "br0"
TUNNEL = "tunl0"
SHELL_SIGNS = set("|&;<>()$`\\\"'*?[]#~=%{}!\n")
ENVIRONMENT = {
    "PATH": "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C",
    "TERM": "dumb",
}


class LabError(Exception):
    """The plan cannot be built; the message says where."""


class Space:
    """One node's place in the kernel: a network namespace and, on hosts, a mount namespace with its own /etc and /sys."""

    def __init__(self, name, host_files=None):
        self.name = name
        self.home = _open_spaces()
        linux.unshare(linux.CLONE_NEWNET | linux.CLONE_NEWNS)
        if host_files is not None:
            self._own_files(host_files)
        self.here = _open_spaces()
        _enter(self.home)

    @contextlib.contextmanager
    def entered(self):
        """Be in this node: files, sockets and children that begin meanwhile belong to it."""
        _enter(self.here)
        try:
            yield
        finally:
            _enter(self.home)

    @property
    def net(self):
        """The network namespace, as a file descriptor."""
        return self.here[0]

    def _own_files(self, files):
        # `mount` inside must not show outside; /sys shows the interfaces of the namespace it was mounted in.
        linux.mount("none", "/", "none", linux.MS_REC | linux.MS_PRIVATE)
        linux.unmount("/sys")
        linux.mount("sysfs", "/sys", "sysfs")
        room = f"/run/etc/{self.name}"
        os.makedirs(room + "/upper", exist_ok=True)
        os.makedirs(room + "/work", exist_ok=True)
        options = f"lowerdir=/etc,upperdir={room}/upper,workdir={room}/work"
        linux.mount("overlay", "/etc", "overlay", 0, options)
        # No node has a name server; asking one would be traffic that the story did not mean.
        own = {"/etc/nsswitch.conf": "hosts: files\nservices: files\n", "/etc/resolv.conf": ""}
        own["/etc/hosts"] = "127.0.0.1 localhost\n"
        own["/etc/sysctl.conf"] = ""
        for path, text in (own | files).items():
            if not path.startswith("/etc/"):
                raise LabError(f"{self.name}: file {path}: only files below /etc can be given")
            if os.path.islink(path):
                os.unlink(path)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


def _open_spaces():
    flags = os.O_RDONLY | os.O_CLOEXEC
    return [os.open("/proc/self/ns/net", flags), os.open("/proc/self/ns/mnt", flags)]


def _enter(spaces):
    net, mounts = spaces
    linux.setns(net, linux.CLONE_NEWNET)
    linux.setns(mounts, linux.CLONE_NEWNS)


class Lab:
    """All nodes and cables of a plan. `spawn(space, argv, stdin, output)` is the caller's way to start a process."""

    def __init__(self, plan, spawn):
        self.plan = plan
        self.spawn = spawn
        self.hosts = {host["name"]: host for host in plan["hosts"]}
        self.spaces = {}
        self.captures = []  # (node, iface, Capture)
        self.wires = {}  # number of a link -> the space in its middle, for cables between hosts that are pulled
        self.indices = {}  # (node, iface) -> interface number
        self.delays = {}  # (node, iface) -> delay of the queue at this end of a cable

    def build(self):
        """Make everything, and run the setup lines."""
        self.maker = Netlink()  # stays in the first namespace, where no interface is in the way of a number
        self.void = Space("void")
        for host in self.plan["hosts"]:
            self.spaces[host["name"]] = Space(host["name"], host.get("files", {}))
            for number, nic in enumerate(host["nics"]):
                self.indices[host["name"], nic["name"]] = 2 + number  # lo is 1, then in the order of the plan
        for number, switch in enumerate(self.plan.get("switches", [])):
            self._switch(number, switch["name"])
        for number, link in enumerate(self.plan["links"]):
            self._link(number, link)
        self._plug_the_rest()
        for name, host in self.hosts.items():
            self._bring_up(name, host)

    def _switch(self, number, name):
        self.spaces[name] = space = Space(name)
        with space.entered():
            net = Netlink()
            net.up("lo")
            net.bridge(BRIDGE, f"02:00:00:fd:{number:02x}:00")
            net.close()

    def _link(self, number, link):
        ends = [self._end(number, side, link) for side in ("a", "b")]
        if self._is_pulled(number) and not any(self._is_switch(link[side][0]) for side in "ab"):
            self._wire(number, ends)
        else:
            self.maker.veth(*ends)
        for side in ("a", "b"):
            node, iface = link[side]
            self.delays[node, iface] = link.get("delay_ns", 0)
            with self.spaces[node].entered():
                net = Netlink()
                if self._is_switch(node):
                    net.enslave(iface, BRIDGE)
                no_offloads(iface)
                self._queue(net, node, iface)
                net.up(iface)
                net.close()

    def _end(self, number, side, link):
        node, iface = link[side]
        if node not in self.spaces:
            raise LabError(f"link {number + 1}: no node is named {node}")
        end = {"name": iface, "ns": self.spaces[node].net}
        if self._is_switch(node):
            return end | {
                "index": 0,
                "mac": f"02:00:00:fe:{number:02x}:{'ab'.index(side):02x}",
                "mtu": link.get("mtu", 1500),
            }
        nics = [nic for nic in self.hosts[node]["nics"] if nic["name"] == iface]
        if not nics:
            raise LabError(f"link {number + 1}: {node} has no interface {iface}")
        mtu = nics[0].get("mtu", 1500)
        return end | {"index": self.indices[node, iface], "mac": nics[0]["mac"], "mtu": mtu}

    def _wire(self, number, ends):
        """A cable between two hosts that is pulled later: a bridge of two ports, whose ends go down together."""
        space = self.wires[number] = Space(f"wire{number}")
        with space.entered():
            net = Netlink()
            net.bridge(BRIDGE, f"02:00:00:fc:{number:02x}:00")
            for side, end in zip("ab", ends):
                mac = f"02:00:00:fc:{number:02x}:{'ab'.index(side) + 1:02x}"
                port = {"name": side, "index": 0, "mac": mac, "mtu": 65535, "ns": space.net}
                self.maker.veth(end, port)
                net.enslave(side, BRIDGE)
                no_offloads(side)
                net.up(side)
            net.close()

    def _plug_the_rest(self):
        """An interface without a cable is there, up, and without carrier."""
        cabled = {tuple(link[side]) for link in self.plan["links"] for side in ("a", "b")}
        for name, host in self.hosts.items():
            for nic in host["nics"]:
                if (name, nic["name"]) in cabled:
                    continue
                end = {"index": self.indices[name, nic["name"]], "ns": self.spaces[name].net}
                end |= {"name": nic["name"], "mac": nic["mac"], "mtu": nic.get("mtu", 1500)}
                number = len(self.delays)
                mac = f"02:00:00:fb:{number >> 8:02x}:{number & 255:02x}"
                other = {"index": 0, "ns": self.void.net, "name": f"void{number}"}
                self.maker.veth(end, other | {"mac": mac, "mtu": 1500})
                self.delays[name, nic["name"]] = 0

    def _bring_up(self, name, host):
        with self.spaces[name].entered():
            net = Netlink()
            net.up("lo")
            for nic in host["nics"]:
                net.up(nic["name"])
            net.close()
        self.setup(name, host.get("setup", []))

    def _queue(self, net, node, iface):
        if self.delays[node, iface]:
            net.netem(iface, self.delays[node, iface])

    def _is_switch(self, node):
        return node not in self.hosts

    def _is_pulled(self, number):
        return any(
            "up" in step and number in self.links_of(step["cable"])
            for step in self.plan["steps"]
            if "cable" in step
        )

    def links_of(self, ends):
        """The links named by one of their ends each, as `rs2:eth0`."""
        found = []
        for end in ends:
            node, _, iface = end.partition(":")
            numbers = [
                number
                for number, link in enumerate(self.plan["links"])
                if [node, iface] in (link["a"], link["b"])
            ]
            if not numbers:
                raise LabError(f"no cable ends at {end}")
            found += numbers
        return found

    # Setup -------------------------------------------------------------------------------------------------------------

    def setup(self, name, lines):
        """Run setup lines in their order, with few processes: neighbours of one kind share one."""
        for kind, group in _groups(lines):
            with self.spaces[name].entered():
                if kind == "sysctl":
                    self._sysctl(name, group)
                    continue
            argv, text = {
                "ip": (["ip", "-batch", "-"], "\n".join(line[3:] for line in group)),
                "ipvsadm": (["ipvsadm", "-R"], "\n".join(line[8:] for line in group)),
                "sh": (["sh", "-e"], "\n".join(group)),
            }[kind]
            status, output = self.spawn(self.spaces[name], argv, text + "\n")
            if status or (kind == "ipvsadm" and output):
                raise LabError(f"{name}: setup failed with {status}: {output}{group}")
        with self.spaces[name].entered():
            if os.path.exists("/sys/class/net/" + TUNNEL):
                # Packets joined from fragments would wait there for each other, and the others overtake them.
                no_offloads(TUNNEL, [GRO])

    def _sysctl(self, name, lines):
        for line in lines:
            for setting in line.split()[2:]:
                key, _, value = setting.partition("=")
                try:
                    path = "/proc/sys/" + key.replace(".", "/")
                    with open(path, "w", encoding="ascii") as file:
                        file.write(value + "\n")
                except OSError as error:
                    raise LabError(f"{name}: {line}: {error}") from error

    # Recording, cables, power ------------------------------------------------------------------------------------------

    def record(self, only=None):
        """Begin to record every interface of the plan, or those of one node."""
        for node, iface in self.plan["captures"]:
            if only in (None, node):
                with self.spaces[node].entered():
                    self.captures.append((node, iface, Capture(iface)))

    def cable(self, step):
        """Pull or plug cables, or change their delay, loss or MTU."""
        known = {"at_ns", "gap_ns", "cable", "up", "delay_ns", "loss", "mtu", "text", "node", "kind"}
        if not set(step) <= known:
            raise LabError(f"cable step: unknown {sorted(set(step) - known)}; known: {sorted(known)}")
        for number in self.links_of(step["cable"]):
            ends = [tuple(self.plan["links"][number][side]) for side in ("a", "b")]
            if "up" in step:
                for space, iface in self._pulled_ends(number, ends):
                    with space.entered():
                        Netlink().up(iface, step["up"])
            for node, iface in ends:
                with self.spaces[node].entered():
                    if "delay_ns" in step:
                        self.delays[node, iface] = step["delay_ns"]
                    if "delay_ns" in step or "loss" in step:
                        Netlink().netem(iface, self.delays[node, iface], step.get("loss", 0))
                    if "mtu" in step:
                        Netlink().mtu(iface, step["mtu"])

    def inject(self, step):
        """Put a frame on the wire by a packet socket: the node's own stack takes no part."""
        with self.spaces[step["inject"]].entered():
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
                raw.bind((step["iface"], 0))
                raw.send(bytes.fromhex(step["bytes"]))

    def _pulled_ends(self, number, ends):
        # A host keeps its interface up and sees no carrier: so it is the other end that goes down.
        if number in self.wires:
            return [(self.wires[number], "a"), (self.wires[number], "b")]
        return [(self.spaces[node], iface) for node, iface in ends if self._is_switch(node)][:1]

    def power_off(self, name):
        """Take all interfaces down, so that dying processes cannot speak; the caller then kills them."""
        with self.spaces[name].entered():
            for nic in self.hosts[name]["nics"]:
                Netlink().up(nic["name"], False)

    def power_on(self, name):
        """A fresh node in the place of the old one: same cables, nothing remembered, setup run again."""
        old, host = self.spaces[name], self.hosts[name]
        self.spaces[name] = Space(name, host.get("files", {}))
        with old.entered():
            for nic in host["nics"]:
                Netlink().move(nic["name"], self.spaces[name].net)
        self.record(only=name)
        with self.spaces[name].entered():
            for nic in host["nics"]:
                self._queue(Netlink(), name, nic["name"])
        self._bring_up(name, host)


def _groups(lines):
    """Consecutive setup lines that one process can run, as (kind, lines)."""
    groups = []
    for line in lines:
        line = line.strip()
        kind = _kind(line)
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(line)
        else:
            groups.append((kind, [line]))
    return groups


def _kind(line):
    words = line.split()
    plain = not SHELL_SIGNS & set(line)
    if plain and words[0] == "ip" and not words[1].startswith("-"):
        return "ip"
    if plain and words[0] == "ipvsadm" and words[1] in ("-A", "-a", "-E", "-e"):
        return "ipvsadm"
    settings = words[2:]
    simple = all("=" in word and not SHELL_SIGNS - {"="} & set(word) for word in settings)
    if words[:2] == ["sysctl", "-w"] and settings and simple:
        return "sysctl"
    return "sh"
