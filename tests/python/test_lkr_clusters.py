"""Clusters of the LKr against truth: single photons, pairs, pi0s, the burst of another program."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np

import spillway as spw

SOURCE = os.environ.get("SPW_SOURCE", ".")
Z_LKR = 241093.0
PI0 = 134.9768
NEAR_HOLE, NEAR_BORDER, DEAD_CELL, SHARED, SATURATED, OUT_OF_TIME, ONE_CELL = (1 << k for k in range(7))


def resolution(energy):
    """sigma(E)/E that both simulations generate; energies in MeV."""
    e = energy / 1000
    return np.sqrt(0.048**2 / e + 0.11**2 / e**2 + 0.009**2)


def core(x):
    """Mean and width of the Gaussian core: cut at 2.5 sigma, the cut corrected for."""
    mean, width = np.median(x), (np.percentile(x, 84.13) - np.percentile(x, 15.87)) / 2
    for _ in range(10):
        kept = x[np.abs(x - mean) < 2.5 * width]
        mean, width = kept.mean(), kept.std() / 0.9545
    return mean, width


def half_width(x):
    return (np.percentile(x, 84.13) - np.percentile(x, 15.87)) / 2


class Clusters:
    """/lkr/clusters of an output, by event."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            self.number = file["events/event"][:]
            self.first = file["events/lkr_clusters_offset"][:]
            for name, column in file["lkr/clusters"].items():
                setattr(self, name, column[:].astype(float if column.dtype.kind == "f" else int))

    def near(self, event, x, y, distance=40.0):
        """The row of the cluster next to each (event number, x, y); -1 where there is none."""
        row = {number: i for i, number in enumerate(self.number)}
        found = np.full(len(x), -1)
        for i, number in enumerate(event):
            begin, end = self.first[row[number]], self.first[row[number] + 1]
            away = np.hypot(self.x_mm[begin:end] - x[i], self.y_mm[begin:end] - y[i])
            if len(away) and away.min() < distance:
                found[i] = begin + away.argmin()
        return found


class Photons:
    """Photons of the simulation's truth; `keep` selects by (truth file, particle columns)."""

    def __init__(self, path, keep):
        with h5py.File(path, "r") as file:
            p = {name: column[:].astype(float) for name, column in file["particles"].items()}
            count = np.diff(file["events/particles_offset"][:])
            index = np.repeat(np.arange(len(count)), count)
            kept = np.flatnonzero((p["pdg"] == 22) & (p["origin"] == 0) & keep(file, p, index))
            self.event = file["events/event"][:][index[kept]]
        self.energy = np.sqrt(p["px_MeV"]**2 + p["py_MeV"]**2 + p["pz_MeV"]**2)[kept]
        self.x, self.y, self.time = (p[k][kept] for k in ("x_lkr_mm", "y_lkr_mm", "time_ns"))
        self.origin = np.stack([p[k][kept] for k in ("x_mm", "y_mm", "z_mm")], axis=1)


def simulate(folder, events, seed, **settings):
    raw = spw.simulate(folder, events, seed=seed, **settings)
    columns, histograms, _ = spw.reconstruct(
        raw, os.path.join(folder, "reco"), "--set",
        "conditions_dir=" + os.path.join(folder, "conditions"))
    return raw[:-4] + ".truth.h5", columns, histograms


def straight(_, p, __):
    return p["z_mm"] == 200000.0


class SinglePhotons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = spw.temporary()
        truth, columns, cls.histograms = simulate(cls.folder.name, 6000, 20, scenario="photons")
        cls.photons, cls.clusters = Photons(truth, straight), Clusters(columns)
        cls.row = cls.clusters.near(cls.photons.event, cls.photons.x, cls.photons.y)
        cls.found = cls.row >= 0
        cls.columns = columns

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_all_are_found(self):
        self.assertGreater(len(self.row), 5500)
        self.assertGreater(self.found.mean(), 0.999)
        quality = self.clusters.quality[self.row[self.found]]
        self.assertLess((quality & (OUT_OF_TIME | ONE_CELL) != 0).mean(), 0.002)

    def pulls(self, low, high):
        some = self.found & (self.photons.energy > low) & (self.photons.energy < high)
        energy, true = self.clusters.energy_MeV[self.row[some]], self.photons.energy[some]
        return energy / true - 1, (energy / true - 1) / resolution(true)

    def test_energy(self):
        relative, pull = self.pulls(2000, 60000)
        mean, width = core(pull)
        self.assertLess(width, 1.05)
        self.assertGreater(width, 0.97)
        self.assertLess(abs(core(relative)[0]), 0.001)
        for low, high in ((2000, 6000), (6000, 15000), (15000, 30000), (30000, 60000)):
            relative, pull = self.pulls(low, high)
            error = 1 / np.sqrt(len(pull))
            self.assertLess(core(pull)[1], 1.05 + 2 * error, (low, high))
            mean, width = core(relative)
            self.assertLess(abs(mean), 0.003 + 2 * width * error, (low, high))

    def test_position_and_time(self):
        rows, photons = self.row[self.found], self.photons
        for place, true in ((self.clusters.x_mm, photons.x), (self.clusters.y_mm, photons.y)):
            off = place[rows] - true[self.found]
            self.assertLess(half_width(off), 0.25)
            self.assertLess(abs(np.median(off)), 0.02)
            # no S shape is left: the same everywhere in the cell
            offset = true[self.found] / 19.7383881 % 1
            for k in range(4):
                part = off[(offset > k / 4) & (offset < (k + 1) / 4)]
                self.assertLess(abs(np.median(part)), 0.05)
        soft = self.found & (photons.energy < 6000)
        self.assertLess(half_width(self.clusters.x_mm[self.row[soft]] - photons.x[soft]), 1.2)
        late = self.clusters.time_ns[rows] - photons.time[self.found]
        self.assertLess(half_width(late), 0.15)
        self.assertLess(abs(np.median(late)), 0.03)

    def test_clusters_are_in_order(self):
        c = self.clusters
        same = np.ones(len(c.energy_MeV), bool)
        same[c.first[:-1][c.first[:-1] < len(same)]] = False
        self.assertTrue((np.diff(c.energy_MeV)[same[1:]] <= 0).all())
        with h5py.File(self.columns, "r") as file:
            for detector in ("lkr", "muv1", "muv2"):
                for column in file[detector + "/clusters"].values():
                    self.assertTrue(np.isfinite(column[:].astype(float)).all(), column.name)

    def test_histograms(self):
        with h5py.File(self.histograms, "r") as file:
            names = []
            file.visit(names.append)
        for name in ("n_clusters", "cluster_energy", "cluster_time_by_seed", "position_in_cell"):
            self.assertTrue(any(f"lkr/{name}" in n for n in names), name)


class Pairs(unittest.TestCase):
    def test_photons_10_cm_apart(self):
        with spw.temporary() as folder:
            truth, columns, _ = simulate(folder, 1500, 21, scenario="photons",
                                         set={"sim.photon_distance": "100 mm"})
            photons, clusters = Photons(truth, straight), Clusters(columns)
        row = clusters.near(photons.event, photons.x, photons.y)
        first, second = row[::2], row[1::2]
        np.testing.assert_array_equal(photons.event[::2], photons.event[1::2])
        apart = (first >= 0) & (second >= 0) & (first != second)
        self.assertGreater(len(apart), 1400)
        self.assertGreater(apart.mean(), 0.99)
        both = np.repeat(apart, 2)
        self.assertTrue((clusters.quality[row[both]] & SHARED).all())
        relative = clusters.energy_MeV[row[both]] / photons.energy[both] - 1
        self.assertLess(abs(core(relative)[0]), 0.003)
        self.assertLess(core(relative / resolution(photons.energy[both]))[1], 1.08)


class NeutralPions(unittest.TestCase):
    def mass(self, e, x, y, origin):
        way = np.stack([x - origin[:, 0], y - origin[:, 1], Z_LKR - origin[:, 2]], axis=1)
        way /= np.linalg.norm(way, axis=1)[:, None]
        cosine = (way[::2] * way[1::2]).sum(axis=1)
        return np.sqrt(2 * e[::2] * e[1::2] * (1 - cosine))

    def test_mass_with_the_true_vertex(self):
        def both_inside(file, p, index):
            r = np.hypot(p["x_lkr_mm"], p["y_lkr_mm"])
            e = np.sqrt(p["px_MeV"]**2 + p["py_MeV"]**2 + p["pz_MeV"]**2)
            good = (p["pdg"] == 22) & (p["origin"] == 0) & (r > 170) & (r < 1030) & (e > 3000)
            n = np.bincount(index[good], minlength=index.max() + 1)
            return good & (n[index] == 2)

        with spw.temporary() as folder:
            truth, columns, _ = simulate(folder, 4500, 22, scenario="k2pi")
            photons, clusters = Photons(truth, both_inside), Clusters(columns)
        row = clusters.near(photons.event, photons.x, photons.y)
        found = np.repeat((row[::2] >= 0) & (row[1::2] >= 0) & (row[::2] != row[1::2]), 2)
        self.assertGreater(found.mean(), 0.99)
        row, origin = row[found], photons.origin[found]
        mass = self.mass(clusters.energy_MeV[row], clusters.x_mm[row], clusters.y_mm[row], origin)
        true = photons.energy[found]
        smeared = true * (1 + resolution(true) * np.random.default_rng(1).normal(size=len(true)))
        ideal = self.mass(smeared, photons.x[found], photons.y[found], origin)
        self.assertGreater(len(mass), 900)
        self.assertLess(abs(core(mass)[0] / PI0 - 1), 0.002)
        self.assertLess(core(mass)[1] / core(ideal)[1], 1.05 + 1 / np.sqrt(len(mass)))


class RealConditions(unittest.TestCase):
    """The experiment's pulse, digital filter, pedestals and T0s; nominal slopes."""

    def test_energy_and_time(self):
        real = "conditions_dir=" + spw.shared("data", "na62", "na62fw-conditions")
        with spw.temporary() as folder:
            raw = spw.simulate(folder, 2000, seed=23, scenario="photons", run=9444,
                               set={"conditions_dir": real.split("=")[1]})
            columns, _, _ = spw.reconstruct(raw, os.path.join(folder, "reco"), "--set", real)
            photons, clusters = Photons(raw[:-4] + ".truth.h5", straight), Clusters(columns)
        row = clusters.near(photons.event, photons.x, photons.y)
        found = row >= 0
        self.assertGreater(found.mean(), 0.995)
        relative = clusters.energy_MeV[row[found]] / photons.energy[found] - 1
        self.assertLess(abs(core(relative)[0]), 0.003)
        self.assertLess(core(relative / resolution(photons.energy[found]))[1], 1.08)
        late = clusters.time_ns[row[found]] - photons.time[found]
        self.assertLess(abs(np.median(late)), 0.1)
        self.assertLess(half_width(late), 0.2)


class Independent(unittest.TestCase):
    """README of the burst: sigma(E)/E 1.8 % over the sample, position 0.64 mm, time 0.14 ns."""

    def test_photons(self):
        base = spw.shared("data", "na62", "bursts", "independent")
        stem = os.path.join(base, "na62raw_1509379200-02-008252-0017")
        with np.load(stem + ".truth.npz") as file:
            truth = {name: file[name] for name in file.files}
        with spw.temporary() as folder:
            columns, _, _ = spw.reconstruct(
                stem + ".dat", folder,
                "-c", os.path.join(SOURCE, "configs", "na62", "independent.yaml"), "--set",
                f"conditions_dir={base}/conditions:{spw.shared('data', 'na62')}")
            clusters = Clusters(columns)
        event = truth["event.num"][truth["lkr.ev"]]
        x, y = truth["lkr.x"].astype(float), truth["lkr.y"].astype(float)
        kept = [i for i in np.flatnonzero((truth["lkr.pdg"] == 22) & truth["lkr.inside"])
                if np.sort(np.hypot(x - x[i], y - y[i])[event == event[i]])[1:2].min(initial=999) > 100]
        row = clusters.near(event[kept], x[kept], y[kept])
        self.assertGreater(len(kept), 350)
        self.assertGreater((row >= 0).mean(), 0.995)
        kept, row = np.array(kept)[row >= 0], row[row >= 0]
        energy, true = clusters.energy_MeV[row], 1e3 * truth["lkr.e"][kept].astype(float)
        self.assertLess(core(energy / true - 1)[1], 0.019)
        self.assertLess(core((energy / true - 1) / resolution(true))[1], 1.10)
        self.assertLess(abs(core(energy / (1e3 * truth["lkr.dep"][kept]) - 1)[0]), 0.002)
        for place, at in ((clusters.x_mm, x), (clusters.y_mm, y)):
            self.assertLess(half_width(place[row] - at[kept]), 0.5)
        self.assertLess(half_width(clusters.time_ns[row] - truth["lkr.t"][kept]), 0.155)


if __name__ == "__main__":
    spw.main()
