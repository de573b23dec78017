"""Track candidates against truth: efficiency, ghosts, times; own simulation and the burst of another program."""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np

import spillway as spw
import track_truth

SOURCE = os.environ.get("SPW_SOURCE", ".")
EVENTS = 1500


class Candidates(unittest.TestCase):
    def check(self, output, truth, efficiency, ghosts=0.01):
        owner = track_truth.owners_of_hits(output, truth)
        views = track_truth.views_of_particles(output, truth, owner)
        wanted = track_truth.in_acceptance(truth, views)
        table = track_truth.candidates(output, owner)
        figures = track_truth.figures(table, wanted)
        print(figures, file=sys.stderr)
        self.assertGreater(figures.n_wanted, 300)
        self.assertGreaterEqual(figures.efficiency, efficiency, figures)
        self.assertLessEqual(figures.ghosts + figures.clones, ghosts, figures)
        for name, column in table.items():
            self.assertTrue(np.isfinite(column).all(), name)
        self.check_parameters(table, truth)

    def check_parameters(self, table, truth):
        """Seeds near the truth, and the time of tracks in time and of pile-up."""
        matched = table["particle"] >= 0
        particle = {name: column[table["particle"][matched]] for name, column in truth.particle.items()}
        table = {name: column[matched] for name, column in table.items() if len(column) == len(matched)}
        late = np.abs(table["time_ns"] - particle["time_ns"])
        self.assertLess(np.median(late), 1.0)
        self.assertLess(np.percentile(late, 95), 4.0)
        fast = particle["primary"] & (particle["p_MeV"] > 10000)
        for name, limit in (("x_mm", 0.2), ("y_mm", 0.2), ("dxdz", 1e-4), ("dydz", 1e-4)):
            off = np.abs(table[name] - particle[name])[fast]
            self.assertLess(np.percentile(off, 68), limit, name)
        ratio = (table["q_over_p"] * particle["charge"] * particle["p_MeV"])[fast]
        self.assertLess(np.percentile(np.abs(ratio - 1), 68), 0.01)
        self.assertLess((ratio < 0).mean(), 0.01)

    def simulated(self, efficiency, **settings):
        with spw.temporary() as folder:
            raw = spw.simulate(folder, EVENTS, **settings)
            columns, _, _ = spw.reconstruct(raw, os.path.join(folder, "out"), "--tier", "cdst")
            with h5py.File(columns, "r") as output:
                truth = track_truth.of_simulation(glob.glob(folder + "/*.truth.h5")[0], output)
                self.check(output, truth, efficiency)

    def test_single_tracks(self):
        self.simulated(0.985, scenario="kmu2", seed=21)

    def test_three_pions(self):
        self.simulated(0.96, scenario="k3pi", seed=22)

    def test_three_pions_at_three_times_the_activity(self):
        self.simulated(0.95, scenario="k3pi", seed=23, set={"sim.activity": 3})

    def test_burst_of_another_program(self):
        base = spw.shared("data", "na62", "bursts", "independent")
        stem = os.path.join(base, "na62raw_1509379200-02-008252-0017")
        with spw.temporary() as folder:
            columns, _, _ = spw.reconstruct(
                stem + ".dat", folder, "--tier", "cdst",
                "-c", os.path.join(SOURCE, "configs", "na62", "independent.yaml"),
                "--set", f"conditions_dir={base}/conditions:{spw.shared('data', 'na62')}")
            with h5py.File(columns, "r") as output:
                truth = track_truth.of_other_program(stem + ".truth.npz", output)
                self.check(output, truth, 0.985)


if __name__ == "__main__":
    spw.main()
