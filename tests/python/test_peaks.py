"""scripts/peaks.py, which closes the demo: peaks of known place and width, with background."""

import math
import os
import sys
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))
import peaks
import spillway as spw


class Peaks(unittest.TestCase):
    def test_gaussian_on_background(self):
        random = np.random.default_rng(1)
        values = np.concatenate([random.normal(493.7, 0.8, 20000), random.uniform(484, 504, 400)])
        counts, edges = np.histogram(values, bins=200, range=(484, 504))
        mean, error, width = peaks.peak((edges[1:] + edges[:-1]) / 2, counts)
        self.assertAlmostEqual(mean, 493.7, delta=4 * error)
        self.assertAlmostEqual(error, 0.8 / math.sqrt(19000), delta=5e-4)
        self.assertAlmostEqual(width, 0.8, delta=0.03)

    def test_too_few_entries(self):
        centre, counts = np.linspace(0.5, 9.5, 10), np.zeros(10, int)
        self.assertTrue(all(math.isnan(value) for value in peaks.peak(centre, counts)))
        counts[3] = 1
        self.assertTrue(math.isnan(peaks.peak(centre, counts)[0]))

    def test_all_in_one_bin(self):
        counts = np.zeros(10, int)
        counts[3] = 7
        self.assertEqual(peaks.peak(np.linspace(0.5, 9.5, 10), counts)[0], 3.5)

    def test_demo(self):
        with spw.temporary() as folder:
            raw = spw.simulate(folder, events=600, scenario="k3pi")
            histograms = spw.reconstruct(raw, folder)[1]
            png = os.path.join(folder, "peaks.png")
            done = peaks.subprocess.run([sys.executable, peaks.__file__, histograms, png],
                                        capture_output=True, text=True, check=True)
            line = next(line for line in done.stdout.splitlines() if "pi+ pi+ pi-" in line)
            words = line.split("mass")[1].split()  # vertices, position, +-, error, width, expected
            self.assertGreater(int(words[0]), 100)
            self.assertAlmostEqual(float(words[1]), 493.677, delta=5 * float(words[3]))
            self.assertLess(float(words[4]), 1.2)
            with open(png, "rb") as file:
                self.assertEqual(file.read(4), b"\x89PNG")


if __name__ == "__main__":
    spw.main()
