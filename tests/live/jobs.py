# SPDX-License-Identifier: Apache-2.0
"""Processes that are started, each with a log, and surely ended: each by its
process id, together with whatever it left behind."""
import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


class Jobs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        # Orphans of our processes become our children, so that they can be
        # found and ended too.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, name, argv, env=None, **pipes):
        """Output goes to NAME.log.  The process has a session of its own: a
        Ctrl-C reaches only us, and we end it."""
        log = open(self.folder / f"{name}.log", "ab")
        with log:
            pipes.setdefault("stdin", subprocess.DEVNULL)
            pipes.setdefault("stdout", log)
            return subprocess.Popen([str(arg) for arg in argv], env=env,
                                    stderr=log, start_new_session=True,
                                    **pipes)

    def log(self, name):
        try:
            return (self.folder / f"{name}.log").read_text(errors="replace")
        except OSError:
            return ""

    @staticmethod
    def end(process, grace=5.0):
        """Asks it to end, waits, ends it and its descendants by force.
        Returns the seconds it took to end by itself, None if it did not."""
        family = descendants(process.pid)
        began = time.monotonic()
        took = None
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
            took = time.monotonic() - began
        _kill(set(family) & set(descendants(os.getpid())))
        process.wait()
        return took

    @staticmethod
    def end_all(grace=3.0):
        _signal(descendants(os.getpid()), signal.SIGTERM)
        _reap(grace)
        while True:
            left = descendants(os.getpid())
            if not left:
                return
            _kill(left)
            _reap(1.0)


def end_on_signals():
    """SIGINT and SIGTERM unwind the stack, also where the parent (a shell's
    background job) had them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def descendants(pid):
    """The processes below `pid`, not itself."""
    children = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = pathlib.Path(entry.path, "stat").read_text()
                parent = int(stat.rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def _signal(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _kill(pids):
    _signal(pids, signal.SIGKILL)


def _reap(seconds):
    """Collects children that have ended, until none is left."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            return
