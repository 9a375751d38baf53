#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Renews the README's pictures: of OHIF, by the test that photographs it, where it passed; and of the page at /spineseg/app.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/test.sh --preset release --only '^ohif_test$'
/usr/bin/python3 - build/release/test-logs/ohif/pictures docs <<'PYTHON'
import pathlib
import sys

from PIL import Image

pictures, docs = map(pathlib.Path, sys.argv[1:])
for name, kept in (("segmentation-middle", "ohif-segmentation"), ("map-middle", "ohif-uncertainty")):
    # 256 colours without dithering: under 300 KB, and no visible difference.
    picture = Image.open(pictures / f"{name}.png").convert("RGB").resize((1200, 750), Image.Resampling.LANCZOS)
    picture.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(docs / f"{kept}.png", optimize=True)
    print(f"renewed docs/{kept}.png")
PYTHON
tests/web/install.sh
/usr/bin/python3 tests/web/photograph_page.py docs
