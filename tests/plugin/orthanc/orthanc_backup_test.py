# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup and restore of the queue as docs/operation.md describes them, with a real Orthanc."""
import os
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

PAGE = os.path.join(os.environ["SPINESEG_SOURCE_DIR"], "docs", "operation.md")


def commands_below(heading):
    """The commands of the first block below a heading of the page."""
    with open(PAGE, encoding="utf-8") as page:
        return re.search(r"^### %s\n.*?^```\n(.*?)^```" % heading, page.read(), re.MULTILINE | re.DOTALL).group(1).splitlines()


class Backup(unittest.TestCase):
    def setUp(self):
        self.server = OrthancServer({"RetryBackoffSeconds": [0], "Outputs": ["SEG"]})
        self.addCleanup(self.server.destroy)
        self.server.start()

    def obey(self, heading):
        """Runs what the page says, with the folders of this test and without the commands for services."""
        places = {"/var/lib/spineseg/": self.server.path("db/"), "queue.db": "spineseg.db", "/backup/": self.server.path("")}
        for line in commands_below(heading):
            if line.startswith("systemctl ") or line.startswith("service "):
                continue
            for before, after in places.items():
                line = line.replace(before, after)
            subprocess.run(shlex.split(line), check=True, capture_output=True, timeout=30)

    def done(self):
        worker = worker_of(self.server)
        series, _ = send_series(self.server)
        self.server.wait_for_state(series, ["queued"])
        granted = lease(worker)
        _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        store(worker, granted, result_of(source, granted))
        worker.ask("complete", job=granted["job"], epoch=granted["epoch"],
                   outcome={"state": "done", "results": [], "summary_json": "{}"})
        self.server.wait_for_state(series, ["done"])
        worker.close()
        return series

    def test_a_restored_queue_runs_nothing_again_and_forgets_nothing(self):
        before = self.done()
        self.obey("Back up")
        after = self.done()
        instances = set(self.server.get("/instances"))
        self.server.stop()
        self.obey("Restore")
        self.server.start()
        for series in (before, after):
            self.server.wait_for_state(series, ["done"])
        self.assertEqual(self.server.get("/spineseg/jobs?state=queued") + self.server.get("/spineseg/jobs?state=running"), [])
        self.assertEqual(set(self.server.get("/instances")), instances)


if __name__ == "__main__":
    unittest.main()
