"""Conditions as users write them: own T0 files take effect, RICH T0s by group of 16 too; every file
that a description asks for stands in docs/conditions.md."""
import os
import re
import subprocess
import sys
import tempfile

import h5py
import numpy as np

SOURCE = os.environ.get("SPW_SOURCE", ".")
BURST = os.path.join(os.environ.get("SPW_SHARED", ""), "data/na62/bursts/independent",
                     "na62raw_1509379200-02-008252-0017.dat")


def documented(name, text):
    """`LKr-T0.dat` itself, or its kind: `DET-T0.dat`, "`MUV1-Gains.dat`, `MUV2-`"."""
    name = name.replace(".HLTOnline", "")
    stem, _, kind = name.partition("-")
    return (name in text or f"DET-{kind}" in text
            or re.search(rf"-{re.escape(kind)}`(, `\w+-`)*, `{stem}-`", text)
            or re.fullmatch(r"\w+\.2017\.conf", name))


def check_documentation():
    with open(os.path.join(SOURCE, "docs/conditions.md")) as file:
        text = file.read()
    for config in ("na62", "independent"):
        with open(os.path.join(SOURCE, f"configs/na62/{config}.yaml")) as file:
            names = set(re.findall(r"[\w.-]+\.(?:dat|conf)\b", re.sub(r"#.*", "", file.read())))
        assert names, config
        missing = sorted(name for name in names if not documented(name, text))
        assert not missing, f"docs/conditions.md does not name {missing} of {config}.yaml"


def times(folder, detector, files):
    """Channels and times of a detector's hits with these conditions files only."""
    conditions = tempfile.mkdtemp(dir=folder)
    for name, lines in files.items():
        with open(os.path.join(conditions, name), "w") as file:
            file.write("\n".join(lines) + "\n")
    out = tempfile.mkdtemp(dir=folder)
    subprocess.run([os.environ["SPILLWAY"], "reco", "-q", "--tier", "cdst", "-o", out, "--set",
                    f"conditions_dir={conditions}", BURST], check=True, stdout=subprocess.DEVNULL)
    stem = os.path.basename(BURST)[:-4]
    with h5py.File(os.path.join(out, stem + ".reco.h5")) as file:
        hits = file[f"/{detector}/hits"]
        return hits["channel"][:].astype(int), hits["time_ns"][:].astype(float)


def rich_number(channel):
    """Sequential number of a RICH channel (docs/conditions.md)."""
    disk, updown, cell = channel // 100000, channel // 10000 % 10, channel // 100 % 100
    pm = 976 * disk + 488 * updown + 8 * cell + channel % 10
    return np.where(channel // 10 % 10 == 0, pm, -1)


def check_t0(folder):
    plain = times(folder, "muv3", {})
    shifted = times(folder, "muv3", {"MUV3-T0.run8000-run9000.dat": ["0 0 2.5", "1 0 -999.999"],
                                     "MUV3-T0.dat": ["0 0 77", "1 0 77"]})
    first, second = np.unique(plain[0])[:2]
    assert np.array_equal(plain[0], shifted[0]) and first == 0 and second == 1
    expected = np.where(plain[0] == 0, 2.5, 0.0)  # nominal: address 0 is tile 0, 1 is tile 1
    np.testing.assert_allclose(plain[1] - shifted[1], expected, atol=1e-4)


def check_rich_groups(folder):
    plain = times(folder, "rich", {})
    lines = [f"T0_{n}= " + " ".join(f"{(16 * n + i) * 0.01:.2f}" for i in range(16))
             for n in range(122)]
    grouped = times(folder, "rich", {"RICH-T0.dat": lines})
    assert np.array_equal(plain[0], grouped[0])
    number = rich_number(plain[0])
    assert (number >= 0).sum() > 1000 and (number < 0).sum() > 100
    expected = np.where(number >= 0, 0.01 * number, 0.0)
    np.testing.assert_allclose(plain[1] - grouped[1], expected, atol=1e-4)


check_documentation()
if not os.access(BURST, os.R_OK) or not os.access(os.environ.get("SPILLWAY", ""), os.X_OK):
    print(f"skipped: {BURST} is not here (set SPW_SHARED)")
    sys.exit(77)
with tempfile.TemporaryDirectory() as temporary:
    check_t0(temporary)
    check_rich_groups(temporary)
