# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of a fault campaign: folders with file systems of their own that become full, and folders whose files fail."""
import contextlib
import os
import pathlib
import subprocess

SHIM = "libfailing_disk.so"  # failing_disk.c
FAILURES = {"write errors": "w", "read and write errors": "a", "read-only": "o"}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode == 0


class Disk:
    """A folder, on a tmpfs of its own where that can be had (root). Byte `number` of the file `control` says what fails."""

    def __init__(self, folder, megabytes, control, number):
        self.folder, self.megabytes, self.control, self.number = pathlib.Path(folder), megabytes, control, number
        self.folder.mkdir()
        self.own = os.geteuid() == 0 and run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "spineseg-campaign", self.folder)

    @contextlib.contextmanager
    def full(self):
        """No block is left: the file system is made as small as what it holds."""
        used = os.statvfs(self.folder)
        kilobytes = (used.f_blocks - used.f_bfree) * used.f_frsize // 1024
        for more in (4, 64, 1024):  # it may grow meanwhile
            if run("mount", "-o", f"remount,size={kilobytes + more}k", self.folder):
                break
        try:
            yield
        finally:
            run("mount", "-o", f"remount,size={self.megabytes}m", self.folder)

    @contextlib.contextmanager
    def failing(self, how):
        self._say(FAILURES[how])
        try:
            yield
        finally:
            self._say("-")

    def _say(self, letter):
        with open(self.control, "r+b", buffering=0) as file:
            file.seek(self.number)
            file.write(letter.encode())

    def remove(self):
        if self.own:
            run("umount", "-l", self.folder)


class Disks:
    """Those of Orthanc's storage and index, and of the queue. `environment` is what Orthanc is to be started with."""

    def __init__(self, folder, build):
        folder = pathlib.Path(folder)
        control = folder / "failing"
        control.write_bytes(b"--" + b"-" * 2)
        self.storage = Disk(folder / "storage", 4096, control, 0)
        self.queue = Disk(folder / "queue", 64, control, 1)
        shim = next(iter(pathlib.Path(build).rglob(SHIM)), None)
        self.can_fail = shim is not None
        self.environment = {**os.environ, "LD_PRELOAD": str(shim), "SPINESEG_FAILING_CONTROL": str(control),
                            "SPINESEG_FAILING_FOLDERS": f"{self.storage.folder}:{self.queue.folder}"} if shim else None

    def remove(self):
        for disk in (self.storage, self.queue):
            disk.remove()
