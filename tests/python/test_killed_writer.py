"""A writer killed at random moments never leaves an incomplete file under a final name."""
import glob
import os
import random
import subprocess
import tempfile
import time

from column_example import check_values, test_program

KILLS = 20


def main():
    program = test_program("test_column_file")
    seed = int(os.environ.get("SPW_SEED", "20261122"))
    print("seed", seed)
    moments = random.Random(seed)
    n_parts = n_files = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(KILLS):
            writer = subprocess.Popen([program, "--endless", folder])
            time.sleep(moments.uniform(0.02, 0.35))
            assert writer.poll() is None, "the writer ended by itself"
            writer.kill()
            writer.wait()
            for path in glob.glob(folder + "/*.h5"):
                check_values(path)
                n_files += 1
                os.unlink(path)
            for part in glob.glob(folder + "/*.part.*"):
                n_parts += 1
                os.unlink(part)
            assert os.listdir(folder) == []
        subprocess.run([program, "--write", folder + "/again.h5"], check=True)
        check_values(folder + "/again.h5")
    print(f"{KILLS} kills: {n_files} complete files, {n_parts} parts")
    assert n_parts > 0 and n_files > 0, "no kill met the writer at work"


main()
