# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of tools/bench.sh --only load, and a short run of it. How fast anything is, is not tested."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
BENCH = ROOT / "tools" / "bench" / "load"
for folder in (BENCH, ROOT / "tests" / "plugin" / "orthanc", ROOT / "tests" / "faults"):
    sys.path.insert(0, str(folder))

import figures  # noqa: E402
import hospital_day  # noqa: E402


class Figures(unittest.TestCase):
    def test_a_quantile_is_the_smallest_value_that_the_share_does_not_exceed(self):
        values = list(range(1, 101))
        self.assertEqual([figures.quantile(values, share) for share in (0.01, 0.5, 0.99, 1)], [1, 50, 99, 100])
        self.assertEqual(figures.quantile([7], 0.99), 7)
        self.assertEqual(figures.quantile([3, 1, 2], 0.95), 3)

    def test_a_cost_is_that_of_the_pairs_and_not_of_the_sums(self):
        self.assertEqual(figures.cost_of_pairs([2, 3, 40], [1, 2, 40]), (0.5, 0.0, 1.0))

    def test_the_slope_is_the_growth_for_each_job(self):
        self.assertAlmostEqual(figures.slope([(0, 10), (100, 12), (200, 14)]), 0.02)
        self.assertAlmostEqual(figures.slope([(0, 10), (100, 10), (200, 10)]), 0)

    def test_the_probes_calls_are_sorted_by_change(self):
        self.assertEqual(figures.calls_of_probe("3 1000\n8 2000000\n3 500\n"), {3: [1e-6, 5e-7], 8: [0.002]})


class HospitalDay(unittest.TestCase):
    def test_arrivals_are_those_of_the_seed_in_the_order_of_time(self):
        plan = hospital_day.Plan(hours=8)
        arrivals = plan.arrivals()
        self.assertEqual(arrivals, hospital_day.Plan(hours=8).arrivals())
        self.assertEqual(arrivals, sorted(arrivals))
        self.assertNotEqual(arrivals, hospital_day.Plan(hours=8, seed=1).arrivals())
        # 8 h x 25 studies x 3 series; five standard deviations of a Poisson number of studies
        self.assertLess(abs(len(arrivals) - 600), 3 * 5 * 200 ** 0.5)
        together = hospital_day.Plan(hours=8, apart=0).arrivals()
        self.assertEqual(together[0::3], together[2::3])

    def test_an_idle_worker_finds_a_job_when_it_asks_next(self):
        self.assertEqual(hospital_day.replay([0.0], [7.0], retry=2), [7.0])
        self.assertEqual(hospital_day.replay([3.0], [7.0], retry=2), [11.0])
        self.assertEqual(hospital_day.replay([4.0], [7.0], retry=2), [11.0])

    def test_a_busy_worker_takes_the_next_job_when_it_is_free(self):
        self.assertEqual(hospital_day.replay([0.0, 1.0, 2.0, 100.0], [7.0, 7.0, 7.0, 7.0], retry=2), [7.0, 14.0, 21.0, 108.0])
        self.assertEqual(hospital_day.replay([0.0, 1.0, 2.0, 100.0], [7.0] * 4, workers=2, retry=2), [7.0, 9.0, 14.0, 107.0])

    def test_a_turnaround_holds_stable_age_delays_and_the_models_time_in_the_order_of_arrival(self):
        # The first series is queued 3 s later than Orthanc's StableAge, after the second one.
        self.assertEqual(hospital_day.turnarounds([0.0, 1.0], [(3.0, 0.5), (1.0, 0.0)], [7.0, 7.0], workers=1), [76.5, 68.0])


@unittest.skipUnless((pathlib.Path(os.environ["SPINESEG_BUILD_DIR"]) / "bin" / "spineseg_bench_ended_jobs").exists(),
                     "the benches are not built")
class ShortRun(unittest.TestCase):
    def test_every_part_but_the_ingest_runs_and_reports(self):
        with tempfile.TemporaryDirectory(prefix="spineseg bench ") as folder:
            ran = subprocess.run([sys.executable, BENCH / "load_bench.py", "--part", "routes", "--part", "jobs", "--part", "day",
                                  "--ended", "200", "--jobs", "8", "--rounds", "2", "--hours", "0.1", "--compression", "600",
                                  "--services", "6.9"],
                                 env={**os.environ, "TMPDIR": folder}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=300)
            left = os.listdir(folder)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        for line in ("a database with 200 ended jobs", "/spineseg/jobs?expand&limit=500", "answer to lease_request", "change callback",
                     "StableSeries", "memory of Orthanc", "in the hospital, 2 worker(s)"):
            self.assertIn(line, ran.stdout)
        self.assertIn("0 refused as nothing, 0 lines of the log", ran.stdout)
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
