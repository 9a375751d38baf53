# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault campaign (tools/fault-campaign.sh), short and with a fixed seed."""
import unittest

from fault_campaign import Campaign


class FaultCampaign(unittest.TestCase):
    def test_every_eligible_series_is_done_once_whatever_breaks_but_the_loss_of_the_database(self):
        # A database that is removed while a result is stored: docs/reliability.md, "What does not hold yet".
        lost = ("database_removed", "database_restored")
        figures, wrong = Campaign(seed=20261130, seconds=25, series=40, pause=0.2, without=lost).run()
        self.assertEqual(wrong, [], figures)
        self.assertIsNotNone(figures["seconds until all was done"], figures)
        self.assertGreaterEqual(figures["faults"], 12, figures)


if __name__ == "__main__":
    unittest.main()
