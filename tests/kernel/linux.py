"""System calls that Python 3.11 has no function for: mounts, namespaces, kernel modules, power.

Everything here runs as process 1 of a user-mode kernel, on one thread: `setns` moves the only thread there is, and a
child started meanwhile stays where it was started. That is how a command gets into a node without a process for the way.
"""

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000

MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

FINIT_MODULE = 313  # the system call's number on x86-64
POWER_OFF = 0x4321FEDC
MODULES = "/usr/lib/uml/modules/"

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source, target, kind, flags=0, options=""):
    """Mount, with the arguments of mount(2)."""
    arguments = [text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def unmount(target):
    """Unmount now for newcomers, in truth when the last user has gone."""
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def unshare(flags):
    """Move this process into new namespaces of these kinds."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd, kind):
    """Move this process into the namespace behind `fd`."""
    _check(_libc.setns(fd, kind), "setns")


def power_off():
    """End this kernel; does not return."""
    os.sync()
    _libc.reboot(POWER_OFF)


class Modules:
    """The kernel's modules, loaded with what they need; stands in for modprobe, which need not be installed."""

    def __init__(self):
        self.folder = MODULES + os.uname().release + "/"
        self.files = {}  # name -> (file, files it needs, the last needed comes first)
        with open(self.folder + "modules.dep", encoding="ascii") as lines:
            for line in lines:
                file, needs = line.split(":")
                self.files[_name(file)] = (file, needs.split()[::-1])

    def load(self, name, parameters=""):
        """Load a module by its name or by an alias such as `netdev-tunl0`; False where there is no such module."""
        name = name.replace("-", "_")
        names = [name] if name in self.files else self._behind(name)
        for real in names:
            file, needs = self.files[real]
            for needed in needs:
                self._insert(needed, "")
            self._insert(file, parameters)
        return bool(names)

    def _insert(self, file, parameters):
        fd = os.open(self.folder + file, os.O_RDONLY)
        result = _libc.syscall(FINIT_MODULE, fd, parameters.encode(), 0)
        number = ctypes.get_errno()
        os.close(fd)
        if result < 0 and os.strerror(number) != "File exists":
            raise OSError(number, f"module {file}: {os.strerror(number)}")

    def _behind(self, alias):
        found = []
        with open(self.folder + "modules.alias", encoding="ascii") as lines:
            for line in lines:
                words = line.split()
                if words[0] == "alias" and words[1].replace("-", "_") == alias:
                    found.append(words[2].replace("-", "_"))
        return [name for name in found if name in self.files]


def _name(file):
    return file.rsplit("/", 1)[-1].removesuffix(".ko").replace("-", "_")
