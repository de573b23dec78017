"""The NA62 burst of another program: counts, times, drift radii, energies as its truth."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np

import spillway as spw

CLOCK = 24.951059536
LSB = CLOCK / 256
STRAW_LSB = CLOCK / 32
NO_LEADING, NO_TRAILING = 8, 16
STEM = "na62raw_1509379200-02-008252-0017"
SOURCE = os.environ.get("SPW_SOURCE", ".")


def numbers(path):
    """Rows of a file of numbers, comments and headers skipped."""
    rows = []
    with open(path, encoding="latin-1") as file:
        for line in file:
            try:
                rows.append([float(word) for word in line.split()])
            except ValueError:
                continue
    return [row for row in rows if row]


class Independent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        base = spw.shared("data", "na62", "bursts", "independent")
        cls.conditions = os.path.join(base, "conditions")
        with np.load(os.path.join(base, STEM + ".truth.npz")) as truth:
            cls.truth = {name: truth[name] for name in truth.files}
        cls.folder = spw.temporary()
        columns, _, sidecar = spw.reconstruct(
            os.path.join(base, STEM + ".dat"), cls.folder.name, "--tier", "cdst",
            "-c", os.path.join(SOURCE, "configs", "na62", "independent.yaml"),
            "--set", f"conditions_dir={cls.conditions}:{spw.shared('data', 'na62')}")
        cls.sidecar = spw.sidecar(sidecar)
        cls.file = h5py.File(columns, "r")
        number = cls.file["events/event"][:]
        row = {int(event): i for i, event in enumerate(cls.truth["event.num"])}
        cls.event_row = np.array([row.get(int(event), -1) for event in number])

    @classmethod
    def tearDownClass(cls):
        cls.file.close()
        cls.folder.cleanup()

    def rows(self, group):
        """Columns of a group, and the truth's event of each row."""
        offset = self.file["events"][group.replace("/", "_") + "_offset"][:]
        event = np.repeat(self.event_row, np.diff(offset))
        return {name: column[:] for name, column in self.file[group].items()}, event

    def t0(self, name):
        """{address: (geometric ID, T0)}"""
        return {int(r[0]): (int(r[1]), r[2])
                for r in numbers(os.path.join(self.conditions, name)) if len(r) == 3}

    def compare_times(self, found, wanted, tolerance):
        """Both (event, channel, time): the same hits, times within the tolerance."""
        self.assertEqual(len(found[0]), len(wanted[0]))
        f = [column[np.lexsort(found[::-1])] for column in found]
        w = [column[np.lexsort(wanted[::-1])] for column in wanted]
        np.testing.assert_array_equal(f[0], w[0])
        np.testing.assert_array_equal(f[1], w[1])
        self.assertLess(np.abs(f[2] - w[2]).max(), tolerance)

    def check_tdc(self, group, source, files):
        hits, event = self.rows(group + "/hits")
        leading = (hits["quality"] & NO_LEADING) == 0
        t0 = self.t0(files)
        address = self.truth[f"tdc_{source}.ro"]
        mine = np.array([int(a) in t0 for a in address])
        address = address[mine]
        channel = np.array([t0[int(a)][0] for a in address])
        time = self.truth[f"tdc_{source}.lead"][mine] * LSB
        time = time - np.array([t0[int(a)][1] for a in address])
        self.compare_times((event[leading], hits["channel"][leading], hits["time_ns"][leading]),
                           (self.truth[f"tdc_{source}.ev"][mine], channel, time), 0.001)
        return len(address)

    def test_nothing_is_damaged(self):
        log = {name.decode(): int(count) for name, count in
               zip(self.file["log/name"][:], self.file["log/count"][:])}
        # lonely edges and MUV1 noise on addresses without a strip are in the data themselves
        known = {"hits.no_leading": 513, "pulses.unmapped": 71}
        self.assertEqual({name: count for name, count in log.items() if count}, known)
        self.assertEqual(len(self.event_row), 502)
        self.assertEqual((self.event_row >= 0).sum(), 500)

    def test_counts(self):
        edges = {}
        for group in ("ktag", "chanti", "lav", "chod", "rich", "irc", "sac", "newchod", "muv0",
                      "muv3", "straw", "gtk"):
            hits, _ = self.rows(group + "/hits")
            trailing = (hits["quality"] & NO_TRAILING) == 0
            edges[group] = ((hits["quality"] & NO_LEADING) == 0).sum(), trailing.sum()
        leading = {group: edges[group][0] for group in edges}
        self.assertEqual(leading["ktag"], 26167)
        self.assertEqual(leading["chanti"], 278)
        self.assertEqual(leading["lav"], 776)
        self.assertEqual(leading["chod"], 1852)
        self.assertEqual(leading["rich"], 16055)
        self.assertEqual(sum(leading[g] for g in ("irc", "sac", "muv0", "newchod")), 2040)
        self.assertEqual(leading["muv3"], 523)
        self.assertEqual(leading["gtk"], 30821)
        self.assertEqual(sum(edges["straw"]), 53505)
        self.assertEqual(len(self.file["lkr/cells/channel"]), 32301)

    def test_times_of_tel62_detectors(self):
        # ticks are whole: calibrated times agree to the three digits of the T0 files
        self.assertEqual(self.check_tdc("ktag", "04", "Cedar-T0.dat"), 26167)
        self.check_tdc("lav", "10", "LAV-T0.dat")
        self.check_tdc("chod", "18", "CHOD-T0.dat")
        self.check_tdc("rich", "1c", "RICH-T0.dat")
        self.check_tdc("muv3", "30", "MUV3-T0.dat")
        n = [self.check_tdc(group, "20", f"{name}-T0.dat") for group, name in
             (("irc", "IRC"), ("sac", "SAC"), ("newchod", "NewCHOD"))]
        self.assertEqual(sum(n), 2040)

    def test_times_of_the_gtk(self):
        hits, event = self.rows("gtk/hits")
        t0 = np.array([r[1] for r in numbers(os.path.join(self.conditions, "GigaTracker-T0.dat"))])
        pixel = self.truth["gtk.pixel"]
        column, row = pixel % 200, pixel // 200
        channel = (100000 * self.truth["gtk.station"] +
                   10000 * (column // 40 + 5 * (row // 45)) + column % 40 + 40 * (row % 45))
        time = (self.truth["gtk.lead"] + 0.5) * LSB - t0[18000 * self.truth["gtk.station"] + pixel]
        self.compare_times((event, hits["channel"], hits["time_ns"]),
                           (self.truth["gtk.ev"], channel, time), 0.001)

    def coarse_t0(self):
        cover, station = np.zeros(512), 0.0
        with open(os.path.join(self.conditions, "Spectrometer-CoarseT0.dat"),
                  encoding="latin-1") as file:
            for line in file:
                key, _, rest = line.partition("=")
                if key == "StationsT0":
                    station = float(rest)
                if key.startswith("MezzaninesT0_"):
                    board = int(key[-2:])
                    cover[16 * board:16 * board + 16] = [float(w) for w in rest.split()[:16]]
        return station, cover

    def test_drift_times(self):
        hits, event = self.rows("straw/hits")
        leading = (hits["quality"] & NO_LEADING) == 0
        station, cover = self.coarse_t0()
        address = {id_: (a, t0) for a, (id_, t0) in self.t0("Spectrometer-T0.dat").items()}
        seen = self.truth["straw.lead_in"]
        ids = self.truth["straw.id"][seen]
        place = np.array([address[int(i)][0] for i in ids])
        t0 = station + cover[place // 16] + np.array([address[int(i)][1] for i in ids])
        ev = self.truth["straw.ev"][seen]
        fine = self.truth["event.fine"][ev] * LSB
        drift = self.truth["straw.lead"][seen] * STRAW_LSB - t0 - fine
        self.compare_times((event[leading], hits["channel"][leading], hits["time_ns"][leading]),
                           (ev, ids, drift), 0.001)

    def test_drift_radii(self):
        # truth d smeared by 0.1 + 0.2 exp(-r/0.8) mm, the trigger's 0.1 ns and the LSB
        hits, event = self.rows("straw/hits")
        truth = {}
        part = self.truth["straw.part"]  # halo particles (source 1) have a time of their own
        decay = (part >= 0) & (self.truth["part.source"][part] == 0)
        for i in np.flatnonzero(self.truth["straw.lead_in"] & decay):
            key = (self.truth["straw.ev"][i], self.truth["straw.id"][i])
            truth.setdefault(key, []).append(abs(float(self.truth["straw.d"][i])))
        pairs = [(truth[key][0], radius) for key, radius, quality in
                 zip(zip(event, hits["channel"]), hits["radius_mm"], hits["quality"])
                 if not quality & NO_LEADING and len(truth.get(key, ())) == 1]
        distance, radius = np.array(pairs).T
        self.assertGreater(len(distance), 19000)
        for low, high in ((0.5, 1.5), (1.5, 2.5), (2.5, 3.5), (3.5, 4.5)):
            cut = (distance > low) & (distance < high)
            pull = (radius - distance)[cut] / (0.1 + 0.2 * np.exp(-distance[cut] / 0.8))
            self.assertLess(abs(np.median(pull)), 0.06)
            self.assertAlmostEqual(np.percentile(np.abs(pull), 68.3), 1.0, delta=0.05)

    def fitted_pulses(self, channel, event):
        """Amplitude and time of all cells by a scan over all 8 samples, in counts and ns."""
        shape = (128, 128)
        pedestal = np.zeros(shape)
        for r in numbers(os.path.join(self.conditions, "LKr-chapedes.dat")):
            if len(r) == 5:
                pedestal[int(r[0]), int(r[1])] = r[3]
        ix, iy = channel // 1000, channel % 1000
        place = {(e, x, y): i for i, (e, x, y) in enumerate(
            zip(self.truth["lkr_cells.ev"], self.truth["lkr_cells.ix"], self.truth["lkr_cells.iy"]))}
        order = np.array([place[key] for key in zip(event, ix, iy)])
        self.assertEqual(len(set(order)), len(order))
        y = self.truth["lkr_cells.samples"][order] - pedestal[ix, iy][:, None]
        best = np.full(len(y), np.inf)
        height, time = np.zeros(len(y)), np.zeros(len(y))
        for t in np.arange(-25.0, 50.0, 0.25):
            u = 1 + (np.arange(8) * CLOCK - 3.5 * CLOCK - t) / 72.0
            g = np.where(u > 0, np.maximum(u, 1e-9) * np.exp(1 - u), 0) ** 6
            a = y @ g / (g @ g)
            chi2 = ((y - a[:, None] * g) ** 2).sum(axis=1)
            better = chi2 < best
            best[better], height[better], time[better] = chi2[better], a[better], t
        return height, time

    def test_lkr_cells(self):
        cells, event = self.rows("lkr/cells")
        cut = cells["energy_MeV"] > 80
        cells, event = {name: column[cut] for name, column in cells.items()}, event[cut]
        channel = cells["channel"].astype(int)
        height, time = self.fitted_pulses(channel, event)
        slope = np.zeros((128, 128))
        for r in numbers(os.path.join(self.conditions, "LKr-chaslope.dat")):
            if len(r) == 4:
                slope[int(r[0]), int(r[1])] = 1000 * r[3]
        t0 = {id_: t for id_, t in self.t0("LKr-T0.dat").values()}
        energy = height * slope[channel // 1000, channel % 1000]
        time = time - np.array([t0[int(c)] for c in channel])
        ratio = cells["energy_MeV"] / energy - 1
        step = cells["time_ns"] - time
        # bias of the amplitude, its spread and that of the time (noise of 1 to 2 counts)
        for low, high, bias, spread, spread_ns in ((100, 200, 5e-3, 0.03, 2.0),
                                                   (200, 1000, 2e-3, 0.01, 0.8),
                                                   (1000, 1e5, 5e-4, 2e-3, 0.3)):
            cut = (energy > low) & (energy < high)
            self.assertGreater(cut.sum(), 1000)
            self.assertLess(abs(np.median(ratio[cut])), bias)
            self.assertLess(np.percentile(np.abs(ratio[cut]), 68.3), spread)
            self.assertLess(abs(np.median(step[cut])), 0.15)
            self.assertLess(np.percentile(np.abs(step[cut]), 68.3), spread_ns)

    def test_candidates(self):
        trigger = self.file["events/time_ns"][:]
        for group, width in (("ktag", 0.2), ("chod", 0.6), ("newchod", 1.2), ("muv3", 0.6)):
            offset = self.file["events"][group + "_candidates_offset"][:]
            time = self.file[group + "/candidates/time_ns"][:]
            step = time - np.repeat(trigger, np.diff(offset))
            near = step[np.abs(step) < 5]
            self.assertGreater(len(near), 100)
            self.assertLess(abs(np.median(near)), 0.15, group)
            self.assertLess(np.percentile(np.abs(near - np.median(near)), 68.3), width, group)


if __name__ == "__main__":
    spw.main()
