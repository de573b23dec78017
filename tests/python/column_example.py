"""The example that `test_column_file --write` writes, by the same formulae."""
import os
import sys

import h5py
import numpy as np

CHUNK = 1 << 16
COLUMNS = [  # dtype, name, rows; odd ones in /straw/hits, even ones in /events
    ("u1", "u8", 3 * CHUNK + 5),
    ("i1", "i8", CHUNK),
    ("u2", "u16", CHUNK + 1),
    ("i2", "i16", CHUNK - 1),
    ("u4", "u32", 200000),
    ("i4", "i32", 1),
    ("u8", "u64", 131072),
    ("i8", "i64", 100001),
    ("f4", "time_ns", 3 * CHUNK),
    ("f8", "f64", 777),
    ("f4", "empty", 0),
]


def test_program(name):
    """A C test program beside the executable, or exit as skipped."""
    spillway = os.environ.get("SPILLWAY", "")
    path = os.path.join(os.path.dirname(spillway), "tests", name)
    if not os.access(path, os.X_OK):
        print(f"skipped: {path} is not built (set SPILLWAY)")
        sys.exit(77)
    return path


def path_of(k):
    return ("/straw/hits/" if k % 2 else "/events/") + COLUMNS[k][1]


def values_of(k):
    """splitmix64 of row and column, cut to 16 bits in two rows of three."""
    dtype, _, rows = COLUMNS[k]
    row = np.arange(rows, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = row * np.uint64(1000003) + np.uint64(k) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    z[row % np.uint64(3) != 0] &= np.uint64(0xFFFF)
    if dtype[0] == "f":
        return z.view(np.int64).astype(dtype) * np.dtype(dtype).type(0.125)
    return z.astype("u" + dtype[1]).view(dtype)


def check_values(path):
    with h5py.File(path, "r") as file:
        for k, (dtype, _, rows) in enumerate(COLUMNS):
            column = file[path_of(k)]
            assert column.shape == (rows,) and column.dtype == np.dtype(dtype), path_of(k)
            assert np.array_equal(column[:], values_of(k)), path_of(k)
        assert list(file["/log/name"].asstr()[:]) == ["na62.bad", "naïve", ""]
