# SPDX-License-Identifier: GPL-3.0-or-later
"""What `cmake --install` puts in place works from there, wherever that is."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from deployment import BUILD, Deployment, spineseg


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="spineseg-install-")
        cls.addClassCleanup(folder.cleanup)
        cls.work = pathlib.Path(folder.name)
        cls.prefix = cls.work / "prefix"
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(cls.prefix)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        cls.unit = cls.prefix / "lib/systemd/system/spineseg-worker.service"

    def test_a_series_is_segmented_by_the_installed_plugin_and_worker_with_the_installed_model(self):
        spineseg("phantom", "--slices", 5, "--out", self.work / "phantom")
        with Deployment("Installation", prefix=self.prefix) as deployment:
            job = deployment.wait_until_finished(deployment.send(self.work / "phantom" / "dicom"))
        self.assertEqual(job["State"], "done", job)
        self.assertEqual(job["Model"]["ID"], "lumbar-fast")

    def test_the_service_starts_what_was_installed(self):
        [command] = re.findall(r"^ExecStart=(.*)$", self.unit.read_text(encoding="utf-8"), re.MULTILINE)
        program, *arguments = command.split()
        self.assertEqual(pathlib.Path(program), self.prefix / "bin" / "spineseg-worker")
        self.assertTrue(pathlib.Path(program).exists())
        self.assertTrue((pathlib.Path(arguments[arguments.index("--model") + 1]) / "manifest.json").exists(), command)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here")
    def test_systemd_has_nothing_to_say_against_the_service(self):
        checked = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(self.unit)], capture_output=True, text=True,
                                 check=False, stdin=subprocess.DEVNULL)
        ours = [line for line in checked.stderr.splitlines() if self.unit.name in line]  # other units of the machine are not our matter
        self.assertEqual((checked.returncode, ours), (0, []))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here")
    def test_the_service_is_exposed_by_no_more_than_the_documents_say(self):
        judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(self.unit)], capture_output=True, text=True,
                                check=False, stdin=subprocess.DEVNULL)
        exposure = re.search(r"Overall exposure level for .*: (\d+\.\d+)", judged.stdout)
        self.assertIsNotNone(exposure, judged.stdout + judged.stderr)
        self.assertLessEqual(float(exposure.group(1)), 0.3, judged.stdout)

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "there is no systemd here")
    def test_systemd_would_make_the_workers_user(self):
        made = subprocess.run(["systemd-sysusers", "--dry-run", str(self.prefix / "lib/sysusers.d/spineseg.conf")], capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(made.returncode, 0, made.stderr)


if __name__ == "__main__":
    unittest.main()
