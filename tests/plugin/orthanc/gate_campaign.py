# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoilt results against a real Orthanc: whatever bytes a worker sends, everything in the archive stays as it was.

python3 tests/plugin/orthanc/gate_campaign.py --results 10000 --seed 1 [--overwrite]    (with SPINESEG_BUILD_DIR set)
"""
import argparse
import collections
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
from orthanc_server import OrthancServer, file_bytes, make_instance, send_series  # noqa: E402
from result_mutations import Mutator, Result  # noqa: E402
from worker_by_hand import described, lease, result_of, store, worker_of  # noqa: E402

from pydicom.uid import generate_uid  # noqa: E402

KINDS = {"SEG": "segmentation", "PMAP": "parametric_map", "SR": "measurement_report"}
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


class Campaign:
    def __init__(self, seed, overwrite):
        self.server = OrthancServer({"Outputs": list(KINDS), "RetryBackoffSeconds": [0], "SeriesRequestsPerDay": 0, "UserOpenJobs": 0}, orthanc={"OverwriteInstances": overwrite})
        self.seed, self.answers = seed, collections.Counter()
        self.worker = None

    def __enter__(self):
        try:
            self.server.start()
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.worker is not None:
            self.worker.close()
        self.server.destroy()

    def prepare(self):
        """Another patient with two series, a series with a first set of results, and a job that can be run again."""
        foreign = [make_instance(study, generate_uid(), number, PatientID="OTHER", PatientName="OTHER^ONE", **changes)
                   for study, changes in ((generate_uid(), {}), (generate_uid(), {"Modality": "CT", "SOPClassUID": CT_IMAGE}))
                   for number in range(2)]
        for dataset in foreign:
            self.server.store(dataset)
        series, _ = send_series(self.server, 5)
        self.server.wait_for_state(series, ["queued"])
        for other in self.server.get("/spineseg/jobs?state=queued"):
            if self.server.get("/spineseg/jobs/" + other)["Series"] != series:
                self.server.post("/spineseg/jobs/%s/cancel" % other)
        self.worker = worker_of(self.server)
        granted = lease(self.worker)
        _, self.source = self.worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        self.job = granted["job"]
        self.valid = {kind: result_of(self.source, granted, kind) for kind in KINDS.values()}
        for kind, dataset in self.valid.items():
            answer, _ = store(self.worker, granted, dataset, kind)
            assert answer["type"] == "stored", answer
        self.end(granted, "done")
        tags = [self.server.get("/instances/%s/simplified-tags" % one) for one in self.server.get("/instances")]
        own = [tag for tag in tags if tag["PatientID"] != "OTHER"]
        triples = [(tag["StudyInstanceUID"], tag["SeriesInstanceUID"], tag["SOPInstanceUID"]) for tag in tags]
        others = {"uids": sorted({uid for triple in triples for uid in triple}) + [CT_IMAGE], "triples": triples,
                  "own": sorted({tag[key] for tag in own for key in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")}),
                  "texts": ["OTHER", "OTHER^ONE", "", "SECRET-ID ", "19700102", "ISO_IR 192", "x" * 64, "PK\3\4"]}
        files = [file_bytes(foreign[0]), file_bytes(foreign[-1]), self.source,
                 *(file_bytes(dataset) for dataset in self.valid.values())]
        self.mutator = Mutator(self.seed, others, files)
        self.before = self.snapshot()

    def snapshot(self):
        """Every instance with the MD5 of its file, and the resources above."""
        files = {one: self.server.get("/instances/%s/attachments/dicom/md5" % one) for one in self.server.get("/instances")}
        return files, *(sorted(self.server.get("/" + level)) for level in ("patients", "studies", "series"))

    def end(self, granted, state):
        outcome = {"state": state, "results": [], "summary_json": "{}"}
        if state != "done":
            outcome["error"] = {"code": "internal", "detail": "a spoilt result"}
        return self.worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=outcome)[0]

    def try_one(self):
        """The rule that refused it, or what became of it."""
        status, _, answer = self.server.post("/spineseg/jobs/%s/resubmit" % self.job)
        if status != 200:
            state = self.server.get("/spineseg/jobs/" + self.job)["State"]
            assert state in ("queued", "running"), (status, answer)
        kind = self.mutator.random.choice(list(self.valid))
        granted = lease(self.worker)
        dataset = self.valid[kind]
        result = Result(file_bytes(dataset), described(dataset, kind))
        if self.mutator.random.random() < 0.7:
            self.mutator.do_new_uids(result)
        self.mutator.mutated(result)
        try:
            answer, _ = self.worker.ask("store_result", result.file(), job=granted["job"], epoch=granted["epoch"], object=result.claim)
            if answer["type"] == "stored":
                self.end(granted, "failed")
                return "already stored" if answer["already_stored"] else "stored and taken out"
            if answer["error"]["code"] == "protocol_violation":
                self.reconnect()
                detail = answer["error"]["detail"]
                return detail.split(":")[0] if detail.startswith("rule ") else "protocol_violation"
            self.end(granted, "failed")
            return answer["error"]["code"]
        except ConnectionError:
            self.reconnect()
            return "hung up"

    def reconnect(self):
        self.worker.close()
        self.worker = worker_of(self.server)

    def run(self, results, check_every=500):
        for number in range(1, results + 1):
            self.answers[self.try_one()] += 1
            if number % check_every == 0 or number == results:
                now = self.snapshot()
                assert now == self.before, "after %d results the archive is another: %s" % (
                    number, {one: (self.before[0].get(one), now[0].get(one)) for one in self.before[0].keys() ^ now[0].keys()})
        return self.answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overwrite", action="store_true")
    arguments = parser.parse_args()
    begun = time.time()
    with Campaign(arguments.seed, arguments.overwrite) as campaign:
        answers = campaign.run(arguments.results)
        print("%d results, seed %d, OverwriteInstances %s, %d s, Orthanc %s" % (
            sum(answers.values()), arguments.seed, arguments.overwrite, time.time() - begun, campaign.server.get("/system")["Version"]))
        for answer, count in answers.most_common():
            print("%7d  %s" % (count, answer))


if __name__ == "__main__":
    main()
