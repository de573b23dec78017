"""What the Python tests share: running the program, comparing outputs, skipping with a word."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

SPILLWAY = os.environ.get("SPILLWAY", "build/release/spillway")
SKIPPED = 77


def shared(*below):
    """Path below the reference data; skips the test with a word when it is not here."""
    path = os.path.join(os.environ.get("SPW_SHARED", "../shared"), *below)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"reference data {path} not here (set SPW_SHARED)")
    return path


def run(*arguments, expect=0, **options):
    """Runs spillway; checks the exit code; returns the finished process with text output."""
    done = subprocess.run([SPILLWAY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=280, **options)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"spillway {' '.join(map(str, arguments))}: exit {done.returncode}, "
                             f"expected {expect}\n{done.stdout}\n{done.stderr}")
    return done


def simulate(folder, events=300, **settings):
    """Simulates one burst into `folder`; returns the path of the raw file."""
    overrides = []
    for key, value in settings.pop("set", {}).items():
        overrides += ["--set", f"{key}={value}"]
    options = []
    for key, value in settings.items():
        options += [f"--{key}", value]
    run("sim", "--events", events, "-o", folder, *options, *overrides)
    raw = [name for name in sorted(os.listdir(folder)) if name.endswith(".dat")]
    return os.path.join(folder, raw[-1])


def reconstruct(raw, folder, *options, expect=0):
    """Reconstructs; returns the paths (columns, histograms, sidecar)."""
    os.makedirs(folder, exist_ok=True)
    run("reco", "-q", "-o", folder, *options, raw, expect=expect)
    stem = os.path.basename(raw)
    stem = stem[:-4] if stem.endswith(".dat") else stem
    return tuple(os.path.join(folder, stem + end)
                 for end in (".reco.h5", ".hist.h5", ".reco.h5.json"))


def datasets(path):
    """{path: array} of every dataset, and {path@name: value} of every attribute."""
    content = {}

    def visit(name, item):
        for key, value in item.attrs.items():
            content[f"{name}@{key}"] = value
        if isinstance(item, h5py.Dataset) and item.dtype != h5py.ref_dtype:
            content[name] = item[...]

    with h5py.File(path, "r") as file:
        for key, value in file.attrs.items():
            content[f"/@{key}"] = value
        file.visititems(visit)
    return content


def differences(a, b, ignore=("/@created",)):
    """Names of what differs between two contents of datasets()."""
    names = []
    for name in sorted(set(a) | set(b)):
        if name in ignore:
            continue
        if name not in a or name not in b:
            names.append(name)
        else:
            one, other = np.asarray(a[name]), np.asarray(b[name])
            if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
                names.append(name)
    return names


def sidecar(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    """Runs the tests of the calling module; exit 77 when all were skipped."""
    program = unittest.main(exit=False, verbosity=1)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) == result.testsRun else 0)


def temporary():
    return tempfile.TemporaryDirectory(prefix="spillway-")
