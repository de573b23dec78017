#!/usr/bin/python3
"""Prints the peaks of the selections in a histogram file, and draws them: peaks.py FILE.hist.h5 PNG

Position and width of a peak: mean and standard deviation of the entries within two widths of the
mean, again and again until nothing changes; the width corrected for what a Gaussian loses there.
"""

import math
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PI0_MASS_GEV = 0.1349768
PEAKS = [  # histogram, what it is, expected, scale, unit of the table
    ("/events/k3pi_mass", "K+ -> pi+ pi+ pi- mass", 493.677, 1, "MeV"),
    ("/events/k2pi_missing_mass2", "K+ -> pi+ pi0 missing mass^2", PI0_MASS_GEV ** 2, 1e-6, "GeV^2"),
    ("/events/kmu2_missing_mass2", "K+ -> mu+ nu missing mass^2", 0.0, 1e-6, "GeV^2"),
]
CUT = 2.0  # widths
GAUSS_LEFT = math.sqrt(1 - 2 * CUT * math.exp(-CUT * CUT / 2) / math.sqrt(2 * math.pi)
                       / math.erf(CUT / math.sqrt(2)))


def read(file, path, scale):
    """(bin centres, counts) without the flow bins, or None where it is not."""
    if path not in file:
        return None
    axis = file[path]["ref_axes/axis_0"].attrs
    counts = file[path]["storage/values"][1:-1]
    edges = np.linspace(axis["lower"], axis["upper"], axis["bins"] + 1) * scale
    return (edges[1:] + edges[:-1]) / 2, counts


def peak(centre, counts):
    """(mean, its error, width) of the peak, NaN without entries."""
    inside = np.ones(len(centre), bool)
    mean = width = math.nan
    for _ in range(50):
        n = counts[inside].sum()
        if n < 2:
            return math.nan, math.nan, math.nan
        mean = np.average(centre[inside], weights=counts[inside])
        spread = math.sqrt(np.average((centre[inside] - mean) ** 2, weights=counts[inside]))
        width = spread if inside.all() else spread / GAUSS_LEFT
        again = np.abs(centre - mean) < max(CUT * width, 1.5 * (centre[1] - centre[0]))
        if (again == inside).all():
            break
        inside = again
    return mean, width / math.sqrt(n), width


def draw(png, found):
    """One panel a peak, by gnuplot."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"set terminal pngcairo size {480 * len(found)},420",
                 f"set output '{png}'", f"set multiplot layout 1,{len(found)}",
                 "set style fill solid 0.4", "set ylabel 'vertices'", "unset key",
                 "set xtics rotate by -30"]
        for i, (title, unit, centre, counts, expected) in enumerate(found):
            data = os.path.join(folder, str(i))
            np.savetxt(data, np.column_stack([centre, counts]))
            lines += [f"set title '{title}'", f"set xlabel '[{unit}]'", "unset arrow",
                      f"set arrow from {expected}, graph 0 to {expected}, graph 1 nohead dt 2",
                      f"plot '{data}' with boxes"]
        subprocess.run(["gnuplot"], input="\n".join(lines), text=True, check=True)


def main():
    histograms, png = sys.argv[1:]
    found = []
    print(f"  {'peak':32} {'vertices':>8} {'position':>22} {'width':>10} {'expected':>10}")
    with h5py.File(histograms) as file:
        for path, title, expected, scale, unit in PEAKS:
            histogram = read(file, path, scale)
            if histogram is None:
                continue
            mean, error, width = peak(*histogram)
            print(f"  {title:32} {histogram[1].sum():8} {mean:11.5g} +- {error:7.2g}"
                  f" {width:10.3g} {expected:10.5g} {unit}")
            found.append((title, unit, *histogram, expected))
    if found:
        draw(png, found)
        print(f"  drawn in {png}")


if __name__ == "__main__":
    main()
