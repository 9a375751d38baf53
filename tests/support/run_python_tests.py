#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one Python test file (unittest) and reports it as GoogleTest does, so that one counter serves both languages.

usage: run_python_tests.py FILE.py [NAME_PATTERN]

GTEST_OUTPUT=json:FOLDER/ writes FOLDER/<file>.json with a list of cases, each with its result and its seconds.
"""
import importlib.util
import json
import os
import pathlib
import sys
import time
import unittest


class CaseRecorder(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = []
        self._began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()

    def _record(self, test, result):
        self.cases.append({"classname": type(test).__name__, "name": str(test), "result": result,
                           "seconds": round(time.monotonic() - self._began, 3) if self._began else 0.0})

    def addSuccess(self, test):
        super().addSuccess(test)
        self._record(test, "passed")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._record(test, "failed")

    def addError(self, test, error):
        super().addError(test, error)
        self._record(test, "failed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped")

    # A case that is expected to fail is not something this suite has.
    def addExpectedFailure(self, test, error):
        self.addFailure(test, error)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._record(test, "failed")


def load(path):
    for folder in (path.parent, pathlib.Path(__file__).resolve().parent):
        sys.path.insert(0, str(folder))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    specification.loader.exec_module(module)
    return module


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    loader = unittest.TestLoader()
    if len(sys.argv) > 2:
        loader.testNamePatterns = [f"*{sys.argv[2]}*"]
    suite = loader.loadTestsFromModule(load(path))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=CaseRecorder).run(suite)
    kind, _, folder = os.environ.get("GTEST_OUTPUT", "").partition(":")
    if kind == "json":
        os.makedirs(folder, exist_ok=True)
        report = {"cases": result.cases}
        pathlib.Path(folder, path.stem + ".json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    if not result.cases:
        print("no test case ran", file=sys.stderr)
        return 1
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
