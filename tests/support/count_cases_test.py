# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of tools/test.sh tells the truth."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import count_cases


def gtest_case(name, **more):
    return {"name": name, "classname": "Suite", "status": "RUN", "result": "COMPLETED", **more}


class CountCases(unittest.TestCase):
    def count(self, executables, reports):
        """executables: name → ctest's status; reports: name → JSON text. Returns (exit status, last line)."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            entries = "".join(f'<testcase name="{name}" status="{status}"/>' for name, status in executables.items())
            (folder / "junit.xml").write_text(f"<testsuite>{entries}</testsuite>", encoding="utf-8")
            for name, text in reports.items():
                (folder / f"{name}.json").write_text(text, encoding="utf-8")
            printed = io.StringIO()
            with mock.patch.object(sys, "argv", ["count", str(folder / "junit.xml"), str(folder)]), contextlib.redirect_stdout(printed):
                status = count_cases.main()
            self.printed = printed.getvalue()
            return status, self.printed.splitlines()[-1]

    def test_cases_are_counted_not_executables(self):
        report = json.dumps({"testsuites": [{"testsuite": [gtest_case("A"), gtest_case("B")]}]})
        self.assertEqual(self.count({"a_test": "run"}, {"a_test": report}), (0, "2 passed, 0 failed"))

    def test_a_failed_case_fails_the_run(self):
        report = json.dumps({"testsuites": [{"testsuite": [gtest_case("A"), gtest_case("B", failures=[{"failure": "x"}])]}]})
        self.assertEqual(self.count({"a_test": "fail"}, {"a_test": report}), (1, "1 passed, 1 failed"))

    def test_skipped_cases_are_neither_passed_nor_failed(self):
        report = json.dumps({"testsuites": [{"testsuite": [gtest_case("A"), gtest_case("B", result="SKIPPED")]}]})
        self.assertEqual(self.count({"a_test": "run"}, {"a_test": report}), (0, "1 passed, 0 failed, 1 skipped"))

    def test_the_reason_of_a_skipped_case_is_printed(self):
        skipped = gtest_case("A", result="SKIPPED", skip_reason="no bfloat16 on this processor")
        self.count({"a_test": "run"}, {"a_test": json.dumps({"testsuites": [{"testsuite": [skipped]}]})})
        self.assertIn("skipped: a_test: Suite.A (no bfloat16 on this processor)", self.printed)

    def test_disabled_cases_are_not_counted(self):
        report = json.dumps({"testsuites": [{"testsuite": [gtest_case("A"), gtest_case("DISABLED_B", status="NOTRUN")]}]})
        self.assertEqual(self.count({"a_test": "run"}, {"a_test": report}), (0, "1 passed, 0 failed"))

    def test_an_executable_that_crashed_counts_as_a_failure(self):
        self.assertEqual(self.count({"a_test": "fail"}, {}), (1, "0 passed, 1 failed"))

    def test_a_half_written_report_counts_as_a_failure(self):
        self.assertEqual(self.count({"a_test": "fail"}, {"a_test": '{"testsuites": ['}), (1, "0 passed, 1 failed"))

    def test_an_executable_that_fails_after_its_cases_passed_fails_the_run(self):
        report = json.dumps({"testsuites": [{"testsuite": [gtest_case("A")]}]})
        self.assertEqual(self.count({"a_test": "fail"}, {"a_test": report}), (1, "1 passed, 1 failed"))

    def test_python_reports_count_alike(self):
        report = json.dumps({"cases": [{"name": "a", "result": "passed"}, {"name": "b", "result": "skipped"}]})
        self.assertEqual(self.count({"a_test": "run"}, {"a_test": report}), (0, "1 passed, 0 failed, 1 skipped"))

    def test_nothing_run_is_not_success(self):
        self.assertEqual(self.count({}, {}), (1, "0 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
