#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts test cases, not executables, and prints the last line of tools/test.sh.

usage: count_cases.py JUNIT_OF_CTEST FOLDER_OF_CASE_REPORTS

ctest knows one result per executable; GoogleTest and run_python_tests.py leave a JSON report per executable with every
case. An executable without a report (it crashed, ran out of time, or is no GoogleTest) counts as one case by its own
result, and one that failed although all its cases passed (a leak found at exit) as one failed case more.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def cases_of(report):
    """Yields (name, 'passed' | 'failed' | 'skipped') from either kind of report; the name of a skipped case may end with
    its reason in brackets (a GoogleTest case records it as "skip_reason")."""
    for case in report.get("cases", []):
        yield f"{case['name']}", case["result"]
    for suite in report.get("testsuites", []):
        for case in suite.get("testsuite", []):
            if case.get("status") == "NOTRUN":
                continue
            skipped = case.get("result") == "SKIPPED"
            outcome = "failed" if case.get("failures") else "skipped" if skipped else "passed"
            reason = f" ({case['skip_reason']})" if skipped and "skip_reason" in case else ""
            yield f"{case['classname']}.{case['name']}{reason}", outcome


def result_of_executable(entry):
    if entry.find("skipped") is not None or entry.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed" if entry.get("status") == "run" else "failed"


def main():
    junit, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    names = {"passed": [], "failed": [], "skipped": []}
    for entry in ElementTree.parse(junit).getroot().iter("testcase"):
        executable = entry.get("name")
        own = result_of_executable(entry)
        try:
            cases = list(cases_of(json.loads((folder / f"{executable}.json").read_text(encoding="utf-8"))))
        except (OSError, ValueError):
            cases = []
        for name, outcome in cases:
            names[outcome].append(f"{executable}: {name}")
        if not cases or (own == "failed" and not any(outcome == "failed" for _, outcome in cases)):
            names[own].append(f"{executable}: (the executable)")
    for outcome in ("skipped", "failed"):
        for name in names[outcome]:
            print(f"{outcome}: {name}")
    line = f"{len(names['passed'])} passed, {len(names['failed'])} failed"
    if names["skipped"]:
        line += f", {len(names['skipped'])} skipped"
    print(line)
    return 1 if names["failed"] or not names["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
