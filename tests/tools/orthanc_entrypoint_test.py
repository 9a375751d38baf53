# SPDX-License-Identifier: GPL-3.0-or-later
"""docker/: no way of starting the containers lets anybody in with a default password. The containers themselves are started
by tools/test-containers.sh."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

DOCKER = pathlib.Path(__file__).resolve().parents[2] / "docker"


class Entrypoint(unittest.TestCase):
    def setUp(self):
        if not shutil.which("jq"):
            self.skipTest("needs jq")
        folder = tempfile.TemporaryDirectory(prefix="spineseg-entrypoint-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.users = self.folder / "users.json"

    def refusal(self):
        ended = subprocess.run(["sh", DOCKER / "orthanc-entrypoint.sh", self.folder], capture_output=True, text=True, timeout=20)
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        self.assertIn("Orthanc is not started", ended.stderr)
        return ended.stderr

    def test_a_missing_file_of_users_stops_the_start(self):
        self.assertIn("nobody could log in", self.refusal())

    def test_a_folder_in_its_place_stops_the_start(self):
        """Docker makes a folder where the file that is to be mounted is missing; Orthanc then made orthanc:orthanc."""
        self.users.mkdir()
        self.assertIn("is no file", self.refusal())

    def test_a_file_that_names_nobody_stops_the_start(self):
        for content in ("{}", '{"RegisteredUsers": {}}', '{"RegisteredUsers": {"me": ""}}', '{"RegisteredUsers": ["me"]}', "[]"):
            with self.subTest(content):
                self.users.write_text(content)
                self.assertIn("names no user with a password", self.refusal())

    def test_an_empty_or_broken_file_stops_the_start(self):
        """An empty file was no error to jq 1.6, and Orthanc was started."""
        for content in ("", "me: secret"):
            with self.subTest(content):
                self.users.write_text(content)
                self.assertIn("is not JSON", self.refusal())


class ComposeFiles(unittest.TestCase):
    def test_a_missing_file_of_users_is_not_made_into_a_folder(self):
        for name in ("compose.yaml", "compose.orthancteam.yaml"):
            mount = re.search(r"source: \$\{SPINESEG_USERS:-\./users\.json\}\n(.*\n){3}", (DOCKER / name).read_text())
            self.assertIn("create_host_path: false", mount.group(0), name)

    def test_the_plugin_is_told_to_require_users(self):
        self.assertIs(json.loads((DOCKER / "orthanc.json").read_text())["SpineSeg"]["RequireUsers"], True)
        self.assertIn('ORTHANC__SPINE_SEG__REQUIRE_USERS: "true"', (DOCKER / "compose.orthancteam.yaml").read_text())


if __name__ == "__main__":
    unittest.main()
