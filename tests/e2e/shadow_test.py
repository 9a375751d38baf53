# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real workers: the shipped model is shown, a copy of it with another digest is its shadow."""
import json
import pathlib
import shutil
import tempfile
import unittest

from deployment import WORKER, Deployment, model_folder, spineseg
from process import Process
from rest import wait_for


class Shadow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-shadow-")))
        spineseg("phantom", "--contrast", "t2", "--seed", 3, "--slices", 7, "--out", cls.folder / "phantom")
        cls.copy = cls.folder / "models" / "copy"
        shutil.copytree(model_folder(), cls.copy)
        manifest = json.loads((cls.copy / "manifest.json").read_text(encoding="utf-8"))
        manifest["id"], manifest["version"] = "copy", "0.0.1"
        (cls.copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def test_the_copy_agrees_with_the_shown_model_and_stores_nothing(self):
        settings = {"Samples": 1, "ShadowModels": ["copy"], "ModelFolders": [str(model_folder()), str(self.copy)]}
        with Deployment("shadow", settings=settings) as deployment:
            shadow = Process([WORKER, "--model", self.copy, "--socket", deployment.socket], deployment.logs / "shadow.log")
            self.addCleanup(shadow.kill)
            series = deployment.send(self.folder / "phantom" / "dicom")
            job = deployment.wait_until_finished(series)
            self.assertEqual((job["State"], job["Model"]["ID"]), ("done", json.loads((model_folder() / "manifest.json").read_text())["id"]))
            before = sorted(deployment.rest.get_json("/instances"))
            self.assertEqual(len(before), 7 + len(job["Results"]))

            def ended():
                runs = deployment.rest.get_json("/spineseg/shadow")["Runs"]
                return runs[0] if runs and runs[0]["State"] not in ("waiting", "running") else None
            run = wait_for("the shadow's run", ended, 120)
            self.assertEqual((run["State"], run["Job"], run["Model"]["ID"]), ("compared", job["ID"], "copy"), run)
            # The same weights and the same seed.
            self.assertGreater(run["Dice"]["Mean"], 0.999, run)
            self.assertEqual(set(level["Dice"] > 0.999 for level in run["Dice"]["Levels"]), {True}, run)
            self.assertEqual(run["Verdict"]["Shadow"], run["Verdict"]["Shown"])
            self.assertAlmostEqual(run["Score"]["Difference"], 0.0, 3)
            self.assertGreater(run["Seconds"]["Shadow"], 0.0)
            self.assertEqual(sorted(deployment.rest.get_json("/instances")), before)
            self.assertEqual(deployment.rest.get_json("/spineseg/health")["Model"]["ID"], job["Model"]["ID"])
            shadow.stop()


if __name__ == "__main__":
    unittest.main()
