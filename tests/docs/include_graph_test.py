# SPDX-License-Identifier: GPL-3.0-or-later
"""The dependency picture in docs/architecture.md is that of the sources."""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = ROOT / "tools" / "include-graph.py"


def load_tool():
    specification = importlib.util.spec_from_file_location("include_graph", TOOL)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


include_graph = load_tool()


class Picture(unittest.TestCase):
    def test_the_picture_in_the_architecture_page_is_up_to_date(self):
        if not shutil.which("git") or subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True).returncode != 0:
            self.skipTest("the sources are not in a git repository")
        checked = subprocess.run([TOOL, "--check", ROOT / "docs" / "architecture.md"], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)


class Graph(unittest.TestCase):
    SOURCES = {"core/error.h": "", "core/error.cpp": '#include "core/error.h"\n',
               "db/rows.h": '#include "core/error.h"\n', "db/store.h": "",
               "db/rows.cpp": '#include "db/rows.h"\n#include "db/store.h"\n',
               "db/store.cpp": '#include "db/store.h"\n  #  include "db/rows.h"\n#include <vector>\n',
               "plugin/a.cpp": '#include "db/rows.h"\n#include "db/store.h"\n#include "plugin/version.h"\n',
               "plugin/version.h.in": "", "tests/a_test.cpp": '#include "plugin/nothing.h"\n'}

    def test_edges_are_counted_between_folders_and_tests_are_left_out(self):
        graph = include_graph.Graph(self.SOURCES)
        self.assertEqual(dict(graph.counts), {("db", "core"): 1, ("plugin", "db"): 2})
        self.assertEqual(graph.levels, {"core": 0, "db": 1, "plugin": 2})
        self.assertEqual(graph.folder_cycles, [])

    def test_a_header_and_its_source_are_one_file_of_a_cycle(self):
        self.assertEqual(include_graph.Graph(self.SOURCES).file_cycles, [["db/rows", "db/store"]])

    def test_a_cycle_of_folders_is_named(self):
        sources = dict(self.SOURCES) | {"core/digest.cpp": '#include "plugin/a.h"\n', "plugin/a.h": ""}
        self.assertEqual(include_graph.Graph(sources).folder_cycles, [["core", "db", "plugin"]])

    def test_a_block_that_stands_twice_is_found_with_its_length(self):
        block = "".join(f"call({i});\n" for i in range(7))
        found = include_graph.repeated_blocks({"a.cpp": "int a;\n" + block, "b.cpp": block + "int b;\n"})
        self.assertEqual(found, [(7, "a.cpp:2", "b.cpp:1")])


if __name__ == "__main__":
    unittest.main()
