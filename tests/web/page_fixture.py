# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Orthanc with the plugin, jobs that a worker by hand has ended, and a browser that shows the page."""
import json
import sys
import unittest

from browser import Browser, what_is_missing
from deployment import LOGS, SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "plugin" / "orthanc"))
from orthanc_server import BY_HAND, OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

HOSTILE = '<img src=x onerror="window.hit=1">'
VIEWS = ("#/queue", "#/why", "#/health", "#/job/{job}", "#/series/{refused}", "#/study/{study}")
PATIENCE = 15  # seconds


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing := what_is_missing():
            raise unittest.SkipTest(missing)
        logs = LOGS / f"web-{cls.__name__.lower()}"
        logs.mkdir(parents=True, exist_ok=True)
        cls.server = OrthancServer({**BY_HAND, "RetryBackoffSeconds": [0], "MaxAttempts": 1, "SegmentOnArrival": False})
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()
        cls.browser = Browser(logs / "browser.log")
        cls.addClassCleanup(cls.browser.close)
        cls.ended = cls.end_some_jobs()

    @classmethod
    def worker(cls, **names):
        """A new one: the plugin hangs up on those that are silent for long."""
        worker = worker_of(cls.server, **names)
        cls.addClassCleanup(worker.close)
        worker.report_device()
        return worker

    @classmethod
    def ask_for(cls, **tags):
        """A job of a new series, without waiting until the series is stable: (job, series, study)."""
        series, study = send_series(cls.server, **tags)
        status, _, answer = cls.server.post("/series/%s/segment" % series)
        assert status == 200, answer
        return answer["ID"], series, study

    @classmethod
    def end(cls, state, manufacturer="SIEMENS", verdict="pass", detail="by hand", **tags):
        """A job of one new series that has ended so: (job, series, study)."""
        job, series, study = cls.ask_for(Manufacturer=manufacturer, **tags)
        worker = cls.worker()
        granted = lease(worker)
        assert granted["job"] == job, granted
        if state == "done":
            _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
            store(worker, granted, result_of(source, granted))
        summary = {"quality": {"verdict": verdict, "reason": "the canal is thin" if verdict == "review" else "", "structures": {}},
                   "structures": [{"name": "L3 vertebra", "confidence": 0.9, "measurements": []}]}
        outcome = {"state": state, "results": [], "summary_json": json.dumps(summary)}
        if state != "done":
            outcome["error"] = {"code": "quality_rejected" if state == "rejected" else "internal", "detail": detail}
        answer, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=outcome)
        assert answer["type"] == "ack", answer
        worker.close()
        return job, series, study

    @classmethod
    def end_some_jobs(cls):
        refused, _ = send_series(cls.server, SeriesDescription="scout", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
        job, _, study = cls.end("done")
        cls.end("done", "Philips", "review")
        cls.end("failed", "GE MEDICAL SYSTEMS", detail=HOSTILE, SeriesDescription="t2 " + HOSTILE)
        cls.server.wait_for_state(refused, ["ineligible"])
        return {"job": job, "study": study, "refused": refused}

    def open(self, view="#/queue", **options):
        page = self.browser.open(**options)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual([error for error in page.errors() if "hit" in error or "Policy" in error], []))
        page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
        page.waitForSelector("h1")
        return page

    def queued(self, **tags):
        """A job that waits, and is canceled after the test."""
        job, _, _ = self.ask_for(**tags)
        self.addCleanup(self.server.post, "/spineseg/jobs/%s/cancel" % job)
        return job

    def state_of(self, job):
        return self.server.get("/spineseg/jobs/" + job)["State"]
