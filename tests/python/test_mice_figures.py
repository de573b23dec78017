"""Every reference figure of MICE (formats/mice.md 10) out of the outputs of `spillway reco`.

Counts are exact, means and widths within 1e-3 (population rms), times within 1 ps. The reference
data are read where they are; without them the test is skipped with a word.
"""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np

import spillway as spw

SPILLWAY = os.environ.get("SPILLWAY", "spillway")
DATA = os.path.join(os.environ.get("SPW_SHARED", "../shared"), "data", "mice")
CONDITIONS = ":".join(os.path.join(DATA, d) for d in ("cabling", "calibration"))
V1290, V1724, V1731 = 102, 120, 121
PHYSICS, START_OF_BURST, END_OF_BURST, START_OF_RUN, END_OF_RUN = 7, 5, 6, 1, 2
EVENT_TIME, TRIGGERS_OF_MASTER = 0, 7  # enum date_record_item
BUILDER = 255 << 16


def reco(folder, below, *settings, conditions=True):
    """The open output of one input file."""
    raw = os.path.join(DATA, below)
    command = [SPILLWAY, "reco", "-o", folder, "--force", *settings, raw]
    if conditions:
        command[2:2] = ["--set", "conditions_dir=" + CONDITIONS]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return h5py.File(os.path.join(folder, os.path.basename(raw) + ".reco.h5"), "r")


def table(file, group):
    """The columns of a group."""
    return {name: file[group][name][:] for name in file[group] if
            isinstance(file[group][name], h5py.Dataset)}


def tallies(file):
    """Non-zero tallies by name."""
    log = file["/log"]
    return {n.decode(): int(c) for n, c in zip(log["name"][:], log["count"][:]) if c}


def event_of(file, offset):
    """For every row of an object: its row in /events."""
    first = file["/events"][offset][:]
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


class Figures(unittest.TestCase):
    """A file of outputs, opened once a class."""

    below, settings, conditions = None, (), True

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.file = reco(cls.folder.name, cls.below, *cls.settings, conditions=cls.conditions)

    @classmethod
    def tearDownClass(cls):
        cls.file.close()
        cls.folder.cleanup()

    def near(self, value, figure, relative=1e-3):
        self.assertLessEqual(abs(value - figure), relative * abs(figure),
                             f"{value} instead of {figure}")

    def time(self, value_ns, figure_ns):
        self.assertLessEqual(abs(value_ns - figure_ns), 0.001, f"{value_ns} is not {figure_ns}")

    def event_counts(self):
        """Events of the file by type, out of the builder's records."""
        records = table(self.file, "/daq/records")
        own = (records["item"] == EVENT_TIME) & (records["board"] == BUILDER) & \
            (records["source"] == 0)
        types, counts = np.unique(records["index"][own], return_counts=True)
        return dict(zip(types.tolist(), counts.tolist()))


class Pulser(Figures):
    """06008.000: a real file of the TDC and flash-ADC boards."""

    below = "raw/06008.000"

    def test_counts(self):
        self.assertEqual(self.event_counts(), {START_OF_RUN: 2, START_OF_BURST: 6, PHYSICS: 6,
                                               END_OF_BURST: 6, END_OF_RUN: 2})
        events = table(self.file, "/events")
        self.assertEqual(len(events["run"]), 882)
        self.assertEqual(np.bincount(events["spill"]).tolist(), [147] * 6)
        self.assertTrue((events["trigger"] == np.tile(np.arange(147), 6)).all())
        self.assertTrue((events["quality"] == 0).all())
        self.assertEqual(tallies(self.file), {})
        self.assertEqual(len(self.file["/log/quarantined/offset"]), 0)

    def test_tdc_hits(self):
        boards = table(self.file, "/daq/boards")
        tdc = boards["type"] == V1290
        self.assertEqual(boards["n_trigger_hits"][tdc].sum(), 3528)
        self.assertEqual(boards["n_request_hits"][tdc].sum(), 3528)
        self.assertEqual(boards["n_hits"][tdc].sum(), 7056)
        self.assertEqual(boards["n_trailing"].sum(), 0)
        self.assertEqual(sorted(set(boards["geo"][tdc])), [1, 2, 3, 4])

    def test_trigger_minus_request(self):
        boards = table(self.file, "/daq/boards")
        for geo, mean, rms in ((1, 60.748, 0.954), (2, 72.030, 1.281), (3, 63.821, 1.295),
                               (4, 64.480, 1.299)):
            mine = (boards["type"] == V1290) & (boards["geo"] == geo)
            difference = boards["trigger_minus_request_ticks"][mine]
            self.near(difference.mean(), mean)
            self.near(difference.std(), rms)

    def test_clocks(self):
        boards = table(self.file, "/daq/boards")
        spill = self.file["/events/spill"][:][event_of(self.file, "daq_boards_offset")]
        one = (boards["type"] == V1290) & (boards["geo"] == 1)
        tag = boards["time_tag"][one].astype(np.int64)
        same = np.diff(spill[one]) == 0
        period = (np.diff(tag) % (1 << 27))[same].mean()
        self.near(period, 25.4304)
        self.near(period * 0.8, 20.344)
        ticks = boards["trigger_ticks"][one].astype(np.int64)
        self.near((np.diff(ticks) % (1 << 21))[same].mean(), 8.3329e5)
        first = tag[np.flatnonzero(np.r_[True, ~same])]
        self.near((np.diff(first) % (1 << 27)).mean() * 800e-9, 2.559970, 1e-6)
        records = table(self.file, "/daq/records")
        clock = (records["item"] == EVENT_TIME) & (records["index"] == PHYSICS) & \
            (records["board"] == 1 << 16)
        self.near(np.diff(records["value"][clock]).mean(), 2.560000, 1e-4)

    def test_flash_adcs(self):
        pulses = table(self.file, "/fadc/pulses")
        wide, narrow = pulses["type"] == V1724, pulses["type"] == V1731
        self.assertEqual(wide.sum(), 63504)
        self.assertTrue((pulses["n_samples"][wide] == 0).all())
        self.assertEqual(narrow.sum(), 7056)
        self.assertTrue((pulses["n_samples"][narrow] == 256).all())
        self.assertEqual(len(self.file["/ckov/pmts/pe"]), 7056)
        figures = ((144.0043, 0.0652), (148.0043, 0.0657), (144.0198, 0.1396),
                   (143.1812, 0.3852), (146.1910, 0.3931), (140.3644, 0.4813),
                   (142.9938, 0.0785), (144.9117, 0.2838))
        for channel, (mean, rms) in enumerate(figures):
            mine = narrow & (pulses["channel"] == channel)
            means, widths = pulses["mean_adc"][mine], pulses["rms_adc"][mine]
            self.assertEqual(len(means), 882)
            self.near(means.mean(), mean)
            self.near(np.sqrt((widths ** 2).mean() + means.var()), rms)


class PulserWithoutConstants(Pulser):
    """The same without conditions_dir: the nominal cabling serves."""

    conditions = False


class Station(Figures):
    """03758.000: the single tracker station of 2012, not zero-suppressed."""

    below = "raw/03758.000"

    def test_counts(self):
        self.assertEqual(self.event_counts(), {START_OF_RUN: 2, START_OF_BURST: 33, PHYSICS: 33,
                                               END_OF_BURST: 33, END_OF_RUN: 2})
        records = table(self.file, "/daq/records")
        master = records["value"][records["item"] == TRIGGERS_OF_MASTER].astype(int)
        self.assertEqual(len(master), 33)
        self.assertEqual(master.sum(), 2060)
        self.assertEqual((master[0], master[1], master[2], master[-1]), (61, 63, 60, 52))
        events = table(self.file, "/events")
        self.assertEqual(len(events["run"]), 2060)
        self.assertEqual(np.bincount(events["spill"]).tolist(), master.tolist())
        read = np.diff(self.file["/events/tracker_common_mode_offset"][:]) > 0
        self.assertEqual(read.sum(), 1999)
        self.assertTrue((events["quality"][read] == 0).all())
        self.assertTrue((events["spill"][~read] == 0).all())
        self.assertTrue((events["quality"][~read] & 512 == 512).all())
        self.assertEqual(tallies(self.file), {"date.spill_unread": 1, "date.maus_drops": 1})

    def test_words(self):
        path = os.path.join(self.folder.name, "03758.000.hist.h5")
        with h5py.File(path, "r") as file:
            count = file["/tracker/adc_by_channel/storage/values"][:]
        self.assertEqual(count.sum(), 1999 * 4 * 128)
        self.assertEqual((count.sum(axis=0)[1:257] * np.arange(256)).sum(), 26720071)
        channels = table(self.file, "/tracker/channels")
        self.assertEqual(len(channels["bank"]), 512)
        self.assertTrue((channels["n_samples"] == 1999).all())
        total = (channels["pedestal_adc"] * channels["n_samples"]).sum()
        self.assertEqual(round(total), 26720071)
        self.assertEqual(round((channels["tdc_mean"] * channels["n_samples"]).sum()), 34859933)
        self.assertEqual(channels["n_discriminator"].sum(), 0)

    def test_noise(self):
        groups = table(self.file, "/tracker/groups")
        self.assertEqual(len(groups["bank"]), 16)
        for bank, group, figures in ((0, 0, (32.818, 11.206, 8.453, 7.550)),
                                     (3, 3, (10.336, 6.913, 3.740, 6.043))):
            row = np.flatnonzero((groups["bank"] == bank) & (groups["group"] == group))[0]
            for name, figure in zip(("pedestal_adc", "noise_adc", "common_mode_adc",
                                     "noise_after_adc"), figures):
                self.near(groups[name][row], figure)
        common = table(self.file, "/tracker/common_mode")
        mine = (common["bank"] == 0) & (common["group"] == 0)
        self.near(common["common_mode_adc"][mine].astype(float).std(), 8.453)

    def test_bad_groups(self):
        channels = table(self.file, "/tracker/channels")
        dead = (channels["bank"] == 1) & (channels["channel"] // 32 == 1)
        self.assertTrue((channels["pedestal_adc"][dead] == 1).all())
        self.assertTrue((channels["noise_adc"][dead] == 0).all())
        groups = table(self.file, "/tracker/groups")
        stuck = np.flatnonzero((groups["bank"] == 1) & (groups["group"] == 0))[0]
        self.near(groups["pedestal_adc"][stuck], 158.8)
        self.near(groups["noise_adc"][stuck], 0.8, 0.02)


class StationTable(Station):
    """Against the stored table of the station."""

    def test_stored_pedestals(self):
        channels = table(self.file, "/tracker/channels")
        difference = channels["stored_pedestal_adc"] - channels["pedestal_adc"]
        for bank, figure in ((0, 3.3), (2, 16.0), (3, 20.7)):
            self.assertAlmostEqual(difference[channels["bank"] == bank].mean(), figure, delta=0.05)

    def test_photoelectrons(self):
        digits = table(self.file, "/tracker/digits")
        self.assertEqual(len(digits["pe"]), 1046)
        self.assertEqual((digits["pe"] > 1.5).sum(), 67)
        self.assertEqual((digits["pe"] > 2.0).sum(), 2)
        self.assertEqual(digits["discriminator"].sum(), 0)


class StationWithoutConstants(Station):
    """Pedestals and noise need no table."""

    conditions = False


class Spill2873(Figures):
    """The first spill of run 2873: real beam data in a synthetic container."""

    below = "synthetic/02873_spill0_v3.9.date"

    def test_digits(self):
        self.assertEqual(len(self.file["/events/run"]), 36)
        self.assertEqual(tallies(self.file), {})
        for station, digits, slabs, points in ((0, 122, 58, 24), (1, 145, 67, 31),
                                               (2, 124, 61, 23)):
            self.assertEqual(len(self.file[f"/tof{station}/digits/slab"]), digits)
            self.assertEqual(len(self.file[f"/tof{station}/slab_hits/slab"]), slabs)
            self.assertEqual(len(self.file[f"/tof{station}/space_points/time_ns"]), points)

    def test_raw_time(self):
        """The value of MAUS's own unit test, reproduced exactly."""
        first = self.file["/events/tof0_slab_hits_offset"][:]
        self.time(self.file["/tof0/slab_hits/raw_time_ns"][first[0]], -110.3125)

    def test_pixels(self):
        self.assertEqual(len(self.file["/tof/times/pixel_vertical"]), 31)

    def test_dt(self):
        for station, rms in ((0, 0.129), (1, 0.109), (2, 0.089)):
            self.time(self.file[f"/tof{station}/space_points/dt_ns"][:].std(), rms)

    def test_times_of_flight(self):
        def values(name):
            column = self.file["/tof/times"][name][:]
            return column[~np.isnan(column)]
        tof01, tof12, tof02 = values("tof01_ns"), values("tof12_ns"), values("tof02_ns")
        self.assertEqual((len(tof01), len(tof12), len(tof02)), (24, 23, 18))
        self.time(tof01.mean(), 28.889)
        self.time(tof01.std(), 1.491)
        self.time(np.median(tof01), 28.763)
        self.time(tof01.min(), 26.054)
        self.time(tof01.max(), 34.632)
        muons = tof01[(tof01 >= 26.5) & (tof01 <= 31)]
        self.assertEqual(len(muons), 22)
        self.time(muons.mean(), 28.757)
        self.time(muons.std(), 0.737)
        self.time(tof12.mean(), 8.918)
        self.time(tof12.std(), 0.337)
        self.time(tof02.mean(), 37.653)

    def test_cherenkov(self):
        self.near(self.file["/ckov/photoelectrons/pe_a"][:].mean(), 3.553)
        self.near(self.file["/ckov/photoelectrons/pe_b"][:].mean(), 5.535)

    def test_scalers(self):
        scalers = table(self.file, "/scalers/counts")
        self.assertEqual(len(scalers["channel"]), 32)
        self.assertEqual(scalers["count"][:2].tolist(), [36, 38])

    def test_histograms(self):
        with h5py.File(os.path.join(self.folder.name, os.path.basename(self.below) +
                                    ".hist.h5"), "r") as file:
            self.assertEqual(file["/tof/tof01/storage/values"][:].sum(), 24)


class WrongSet(Figures):
    """With a set of constants of another period no trigger pixel is found."""

    below = "synthetic/02873_spill0_v3.9.date"
    settings = ("--set", "tof.t0=[tofcalibT0_trTOF1_dec2011.txt]",
                "--set", "tof.walk=[tofcalibTW_dec2011.txt]",
                "--set", "tof.delay=[tofcalibTrigger_trTOF1_dec2011.txt]")

    def test_no_pixels(self):
        self.assertEqual(len(self.file["/tof0/slab_hits/slab"]), 58)
        self.assertEqual(len(self.file["/tof/times/pixel_vertical"]), 0)
        self.assertEqual(len(self.file["/tof1/space_points/time_ns"]), 0)


class WrongStation(WrongSet):
    """The same with the set that triggers on TOF0."""

    settings = ("--set", "tof.t0=[tofcalibT0_trTOF0_g4mice.txt]",
                "--set", "tof.delay=[tofcalibTrigger_trTOF0_g4mice.txt]")


class Waveforms6890(Figures):
    """Three triggers of real CKOV waveforms in DATE 3.14."""

    below = "synthetic/06890_ckov_v3.14.date"

    def test_counts(self):
        self.assertEqual(len(self.file["/events/run"]), 3)
        self.assertEqual(len(self.file["/ckov/pmts/pe"]), 24)
        self.assertEqual(tallies(self.file), {})


class Emr2013(Figures):
    """The EMR vector: its hit count is wrong by construction, nothing else is."""

    below = "synthetic/emr_2013_v3.13.date"

    def test_bars(self):
        bars = table(self.file, "/emr/bars")
        self.assertEqual(bars["time_ticks"].tolist(), [-231, -230, -228, 99692])
        self.assertEqual(bars["in_window"].tolist(), [1, 1, 1, 0])
        self.assertEqual(bars["width_ticks"].tolist(), [8, 5, -73, 7])
        self.assertEqual(np.diff(self.file["/events/emr_bars_offset"][:]).tolist(), [1, 1, 2])
        self.assertEqual(tallies(self.file), {"date.dbb_hits": 1})


class SameContent(unittest.TestCase):
    """Threads, batches and instruction sets leave no trace in the content."""

    def test_same(self):
        variants = (("-j", "1"), ("-j", "2", "--set", "batch_events=37"), ("--isa", "v2"))
        with tempfile.TemporaryDirectory() as folder:
            for below in (Pulser.below, Station.below, Spill2873.below):
                reference = None
                for variant in variants:
                    reco(folder, below, *variant).close()
                    stem = os.path.join(folder, os.path.basename(below))
                    content = [spw.datasets(stem + end) for end in (".reco.h5", ".hist.h5")]
                    reference = reference or content
                    ignore = ("/@created", "/@config", "/@config_sha256")
                    for one, other in zip(reference, content):
                        self.assertEqual(spw.differences(one, other, ignore), [])


if __name__ == "__main__":
    del Figures
    if not os.path.isdir(DATA):
        print(f"skipped: no reference data in {DATA}", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=1)
