# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/threat-model.md: every rule of the gate has a row, and every test that the page names exists."""
import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| `([\w.]+)` \|$", re.MULTILINE)
# What the sources call a rule: in the tables of the rules, in objections, and in refusals by name.
NAMED = re.compile(r'ResultRule\{"(\w+)"|Objection\{"(\w+)"|object\("(\w+)"|refused_by\("(\w+)"|"rule (\w+):')
CASE = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", re.MULTILINE)
# No refusal names them: the first is an error of its own, the second an answer to `complete`.
WITHOUT_A_NAME = {"same_result", "complete"}


def sources(folder, suffix):
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*" + suffix)))


class ThreatModel(unittest.TestCase):
    def test_every_rule_of_the_gate_has_one_row_and_every_row_a_rule(self):
        rows = [row[0] for row in ROW.findall(PAGE)]
        named = {name for groups in NAMED.findall(sources("plugin", ".cpp")) for name in groups if name}
        self.assertGreater(len(named), 15)
        self.assertEqual(sorted(rows), sorted(named | WITHOUT_A_NAME))

    def test_every_row_has_a_test_of_its_own(self):
        tests = [row[2] for row in ROW.findall(PAGE)]
        self.assertEqual(len(tests), len(set(tests)))

    def test_every_test_that_the_page_names_exists(self):
        cases = {f"{suite}.{name}" for suite, name in CASE.findall(sources("tests", ".cpp"))}
        named = re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", PAGE)
        self.assertGreater(len(named), 20)
        self.assertEqual([name for name in named if name not in cases], [])
        python = sources("tests", ".py")
        for file, name in re.findall(r"`(\w+\.py): (test_\w+)`", PAGE):
            self.assertIn(f"def {name}(", python, file)


if __name__ == "__main__":
    unittest.main()
