"""Simulated MICE spills through the reconstruction: times of flight, slabs and light come out
as they were generated."""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

SPILLWAY = os.environ["SPILLWAY"]
CONFIG = os.path.join(os.environ["SPW_SOURCE"], "configs/mice/mice.yaml")
EVENTS = 2000


def run(*arguments):
    subprocess.run([SPILLWAY, *arguments, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def simulate(folder, seed):
    run("sim", "-c", CONFIG, "--events", str(EVENTS), "--seed", str(seed), "-o", folder)
    return os.path.join(folder, "07000.000")


def check_times(reco, truth):
    for name, sigma in (("tof01_ns", 0.07), ("tof12_ns", 0.07)):
        found = reco["/tof/times"][name][:]
        made = truth["/events"][name][:]
        # four photomultipliers a station, 70 ps each; half of a tick from rounding
        difference = found - made
        good = np.isfinite(difference)
        assert good.mean() > 0.98, (name, good.mean())
        mean, rms = difference[good].mean(), difference[good].std()
        assert abs(mean) < 4 * sigma / np.sqrt(EVENTS) + 0.005, (name, mean)
        assert 0.03 < rms < 0.07, (name, rms)


def check_species(reco, truth):
    tof01 = reco["/tof/times"]["tof01_ns"][:]
    pdg = truth["/events"]["pdg"][:]
    electrons = tof01[pdg == -11]
    muons = tof01[pdg == -13]
    assert abs(np.nanmedian(electrons) - 7705 / 299.792458) < 0.02
    assert np.nanmedian(muons) > np.nanmedian(electrons) + 2


def check_slabs(reco, truth):
    for station in (0, 1, 2):
        points = reco[f"/tof{station}/space_points"]
        assert len(points["slab_horizontal"]) >= 0.98 * EVENTS
        if len(points["slab_horizontal"]) != EVENTS:
            continue
        for plane in ("horizontal", "vertical"):
            made = truth["/events"][f"slab_tof{station}_{plane}"][:]
            assert np.array_equal(points[f"slab_{plane}"][:], made), (station, plane)


def check_emr(reco, truth):
    made = truth["/events"]["n_emr_planes"][:].sum()
    found = len(reco["/emr/bars"]["plane"])
    assert abs(found - made) <= 0.001 * made, (found, made)


def main():
    with tempfile.TemporaryDirectory() as folder:
        raw = simulate(folder, 5)
        run("reco", "-c", CONFIG, "--set", f"conditions_dir={folder}/conditions", "-o", folder, raw)
        with h5py.File(raw + ".reco.h5") as reco, h5py.File(
            os.path.join(folder, "07000.truth.h5")
        ) as truth:
            check_times(reco, truth)
            check_species(reco, truth)
            check_slabs(reco, truth)
            check_emr(reco, truth)
        with tempfile.TemporaryDirectory() as other:
            with open(raw, "rb") as first, open(simulate(other, 5), "rb") as second:
                assert first.read() == second.read(), "the same seed must give the same bytes"
    return 0


if __name__ == "__main__":
    sys.exit(main())
