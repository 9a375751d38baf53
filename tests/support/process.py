# SPDX-License-Identifier: GPL-3.0-or-later
"""One child process with its log: started, asked to stop, killed, and never left behind."""
import ctypes
import random
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1


def _die_with_parent():
    # A test run that is itself killed must not leave an Orthanc behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    """A loopback port that was free a moment ago: Orthanc cannot be told to pick one itself. Below those that Linux gives to
    clients, and drawn at random, so that tests that run side by side do not take it meanwhile."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(10000, 32768)))
            except OSError:
                continue
            return probe.getsockname()[1]


class Process:
    def __init__(self, arguments, log, environment=None):
        self.log = log
        with open(log, "ab") as output:
            self.popen = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, env=environment, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def kill(self):
        """SIGKILL: no goodbye, as a crash or the out-of-memory killer would do it."""
        self.popen.kill()
        self.popen.wait()

    def stop(self, seconds=30):
        """SIGTERM; returns the exit status. A process that does not end in time is killed and that is an error."""
        if self.is_running():
            self.popen.terminate()
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.popen.args[0]} did not stop within {seconds} s of SIGTERM")
        return self.popen.returncode

    def tail(self, characters=3000):
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:]
