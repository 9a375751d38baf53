# SPDX-License-Identifier: GPL-3.0-or-later
"""The page at /spineseg/app in headless Chromium: a real Orthanc with the plugin, and a worker by hand."""
import csv
import http.client
import http.server
import io
import json
import re
import sys
import threading
import unittest

from browser import Browser, what_is_missing
from deployment import LOGS, SOURCE
from rest import wait_for

sys.path.insert(0, str(SOURCE / "tests" / "plugin" / "orthanc"))
from orthanc_server import BY_HAND, OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

HOSTILE = '<img src=x onerror="window.hit=1">'
VIEWS = ("#/queue", "#/why", "#/health", "#/job/{job}", "#/series/{refused}", "#/study/{study}")
PATIENCE = 15  # seconds


class Prefix(http.server.BaseHTTPRequestHandler):
    """A proxy that serves Orthanc below /pacs, as sites do it."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        if not self.path.startswith("/pacs/"):
            self.send_error(404)
            return
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.request("GET", self.path[len("/pacs"):])
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Security-Policy", "ETag", "Cache-Control"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # the browser left while it waited for a change


class WebPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing := what_is_missing():
            raise unittest.SkipTest(missing)
        logs = LOGS / "web-page"
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

    # ---- all views -----------------------------------------------------------------------------------------------------
    def test_texts_of_strangers_stay_texts(self):
        page = self.open()
        page.waitForSelector("table.jobs >> text=" + HOSTILE[:10])
        self.assertIn(HOSTILE, page.text("table.jobs tr:has(.is-failed) .remark"))
        page.click("table.jobs tr:has(.is-failed) a")
        page.waitForSelector(".attempts")
        page.wait("() => document.querySelector('h1').textContent.includes('onerror')")
        self.assertIn(HOSTILE, page.text("h1"))
        self.assertEqual(page.evaluate("() => [document.images.length, window.hit ?? null]"), [0, None])

    def test_axe_finds_nothing_on_any_view_in_either_colours(self):
        waits = self.queued()
        for scheme in ("light", "dark"):
            page = self.open(colorScheme=scheme)
            for view in VIEWS + ("#/job/" + waits,):
                with self.subTest(view=view, scheme=scheme):
                    page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
                    page.waitForSelector("section")
                    page.waitForTimeout(250)
                    self.assertEqual(page.axe(), [])
        page.click("button:text-is('Cancel')")
        self.assertEqual(page.axe(), [], "a question")

    def test_every_view_fits_a_phone_in_both_languages(self):
        for locale in ("en-GB", "de-DE"):
            page = self.open(viewport={"width": 360, "height": 740}, locale=locale)
            for view in VIEWS:
                page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
                page.waitForSelector("section")
                page.waitForTimeout(150)
                self.assertLessEqual(page.evaluate("() => document.documentElement.scrollWidth"), 360, (view, locale))

    def test_it_speaks_the_language_of_the_browser_and_the_one_that_is_chosen(self):
        page = self.open(locale="de-DE")
        self.assertEqual(page.text("h1"), "Warteschlange")
        self.assertEqual(page.evaluate("() => document.documentElement.lang"), "de")
        page.click("text=English")
        self.assertEqual(page.text("h1"), "Queue")
        page.reload()
        page.waitForSelector("h1:text-is('Queue')")

    def test_dark_and_light_follow_the_system_and_the_switch(self):
        ground = "() => getComputedStyle(document.body).backgroundColor"
        light, dark = self.open(colorScheme="light"), self.open(colorScheme="dark")
        bright, black = light.evaluate(ground), dark.evaluate(ground)
        self.assertNotEqual(bright, black)
        dark.click("button:text-is('Auto')")
        self.assertEqual(dark.evaluate(ground), bright)
        dark.click("button:text-is('Light')")
        self.assertEqual(dark.evaluate(ground), black)
        dark.reload()
        dark.waitForSelector("button:text-is('Dark')")
        self.assertEqual(dark.evaluate(ground), black)

    def test_all_of_it_is_reached_by_keyboard(self):
        page = self.open()
        page.waitForSelector("table.jobs a")
        seen, without = set(), []
        for _ in range(60):
            page.press("Tab")
            name, outline = page.evaluate("""() => { const e = document.activeElement;
                const shown = e.matches('.chip input') ? e.nextSibling : e;
                return [e.tagName + ' ' + (e.textContent || e.getAttribute('aria-label') || e.type || '').trim().slice(0, 30), getComputedStyle(shown).outlineStyle]; }""")
            seen.add(name)
            if outline == "none" and not name.startswith("BODY"):
                without.append(name)
        for name in ("A Skip to the content", "A Queue", "A Why not", "BUTTON Deutsch", "SELECT anypassreviewrejected"):
            self.assertIn(name, seen)
        self.assertEqual(without, [], "without a visible focus")

    def test_no_request_leaves_the_origin(self):
        page = self.open()
        for view in VIEWS:
            page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
            page.waitForSelector("section")
            page.waitForTimeout(200)
        requests = page.requests()
        self.assertGreater(len(requests), 30)
        self.assertEqual([one for one in requests if not one.split()[1].startswith(self.server.url + "/")], [])
        self.assertEqual({one.split()[0] for one in requests}, {"GET"}, "looking changes nothing")

    def test_it_works_behind_a_prefix(self):
        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Prefix)
        proxy.upstream, proxy.asked = self.server.url.split("//")[1], []
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        page = self.browser.open()
        page.goto("http://127.0.0.1:%d/pacs/spineseg/app#/job/%s" % (proxy.server_address[1], self.ended["job"]))
        page.waitForSelector("text=t2_tse_sag")
        link = page.evaluate("() => document.querySelector('nav.links a').getAttribute('href')")
        self.assertTrue(link.startswith("/pacs/app/explorer.html"), link)
        page.close()
        self.assertEqual([path for path in proxy.asked if not path.startswith("/pacs/")], [])

    # ---- elsewhere -----------------------------------------------------------------------------------------------------
    def test_orthanc_explorers_buttons_lead_here(self):
        page = self.browser.open()
        self.addCleanup(page.close)
        page.goto(self.server.url + "/app/explorer.html#study?uuid=" + self.ended["study"])
        page.click("#spineseg-study:visible")
        page.waitForSelector("h1:text-is('Series of the study')")
        page.waitForSelector("tr:has-text('t2_tse_sag') .is-done")
        page.goto(self.server.url + "/app/explorer.html#series?uuid=" + self.ended["refused"])
        page.click("#spineseg-series:visible")
        page.waitForSelector("text=The rules refuse this series")

    def test_the_buttons_for_orthanc_explorer_2_keep_its_schema(self):
        """Its DefaultConfiguration.json documents CustomButtons: lists by level; HttpMethod, Id, Tooltip, Icon and Url in every button, Target
        with GET, Payload and Refresh with POST and PUT. {UUID} in Url is Orthanc's id; Url is relative to /ui/app/."""
        text = (SOURCE / "packaging" / "orthanc" / "orthanc-explorer-2.json").read_text()
        buttons = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.M))["OrthancExplorer2"]["UiOptions"]["CustomButtons"]
        self.assertLessEqual(set(buttons), {"study", "series", "instance", "bulk-studies"})
        ids = [button["Id"] for level in buttons.values() for button in level]
        self.assertEqual(len(ids), len(set(ids)))
        kinds = {"GET": {"Target"}, "POST": {"Payload", "Refresh"}, "PUT": {"Payload", "Refresh"}}
        for level, listed in buttons.items():
            for button in listed:
                self.assertEqual(set(button), {"HttpMethod", "Id", "Tooltip", "Icon", "Url"} | kinds[button["HttpMethod"]])
                self.assertTrue(button["Icon"].startswith("bi bi-"))
                self.assertTrue(button["Url"].startswith("../../"))
                resource = self.ended["study" if level == "study" else "refused"]
                path = button["Url"].replace("../..", "").replace("{UUID}", resource)
                status = self.server.request(button["HttpMethod"], path.split("#")[0], json.dumps(button.get("Payload")).encode() if button["HttpMethod"] == "POST" else None)[0]
                self.assertEqual(status, 400 if button["HttpMethod"] == "POST" else 200, "the rules refuse that series")

    def test_every_text_is_in_both_languages(self):
        folder = SOURCE / "plugin" / "web"
        page = self.open()
        texts = page.evaluate("async () => (await import(location.pathname + '/texts.js')).texts")
        self.assertEqual(set(texts["de"]), set(texts["en"]))
        for key, text in texts["en"].items():
            self.assertEqual(set(re.findall(r"\{\w+\}", text)), set(re.findall(r"\{\w+\}", texts["de"][key])), key)
        used = set()
        for file in folder.glob("*.js"):
            used |= set(re.findall(r"\bt\('([\w.]+)'", file.read_text()))
        self.assertGreater(len(used), 100)
        self.assertEqual(used - set(texts["en"]), set())


if __name__ == "__main__":
    unittest.main()
