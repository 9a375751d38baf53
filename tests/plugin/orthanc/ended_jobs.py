# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that a worker by hand takes and ends in one way or another."""
import json

from orthanc_server import send_series
from worker_by_hand import lease, result_of, store

# What a real worker says of a result (worker/job/series_segmentation.cpp), cut to what others read.
SUMMARY = {"seconds": {"preprocessing": 0.4, "presegmentation": 3.5, "diffusion": 21.0, "postprocessing": 0.9},
           "samples": 5, "steps": 3,
           "quality": {"verdict": "pass", "score": 0.9, "reason": "", "doubts": [], "structures": {
               "vertebra": {"score": 0.9, "certainty": 0.97, "sample_agreement": 0.985},
               "disc": {"score": 0.9, "certainty": 0.95, "sample_agreement": 0.96},
               "canal": {"score": 0.9, "certainty": 0.96, "sample_agreement": 0.97}}}}


def summary_with(verdict):
    return {**SUMMARY, "quality": {**SUMMARY["quality"], "verdict": verdict}}


def end_job(server, worker, state="done", summary=None, code=None, **series):
    """(job's id, Orthanc's id of the series) of a new series whose job has ended in `state`; `series`: its tags."""
    sent, _ = send_series(server, **series)
    server.wait_for_state(sent, ["queued"])
    granted = lease(worker)
    ids = dict(job=granted["job"], epoch=granted["epoch"])
    outcome = {"state": state, "results": [], "summary_json": json.dumps(SUMMARY if summary is None else summary)}
    if state == "done":
        _, fetched = worker.ask("fetch_instance", index=0, **ids)
        answer, _ = store(worker, granted, result_of(fetched, granted))
        assert answer["type"] == "stored", answer
    else:
        outcome["summary_json"] = ""
        outcome["error"] = {"code": code, "detail": "because"}
    answer, _ = worker.ask("complete", outcome=outcome, **ids)
    assert answer["type"] == "ack", answer
    return granted["job"], sent
