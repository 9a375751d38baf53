# SPDX-License-Identifier: GPL-3.0-or-later
"""packaging/monitoring with Debian's Prometheus and the plugin in a real Orthanc: rules, dashboard and names fit what is answered."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
sys.path.insert(0, str(ROOT / "tests" / "plugin" / "orthanc"))
from ended_jobs import SUMMARY, end_job, summary_with  # noqa: E402
from orthanc_server import OrthancServer  # noqa: E402
from process import Process, free_port  # noqa: E402
from worker_by_hand import worker_of  # noqa: E402

from prometheus_client.openmetrics.parser import text_string_to_metric_families  # noqa: E402

FILES = ROOT / "packaging" / "monitoring"
RULES = FILES / "spineseg.rules.yml"
PART = re.compile(r"_(bucket|sum|count)$")


def promtool(*arguments, text=None):
    """Its output; fails with it."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError("promtool %s ended with %d:\n%s%s" % (arguments, done.returncode, done.stdout, done.stderr))
    return done.stdout


def dashboard_expressions():
    dashboard = json.loads((FILES / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [one["expr"] for one in dashboard["annotations"]["list"]]
    variables = [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    # As Grafana asks when "All" is chosen.
    return [re.sub(r"\$(instance|model|manufacturer)\b", ".*", query) for query in queries], variables


def names_in(text):
    return set(re.findall(r"\bspineseg_[a-z_]+", text))


class RulesTest(unittest.TestCase):
    def test_the_rules_and_the_example_configuration_are_valid(self):
        self.assertIn("SUCCESS", promtool("check", "rules", RULES))
        self.assertIn("SUCCESS", promtool("check", "config", FILES / "prometheus.yml"))

    def test_each_alert_is_raised_by_its_fault_and_not_by_a_healthy_node(self):
        with tempfile.TemporaryDirectory(prefix="spineseg rules ") as folder:
            shutil.copy(RULES, folder)
            cases = sorted((ROOT / "tests" / "monitoring").glob("*_test.yml"))
            self.assertEqual(len(cases), 2)
            for case in cases:
                promtool("test", "rules", shutil.copy(case, folder))


class ScrapeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer()
        cls.addClassCleanup(cls.server.destroy)
        pathlib.Path(cls.server.path("key")).write_text("a key of more than 24 bytes\n")
        cls.server.settings = {**cls.server.settings, "Webhooks": [
            {"URL": "http://127.0.0.1:%d/" % free_port(), "Events": ["done"], "SecretFile": cls.server.path("key")}]}
        cls.server.start()
        worker = worker_of(cls.server)
        cls.addClassCleanup(worker.close)
        worker.report_device("passed")
        cls.job, cls.series = end_job(cls.server, worker, Manufacturer="SIEMENS")
        end_job(cls.server, worker, summary=summary_with("review"), Manufacturer='Doe^"Jane\\\n')
        end_job(cls.server, worker, "rejected", code="quality_rejected", Manufacturer="GE MEDICAL SYSTEMS")
        end_job(cls.server, worker, "failed", code="model_invalid", Manufacturer=None)
        hostile = {**SUMMARY, "seconds": {"diffusion": -1, "preprocessing": "x", "SECRET": 5, "postprocessing": 1e300},
                   "quality": {"verdict": "SECRET", "structures": {"vertebra": {"certainty": 7}, "SECRET": {"certainty": 0.5}}}}
        end_job(cls.server, worker, summary=hostile, Manufacturer="SIEMENS")

    def scrape(self, accept="*/*"):
        status, headers, body = self.server.request("GET", "/spineseg/metrics", headers={"Accept": accept})
        self.assertEqual(status, 200)
        return headers["Content-Type"], body.decode()

    def families(self):
        return {family.name: family for family in text_string_to_metric_families(self.scrape("application/openmetrics-text")[1])}

    def values(self, name, **labels):
        """Of the sample of this name with these labels."""
        return [sample.value for family in self.families().values() for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()]

    def test_both_formats_are_what_their_content_types_say(self):
        kind, text = self.scrape()
        self.assertEqual(kind, "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(promtool("check", "metrics", text=text), "")
        kind, text = self.scrape("application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5")
        self.assertEqual(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(text.endswith("\n# EOF\n"))
        self.assertGreater(len(list(text_string_to_metric_families(text))), 20)

    def test_what_ended_is_counted_by_state_verdict_model_manufacturer_and_stage(self):
        self.assertEqual([self.values("spineseg_jobs_ended_total", state=state) for state in ("done", "rejected", "failed", "canceled")],
                         [[3], [1], [1], [0]])
        self.assertEqual(self.values("spineseg_job_errors_total", code="model_invalid"), [1])
        for verdict, manufacturer in (("pass", "Siemens"), ("review", "other"), ("reject", "GE")):
            self.assertEqual(self.values("spineseg_verdicts_total", verdict=verdict, manufacturer=manufacturer, model="raw"), [1])
        self.assertEqual(sum(self.values("spineseg_verdicts_total")), 3, "a verdict that is none is not counted")
        self.assertEqual(self.values("spineseg_stage_seconds_sum", stage="diffusion"), [42])
        self.assertEqual(self.values("spineseg_stage_seconds_count", stage="postprocessing"), [2])
        self.assertAlmostEqual(self.values("spineseg_uncertainty_sum", structure="vertebra")[0], 0.06)
        self.assertEqual(self.values("spineseg_sample_agreement_bucket", structure="disc", le="0.95"), [0])
        self.assertEqual(self.values("spineseg_sample_agreement_bucket", structure="disc", le="0.97"), [2])
        self.assertEqual(self.values("spineseg_queue_wait_seconds_count"), [5])
        self.assertEqual(self.values("spineseg_turnaround_seconds_count"), [4])

    def test_the_present_is_shown_here_and_on_orthancs_own_page(self):
        health = self.server.get("/spineseg/health")
        self.assertEqual(self.values("spineseg_jobs", state="done"), [health["Queue"]["Done"]])
        self.assertEqual(self.values("spineseg_build_info", version=health["Version"]), [1])
        self.assertEqual(self.values("spineseg_workers_connected"), [1])
        self.assertEqual(self.values("spineseg_worker_self_tests", state="passed"), [1])
        self.assertEqual(self.values("spineseg_queue_mode", mode="running"), [1])
        self.assertEqual(self.values("spineseg_webhook_waiting", hook="1"), [2], "a review is another event")
        free = shutil.disk_usage(self.server.folder).free
        for folder in ("database", "storage"):
            self.assertAlmostEqual(self.values("spineseg_disk_free_bytes", folder=folder)[0] / free, 1, delta=0.2)
        orthancs = self.server.request("GET", "/tools/metrics-prometheus")[2].decode()
        for line in ("spineseg_jobs_done 3", "spineseg_database_up 1", "spineseg_workers_connected 1", "spineseg_queue_paused 0"):
            self.assertIn("\n" + line + " ", "\n" + orthancs)

    def test_no_patient_data_and_no_uid_is_answered(self):
        source = self.server.get("/series/" + self.series)["MainDicomTags"]["SeriesInstanceUID"]
        for accept in ("*/*", "application/openmetrics-text"):
            text = self.scrape(accept)[1]
            for secret in ("SECRET", "Jane", source, self.series, self.job):
                self.assertNotIn(secret, text)

    def test_every_name_of_the_plugin_is_answered_and_documented_and_others_are_not_used(self):
        answered = names_in(self.scrape()[1])
        table = set(re.findall(r'"(spineseg_[a-z_]+)"', (ROOT / "plugin" / "metrics" / "metric_names.h").read_text()))
        self.assertGreater(len(table), 20)
        self.assertEqual({PART.sub("", name) for name in answered}, table)
        self.assertEqual(names_in((FILES / "README.md").read_text()) & table, table)
        expressions, variables = dashboard_expressions()
        used = names_in(" ".join(expressions + variables)) | names_in(RULES.read_text())
        self.assertGreater(len(used), 15)
        self.assertFalse(used - answered)

    def test_prometheus_scrapes_the_plugin_and_answers_every_query_of_the_dashboard(self):
        folder = tempfile.mkdtemp(prefix="spineseg prometheus ")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        shutil.copy(RULES, folder)
        port = free_port()
        configuration = (FILES / "prometheus.yml").read_text().replace("127.0.0.1:8042", self.server.url[len("http://"):])
        configuration = configuration.replace("_interval: 15s", "_interval: 1s")
        pathlib.Path(folder, "prometheus.yml").write_text(configuration)
        prometheus = Process(["prometheus", "--config.file", os.path.join(folder, "prometheus.yml"), "--storage.tsdb.path", os.path.join(folder, "data"),
                              "--web.listen-address", "127.0.0.1:%d" % port], pathlib.Path(folder, "log"))
        self.addCleanup(prometheus.kill)

        def ask(path, **query):
            with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s?%s" % (port, path, urllib.parse.urlencode(query)), timeout=10) as answer:
                return json.load(answer)["data"]

        deadline = time.time() + 20
        series = []
        while time.time() < deadline and not series:
            try:
                series = ask("query", query='spineseg_jobs_ended_total{state="done"}')["result"]
            except OSError:
                pass
            time.sleep(0.2)
        self.assertTrue(series, prometheus.tail())
        self.assertEqual(series[0]["value"][1], "3")
        self.assertEqual({target["health"] for target in ask("targets")["activeTargets"]}, {"up"}, prometheus.tail())
        self.assertTrue(ask("query", query="spineseg_jobs_done")["result"], "from Orthanc's own page")
        expressions, _ = dashboard_expressions()
        for expression in expressions:
            with self.subTest(expression):
                ask("query", query=expression)  # an expression that is none is an error
        for name in names_in(self.scrape()[1]) - {"spineseg_uncertainty", "spineseg_sample_agreement"}:
            found = ask("query", query="count({__name__=~\"%s(_count)?\"})" % name)["result"]
            self.assertTrue(found, name)


class RestartTest(unittest.TestCase):
    def test_counters_begin_anew_and_gauges_do_not(self):
        server = OrthancServer()
        self.addCleanup(server.destroy)
        server.start()
        worker = worker_of(server)
        end_job(server, worker)
        worker.close()
        self.assertIn('spineseg_jobs_ended_total{state="done"} 1\n', server.request("GET", "/spineseg/metrics")[2].decode())
        server.stop()
        server.start()
        text = server.request("GET", "/spineseg/metrics")[2].decode()
        self.assertIn('spineseg_jobs_ended_total{state="done"} 0\n', text)
        self.assertIn('spineseg_jobs{state="done"} 1\n', text)


if __name__ == "__main__":
    unittest.main()
