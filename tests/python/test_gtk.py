"""Beam tracks of the GTK and KTAG kaons against the truth, and against a fit to true pixels."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np

import spillway as spw

SOURCE = os.environ.get("SPW_SOURCE", ".")
STEM = "na62raw_1509379200-02-008252-0017"
Z = np.array([79600.0, 92800.0, 102400.0])
Z_TRIM5, KICK, DISPERSION, P0 = 101800.0, 90.0, 60.0, 75000.0
EVENTS = 4000
WINDOW = 9.0  # of the 10 ns of the configuration: nothing is lost at the edges


def column_edges():
    """Edges of the 200 columns: 0.3 mm, 0.4 mm on both sides of a border between chips."""
    width = np.full(200, 0.3)
    width[[39, 40, 79, 80, 119, 120, 159, 160]] = 0.4
    return np.concatenate(([0.0], np.cumsum(width))) - 30.4


def pixel_centres(pixel, wide):
    column, row = pixel % 200, pixel // 200
    edges = column_edges()
    x = (edges[column] + edges[column + 1]) / 2 if wide else (column + 0.5 - 100) * 0.3
    return x, (row + 0.5 - 45) * 0.3


def ideal_fit(x, y):
    """x[n, 3], y[n, 3] to x3, y3, dxdz, dydz, p: least squares in (x3, y3, dxdz, dydz, P0 / p)."""
    dz, before = Z - Z[2], np.clip(Z_TRIM5 - Z, 0, None)
    design = np.zeros((6, 5))
    design[:3, 0], design[:3, 2], design[:3, 4] = 1, dz, KICK / P0 * before
    design[3:, 1], design[3:, 3], design[4, 4] = 1, dz, -DISPERSION
    measured = np.hstack([x, y])
    measured[:, 4] -= DISPERSION
    x3, y3, dxdz, dydz, u = np.linalg.lstsq(design, measured.T, rcond=None)[0]
    return {"x_mm": x3, "y_mm": y3, "dxdz": dxdz, "dydz": dydz, "p_MeV": P0 / u}


def spread(values):
    return np.percentile(np.abs(values - np.median(values)), 68.27)


class Beam:
    """Columns of one reconstructed burst by event."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.number = file["events/event"][:]
            self.trigger = file["events/time_ns"][:]
            self.quality = file["events/quality"][:]
            self.offset = file["events/gtk_tracks_offset"][:]
            self.tracks = {k: v[:] for k, v in file["gtk/tracks"].items()}
            self.kaon_offset = file["events/ktag_candidates_offset"][:]
            self.kaon_time = file["ktag/candidates/time_ns"][:]

    def nearest(self, event, fits, time):
        """Row of the track of the same particle, -1 if there is none, for every fit."""
        t = self.tracks
        found = np.full(len(event), -1)
        for i, e in enumerate(event):
            rows = np.arange(self.offset[e], self.offset[e + 1])
            rows = rows[(np.abs(t["time_ns"][rows] - time[i]) < 0.8) &
                        (np.abs(t["x_mm"][rows] - fits["x_mm"][i]) < 0.5) &
                        (np.abs(t["y_mm"][rows] - fits["y_mm"][i]) < 0.5) &
                        (np.abs(t["p_MeV"][rows] - fits["p_MeV"][i]) < 1000)]
            if len(rows):
                off = ((t["x_mm"][rows] - fits["x_mm"][i]) / 0.1) ** 2
                off += ((t["y_mm"][rows] - fits["y_mm"][i]) / 0.1) ** 2
                off += ((t["dxdz"][rows] - fits["dxdz"][i]) / 5e-6) ** 2
                found[i] = rows[np.argmin(off)]
        return found

    def nearest_kaon(self, event, time):
        """Difference to the KTAG kaon nearest in time."""
        step = np.full(len(event), np.inf)
        for i, e in enumerate(event):
            near = self.kaon_time[self.kaon_offset[e]:self.kaon_offset[e + 1]] - time[i]
            if len(near):
                step[i] = near[np.argmin(np.abs(near))]
        return step


class Checks:
    """What both bursts have to show; `sampled` is the number of kaons at least."""

    sampled = 0

    def test_efficiency(self):
        found = self.beam.nearest(self.event, self.ideal, self.time)
        print(f"GTK efficiency {(found >= 0).mean():.4f} of {len(found)}")
        self.assertGreater(len(found), self.sampled)
        self.assertGreater((found >= 0).mean(), 0.99)

    def test_resolution(self):
        found = self.beam.nearest(self.event, self.ideal, self.time)
        ok = found >= 0
        for name in ("x_mm", "y_mm", "dxdz", "dydz", "p_MeV"):
            step = self.beam.tracks[name][found[ok]] - self.truth[name][ok]
            ideal = spread(self.ideal[name] - self.truth[name])
            print(f"GTK {name}: {spread(step):.4g}, ideal {ideal:.4g}, median {np.median(step):.2g}")
            self.assertLess(spread(step), 1.10 * ideal, name)
            self.assertLess(abs(np.median(step)), 0.05 * ideal + 4 * ideal / np.sqrt(len(step)), name)
        step = self.beam.tracks["time_ns"][found[ok]] - self.time[ok]
        print(f"GTK time {spread(step):.4f} ns")
        self.assertLess(spread(step), 0.095)

    def test_kaon_of_a_track(self):
        found = self.beam.nearest(self.event, self.ideal, self.time)
        ktag = self.beam.tracks["ktag"][found[found >= 0]]
        self.assertGreater((ktag >= 0).mean(), 0.98)
        self.assertTrue((ktag < np.diff(self.beam.kaon_offset).max()).all())

    def test_everything_is_finite(self):
        for name, column in self.beam.tracks.items():
            self.assertTrue(np.isfinite(column).all(), name)


class OwnSimulation(Checks, unittest.TestCase):
    sampled = 4000

    @classmethod
    def setUpClass(cls):
        cls.folder = spw.temporary()
        raw = spw.simulate(cls.folder.name, EVENTS, seed=11)
        cls.conditions = os.path.join(cls.folder.name, "conditions")
        columns, cls.hist, cls.sidecar = spw.reconstruct(
            raw, cls.folder.name, "--tier", "mdst", "--set", f"conditions_dir={cls.conditions}")
        cls.beam = Beam(columns)
        cls.read_truth(raw[:-4] + ".truth.h5")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def read_truth(cls, path):
        """Kaons with a pixel in all three stations: fits to them, and what they were."""
        with h5py.File(path) as file:
            part = {k: v[:] for k, v in file["particles"].items()}
            first = file["events/particles_offset"][:]
            gtk_first = file["events/gtk_offset"][:]
            address, owner = file["gtk/address"][:], file["gtk/particle"][:]
            ktag_first, ktag_owner = file["events/ktag_offset"][:], file["ktag/particle"][:]
        event_of = np.repeat(np.arange(len(first) - 1), np.diff(first))
        hit_event = np.repeat(np.arange(len(gtk_first) - 1), np.diff(gtk_first))
        owner = np.where(owner >= 0, owner + first[hit_event], -1)
        pixel = np.full((len(event_of), 3), -1)
        pixel[owner[owner >= 0], (address // 18000)[owner >= 0]] = (address % 18000)[owner >= 0]
        ktag_event = np.repeat(np.arange(len(ktag_first) - 1), np.diff(ktag_first))
        seen = np.bincount((ktag_owner + first[ktag_event])[ktag_owner >= 0],
                           minlength=len(event_of))
        trigger = cls.beam.trigger[event_of]
        in_time = np.abs(part["time_ns"] - trigger) < WINDOW
        kaon = (part["pdg"] == 321) & ((part["origin"] == 0) | (part["origin"] == 3))
        cls.kaon_event = event_of[kaon & in_time & (seen > 0)]
        cls.kaon_time = part["time_ns"][kaon & in_time & (seen > 0)]
        keep = np.flatnonzero(kaon & in_time & (pixel >= 0).all(axis=1))
        cls.event, cls.time = event_of[keep], part["time_ns"][keep]
        cls.ideal = ideal_fit(*pixel_centres(pixel[keep], True))
        p = np.stack([part[f"p{c}_MeV"][keep] for c in "xyz"])
        back = Z[2] - part["z_mm"][keep]
        cls.truth = {"dxdz": p[0] / p[2], "dydz": p[1] / p[2],
                     "p_MeV": np.sqrt((p.astype(float) ** 2).sum(axis=0))}
        cls.truth["x_mm"] = part["x_mm"][keep] + back * cls.truth["dxdz"]
        cls.truth["y_mm"] = part["y_mm"][keep] + back * cls.truth["dydz"]

    def test_number(self):
        # 38 particles in 95 ns and 1.3 kaons, of which 97 % leave all three pixels; 20 ns are looked at
        number = np.diff(self.beam.offset).mean()
        print(f"GTK tracks an event {number:.2f}")
        self.assertGreater(number, 0.96 * 0.97 * (38 * 20 / 95 + 1.3))
        self.assertLess(number, 1.01 * 0.97 * (38 * 20 / 95 + 1.3))

    def test_kaons(self):
        step = self.beam.nearest_kaon(self.kaon_event, self.kaon_time)
        near = np.abs(step) < 0.35  # 5 sigma
        print(f"KTAG efficiency {near.mean():.4f}, resolution {spread(step[near]):.4f} ns")
        self.assertGreater(near.mean(), 0.99)
        self.assertLess(spread(step[near]), 0.08)


class Independent(Checks, unittest.TestCase):
    sampled = 450

    @classmethod
    def setUpClass(cls):
        base = spw.shared("data", "na62", "bursts", "independent")
        cls.folder = spw.temporary()
        columns, _, _ = spw.reconstruct(
            os.path.join(base, STEM + ".dat"), cls.folder.name,
            "-c", os.path.join(SOURCE, "configs", "na62", "independent.yaml"), "--set",
            f"conditions_dir={base}/conditions:{spw.shared('data', 'na62')}")
        cls.beam = Beam(columns)
        with np.load(os.path.join(base, STEM + ".truth.npz")) as truth:
            cls.read_truth({name: truth[name] for name in truth.files})

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def read_truth(cls, truth):
        row = {int(event): i for i, event in enumerate(truth["event.num"])}
        output_row = np.full(len(row), -1)
        for i, number in enumerate(cls.beam.number):
            if int(number) in row:
                output_row[row[int(number)]] = i
        pixel = np.full((len(row), 3), -1)
        mine = truth["gtk.kaon"] == 1
        pixel[truth["gtk.ev"][mine], truth["gtk.station"][mine]] = truth["gtk.pixel"][mine]
        keep = (pixel >= 0).all(axis=1) & (output_row >= 0)
        cls.event, cls.time = output_row[keep], truth["event.t0"][keep]
        cls.ideal = ideal_fit(*pixel_centres(pixel[keep], False))
        p, at = truth["event.kp"][keep] * 1000, truth["event.vtx"][keep]
        back = Z[2] - at[:, 2]
        cls.truth = {"dxdz": p[:, 0] / p[:, 2], "dydz": p[:, 1] / p[:, 2],
                     "p_MeV": np.sqrt((p ** 2).sum(axis=1))}
        cls.truth["x_mm"] = at[:, 0] + back * cls.truth["dxdz"]
        cls.truth["y_mm"] = at[:, 1] + back * cls.truth["dydz"]

    def test_kaons(self):
        step = self.beam.nearest_kaon(self.event, self.time)
        near = np.abs(step) < 0.35
        print(f"KTAG efficiency {near.mean():.4f}, resolution {spread(step[near]):.4f} ns")
        self.assertGreater(near.mean(), 0.985)  # 477 kaons
        self.assertLess(spread(step[near]), 0.085)


if __name__ == "__main__":
    spw.main()
