# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/chroot.sh: what it refuses, and with which words. Nothing is fetched: debootstrap is replaced by a program that
makes a small tree, or that fails."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
AS_ROOT = os.geteuid() == 0


def can_mount():
    return AS_ROOT and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


class Chroot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="spineseg-chroot-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.programs = self.work / "programs"
        self.programs.mkdir()

    def bash(self, script, **variables):
        """(exit status, what went to stderr) of a script that has sourced tools/chroot.sh."""
        environment = {"PATH": f"{self.programs}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.work),
                       "XDG_CACHE_HOME": str(self.work / "cache"), "LANG": "C.UTF-8", **variables}
        done = subprocess.run(["bash", "-uc", f". '{TOOLS}/chroot.sh'; cd {self.work}; {script}"], env=environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=300, check=False)
        return done.returncode, done.stderr

    def program(self, name, text):
        file = self.programs / name
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(0o755)

    def small_debian(self):
        """debootstrap --variant=minbase RELEASE FOLDER MIRROR, with a tree that holds a shell and little else."""
        self.program("debootstrap", 'echo called >>"$HOME/calls"\nmkdir -p "$3" && cd "$3"\n'
                     "mkdir -p bin dev etc/apt/apt.conf.d etc/dpkg/dpkg.cfg.d proc sys root tmp usr/sbin usr/bin var/cache/apt/archives\n"
                     "mknod -m 666 dev/null c 1 3\n"
                     "for file in /bin/sh /usr/bin/env /usr/bin/sleep $(ldd /bin/sh /usr/bin/env /usr/bin/sleep | grep -o '/[^ :]*'); do\n"
                     '  mkdir -p ".$(dirname "$file")" && cp -L "$file" ".$file"\ndone')

    def test_a_release_that_is_not_known_is_named_with_those_that_are(self):
        status, words = self.bash("chroot_make sid new")
        self.assertEqual(status, 1)
        self.assertIn('unknown release "sid": bookworm (Debian 12) and trixie (Debian 13) are known', words)

    def test_without_root_it_says_so_before_anything_is_made(self):
        self.program("id", "echo 1000")
        status, words = self.bash("chroot_make trixie new")
        self.assertEqual(status, 1)
        self.assertIn("needs root", words)
        self.assertFalse((self.work / "new").exists())

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_without_debootstrap_it_names_the_package(self):
        for program in ("bash", "id", "ls", "unshare", "chroot", "tar", "true"):
            os.symlink(shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"), self.programs / program)
        status, words = self.bash("chroot_make trixie new", PATH=str(self.programs))
        self.assertEqual(status, 1)
        self.assertIn("apt-get install debootstrap", words)

    @unittest.skipUnless(can_mount(), "needs root and mounts")
    def test_a_folder_that_holds_something_is_left_alone(self):
        self.program("debootstrap", "exit 1")
        (self.work / "mine").mkdir()
        (self.work / "mine" / "letter").write_text("dear", encoding="utf-8")
        status, words = self.bash("chroot_make trixie mine; made=$?; chroot_remove mine; exit $made")
        self.assertEqual(status, 1)
        self.assertIn("mine is not empty", words)
        self.assertIn("mine was not made by chroot_make: not deleted", words)
        self.assertTrue((self.work / "mine" / "letter").exists())

    @unittest.skipUnless(can_mount(), "needs root and mounts")
    def test_too_small_a_disk_is_found_before_anything_is_fetched(self):
        self.program("debootstrap", 'echo called >>"$HOME/calls"')
        status, words = self.bash("chroot_make trixie new", CHROOT_NEEDS_MB="999999999")
        self.assertEqual(status, 1)
        self.assertRegex(words, r"new has \d+ MB free and 999999999 MB are needed")
        self.assertFalse((self.work / "calls").exists())

    @unittest.skipUnless(can_mount(), "needs root and mounts")
    def test_an_archive_that_cannot_be_reached_is_named(self):
        self.program("debootstrap", "echo 'E: Failed getting release file'; exit 1")
        status, words = self.bash("chroot_make trixie new")
        self.assertEqual(status, 1)
        self.assertIn("E: Failed getting release file", words)
        self.assertRegex(words, "could not fetch or unpack trixie from http.*check the network, the proxy and /etc/apt")
        self.assertEqual([file.name for file in (self.work / "cache" / "spineseg").glob("*.tar*")], [])

    @unittest.skipUnless(can_mount(), "needs root and mounts")
    def test_it_is_made_run_and_removed_also_in_a_path_with_spaces_and_the_second_time_from_the_kept_base(self):
        self.small_debian()
        status, words = self.bash("trap chroot_clean_up EXIT; chroot_make trixie 'a b' && chroot_make trixie c && "
                                  "chroot_run 'a b' sh -c '[ -d /proc/1 ] && [ -z \"$SECRET\" ] && : >/dev/null && exit 7'", SECRET="x")
        self.assertEqual(status, 7, words)
        self.assertEqual((self.work / "calls").read_text(encoding="utf-8"), "called\n")
        self.assertFalse((self.work / "a b").exists() or (self.work / "c").exists())

    @unittest.skipUnless(can_mount(), "needs root and mounts")
    def test_removing_ends_what_runs_in_it_and_keeps_what_was_shown_in_it(self):
        self.small_debian()
        (self.work / "data").mkdir()
        (self.work / "data" / "file").write_text("kept", encoding="utf-8")
        status, words = self.bash('CHROOT_READ_ONLY=("$PWD/data:/data"); chroot_make trixie a || exit 1; '
                                  "chroot_run a sh -c '(: >/data/other) 2>/dev/null' && exit 2; "
                                  "chroot_run a sleep 1000 & until [ -n \"$(chroot_processes a)\" ]; do sleep 0.1; done; "
                                  "chroot_remove a; wait; [ -z \"$(chroot_mounts_under .)\" ]")
        self.assertEqual(status, 0, words)
        self.assertFalse((self.work / "a").exists())
        self.assertEqual((self.work / "data" / "file").read_text(encoding="utf-8"), "kept")


if __name__ == "__main__":
    unittest.main()
