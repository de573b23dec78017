"""Column files as users read them: h5py, pandas, h5dump; attributes of every dataset."""
import os
import shutil
import subprocess
import tempfile

import h5py
import numpy as np
import pandas as pd

from column_example import COLUMNS, check_values, path_of, test_program, values_of


def check_attributes(path):
    with h5py.File(path, "r") as file:
        assert file.attrs["format"] == "spillway-test"
        assert file.attrs["config"] == "unit: mm\n"
        assert file.attrs["run"] == 12345 and file.attrs["run"].dtype == np.int64
        assert file["/straw/hits"].attrs["n_dead"] == -3
        assert file["/rich/rings"].attrs["comment"] == ""
        datasets = []
        file.visititems(lambda name, object: datasets.append(object)
                        if isinstance(object, h5py.Dataset) else None)
        assert len(datasets) == len(COLUMNS) + 2
        for data in datasets:
            assert len(data.shape) == 1
            for key in ("units", "long_name"):
                assert type(data.attrs[key]) is str, f"{data.name}@{key}"
                kind = h5py.check_string_dtype(data.attrs.get_id(key).dtype)
                assert kind.encoding == "utf-8" and kind.length is None, data.name
        assert file["/events/time_ns"].attrs["units"] == "ns"
        assert file["/events/time_ns"].attrs["long_name"] == "an example µ"
        assert file["/log/none"].shape == (0,)


def check_filters(path):
    """Only what every reader has; chunks that fit default caches; incompressible ones too."""
    with h5py.File(path, "r") as file:
        for k, (dtype, _, rows) in enumerate(COLUMNS):
            data = file[path_of(k)]
            width = np.dtype(dtype).itemsize
            assert data.compression == "gzip" and data.shuffle == (width > 1), data.name
            assert data.chunks[0] <= 1 << 16 and data.chunks[0] * width <= 1 << 20
            for i in range(data.id.get_num_chunks()):
                assert data.id.get_chunk_info(i).filter_mask == 0


def check_pandas(path):
    with h5py.File(path, "r") as file:
        frame = pd.DataFrame({name: file["/events"][name][:1000] for name in ("u8", "u16", "u32")})
    assert frame.shape == (1000, 3)
    assert int(frame.u16.sum()) == int(values_of(2)[:1000].astype(np.int64).sum())


def check_h5dump(path):
    if not shutil.which("h5dump"):
        print("h5dump is not here: not checked")
        return
    text = subprocess.run(["h5dump", "-d", "/straw/hits/i64", "-s", "65530", "-c", "12",
                           "-y", "-w", "1", path], check=True, capture_output=True, text=True).stdout
    block = text[text.index("DATA {") + 6:]
    numbers = [int(word.strip(",")) for word in block[:block.index("}")].split()]
    assert numbers == values_of(7)[65530:65542].tolist(), numbers


def main():
    program = test_program("test_column_file")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "example.h5")
        subprocess.run([program, "--write", path], check=True)
        assert os.listdir(folder) == ["example.h5"]
        for check in (check_values, check_attributes, check_filters, check_pandas, check_h5dump):
            check(path)
            print("ok", check.__name__)


main()
