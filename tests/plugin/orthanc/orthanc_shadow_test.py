# SPDX-License-Identifier: GPL-3.0-or-later
"""A shadow model with a real Orthanc: its worker repeats what is done, its results are compared, and Orthanc stays as it was."""
import io
import os
import sys
import time
import unittest

import numpy
import pydicom

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, send_series  # noqa: E402
from worker_by_hand import item, lease, result_of, store, worker_of  # noqa: E402

SHADOW = ("candidate", "cd" * 32)
L5, DISC, CANAL = ("L5 vertebra", "49668003"), ("L4/L5 disc", "84020006"), ("Spinal canal", "61853006")


def segments():
    return [item(SegmentNumber=number, SegmentLabel=label, SegmentedPropertyTypeCodeSequence=[
        item(CodeValue=code, CodingSchemeDesignator="SCT", CodeMeaning=label)]) for number, (label, code) in enumerate((L5, DISC, CANAL), 1)]


def drawn(source, granted, model, masks):
    """A Segmentation of one image of 128 x 128: `masks` are rows that each structure covers, as (first, behind the last)."""
    image = pydicom.dcmread(io.BytesIO(source))
    reference = item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
    frames, pixels = [], []
    for number, (first, behind) in enumerate(masks, 1):
        frames.append(item(DerivationImageSequence=[item(SourceImageSequence=[reference])],
                           SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)]))
        mask = numpy.zeros((128, 128), numpy.uint8)
        mask[first:behind] = 1
        pixels.append(numpy.packbits(mask.ravel(), bitorder="little").tobytes())
    return result_of(source, granted, model=model, NumberOfFrames=len(frames), SegmentSequence=segments(),
                     PerFrameFunctionalGroupsSequence=frames, PixelData=b"".join(pixels))


class Shadow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer({"RetryBackoffSeconds": [0], "Models": ["ab" * 32, SHADOW[1]], "ShadowModels": [SHADOW[0]]})
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()

    def setUp(self):
        self.shown = worker_of(self.server)
        self.addCleanup(self.shown.close)
        self.shadow = self.connected_shadow()

    def connected_shadow(self):
        worker = worker_of(self.server, model=SHADOW[0], digest=SHADOW[1], worker="shadow")
        self.addCleanup(worker.close)
        return worker

    def archive(self):
        """Everything that Orthanc holds, with the MD5 of each file, and its log of changes."""
        files = {one: self.server.get("/instances/%s/attachments/dicom/md5" % one) for one in self.server.get("/instances")}
        levels = {level: sorted(self.server.get("/" + level)) for level in ("patients", "studies", "series")}
        return files, levels, self.server.get("/changes?last")["Last"], self.server.get("/jobs")

    def run_of(self, worker, masks, model, verdict, seconds=0.0):
        """What a worker does with its next lease: (the lease, its last answer)."""
        granted = lease(worker)
        names = {"job": granted["job"], "epoch": granted["epoch"]}
        _, source = worker.ask("fetch_instance", index=0, **names)
        time.sleep(seconds)
        self.assertEqual(worker.ask("renew", progress={"stage": "diffusion", "fraction": 0.5}, counter=1, **names)[0]["type"], "ack")
        stored, _ = store(worker, granted, drawn(source, granted, model, masks))
        self.assertEqual(stored["type"], "stored", stored)
        summary = '{"quality": {"verdict": "%s", "score": 0.5}}' % verdict
        return granted, worker.ask("complete", outcome={"state": "done", "results": [], "summary_json": summary}, **names)[0]

    def done(self):
        """A job that the shown model has done."""
        series, _ = send_series(self.server)
        self.server.wait_for_state(series, ["queued"])
        granted, answer = self.run_of(self.shown, [(0, 32), (32, 40), (40, 48)], ("raw", "ab" * 32), "pass")
        self.assertEqual(answer["type"], "ack", answer)
        self.server.wait_for_state(series, ["done"])
        return granted["job"]

    def newest(self):
        return self.server.get("/spineseg/shadow?limit=1")["Runs"][0]

    def wait_for_run(self, state, seconds=10):
        deadline = time.time() + seconds
        while self.newest()["State"] != state and time.time() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.newest()["State"], state, self.newest())
        return self.newest()

    def test_a_run_is_compared_and_orthanc_holds_what_it_held(self):
        job = self.done()
        shown, before = self.server.get("/spineseg/jobs/" + job), self.archive()
        # The vertebra moved by half of its rows, the disc is the same, the canal is elsewhere.
        granted, answer = self.run_of(self.shadow, [(16, 48), (32, 40), (100, 108)], SHADOW, "review", seconds=0.2)
        self.assertEqual(answer["type"], "ack", answer)
        self.assertEqual(granted["request"], shown_request(shown))
        run = self.newest()
        self.assertEqual((run["State"], run["Job"], run["Model"]["Digest"]), ("compared", job, SHADOW[1]), run)
        self.assertEqual((run["Dice"]["Vertebra"], run["Dice"]["Disc"], run["Dice"]["Canal"], run["Dice"]["Mean"]), (0.5, 1.0, 0.0, 0.5))
        self.assertEqual({one["Label"]: one["Dice"] for one in run["Dice"]["Levels"]}, {L5[0]: 0.5, DISC[0]: 1.0, CANAL[0]: 0.0})
        self.assertEqual(run["Verdict"], {"Shown": "pass", "Shadow": "review"})
        self.assertGreaterEqual(run["Seconds"]["Shadow"], 0.2)
        totals = self.server.get("/spineseg/shadow?model=%s" % SHADOW[1])["Totals"]
        self.assertGreaterEqual(totals["Runs"]["Compared"], 1)
        self.assertEqual(totals["Dice"]["Worst"], 0.5)
        self.assertEqual(self.archive(), before)
        after = self.server.get("/spineseg/jobs/" + job)
        self.assertEqual(after["Journal"][-1]["Action"], "shadow compared")
        unchanged = {key for key in shown if key != "Journal"}
        self.assertEqual({key: after[key] for key in unchanged}, {key: shown[key] for key in unchanged})

    def test_health_names_the_shadow_and_the_model_that_is_shown_stays(self):
        health = self.server.get("/spineseg/health")
        self.assertEqual({worker["Name"]: worker["Shadow"] for worker in health["Workers"]}["shadow"], True)
        self.assertEqual(health["Model"]["ID"], "raw")

    def test_a_result_that_breaks_a_rule_ends_the_run_and_changes_nothing(self):
        self.done()
        before = self.archive()
        granted = lease(self.shadow)
        _, source = self.shadow.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        # It says that the shown model made it.
        refused, _ = store(self.shadow, granted, drawn(source, granted, ("raw", "ab" * 32), [(0, 1)] * 3))
        self.assertIn("rule equipment", refused["error"]["detail"])
        self.assertRaises(ConnectionError, self.shadow.receive)
        self.assertEqual(self.newest()["State"], "failed")
        self.assertEqual(self.archive(), before)

    def test_a_worker_that_dies_leaves_the_run_waiting_and_a_restart_keeps_it(self):
        job = self.done()
        before = self.archive()
        granted = lease(self.shadow)
        _, source = self.shadow.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        self.assertEqual(store(self.shadow, granted, drawn(source, granted, SHADOW, [(0, 32)] * 3))[0]["type"], "stored")
        self.shadow.close()
        self.assertEqual(self.wait_for_run("waiting")["Job"], job)
        self.assertEqual(self.archive()[0], before[0])
        self.server.kill()
        self.server.start()
        self.assertEqual((self.newest()["State"], self.newest()["Attempts"]), ("waiting", 1))
        self.assertEqual(self.archive()[0], before[0])

    def test_a_run_that_orthanc_died_with_does_not_count_and_goes_with_its_setting(self):
        self.done()
        lease(self.shadow)
        self.assertEqual(self.newest()["Attempts"], 1)
        self.server.kill()
        self.addCleanup(self.server.start)
        self.addCleanup(self.server.kill)
        self.addCleanup(self.server.settings.update, dict(self.server.settings))
        self.server.start()
        self.assertEqual(self.wait_for_run("waiting")["Attempts"], 0)
        self.server.kill()
        self.server.settings["ShadowModels"] = []
        self.server.start()
        self.assertIn("no longer a shadow", self.wait_for_run("dropped")["Reason"])

    def test_what_is_asked_for_again_or_deleted_is_no_longer_compared(self):
        job = self.done()
        granted = lease(self.shadow)
        self.assertEqual(self.server.post("/spineseg/jobs/%s/resubmit" % job)[0], 200)
        answer, _ = self.shadow.ask("renew", job=granted["job"], epoch=granted["epoch"], progress={"stage": "diffusion", "fraction": 0.5},
                                    counter=1)
        self.assertEqual(answer["type"], "cancel", answer)
        self.assertEqual(self.newest()["State"], "dropped")
        self.run_of(self.shown, [(0, 32), (32, 40), (40, 48)], ("raw", "ab" * 32), "pass")
        [result] = self.server.get("/spineseg/jobs/" + job)["Results"][:1]
        self.server.request("DELETE", "/instances/" + result["Instance"])
        granted = None
        deadline = time.time() + 10
        while self.newest()["State"] == "waiting" and time.time() < deadline:
            answer, _ = self.shadow.ask("lease_request")
            if answer["type"] == "lease_granted":
                granted = answer
                break
            time.sleep(0.2)
        if granted:  # before the plugin had noticed that the result is gone
            names = {"job": granted["job"], "epoch": granted["epoch"]}
            _, source = self.shadow.ask("fetch_instance", index=0, **names)
            store(self.shadow, granted, drawn(source, granted, SHADOW, [(0, 32)] * 3))
            self.shadow.ask("complete", outcome={"state": "done", "results": [], "summary_json": ""}, **names)
        self.assertEqual(self.newest()["State"], "dropped", self.newest())
        self.assertIn("no longer in the archive", self.newest()["Reason"])


def shown_request(job):
    asked = {"samples": job["Samples"], "steps": job["Steps"], "seed": job["Seed"]}
    return {key: value for key, value in asked.items() if value is not None}


if __name__ == "__main__":
    unittest.main()
