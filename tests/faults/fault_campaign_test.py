# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault campaign (tools/fault-campaign.sh), short and with a fixed seed."""
import unittest

from fault_campaign import Campaign


class FaultCampaign(unittest.TestCase):
    def test_every_eligible_series_is_done_once_whatever_breaks(self):
        figures, wrong = Campaign(seed=20261130, seconds=28, series=40, pause=0.1, pace=0.3).run()
        self.assertEqual(wrong, [], figures)
        self.assertIsNotNone(figures["seconds until all was done"], figures)
        self.assertGreaterEqual(figures["faults"], 14, figures)


if __name__ == "__main__":
    unittest.main()
