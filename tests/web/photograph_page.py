# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the page for the README: photograph_page.py FOLDER. The phantom of several seeds goes through a real Orthanc and a real worker;
the queue is photographed while one job runs, the job's page when it has ended."""
import pathlib
import sys
import tempfile

from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from browser import Browser, what_is_missing  # noqa: E402
from deployment import Deployment, spineseg  # noqa: E402
from rest import wait_for  # noqa: E402

SERIES = (("t2", 7), ("t1", 11), ("t2", 3), ("t1", 8), ("t2", 5))
MOST_BYTES = 200_000


def keep(picture, file):
    image = Image.open(picture).convert("RGB")
    if file.suffix == ".png":
        image.quantize(128, kmeans=2, dither=Image.Dither.NONE).save(file, optimize=True)
    else:
        image.save(file, quality=88, subsampling=0, optimize=True)
    if file.stat().st_size >= MOST_BYTES:
        raise SystemExit(f"{file} is larger than {MOST_BYTES} bytes")
    print(f"renewed {file}, {file.stat().st_size // 1000} kB")


def main(folder):
    if missing := what_is_missing():
        raise SystemExit(missing)
    with tempfile.TemporaryDirectory(prefix="spineseg-web-") as work, Deployment("web-pictures") as deployment:
        browser = Browser(pathlib.Path(work) / "browser.log")
        sent = []
        for contrast, seed in SERIES:
            phantom = pathlib.Path(work) / f"{contrast}-{seed}"
            spineseg("phantom", "--contrast", contrast, "--seed", seed, "--out", phantom)
            sent.append(deployment.send(phantom / "dicom"))
        base = f"http://127.0.0.1:{deployment.http_port}/spineseg/app"
        page = browser.open(viewport={"width": 1280, "height": 860})
        page.goto(base)
        wait_for("two jobs that have ended", lambda: sum(job["State"] == "done" for job in deployment.jobs()) >= 2, 300)
        page.waitForSelector(".of-done .figure:text-is('2')", {"timeout": 60000})
        page.waitForSelector("table.jobs tr >> nth=5")
        page.waitForSelector("table.jobs .is-done >> nth=1")
        page.waitForSelector(".running-job .stage-name:text-is('diffusion')", {"timeout": 60000})
        queue = pathlib.Path(work) / "queue.png"
        page.screenshot({"path": str(queue)})
        job = deployment.wait_until_finished(sent[0])
        page.goto(f"{base}#/job/{job['ID']}")
        page.waitForSelector(".viewer canvas >> nth=1")
        page.waitForTimeout(1500)
        picture = pathlib.Path(work) / "job.png"
        page.screenshot({"path": str(picture)})
        browser.close()
        keep(queue, folder / "web-queue.png")
        keep(picture, folder / "web-job.jpg")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
