# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's configuration in a real Orthanc: what is wrong stops Orthanc at its start or is said by the health route."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer  # noqa: E402


class WrongConfiguration(unittest.TestCase):
    def test_switched_off_it_leaves_orthanc_alone(self):
        server = OrthancServer({"Enable": False})
        self.addCleanup(server.destroy)
        server.start()
        self.assertEqual(server.request("GET", "/spineseg/health")[0], 404)
        self.assertFalse(os.path.exists(server.path("db/spineseg.sock")))

    def refusal(self, settings):
        server = OrthancServer(settings)
        self.addCleanup(server.destroy)
        server.launch()
        self.assertNotEqual(server.process.popen.wait(30), 0)
        return server.log()

    def test_an_unknown_setting_refuses_at_start_and_names_itself(self):
        self.assertIn("LeaseSecond", self.refusal({"LeaseSecond": 60}))

    def test_an_unknown_rule_refuses_at_start(self):
        self.assertIn("no_such_rule", self.refusal({"Rules": {"disable": ["no_such_rule"]}}))

    def test_a_database_that_cannot_be_opened_leaves_orthanc_serving(self):
        server = OrthancServer({"Database": "spoilt.db"})
        self.addCleanup(server.destroy)
        os.makedirs(server.path("db"))
        with open(server.path("db/spoilt.db"), "wb") as file:
            file.write(b"this is no database" * 1000)
        server.start()
        status, _, health = server.request("GET", "/spineseg/health")
        self.assertEqual((status, health["Status"]), (503, "database_unavailable"))
        self.assertEqual(server.request("GET", "/spineseg/jobs")[0], 503)
        self.assertIn("spoilt.db", server.log())
        self.assertEqual(server.request("GET", "/series")[0], 200)


if __name__ == "__main__":
    unittest.main()
