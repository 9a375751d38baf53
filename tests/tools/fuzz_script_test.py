# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/fuzz.sh: what it says before it builds anything. No clang is needed: programs of that name are replaced."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CANDIDATES = ("clang++", "clang++-16", "clang++-17", "clang++-18", "clang++-19")


class FuzzScript(unittest.TestCase):
    def run_script(self, *arguments, clang="exit 1"):
        """(exit status, stdout, stderr); `clang` is what every clang does."""
        with tempfile.TemporaryDirectory(prefix="spineseg-fuzz-") as folder:
            for name in CANDIDATES:
                program = pathlib.Path(folder) / name
                program.write_text(f"#!/bin/sh\n{clang}\n", encoding="utf-8")
                program.chmod(0o755)
            done = subprocess.run(["bash", str(ROOT / "tools" / "fuzz.sh"), *arguments], text=True, capture_output=True,
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL,
                                  timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_help_names_every_option(self):
        status, said, _ = self.run_script("--help")
        self.assertEqual(status, 0)
        for option in ("--seconds N", "--only NAME", "--keep", "--seeds", "--install"):
            self.assertIn(option, said)

    def test_without_a_clang_it_is_skipped_with_the_remedy(self):
        status, said, _ = self.run_script()
        self.assertEqual(status, 77)
        self.assertIn("tools/install-packages.sh --fuzz", said)

    def test_a_clang_without_libfuzzer_counts_as_none(self):
        status, _, _ = self.run_script(clang='[ "$1" = -dumpversion ] && echo 16.0.6')
        self.assertEqual(status, 77)

    def test_an_unknown_target_is_refused_with_the_known_ones(self):
        status, _, said = self.run_script("--only", "frames")
        self.assertEqual(status, 2)
        self.assertIn('no target "frames"', said)
        self.assertIn("result_gate", said)

    def test_a_time_that_is_no_number_is_refused(self):
        self.assertEqual(self.run_script("--seconds", "1m")[0], 2)

    def test_every_target_has_a_function_a_corpus_and_a_replay(self):
        folder = ROOT / "tests" / "fuzz"
        header = (folder / "fuzz_target.h").read_text(encoding="utf-8")
        build = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
        replays = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*corpus_test.cpp"))
        names = [path.name.removesuffix("_fuzz.cpp") for path in sorted(folder.glob("*_fuzz.cpp"))]
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertIn(f"bool fuzz_{name}(Input input);", header)
            self.assertIn(f"spineseg_add_fuzzer({name} ", build)
            self.assertIn(f'replay("{name}", fuzz_{name})', replays)
            self.assertGreater(len(list((folder / "corpus" / name).iterdir())), 5, name)


if __name__ == "__main__":
    unittest.main()
