# SPDX-License-Identifier: GPL-3.0-or-later
"""The views of the page at /spineseg/app in headless Chromium: the queue, why not, and health."""
import csv
import io
import unittest

from page_fixture import HOSTILE, PATIENCE, PageTest, lease, worker_of
from rest import wait_for


class Page(PageTest):
    # ---- queue ---------------------------------------------------------------------------------------------------------
    def test_the_queue_follows_a_job_without_being_asked(self):
        page = self.open()
        page.waitForSelector("text=Nothing runs at the moment")
        job = self.queued(SeriesDescription="live_sag")
        page.waitForSelector("section:has(h2:text-is('Waiting')) >> text=live_sag")
        worker = self.worker()
        granted = lease(worker)
        self.assertEqual(granted["job"], job)
        worker.ask("renew", job=job, epoch=granted["epoch"], counter=1, progress={"stage": "diffusion", "fraction": 0.5})
        page.waitForSelector(".running-job >> text=diffusion")
        shown = page.evaluate("() => document.querySelector('.running-job [role=progressbar]').getAttribute('aria-valuenow')")
        self.assertEqual(int(shown), self.server.get("/spineseg/jobs/" + job)["Progress"])
        worker.ask("complete", job=job, epoch=granted["epoch"],
                        outcome={"state": "failed", "results": [], "summary_json": "", "error": {"code": "internal", "detail": "the end"}})
        page.waitForSelector("table.jobs >> text=internal: the end")
        page.waitForSelector("text=Nothing runs at the moment")

    def test_nothing_is_asked_again_and_again_while_nothing_happens(self):
        page = self.open()
        page.waitForSelector("table.jobs")
        page.waitForTimeout(1500)
        page.forget()
        page.waitForTimeout(3000)
        self.assertLessEqual(len(page.requests()), 3, page.requests())

    def test_filters_choose_the_jobs_and_stand_in_the_address(self):
        page = self.open()
        page.waitForSelector("table.jobs tbody tr >> nth=2")
        page.check("label.chip:has-text('done')", {"force": True})
        page.wait("() => document.querySelectorAll('table.jobs tbody .is-failed').length === 0")
        page.select("form.filter select", "review")
        page.wait("() => document.querySelectorAll('table.jobs tbody tr').length === 1")
        self.assertIn("Philips", page.text("table.jobs tbody tr"))
        address = page.evaluate("() => location.hash")
        self.assertIn("state=done", address)
        self.assertIn("verdict=review", address)
        page.click("text=Clear")
        page.fill("input[type=search]", "ge medical")
        page.wait("() => document.querySelectorAll('table.jobs tbody tr').length === 1 && document.querySelector('table.jobs tbody .is-failed')")
        page.fill("input[type=search]", "nobody")
        page.waitForSelector("text=No job matches")
        again = self.open(address)
        again.wait("() => document.querySelectorAll('table.jobs tbody tr').length === 1")
        later = self.open("#/queue?since=2099-01-01T00:00:00.000Z")
        later.waitForSelector("text=No job matches")

    def test_figures_of_today_are_those_of_the_server(self):
        page = self.open()
        page.waitForSelector(".figures .of-review")
        today = self.server.get("/spineseg/queue")["Today"]
        self.assertGreaterEqual(today["Done"], 2)
        for name, value in (("done", today["Done"]), ("review", today["Review"]), ("failed", today["Failed"])):
            self.assertEqual(page.text(f".figures .of-{name} .figure"), str(value), name)

    def test_cancel_asks_once(self):
        job = self.queued()
        page = self.open("#/job/" + job)
        page.click("button:text-is('Cancel')")
        page.waitForSelector("dialog >> text=Cancel this job?")
        page.press("Escape")
        page.wait("() => !document.querySelector('dialog[open]')")
        self.assertEqual(self.state_of(job), "queued")
        page.click("button:text-is('Cancel')")
        page.click("dialog button:text-is('Back')")
        self.assertEqual(self.state_of(job), "queued")
        page.click("button:text-is('Cancel')")
        page.click("dialog button:text-is('Cancel')")
        wait_for("the end of the job", lambda: self.state_of(job) == "canceled", PATIENCE)
        page.waitForSelector("h1 .is-canceled")

    def test_a_job_that_ended_is_run_again_only_after_the_question(self):
        job, _, _ = self.end("failed", detail="once more")
        page = self.open("#/job/" + job)
        page.click("button:text-is('Run again')")
        self.assertEqual(self.state_of(job), "failed")
        page.click("dialog button:text-is('Run again')")
        wait_for("the job in the queue", lambda: self.state_of(job) == "queued", PATIENCE)
        self.server.post("/spineseg/jobs/%s/cancel" % job)

    def test_priority_changes_the_order(self):
        self.queued(SeriesDescription="first_come")
        late = self.queued(SeriesDescription="late_come")
        page = self.open()
        rows = "section:has(h2:text-is('Waiting')) tbody tr"
        page.waitForSelector(rows + " >> nth=1 >> text=late_come")
        page.click(rows + ":has-text('late_come') >> button:text-is('Priority')")
        page.fill("dialog input", "50")
        page.click("dialog button:text-is('Priority')")
        page.waitForSelector(rows + " >> nth=0 >> text=late_come")
        self.assertEqual(self.server.get("/spineseg/jobs/" + late)["Priority"], 50)

    # ---- why not -------------------------------------------------------------------------------------------------------
    def test_a_refused_series_has_its_rule_and_the_tree_behind_it(self):
        page = self.open("#/why")
        row = "tr:has-text('scout')"
        self.assertIn("a localizer", page.text(row))
        page.click(row + " >> a")
        page.waitForSelector("text=The rules refuse this series")
        self.assertIn("localizer", page.text("details:has-text('What decided') li"))
        fired = page.count("details:has-text('Rules that apply') li")
        explained = self.server.get("/spineseg/series/%s/explain" % self.ended["refused"])
        self.assertEqual(fired, sum(rule["Fired"] for rule in explained["Rules"]) - 1)

    def test_a_dry_run_gives_a_table_of_all_series(self):
        page = self.open("#/why")
        page.click("text=Start the dry run")
        page.waitForSelector("text=Download as CSV")
        series = self.server.get("/series")
        self.assertIn("%d of %d series read" % (len(series), len(series)), page.text(".dry-run [role=status]"))
        file = page.download("text=Download as CSV")
        self.assertEqual(file["name"], "spineseg-dry-run.csv")
        rows = list(csv.DictReader(io.StringIO(file["text"])))
        self.assertEqual({row["ID"] for row in rows}, set(series))
        self.assertEqual({row["ID"]: row["Rule"] for row in rows}[self.ended["refused"]], "localizer")

    # ---- health --------------------------------------------------------------------------------------------------------
    def test_pause_asks_and_is_told_on_every_view(self):
        self.addCleanup(self.server.post, "/spineseg/queue/resume")
        self.worker()
        page = self.open("#/health")
        page.waitForSelector("article:has-text('raw-worker') >> text=float32")
        page.click("button:text-is('Pause')")
        page.click("dialog button:text-is('Back')")
        self.assertFalse(self.server.get("/spineseg/queue")["Paused"])
        page.click("button:text-is('Pause')")
        page.click("dialog button:text-is('Pause')")
        page.waitForSelector(".alerts >> text=The queue is paused")
        self.assertTrue(self.server.get("/spineseg/queue")["Paused"])
        self.open().waitForSelector(".alerts >> text=The queue is paused")
        page.click("button:text-is('Resume')")
        page.click("dialog button:text-is('Resume')")
        page.wait("() => !/paused/.test(document.querySelector('.alerts').textContent)")

    def test_a_worker_that_failed_its_test_is_an_alert(self):
        broken = worker_of(self.server, worker="broken-worker")
        self.addCleanup(broken.close)
        broken.report_device("failed", "differs by 0.4 " + HOSTILE)
        page = self.open("#/health")
        page.waitForSelector(".alerts >> text=Worker broken-worker failed its self-test")
        self.assertIn(HOSTILE, page.text("article:has-text('broken-worker') .notice"))


if __name__ == "__main__":
    unittest.main()
