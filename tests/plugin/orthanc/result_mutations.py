# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoilt results: what a worker that was taken over may send. Knows DICOM's encoding and none of our code."""
import io
import random
import struct
import zipfile
import zlib

from pydicom.uid import generate_uid

WIDE = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
SOP_CLASS, SOP_INSTANCE, STUDY, SERIES = (8, 0x16), (8, 0x18), (0x20, 0xd), (0x20, 0xe)
PATIENT = [(0x10, 0x10), (0x10, 0x20), (0x10, 0x30), (0x10, 0x40), (8, 5), (8, 0x20), (8, 0x50), (8, 0x1030)]
VRS = (b"UN", b"OB", b"LO", b"SQ", b"UI", b"PN", b"US", b"UT", b"zz")


def elements_of(data):
    """[(group, element), VR, value] of the outermost level."""
    found, at = [], 0
    while at + 8 <= len(data):
        tag, vr = struct.unpack_from("<HH", data, at), data[at + 4:at + 6]
        wide = vr in WIDE
        length = struct.unpack_from("<I", data, at + 8)[0] if wide else struct.unpack_from("<H", data, at + 6)[0]
        at += 12 if wide else 8
        found.append([tag, vr, data[at:at + length]])
        at += length
    return found


def encoded(elements):
    out = b""
    for (group, element), vr, value in elements:
        out += struct.pack("<HH", group, element) + vr
        out += b"\0\0" + struct.pack("<I", len(value)) if vr in WIDE else struct.pack("<H", len(value) & 0xffff)
        out += value
    return out


def padded(text, vr):
    data = text.encode() if isinstance(text, str) else text
    return data + (b"\0" if vr in (b"UI", b"OB") else b" ") * (len(data) % 2)


class Result:
    """A file and what the message says of it, open to changes."""

    def __init__(self, file, claim):
        self.preamble, self.magic = file[:128], file[128:132]
        meta_length = struct.unpack_from("<I", file, 140)[0]
        self.meta = elements_of(file[144:144 + meta_length])
        self.dataset = elements_of(file[144 + meta_length:])
        self.tail, self.claim, self.whole = b"", dict(claim), None

    def file(self):
        if self.whole is not None:
            return self.whole
        meta = encoded(self.meta)
        length = struct.pack("<HH", 2, 0) + b"UL" + struct.pack("<HI", 4, len(meta))
        return self.preamble + self.magic + length + meta + encoded(self.dataset) + self.tail

    def put(self, elements, tag, value, vr=None):
        for element in elements:
            if element[0] == tag:
                element[1] = vr or element[1]
                element[2] = padded(value, element[1])
                return
        elements.append([tag, vr or b"LO", padded(value, vr or b"LO")])
        elements.sort(key=lambda element: element[0])


class Mutator:
    """`others`: texts of the archive that do not belong into a result: UIDs and patients. `files`: whole instances."""

    def __init__(self, seed, others, files):
        self.random = random.Random(seed)
        self.others, self.files = others, files
        self.acts = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")]
        self.counts = {}

    def mutated(self, result):
        for act in self.random.choices(self.acts, k=self.random.choice((1, 1, 1, 2, 3))):
            if not result.dataset:  # an act before has taken everything out
                break
            self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
            act(result)
        return result

    def place(self, result, elements=None):
        elements = result.dataset if elements is None else elements
        return self.random.randrange(len(elements)) if elements else 0

    def flip(self, data, most, upto=None):
        data = bytearray(data)
        for _ in range(self.random.randint(1, most)):
            if data:
                data[self.random.randrange(min(len(data), upto or len(data)))] = self.random.randrange(256)
        return bytes(data)

    def do_flip_bytes(self, result):
        result.whole = self.flip(result.file(), 8)

    def do_flip_the_header(self, result):
        result.whole = self.flip(result.file(), 4, 2500)

    def do_truncate(self, result):
        data = result.file()
        result.whole = data[:self.random.randrange(len(data) + 1)]

    def do_append(self, result):
        result.tail += self.random.choice((bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 64))),
                                           encoded(result.dataset), result.file(), b"\0" * 128, self.zipped(result)))

    def do_duplicate_an_element(self, result):
        at = self.place(result)
        result.dataset.insert(at, list(result.dataset[at]))

    def do_remove_an_element(self, result):
        del result.dataset[self.place(result)]

    def do_swap_elements(self, result):
        a, b = self.place(result), self.place(result)
        result.dataset[a], result.dataset[b] = result.dataset[b], result.dataset[a]

    def do_foreign_uid(self, result):
        tag = self.random.choice((SOP_INSTANCE, SERIES, STUDY, SOP_CLASS))
        uid = self.random.choice(self.others["uids"] + [generate_uid(prefix=None)])
        result.put(result.dataset, tag, uid, b"UI")
        names = {SOP_INSTANCE: "sop_instance_uid", SERIES: "series_instance_uid", SOP_CLASS: "sop_class_uid"}
        if tag in names and self.random.random() < 0.8:
            result.claim[names[tag]] = uid
        if tag == SOP_INSTANCE and self.random.random() < 0.8:
            result.put(result.meta, (2, 3), uid, b"UI")

    def do_another_identity(self, result):
        """All UIDs of an object that exists, consistently."""
        study, series, instance = self.random.choice(self.others["triples"])
        for tag, uid in ((STUDY, study), (SERIES, series), (SOP_INSTANCE, instance)):
            result.put(result.dataset, tag, uid, b"UI")
        result.put(result.meta, (2, 3), instance, b"UI")
        result.claim.update(series_instance_uid=series, sop_instance_uid=instance)

    def do_new_uids(self, result):
        instance, series = generate_uid(prefix=None), generate_uid(prefix=None)
        result.put(result.dataset, SOP_INSTANCE, instance, b"UI")
        result.put(result.dataset, SERIES, series, b"UI")
        result.put(result.meta, (2, 3), instance, b"UI")
        result.claim.update(series_instance_uid=series, sop_instance_uid=instance)

    def do_another_patient(self, result):
        for _ in range(self.random.randint(1, 4)):
            result.put(result.dataset, self.random.choice(PATIENT), self.random.choice(self.others["texts"]))

    def do_another_vr(self, result):
        result.dataset[self.place(result)][1] = self.random.choice(VRS)

    def do_another_length(self, result):
        at = self.place(result)
        (group, element), vr, value = result.dataset[at]
        length = self.random.choice((0, 1, len(value) + 1, len(value) + 2, 0xffff, 0xfffffffe, 0xffffffff))
        head = struct.pack("<HH", group, element) + vr
        head += b"\0\0" + struct.pack("<I", length) if vr in WIDE else struct.pack("<H", length & 0xffff)
        result.tail = head + value + encoded(result.dataset[at + 1:]) + result.tail
        del result.dataset[at:]

    def do_insert_an_element(self, result):
        tag = self.random.choice(((9, 0x10), (0x10, 0x1000), (0x6000, 0x3000), (8, 0x14), (0x10, 0), (0xfffc, 0xfffc), (2, 0x10)))
        result.put(result.dataset, tag, self.random.choice(self.others["texts"]), self.random.choice(VRS[:8]))

    def do_another_file(self, result):
        result.whole = self.random.choice(self.files)
        if self.random.random() < 0.3:
            result.whole = self.flip(result.whole, 3, 1500)

    def zipped(self, result):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number, data in enumerate([result.file(), *self.random.sample(self.files, min(2, len(self.files)))]):
                archive.writestr("%d.dcm" % number, self.flip(data, 2, 1500))
        return buffer.getvalue()

    def do_zip(self, result):
        result.whole = self.zipped(result)

    def do_zip_behind_a_preamble(self, result):
        data = self.zipped(result)
        result.whole = data[:128].ljust(128, b"\0") + b"DICM" + data

    def do_another_transfer_syntax(self, result):
        syntax = self.random.choice(("1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.70", ""))
        result.put(result.meta, (2, 0x10), syntax, b"UI")
        if syntax.endswith(".99"):
            deflate = zlib.compressobj(wbits=-15)
            result.tail = deflate.compress(encoded(result.dataset)) + deflate.flush()
            result.dataset = []

    def do_other_claims(self, result):
        key = self.random.choice(("sop_class_uid", "sop_instance_uid", "series_instance_uid"))
        result.claim[key] = self.random.choice(self.others["uids"] + ["", "x", "2.25.1"])
        if self.random.random() < 0.3:
            result.claim["kind"] = self.random.choice(("contours", "heat_map", "parametric_map", "segmentation"))

    def do_a_preamble(self, result):
        result.preamble = self.random.choice((b"", b"PK\3\4".ljust(128, b"\0"), b"\x7fELF".ljust(128, b"\0"), b"x" * 128))

    def do_foreign_references(self, result):
        data = result.file()
        for _ in range(3):
            ours, other = self.random.choice(self.others["own"]), self.random.choice(self.others["uids"])
            data = data.replace(padded(ours, b"UI"), padded(other, b"UI")[:len(padded(ours, b"UI"))].ljust(len(padded(ours, b"UI")), b"\0"), 1)
        result.whole = data

    def do_other_pixels(self, result):
        for element in result.dataset:
            if element[0][0] == 0x7fe0:
                element[2] = self.flip(element[2], 20)

    def do_no_dicom(self, result):
        result.whole = self.random.choice((b"", b"{}", b"[]", b"\x1f\x8b\x08", b"DICM", b"\0" * 132, b"P" * 1000))
