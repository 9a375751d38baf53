# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody is called over a network. Everything runs where there is loopback only, and strace writes down whom the programs call.

The plugin runs in Orthanc's process, so Orthanc is traced. The configuration names one destination: Orthanc, not the plugin,
sends to it."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import network_trace
from awkward_series import SeriesForge
from deployment import SPINESEG, Deployment, model_folder, spineseg
from process import Process, free_port
from rest import wait_for

# glibc asks the name service's cache when a program wants to know a user's name; there is none where it does not run.
LOCAL_SERVICES = {"/var/run/nscd/socket"}


@unittest.skipUnless(shutil.which("strace"), "there is no strace here")
class Egress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            network_trace.leave_the_network()
        except OSError as error:
            raise unittest.SkipTest(f"this kernel makes no network namespace: {error}") from error
        folder = tempfile.TemporaryDirectory(prefix="spineseg-egress-")
        cls.addClassCleanup(folder.cleanup)
        cls.work = pathlib.Path(folder.name)
        spineseg("phantom", "--slices", 5, "--out", cls.work / "phantom")
        cls.series = cls.work / "phantom" / "dicom"

    def record(self, name):
        return self.work / f"{self.id().rsplit('.', 1)[-1]}-{name}.txt"

    def traced(self, name):
        return network_trace.command_of(self.record(name))

    def called_by(self, name):
        return network_trace.peers_in(self.record(name)) - LOCAL_SERVICES

    def test_the_trace_shows_a_program_that_calls_somebody(self):
        program = "import socket; socket.socket().connect_ex(('192.0.2.1', 443)); socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 9))"
        subprocess.run([*self.traced("control"), "python3", "-c", program], check=True, stdin=subprocess.DEVNULL)
        self.assertEqual(wait_for("the record", lambda: self.called_by("control"), 10), {"192.0.2.1:443", "127.0.0.1:9"})

    def test_the_worker_calls_the_plugins_socket_and_orthanc_calls_nobody(self):
        with Deployment("Egress", traced=self.traced) as deployment:
            deployment.send_by_dicom(self.series)
            done = deployment.wait_until_finished(deployment.rest.get_json("/series")[0])
            failed = deployment.wait_until_finished(deployment.send(SeriesForge(self.series, self.work).short_pixels()))
            deployment.rest.get("/spineseg/health")
            socket = str(deployment.socket)
            deployment.worker.stop()
            deployment.orthanc.stop()
        self.assertEqual((done["State"], failed["State"]), ("done", "rejected"), (done, failed))
        self.assertEqual(self.called_by("worker"), {socket})
        self.assertEqual(self.called_by("orthanc"), set())

    def test_results_go_to_the_destination_that_is_named_and_nowhere_else(self):
        port = free_port()
        received = self.work / "received"
        received.mkdir()
        receiver = Process(["storescp", "--output-directory", received, port], self.work / "storescp.log")
        self.addCleanup(receiver.kill)
        with Deployment("EgressDestination", {"Destinations": [{"Modality": "PACS", "Objects": ["SEG", "SR", "PMAP"]}], "SendReview": True},
                        {"DicomModalities": {"PACS": ["PACS", "127.0.0.1", port]}}, traced=self.traced) as deployment:
            done = deployment.wait_until_finished(deployment.send(self.series))
            wait_for("the results at the destination", lambda: len(list(received.iterdir())) >= len(done["Results"]), 30)
            deployment.orthanc.stop()
        self.assertEqual(self.called_by("orthanc"), {f"127.0.0.1:{port}"})

    def test_the_commands_call_nobody(self):
        out = self.work / "out"
        for name, *arguments in (("segment", self.series, "--out", out, "--model", model_folder()), ("explain", self.series), ("doctor",)):
            with self.subTest(command=name):
                finished = subprocess.run([*self.traced(name), SPINESEG, name, *map(str, arguments)], check=False, capture_output=True, text=True,
                                          stdin=subprocess.DEVNULL)
                self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
                self.assertEqual(self.called_by(name), set())


if __name__ == "__main__":
    unittest.main()
