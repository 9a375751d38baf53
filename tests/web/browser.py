# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, driven by Playwright in a process of node. A call of a Page waits for its answer."""
import ctypes
import json
import pathlib
import shutil
import signal
import subprocess

from deployment import SOURCE

TOOLS = SOURCE / ".cache" / "web" / "node"


def what_is_missing():
    """The first thing to install, or None."""
    if not shutil.which("chromium"):
        return "chromium is not installed: tools/install-packages.sh --test"
    if not shutil.which("node"):
        return "node is not installed (18 or later)"
    if not (TOOLS / "installed").exists():
        return "playwright-core and axe-core are not installed: tests/web/install.sh"
    return None


class Page:
    """`page.click("button")`: Playwright's functions, and those of drive_browser.mjs."""

    def __init__(self, browser, name):
        self._browser, self._name = browser, name

    def __getattr__(self, call):
        return lambda *args: self._browser.ask(self._name, call, *args)


class Browser:
    def __init__(self, log):
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                ["node", str(pathlib.Path(__file__).with_name("drive_browser.mjs")), str(TOOLS), shutil.which("chromium")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL))
        self.pages = 0

    def ask(self, page, call, *args):
        self.process.stdin.write(json.dumps({"page": page, "call": call, "args": args}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the browser ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{call} {args}: {answer['error']}")
        return answer["value"]

    def open(self, **options):
        """A page in a context of its own. Options are Playwright's: colorScheme, locale, viewport."""
        self.pages += 1
        page = Page(self, str(self.pages))
        page.open(options)
        return page

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
