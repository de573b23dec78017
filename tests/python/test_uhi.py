"""Histogram files by the rules of UHI's HDF5 reader and of boost-histogram's from_uhi."""
import os
import shutil
import subprocess
import tempfile

import h5py
import numpy as np

from column_example import test_program

EXAMPLES = [  # path, title, axes (name, label, lower, upper, bins)
    ("/ktag/time", "KTAG hit times",
     [("time_ns", "hit time - trigger time [ns]", -25, 25, 50)]),
    ("/ktag/time_by_channel", "KTAG hit times by channel µ",
     [("channel", "channel", 0, 512, 512),
      ("time_ns", "hit time - trigger time [ns]", -10, 10, 300)]),
    ("/lkr/a/deep/cube", "",
     [("x", "x [mm]", -1, 1, 4), ("y", "y [mm]", -2, 2, 7), ("z", "z [mm]", 0, 9, 9)]),
    ("/one/bin", "a bin", [("x", "x", 0, 1, 1)]),
    ("/wide/axis", "many bins", [("x", "x", 0, 1, 200000)]),
]


def attribute(object, name, kind):
    """An attribute of exactly this kind; strings must arrive decoded."""
    value = object.attrs[name]
    assert isinstance(value, kind), f"{object.name}@{name} is {type(value)}"
    return value


def read_metadata(group):
    """Strings, numbers and bools, no nesting; nothing when absent."""
    if "metadata" not in group:
        return {}
    assert len(group["metadata"]) == 0
    return {key: attribute(group["metadata"], key, (str, np.bool_, np.integer, np.floating))
            for key in group["metadata"].attrs}


def read_axis(group):
    assert attribute(group, "type", str) == "regular"
    axis = {key: attribute(group, key, np.bool_) for key in ("underflow", "overflow", "circular")}
    axis["bins"] = int(attribute(group, "bins", np.integer))
    axis["lower"] = float(attribute(group, "lower", np.floating))
    axis["upper"] = float(attribute(group, "upper", np.floating))
    axis["metadata"] = read_metadata(group)
    assert axis["bins"] > 0 and axis["lower"] < axis["upper"]
    return axis


def read_histogram(group):
    """References of `axes` are followed, names of the groups are not trusted."""
    assert attribute(group, "uhi_schema", np.integer) == 1
    assert group["axes"].ndim == 1
    assert h5py.check_ref_dtype(group["axes"].dtype) is h5py.Reference
    axes = [read_axis(group.file[reference]) for reference in group["axes"][:]]
    storage = group["storage"]
    assert attribute(storage, "type", str) == "int"
    assert h5py.check_string_dtype(storage.attrs.get_id("type").dtype).length is None
    values = storage["values"][...]
    assert values.dtype == np.int64
    assert values.shape == tuple(a["bins"] + a["underflow"] + a["overflow"] for a in axes)
    metadata = read_metadata(group)
    assert metadata["_variance_known"] is np.True_ or metadata["_variance_known"] == np.True_
    assert isinstance(metadata["_variance_known"], np.bool_)
    return {"axes": axes, "values": values, "metadata": metadata}


def expected_values(k, axes):
    shape = tuple(bins + 2 for *_, bins in axes)
    b = np.arange(np.prod(shape), dtype=np.uint64)
    mixed = (b * np.uint64(2654435761) + np.uint64(k * 40503)) % np.uint64(1000003)
    modulus = np.where(b % np.uint64(7) != 0, 97, 50000).astype(np.uint64)
    return (mixed % modulus).astype(np.int64).reshape(shape)


def check_example(file, k, factor):
    path, title, axes = EXAMPLES[k]
    histogram = read_histogram(file[path])
    assert histogram["metadata"]["title"] == title
    for read, (name, label, lower, upper, bins) in zip(histogram["axes"], axes):
        assert (read["lower"], read["upper"], read["bins"]) == (lower, upper, bins)
        assert read["underflow"] and read["overflow"] and not read["circular"]
        assert read["metadata"] == {"name": name, "label": label}
    assert np.array_equal(histogram["values"], factor * expected_values(k, axes)), path


def check_file(path, bursts):
    with h5py.File(path, "r") as file:
        assert file.attrs["format"] == "spillway-hist"
        for k in range(len(EXAMPLES)):
            check_example(file, k, len(bursts))
        inputs = file["_inputs"]
        assert inputs["burst"][:].tolist() == bursts
        assert inputs["run"][:].tolist() == [12345] * len(bursts)
        assert inputs["events"][:].tolist() == [250000 + b for b in bursts]
        assert list(inputs["digest"].asstr()[:]) == [f"digest-{b}" for b in bursts]
        assert list(inputs["name"].asstr()[:]) == [f"burst_{b}.dat" for b in bursts]
        for column in inputs.values():
            assert type(column.attrs["units"]) is str and type(column.attrs["long_name"]) is str


def check_boost_histogram(path):
    """The real readers, where they are installed."""
    try:
        import boost_histogram
        import uhi.io.hdf5
    except ImportError:
        print("boost_histogram and uhi are not here: their rules were checked above")
        return
    with h5py.File(path, "r") as file:
        for k, (name, _, axes) in enumerate(EXAMPLES):
            histogram = boost_histogram.Histogram(uhi.io.hdf5.read(file[name]))
            assert np.array_equal(histogram.values(flow=True), expected_values(k, axes))
            assert np.array_equal(histogram.variances(flow=True), expected_values(k, axes))


def check_h5dump(path):
    if not shutil.which("h5dump"):
        print("h5dump is not here: not checked")
        return
    text = subprocess.run(["h5dump", "-H", "-g", "/ktag/time_by_channel", path], check=True,
                          capture_output=True, text=True).stdout
    for part in ("H5T_REFERENCE { H5T_STD_REF_OBJECT }", "STRSIZE H5T_VARIABLE",
                 "( 514, 302 ) / ( 514, 302 )", 'GROUP "axis_1"', '"TRUE"'):
        assert part in text, part


def main():
    program = test_program("test_histogram_file")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "example.h5")
        subprocess.run([program, "--write", path, "7"], check=True)
        check_file(path, [7])
        check_boost_histogram(path)
        check_h5dump(path)
    print("ok")


if __name__ == "__main__":
    main()
