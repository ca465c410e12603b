#!/usr/bin/python3 -SB
"""Process 1 of the user-mode kernel: makes the system usable, plays the plan, leaves the results, turns the power off.

The kernel hands over three words of its command line as environment variables: LVSIM_OUT, the folder of the host that holds
`plan.json` and gets the results, and LVSIM_BIN, the lvsim binary.
"""

import json
import os
import sys
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import linux  # noqa: E402
import pcap  # noqa: E402
from lab import ENVIRONMENT, Lab, LabError  # noqa: E402
from story import Story  # noqa: E402

OUT = "/run/mnt"
MODULES = "veth bridge sch_netem overlay ip_vs"


def boot():
    """Mount what programs expect, and make modules loadable: by us, by the kernel itself and by stories."""
    linux.mount("proc", "/proc", "proc")
    linux.mount("sysfs", "/sys", "sysfs")
    linux.mount("tmpfs", "/run", "tmpfs")
    os.makedirs(OUT)
    linux.mount("none", OUT, "hostfs", 0, os.environ["LVSIM_OUT"])
    os.environ.update(ENVIRONMENT)  # programs are looked for in our own PATH
    os.makedirs("/run/bin")
    os.symlink(HERE + "/modprobe", "/run/bin/modprobe")
    for name in ("iptables", "iptables-save", "iptables-restore"):
        os.symlink("/usr/sbin/xtables-legacy-multi", "/run/bin/" + name)
    with open("/proc/sys/kernel/modprobe", "w", encoding="ascii") as file:
        file.write("/run/bin/modprobe")
    modules = linux.Modules()
    modules.load("ipv6", "disable_ipv6=1")  # the lab is IPv4; ip_vs needs the module all the same
    for name in MODULES.split():
        modules.load(name)


def play():
    """Build the lab of the plan, run its story, write frames and outputs."""
    with open(OUT + "/plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    story = Story(plan, os.environ["LVSIM_BIN"])
    story.lab = lab = Lab(plan, story.run)
    lab.build()
    lab.record()
    story.serve()
    story.prepare()
    start, results = story.play()
    recorded = {}
    for node, iface, capture in lab.captures:
        recorded.setdefault((node, iface), []).extend(capture.frames())
    for (node, iface), frames in recorded.items():
        frames = [(at - start, data) for at, data in frames if at >= start]
        pcap.write(f"{OUT}/{node}-{iface}.pcap", frames)
    with open(OUT + "/outputs.json", "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1, ensure_ascii=False)
        file.write("\n")


def main():
    """Never returns: process 1 may not end."""
    try:
        boot()
        play()
    except LabError as error:
        _complain(str(error))
    except BaseException:
        _complain(traceback.format_exc())
    sys.stdout.flush()
    linux.power_off()


def _complain(text):
    print(text, flush=True)
    if os.path.isdir(OUT):
        with open(OUT + "/error.txt", "w", encoding="utf-8") as file:
            file.write(text + "\n")


main()
