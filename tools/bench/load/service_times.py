# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the real worker holds a lease with the shipped model: from the lease to the end of the job, results stored."""
import datetime
import pathlib
import tempfile

from awkward_series import SeriesForge
from deployment import Deployment, spineseg


def seconds_between(begun, ended):
    return (datetime.datetime.fromisoformat(ended.rstrip("Z")) - datetime.datetime.fromisoformat(begun.rstrip("Z"))).total_seconds()


def measure(jobs, model=None):
    """Seconds of each of `jobs` phantoms of 15 slices of 320 × 320, one after the other; the first one warms up."""
    with tempfile.TemporaryDirectory(prefix="spineseg-bench-") as folder:
        spineseg("phantom", "--contrast", "t2", "--seed", 7, "--out", pathlib.Path(folder) / "phantom")
        forge = SeriesForge(pathlib.Path(folder) / "phantom" / "dicom", folder)
        times = []
        with Deployment("load_bench", model=model) as deployment:
            for number in range(jobs + 1):
                series = deployment.send(forge.good_series(f"service-{number}"))
                job = deployment.wait_until_finished(series)
                if job["State"] != "done":
                    raise RuntimeError(f"a job of the phantom is {job['State']}: {job['Error']}")
                times.append(seconds_between(job["Started"], job["Finished"]))
    return times[1:]
