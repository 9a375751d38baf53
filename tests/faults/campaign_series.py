# SPDX-License-Identifier: GPL-3.0-or-later
"""The series of a fault campaign: made from one template by putting in UIDs of the same length, and sent until they are there."""
import hashlib
import pathlib
import subprocess
import tempfile
import threading
import time

from orthanc_server import file_bytes, make_instance

SLICES = 7
ROOT = "1.2.826.0.1.3680043.8.498."
FORMS = {"study": ROOT + "1%08d", "series": ROOT + "2%08d", "instance": ROOT + "3%08d%02d", "patient": "CAMPAIGN%08d"}
TEMPLATE = 99999999


def result_uid(*parts):
    """Depends on nothing but the parts: an attempt that is made again makes the same objects."""
    return "2.25." + str(int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16], "big") >> 6)


class Series:
    def __init__(self, number, template, eligible):
        self.number, self.eligible = number, eligible
        self.study_uid, self.uid = FORMS["study"] % number, FORMS["series"] % number
        self.files = [self._own(data, slice_number) for slice_number, data in enumerate(template)]
        patient, sop = FORMS["patient"] % number, [FORMS["instance"] % (number, s) for s in range(len(template))]
        self.id = orthanc_id(patient, self.study_uid, self.uid)
        self.study_id = orthanc_id(patient, self.study_uid)
        self.instances = {orthanc_id(patient, self.study_uid, self.uid, uid): digest_of(data)
                          for uid, data in zip(sop, self.files)}
        self.present = False
        self.lock = threading.Lock()  # held by whoever sends or deletes it

    def _own(self, data, slice_number):
        for form in ("study", "series", "patient"):
            data = data.replace((FORMS[form] % TEMPLATE).encode(), (FORMS[form] % self.number).encode())
        return data.replace((FORMS["instance"] % (TEMPLATE, slice_number)).encode(),
                            (FORMS["instance"] % (self.number, slice_number)).encode())


def digest_of(file):
    """Of a Part 10 file without its File Meta Information, which whoever stores it writes anew (PS3.10 7.1)."""
    return hashlib.md5(file[144 + int.from_bytes(file[140:144], "little"):]).hexdigest()


def orthanc_id(*identifiers):
    """Orthanc's public id: SHA-1 of the identifiers from the patient down."""
    digest = hashlib.sha1("|".join(identifiers).encode()).hexdigest()
    return "-".join(digest[i:i + 8] for i in range(0, 40, 8))


def template(slices=SLICES, **changes):
    """The files of one series, into which Series puts its own UIDs."""
    files = []
    for slice_number in range(slices):
        dataset = make_instance(FORMS["study"] % TEMPLATE, FORMS["series"] % TEMPLATE, slice_number,
                                PatientID=FORMS["patient"] % TEMPLATE, **changes)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = FORMS["instance"] % (TEMPLATE, slice_number)
        files.append(file_bytes(dataset))
    return files


def send_by_rest(rest, series, give_up):
    """As a patient sender does it: each instance until it is stored. False when give_up() said so."""
    for data in series.files:
        while True:
            if give_up():
                return False
            try:
                if rest().request("POST", "/instances", data, timeout=60)[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
    return True


def send_by_dicom(port, series, give_up):
    """The same by C-STORE. An association that breaks is made again with all instances."""
    with tempfile.TemporaryDirectory(prefix="spineseg-campaign-") as folder:
        for number, data in enumerate(series.files):
            pathlib.Path(folder, f"{number}.dcm").write_bytes(data)
        while not give_up():
            sent = subprocess.run(["storescu", "-aec", "ORTHANC", "-to", "20", "127.0.0.1", str(port()), "+sd", folder],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
            if sent.returncode == 0:
                return True
            time.sleep(0.5)
    return False
