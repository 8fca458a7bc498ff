#!/usr/bin/env python3
"""The rows of structures.py hold what they promise: every pair of levels that the rules allow stands in a row of
its own, and so does everything that is refused beside every level of the rest. No file is made.
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pairwise  # noqa: E402
import structures  # noqa: E402


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = structures.rows(1)
        cls.plain = [row for row in cls.rows if all(row[factor] == "none" for factor in structures.REFUSED)]

    def test_enough_and_each_allowed(self):
        self.assertGreaterEqual(len(self.rows), structures.AT_LEAST)
        for row in self.rows:
            self.assertEqual(set(row), set(structures.FACTORS) | set(structures.REFUSED))
            self.assertTrue(structures.allowed_refusal(row), row)
            self.assertLessEqual(sum(row[factor] != "none" for factor in structures.REFUSED), 1)

    def test_every_level_is_used(self):
        for factor, levels in structures.FACTORS.items():
            self.assertEqual({row[factor] for row in self.plain}, set(levels), factor)

    def test_every_allowed_pair_stands_in_a_row(self):
        missing = pairwise.missing_pairs(structures.FACTORS, structures.allowed)
        self.assertGreater(len(missing), 3000)
        for row in self.plain:
            missing -= {pair for pair in pairwise._pairs(row)}
        self.assertEqual(missing, set())

    def test_what_all_can_judge_stands_in_a_row_that_all_judge(self):
        """A validator that is blind for one level, or a second seal that is refused, hides no pair of others."""
        missing = pairwise.missing_pairs(structures.FACTORS, structures.judged_twice)
        self.assertGreater(len(missing), 3000)
        for row in self.plain:
            if structures.judged_twice(row):
                missing -= pairwise._pairs(row)
        self.assertEqual(missing, set())

    def test_options_say_what_the_row_says(self):
        for row in self.rows:
            told = structures.options(row)
            self.assertEqual("--fill" in told, row["fill"], row)
            self.assertEqual("--lock" in told, row["locking"] != "none", row)
            self.assertEqual("--certify" in told, row["certify"] != "none" or row["deed"] == "certify" or (
                row["wanted"] == "mdp"), row)
            self.assertEqual("--drop-usage-rights" in told, row["drop"] or row["deed"] == "drop", row)
            self.assertEqual("--reason" in told, row["seed"] == "reasons", row)

    def test_every_refusal_stands_beside_every_level(self):
        for factor, levels in structures.REFUSED.items():
            for level in levels:
                mine = [row for row in self.rows if row[factor] == level]
                for other, values in structures.FACTORS.items():
                    wanted = {v for v in values if structures.allowed_refusal({factor: level, other: v})}
                    self.assertEqual({row[other] for row in mine}, wanted, (factor, level, other))

    def test_a_seed_gives_the_same_rows(self):
        self.assertEqual(structures.rows(1)[:50], self.rows[:50])


if __name__ == "__main__":
    unittest.main()
