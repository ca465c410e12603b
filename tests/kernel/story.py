"""The story of a plan in real time: starts what is typed when its time has come, and keeps what it printed.

Commands that `lvsim endpoint` plays are started before the story and wait at a gate, so that their first frame leaves when
the story says so and not 50 ms later, when a process has been loaded. All other commands are the real tools.
"""

import os
import signal
import time

from lab import ENVIRONMENT, LabError

GAP_NS = 10_000_000  # at least, between the end of a tool and the start of the next line
READY_NS = 10_000_000_000
TICK_NS = 10_000_000  # of the kernel's timers, 100 in a second
SLOT_NS = 8 * TICK_NS  # slots of the timer wheel for waits of 0.63 to 5 s: see `_begin_of_time`
LEAD = 64  # ticks from the choice of the begin to the begin
# Waits of so many ticks and more end with slots of so many ticks.
WIDE_SLOTS = [(32256, 4096), (4032, 512), (0, 64)]
WAKING_NS = 1_000_000  # from the opening of a gate to the first frame
LATE_NS = 60_000_000_000  # a command that runs so long after the plan's end has to stop
FOLDER = "/run/job"
ENDPOINTS = ("curl", "nc", "serve", "check")


def now():
    """The time of captures: nanoseconds since the epoch."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def widest_slot(end_ns):
    """The ticks of the widest slots that a story of this length can see the end of."""
    return next(slot for wait, slot in WIDE_SLOTS if end_ns >= wait * TICK_NS)


def _begin_of_time(slot):
    """An instant, half a second from now, at which the kernel's timer wheel begins such a slot, as the simulation's does at 0.

    A timer fires at the end of the slot that its time falls into (Linux 6.1 timer.c, calc_wheel_index). Two hosts whose timers
    were set some milliseconds apart so speak together, or one after the other, according to where in a slot that was. The wait
    also lets bridge ports settle, which forward a moment after their cable is plugged.
    """
    wait = (-_ticks() - LEAD - 4) % slot  # a sleep may end some ticks too late
    time.sleep(wait * TICK_NS / 1e9)
    while (_ticks() + LEAD) % slot:
        pass
    return now() + LEAD * TICK_NS - WAKING_NS


def _ticks():
    return round(os.times().elapsed * 1e9 / TICK_NS)  # times(2) counts the kernel's own ticks where there are 100 in a second


def lateness(at, due):
    """How late the story is when it goes on after `at`: whole slots, so that the timer wheel stands as in the simulation."""
    return max(0, (at - due - TICK_NS) // SLOT_NS + 1) * SLOT_NS


def pause(before, step):
    """At least so long after the end of the step before: a tool's slowness is taken from the pause, other pauses are kept."""
    gap = step.get("gap_ns", GAP_NS)
    is_tool = before is None or before.get("kind") == "tool"
    return min(gap, GAP_NS if is_tool else max(gap - TICK_NS, GAP_NS))


class Job:
    """A process that belongs to a node, and what it printed. `gate` is open for writing while it waits to begin."""

    def __init__(self, number, node, name):
        self.node = node
        self.name = name
        self.output_file = f"{FOLDER}/{number}.out"
        self.journal_file = f"{FOLDER}/{number}.journal"
        self.pid = None
        self.gate = None
        self.status = None
        self.ended = None

    def output(self):
        """All that it printed, on both streams, in the order of writing."""
        with open(self.output_file, "rb") as file:
            return file.read().decode(errors="replace")

    def journal(self):
        """What an endpoint noted: word -> nanoseconds since the epoch."""
        try:
            with open(self.journal_file, encoding="ascii") as lines:
                return {word: int(at) for word, at in (line.split() for line in lines)}
        except FileNotFoundError:
            return {}


class Story:
    """Runs the steps of a plan in a built lab."""

    def __init__(self, plan, lvsim):
        self.plan = plan
        self.lvsim = lvsim
        self.lab = None
        self.jobs = {}  # pid -> Job, while it runs
        self.named = {}  # the plan's name of a job -> Job
        self.ready = {}  # number of a step -> Job that waits at its gate
        self.count = 0
        os.makedirs(FOLDER)
        # Children are awaited by their signal, with a time limit and without a thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})

    # Processes ---------------------------------------------------------------------------------------------------------

    def run(self, space, argv, text):
        """Run a setup command to its end, `text` on its standard input; its status and output."""
        with open(FOLDER + "/input", "w", encoding="utf-8") as file:
            file.write(text)
        stdin = os.open(FOLDER + "/input", os.O_RDONLY | os.O_CLOEXEC)
        job = self._start(space, argv, stdin, space.name)
        self._wait(lambda: job.status is not None, now() + READY_NS)
        return job.status, job.output()

    def _start(self, space, argv, stdin, name, journal=False, hidden=()):
        self.count += 1
        job = Job(self.count, space.name, name)
        if journal:
            argv = argv[:2] + ["--journal", job.journal_file] + argv[2:]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions = [
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_OPEN, 1, job.output_file, flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        actions += [(os.POSIX_SPAWN_OPEN, stream, "/dev/null", os.O_WRONLY, 0) for stream in hidden]
        with space.entered():
            job.pid = os.posix_spawnp(
                argv[0],
                argv,
                ENVIRONMENT,
                file_actions=actions,
                setsigmask=[],
                setsigdef=[signal.SIGPIPE, signal.SIGINT],
                setpgroup=0,
            )
        os.close(stdin)
        self.jobs[job.pid] = job
        return job

    def _endpoint(self, node, step, name, gated):
        argv = [self.lvsim, "endpoint"] + (["--gate"] if gated else []) + step["argv"][:1]
        if argv[-1] not in ENDPOINTS:
            raise LabError(f"{node}: {argv[-1]} is no endpoint; known: {', '.join(ENDPOINTS)}")
        if step.get("local_port"):
            option = "-p" if argv[-1] == "nc" else "--local-port"
            argv += [option, str(step["local_port"])]
        if "input" in step:
            argv += ["--input", step["input"]]
        if "input_zeros" in step:
            argv += ["--input-zeros", str(step["input_zeros"])]
        argv += step["argv"][1:]
        stdin, gate = os.pipe2(os.O_CLOEXEC) if gated else (_nothing(), None)
        job = self._start(self.lab.spaces[node], argv, stdin, name, journal=True, hidden=step.get("hidden", ()))
        job.gate = gate
        return job

    def _wait(self, done, until):
        """Reap children until `done()` or the time has come; whether it was done."""
        while not done():
            left = until - now()
            if left <= 0:
                return False
            signal.sigtimedwait({signal.SIGCHLD}, left / 1e9)
            self._reap()
        return True

    def _reap(self):
        while self.jobs:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            at = now()
            job = self.jobs.pop(pid, None)  # None: an orphan of a shell
            if job is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            job.status = code if code >= 0 else 128 - code
            job.ended = job.journal().get("end", at)

    # Before the story --------------------------------------------------------------------------------------------------

    def serve(self, node=None):
        """Start the servers of all nodes, or of one, and wait until they listen."""
        for name, host in self.lab.hosts.items():
            if node in (None, name):
                for serve in host.get("serves", []):
                    job = self._endpoint(name, serve, " ".join(serve["argv"]), gated=False)
                    self.named[serve.get("job", job.name)] = job
                    self._await_word(job, "ready")

    def prepare(self):
        """Start the endpoints of the steps, each to wait at its gate."""
        reborn = set()
        for number, step in enumerate(self.plan["steps"]):
            if step.get("power"):
                reborn.add(step["power"])
            elif step.get("kind") == "endpoint" and step["node"] not in reborn:
                self.ready[number] = self._endpoint(step["node"], step, step["text"], gated=True)
        for job in self.ready.values():
            self._await_word(job, "waiting")

    def _await_word(self, job, word):
        until = now() + READY_NS
        while word not in job.journal():
            self._wait(lambda: job.status is not None, now() + 5_000_000)
            if job.status is not None and word not in job.journal():
                raise LabError(f"{job.node}: {job.name} ended with {job.status}: {job.output()}")
            if now() > until:
                raise LabError(f"{job.node}: {job.name} did not begin")

    # The story ---------------------------------------------------------------------------------------------------------

    def play(self):
        """Run all steps, wait for the plan's end; the start of time and the results, one for each command."""
        start = previous = _begin_of_time(widest_slot(self.plan["end_ns"]))
        late, results = 0, []
        limit = start + self.plan["end_ns"] + LATE_NS
        before = None
        for number, step in enumerate(self.plan["steps"]):
            due = start + step["at_ns"]
            at = max(due + late, previous + pause(before, step))
            late = lateness(at, due)
            self._wait(lambda: False, max(at, due + late))
            before = step
            previous = self._step(number, step, results, limit)
        self._wait(lambda: False, max(start + self.plan["end_ns"] + late, previous))
        return start, [self._result(step, job, at, start) for step, job, at in results]

    def _step(self, number, step, results, limit):
        """Run one step; the time at which it ended (a background command ends for the story when it begins)."""
        began = now()
        if "cable" in step:
            self.lab.cable(step)
        elif "power" in step:
            self._power(step)
        elif "inject" in step:
            self.lab.inject(step)
        elif step.get("kind") == "kill":
            self._kill(step)
        else:
            job = self._command(number, step)
            results.append((step, job, began))
            if not step.get("background"):
                if not self._wait(lambda: job.status is not None, limit):
                    os.killpg(job.pid, signal.SIGKILL)
                    self._wait(lambda: job.status is not None, now() + READY_NS)
                return job.ended
        return now()

    def _command(self, number, step):
        node = step["node"]
        if node not in self.lab.hosts:
            raise LabError(f"step {number + 1}: no host is named {node}")
        if step["kind"] == "endpoint":
            gated = self.ready.pop(number, None)
            job = gated or self._endpoint(node, step, step["text"], gated=False)
            if gated:
                os.close(gated.gate)
        elif step["kind"] == "tool":
            text = step["text"].rstrip()
            if step.get("background"):
                text = text.removesuffix("&")
            job = self._start(self.lab.spaces[node], ["sh", "-c", text], _nothing(), text)
        else:
            raise LabError(f"step {number + 1}: kind {step['kind']}; known: endpoint tool kill")
        if "job" in step:
            self.named[step["job"]] = job
        return job

    def _kill(self, step):
        job = self.named.get(step["job"])
        if job is None:
            raise LabError(f"kill: no job is named {step['job']}; known: {sorted(self.named)}")
        if job.status is None:
            os.killpg(job.pid, signal.SIGTERM)

    def _power(self, step):
        name = step["power"]
        if not step["on"]:
            self.lab.power_off(name)
            for job in list(self.jobs.values()):
                if job.node == name and job.gate is None:
                    os.killpg(job.pid, signal.SIGKILL)
            return
        self.lab.power_on(name)
        self.serve(name)

    def _result(self, step, job, began, start):
        return {
            "node": step["node"],
            "text": step["text"],
            "status": job.status,
            "output": job.output(),
            "at_ns": began - start,
            "end_ns": None if job.ended is None else job.ended - start,
        }


def _nothing():
    return os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
