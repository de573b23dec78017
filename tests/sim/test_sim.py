"""spillway sim against spillway reco: every hit of the truth is found, none is invented, and its
time is the true one within the electronics' LSB, with and without constants from files."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import h5py
import numpy as np

import spillway as spw

CLOCK = 24.951059536
TDC = ("ktag", "chanti", "straw", "chod", "rich", "irc", "sac", "muv0", "newchod", "muv3", "hasc",
       "lav", "gtk")
CALORIMETERS = ("lkr", "muv1", "muv2", "sav")
LSB = {"straw": CLOCK / 32}
NONE = -2**31


def rows(file, group, offsets):
    """Event of each row of a group."""
    offset = file["events"][offsets][:]
    return np.repeat(np.arange(len(offset) - 1), np.diff(offset))


def matched(truth, reco, detector):
    """Columns of both, in the same order of event, channel and time."""
    name = "cells" if detector in CALORIMETERS else "hits"
    t, r = truth[detector], reco[f"{detector}/{name}"]
    event_t = rows(truth, detector, f"{detector}_offset")
    event_r = rows(reco, detector, f"{detector}_{name}_offset")
    time = t["time_ns"][:].astype(float)
    if detector not in CALORIMETERS:
        time += np.where(t["lead_ticks"][:] == NONE, t["width_ns"][:], 0)
    if detector == "straw":
        time -= reco["events/time_ns"][:][event_t]
    order_t = np.lexsort((time, t["channel"][:], event_t))
    order_r = np.lexsort((r["time_ns"][:], r["channel"][:], event_r))
    left = {k: t[k][:][order_t] for k in t} | {"event": event_t[order_t], "time": time[order_t]}
    right = {k: r[k][:][order_r] for k in r} | {"event": event_r[order_r]}
    return left, right


class SimAgainstReco(unittest.TestCase):
    def simulate(self, *options, reco=(), **settings):
        with spw.temporary() as folder:
            raw = spw.simulate(folder, **settings)
            extra = [o.replace("DIR", folder) for o in reco]
            out = spw.reconstruct(raw, os.path.join(folder, "out"), "--tier", "cdst", *extra)
            with h5py.File(raw.replace(".dat", ".truth.h5")) as truth, h5py.File(out[0]) as reco:
                yield truth, reco

    def check_hits(self, truth, reco, slewed=()):
        for detector in TDC:
            t, r = matched(truth, reco, detector)
            self.assertGreater(len(t["time"]), 0, detector)
            self.assertTrue(np.array_equal(t["event"], r["event"]), detector)
            self.assertTrue(np.array_equal(t["channel"], r["channel"]), detector)
            # The correction by the width of a pulse that overlaps or is cut is no longer its own.
            clean = (t["n_signals"] == 1) & (t["lead_ticks"] != NONE) & (t["trail_ticks"] != NONE)
            if detector not in slewed and detector not in ("lav", "irc", "sac"):
                clean = t["lead_ticks"] != NONE
            difference = np.abs(r["time_ns"] - t["time"])[clean]
            lsb = LSB.get(detector, CLOCK / 256)
            if detector in ("lav", "irc", "sac"):
                self.assertLess(np.mean(difference > 2 * lsb), 0.02, detector)
            else:
                self.assertLess(difference.max(), lsb, detector)

    def check_cells(self, truth, reco):
        for detector in CALORIMETERS:
            t, r = matched(truth, reco, detector)
            self.assertTrue(np.array_equal(t["event"], r["event"]), detector)
            self.assertTrue(np.array_equal(t["channel"], r["channel"]), detector)
            clean = (t["n_deposits"] == 1) & (t["energy_MeV"] > 1000) & (np.abs(t["time"]) < 25)
            clean &= t["energy_MeV"] < 12000
            ratio = (r["energy_MeV"] / t["energy_MeV"])[clean]
            if clean.sum() < 20:
                continue
            self.assertLess(abs(np.median(ratio) - 1), 0.01, detector)
            self.assertLess(np.std(ratio), 0.05, detector)
            self.assertLess(abs(np.median((r["time_ns"] - t["time"])[clean])), 0.2, detector)

    def test_nominal(self):
        for truth, reco in self.simulate(events=800, seed=11):
            self.check_hits(truth, reco)
            self.check_cells(truth, reco)

    def test_seeded_constants(self):
        settings = {"sim.t0_spread": "2 ns", "sim.pedestal_spread": "3 counts",
                    "sim.gain_spread": "0.05"}
        for truth, reco in self.simulate(events=800, seed=12, set=settings,
                                         reco=("--set", "conditions_dir=DIR/conditions")):
            self.check_hits(truth, reco)
            self.check_cells(truth, reco)

    def test_real_constants(self):
        folder = spw.shared("data", "na62", "na62fw-conditions")
        for truth, reco in self.simulate(events=400, seed=13, run=8252,
                                         set={"conditions_dir": folder},
                                         reco=("--set", f"conditions_dir={folder}")):
            self.check_hits(truth, reco, slewed=("ktag", "rich", "chanti", "hasc", "gtk"))

    def test_truth_is_whole(self):
        with spw.temporary() as folder:
            raw = spw.simulate(folder, events=400, seed=14, scenario="k3pi")
            with h5py.File(raw.replace(".dat", ".truth.h5")) as truth:
                kind = truth["events/kind"][:]
                self.assertEqual(list(kind[[0, -1]]), [255, 255])
                mode = truth["events/mode"][:]
                self.assertTrue(np.all(mode[kind == 0] == 2))
                particles = truth["particles"]
                event = rows(truth, "particles", "particles_offset")
                first = (particles["origin"][:] == 0) & (particles["parent"][:] == 0)
                p = {k: particles[f"p{k}_MeV"][:].astype(float) for k in "xyz"}
                e = np.sqrt(139.57039**2 + p["x"]**2 + p["y"]**2 + p["z"]**2)
                sums = [np.bincount(event[first], w[first], len(mode))
                        for w in (e, p["x"], p["y"], p["z"])]
                mass = np.sqrt(sums[0]**2 - sums[1]**2 - sums[2]**2 - sums[3]**2)
                self.assertLess(np.abs(mass[kind == 0] - 493.677).max(), 0.5)
                dead = truth["dead_lkr/channel"][:]
                self.assertGreater(len(dead), 0)
                self.assertFalse(np.isin(truth["lkr/channel"][:], dead).any())

    def test_occupancies(self):
        expected = {"ktag": (20, 80), "gtk": (60, 180), "straw": (60, 150), "rich": (20, 60),
                    "chod": (2, 10), "newchod": (2, 8), "lav": (1, 15), "muv3": (2, 6),
                    "chanti": (0.3, 4), "lkr": (50, 300)}
        with spw.temporary() as folder:
            raw = spw.simulate(folder, events=1000, seed=15)
            with h5py.File(raw.replace(".dat", ".truth.h5")) as truth:
                for detector, (low, high) in expected.items():
                    mean = len(truth[detector]["channel"]) / 1000
                    self.assertTrue(low < mean < high, f"{detector}: {mean} an event")


if __name__ == "__main__":
    spw.main()
