# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo configures and builds, and what tools/build.sh does with a build folder.

The demo once stopped with a CMake error on a machine without libgmock-dev: it configured the tests, which it does not
build.
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["SPINESEG_SOURCE_DIR"])


def run(*arguments, **options):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          check=False, **options)


def demo_options():
    """The -D options that tools/demo.sh gives to CMake."""
    script = (SOURCE / "tools" / "demo.sh").read_text(encoding="utf-8")
    call = re.search(r"build_preset release((?:[^\n]*\\\n)*[^\n]*)", script).group(1)
    return re.findall(r"-D\S+", call)


class DemoConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        # find_package(GTest) fails as on a machine that has no GoogleTest.
        cls.configured = run("cmake", "-S", SOURCE, "-B", cls.folder.name, "-G", "Ninja", *demo_options(),
                             "-DCMAKE_DISABLE_FIND_PACKAGE_GTest=TRUE")
        cls.targets = run("cmake", "--build", cls.folder.name, "--target", "help").stdout

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_needs_no_google_test(self):
        self.assertEqual(self.configured.returncode, 0, self.configured.stdout + self.configured.stderr)

    def test_the_tests_do_need_it(self):
        """Otherwise the case above would pass whatever the demo configures."""
        with tempfile.TemporaryDirectory() as folder:
            refused = run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DSPINESEG_BUILD_TESTS=ON",
                          "-DCMAKE_DISABLE_FIND_PACKAGE_GTest=TRUE")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("GTest", refused.stderr)

    def test_has_programs_and_plugin_and_neither_tests_nor_training_nor_benchmarks(self):
        for wanted in ("spineseg:", "spineseg-worker:", "OrthancSpineSeg:"):
            self.assertIn(wanted, self.targets)
        for unwanted in ("_test:", "spineseg-lab", "spineseg-train", "spineseg_bench"):
            self.assertNotIn(unwanted, self.targets)


class Sanitizers(unittest.TestCase):
    def test_a_sanitizer_that_does_not_exist_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            refused = run("cmake", "-S", SOURCE, "-B", folder, "-G", "Ninja", "-DSPINESEG_SANITIZE=adress")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn('"adress"', refused.stderr)


class BuildFolder(unittest.TestCase):
    """discard_foreign_build() of tools/build.sh."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="a path with spaces ")
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.build = self.root / "build" / "release"
        self.build.mkdir(parents=True)

    def discard(self, **environment):
        return run("bash", "-c", f"set -euo pipefail; . '{SOURCE}/tools/build.sh'; discard_foreign_build build/release",
                   cwd=self.root, env={**os.environ, **environment})

    def configure(self, home, compiler):
        (self.build / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={home}\n", encoding="utf-8")
        (self.build / "compiler.txt").write_text(compiler + "\n", encoding="utf-8")

    def compiler(self):
        return run("c++", "--version").stdout.splitlines()[0]

    def test_of_this_checkout_and_compiler_is_kept(self):
        self.configure(self.root, self.compiler())
        self.assertEqual(self.discard().stdout, "")
        self.assertTrue((self.build / "CMakeCache.txt").exists())

    def test_of_another_compiler_is_made_anew(self):
        self.configure(self.root, "g++ (Debian 9.1.0) 9.1.0")
        self.assertIn("another compiler (g++ (Debian 9.1.0) 9.1.0)", self.discard().stdout)
        self.assertFalse(self.build.exists())

    def test_of_another_checkout_is_made_anew(self):
        self.configure("/elsewhere", self.compiler())
        self.assertIn("another checkout", self.discard().stdout)
        self.assertFalse(self.build.exists())


if __name__ == "__main__":
    unittest.main()
