# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document against what the routes answer: those of the C++ tests of the routes, which need no Orthanc."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = pathlib.Path(os.environ["SPINESEG_SOURCE_DIR"]) / ".cache/openapi/python/bin/python"
PLUGIN_TEST = pathlib.Path(os.environ["SPINESEG_BUILD_DIR"]) / "tests/plugin_test"


@unittest.skipUnless(PYTHON.exists(), "needs tests/plugin/openapi/install.sh, which asks PyPI")
class OpenApiDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="spineseg-openapi-") as folder:
            recorded = os.path.join(folder, "answers")
            # Without the report that GTEST_OUTPUT asks for: it would take the place of that of plugin_test.
            environment = {name: value for name, value in os.environ.items() if name != "GTEST_OUTPUT"}
            subprocess.run([PLUGIN_TEST, "--gtest_filter=Rest*:OpenApi*", "--gtest_brief=1"], check=True, stdout=subprocess.PIPE,
                           env={**environment, "SPINESEG_RECORDED_ANSWERS": recorded})
            checked = subprocess.run([PYTHON, HERE / "check_answers.py", recorded], capture_output=True, text=True)
        if checked.returncode != 0:
            raise AssertionError(checked.stderr)
        cls.checked = json.loads(checked.stdout)

    def test_every_answer_is_as_the_document_says(self):
        self.assertGreater(self.checked["Answers"], 100)
        self.assertEqual(self.checked["Faults"], [])

    def test_every_operation_was_answered(self):
        self.assertEqual(self.checked["Unseen"], [])


if __name__ == "__main__":
    unittest.main()
