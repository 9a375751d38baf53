# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/install-packages.sh: the names of each release, and one sentence with the remedy for what can go wrong. apt-get and
dpkg-query are replaced by programs that fail as the real ones do; nothing is installed."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "install-packages.sh"
# The dpkg-query of a machine that has none of the packages; the words of its "broken" file are the answer about all packages.
DPKG_QUERY = 'for last; do :; done\ncase "$last" in\n*Eflag*) cat "$HOME/broken" 2>/dev/null ;;\n*) exit 1 ;;\nesac'


class InstallPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="spineseg-install-packages-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.program("dpkg-query", DPKG_QUERY)
        self.program("id", "echo 0")
        self.program("tee", '[ "$1" != /usr/sbin/policy-rc.d ] || shift\nexec /usr/bin/tee "$@"')
        self.program("chmod", "exit 0")

    def program(self, name, text):
        file = self.work / name
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(0o755)

    def run_script(self, *arguments):
        """(exit status, stdout, stderr)"""
        environment = {"PATH": f"{self.work}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.work), "LANG": "C.UTF-8"}
        done = subprocess.run(["bash", str(SCRIPT), *arguments], env=environment, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=300, check=False)
        return done.returncode, done.stdout, done.stderr

    def words_when_apt_get_says(self, words):
        self.program("apt-get", f'case "$*" in *update*) exit 0 ;; esac\ncat <<"WORDS"\n{words}\nWORDS\nexit 100')
        status, _, said = self.run_script("--demo")
        self.assertEqual(status, 1)
        return said

    def test_each_release_has_its_names(self):
        names = {release: set(self.run_script("--list", "--release", release)[1].split()) for release in ("bookworm", "trixie")}
        self.assertEqual(names["bookworm"] - names["trixie"],
                         {"libtorch1.13", "libdcmtk17", "libspdlog1.10", "libfmt9", "libboost1.81-dev", "clang-16", "clang-format-14"})
        self.assertEqual(names["trixie"] - names["bookworm"],
                         {"libtorch2.6", "libdcmtk19", "libspdlog1.15", "libfmt10", "libboost-dev", "libtiff-dev"})

    def test_the_fuzzers_need_one_version_of_clang_with_its_runtime(self):
        """A clang without its runtime compiles a fuzzer and does not link it."""
        for release, version in (("bookworm", "16"), ("trixie", "19")):
            names = self.run_script("--list", "--release", release, "--fuzz")[1].splitlines()
            self.assertEqual(names, [f"clang-{version}", f"libclang-rt-{version}-dev", f"llvm-{version}"])

    def test_the_demo_needs_no_googletest(self):
        _, names, _ = self.run_script("--list", "--release", "trixie", "--build", "--runtime", "--demo")
        self.assertIsNone(re.search("gtest|gmock", names))

    def test_another_release_is_named_with_those_that_are_known(self):
        status, _, words = self.run_script("--list", "--release", "noble")
        self.assertEqual(status, 1)
        self.assertIn("Debian 12 (bookworm) and Debian 13 (trixie)", words)
        self.assertIn('this is "noble"', words)

    def test_a_wrong_argument_is_a_usage_error(self):
        self.assertEqual(self.run_script("--everything")[0], 2)
        self.assertEqual(self.run_script("--release", "trixie")[0], 2)

    def test_without_root_and_sudo_it_prints_the_command_for_root(self):
        self.program("id", "echo 1000")
        self.program("sudo", "exit 1")
        status, _, words = self.run_script("--demo")
        self.assertEqual(status, 1)
        self.assertRegex(words, "As root, run: apt-get install curl dcmtk jq")

    def test_without_network_it_names_network_and_proxy(self):
        words = self.words_when_apt_get_says("E: Failed to fetch http://x/jq.deb  Temporary failure resolving 'x'\n"
                                             "E: Unable to fetch some archives, maybe run apt-get update?")
        self.assertIn("the package archive cannot be reached: check the network, the proxy", words)

    def test_a_full_disk_is_named_with_what_is_needed(self):
        words = self.words_when_apt_get_says("E: You don't have enough free space in /var/cache/apt/archives/.")
        self.assertRegex(words, r"the disk is full: \d+ MB are free at .*need some 3500 MB")

    def test_a_disk_that_fills_while_unpacking_is_named(self):
        words = self.words_when_apt_get_says("dpkg: error processing archive x.deb (--unpack):\n cannot copy extracted data for './a' "
                                             "to '/a.dpkg-new': failed to write (No space left on device)")
        self.assertIn("the disk is full", words)

    def test_a_half_installed_package_is_named_with_the_remedy(self):
        (self.work / "broken").write_text("half-configured ok curl\nunpacked ok libcurl4\ninstalled ok jq\n", encoding="utf-8")
        words = self.words_when_apt_get_says("E: Sub-process /usr/bin/dpkg returned an error code (1)")
        self.assertIn("a package is half installed: curl libcurl4.", words)
        self.assertIn("dpkg --configure -a", words)

    def test_an_interrupted_dpkg_is_named_with_the_remedy(self):
        words = self.words_when_apt_get_says("E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.")
        self.assertIn("'dpkg --configure -a'", words)

    def test_another_running_installer_is_named(self):
        words = self.words_when_apt_get_says("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)")
        self.assertIn("another program is installing packages", words)


if __name__ == "__main__":
    if os.path.exists("/etc/debian_version"):
        unittest.main()
