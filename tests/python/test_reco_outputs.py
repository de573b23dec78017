"""spillway reco: outputs are complete, the same for any threads and instruction set, and safe."""

import os
import random
import signal
import subprocess
import sys
import time
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import h5py
import numpy as np
import pandas

import spillway as spw


class RecoOutputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = spw.temporary()
        cls.raw = spw.simulate(cls.folder.name, events=1200, seed=7)
        cls.out = spw.reconstruct(cls.raw, os.path.join(cls.folder.name, "j1"), "-j", "1",
                                  "--tier", "cdst", "--isa", "v2")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def below(self, name):
        return os.path.join(self.folder.name, name)

    def test_same_content_for_threads_and_isa(self):
        reference = [spw.datasets(path) for path in self.out[:2]]
        for threads in ("1", "2", "3"):
            for isa in ("v2", "v3", "v4"):
                probe = spw.run("reco", "--isa", isa, "--help", expect=None)
                if probe.returncode == 64:
                    continue  # this machine lacks it
                other = spw.reconstruct(self.raw, self.below(f"j{threads}{isa}"), "-j", threads,
                                        "--isa", isa, "--tier", "cdst")
                for path, content in zip(other[:2], reference):
                    self.assertEqual(spw.differences(content, spw.datasets(path)), [])

    def test_batch_size_does_not_matter(self):
        other = spw.reconstruct(self.raw, self.below("batch"), "--tier", "cdst", "--set",
                                "batch_events=37")
        ignore = ("/@created", "/@config", "/@config_sha256")
        self.assertEqual(spw.differences(spw.datasets(self.out[0]), spw.datasets(other[0]),
                                         ignore), [])

    def test_significant_bits(self):
        bits = {"ktag/candidates/time_ns": 10, "lkr/cells/amplitude_adc": 15}
        options = []
        for path, kept in bits.items():
            group, name = path.rsplit("/", 1)
            options += ["--set", f"significant_bits.{group.replace('/', '_')}.{name}={kept}"]
        rounded = spw.datasets(spw.reconstruct(self.raw, self.below("rounded"), "--tier", "cdst",
                                               *options)[0])
        exact = spw.datasets(self.out[0])
        for path, kept in bits.items():
            self.assertEqual(rounded[path + "@significant_bits"], kept)
            fraction, exponent = np.frexp(exact[path].astype(float))
            expected = np.ldexp(np.round(np.ldexp(fraction, kept)), exponent - kept)
            np.testing.assert_array_equal(rounded[path], expected.astype(np.float32))
        changed = {name.partition("@")[0] for name in spw.differences(exact, rounded)}
        self.assertEqual(changed - {"/", *bits}, set())
        done = spw.run("reco", "-o", self.below("none"), "--set",
                       "significant_bits.ktag_rings.time_ns=5", self.raw)
        self.assertIn("significant_bits.ktag_rings: no stage of this run makes it", done.stderr)
        for key in ("ktag_candidates.n_hits=5", "ktag_candidates.time_ns=25"):
            done = spw.run("reco", "-o", self.folder.name, "--set", f"significant_bits.{key}",
                           self.raw, expect=78)
            self.assertIn(key.partition(".")[0], done.stderr)

    def test_tiers_are_subsets(self):
        larger = spw.datasets(self.out[0])
        for tier in ("reco", "mdst"):
            smaller = spw.datasets(spw.reconstruct(self.raw, self.below(tier), "--tier", tier)[0])
            self.assertLess(len(smaller), len(larger))
            for name in smaller:
                if name not in ("/@created", "/@tier"):
                    self.assertTrue(np.array_equal(smaller[name], larger[name]), name)
            larger = smaller

    def test_columns_offsets_and_units(self):
        with h5py.File(self.out[0], "r") as file:
            n_events = len(file["events/event"])
            self.assertGreater(n_events, 1200)
            for name, column in file["events"].items():
                if not name.endswith("_offset"):
                    self.assertEqual(len(column), n_events, name)
                    continue
                self.assertEqual(column.dtype, np.int64)
                self.assertEqual(len(column), n_events + 1, name)
                self.assertTrue((np.diff(column[:]) >= 0).all(), name)
                self.assertEqual(column[0], 0)
                group = name[: -len("_offset")]
                for member in file[group if group in file else group.replace("_", "/", 1)].values():
                    self.assertEqual(len(member), column[-1], member.name)

            def check(name, item):
                if isinstance(item, h5py.Dataset):
                    self.assertEqual(item.ndim, 1, name)
                    self.assertIsInstance(item.attrs["long_name"], str, name)
                    self.assertIsInstance(item.attrs["units"], str, name)

            file.visititems(check)
            self.assertEqual(file.attrs["format"], "spillway-reco")
            for key in ("software_version", "config", "config_sha256", "conditions_tag",
                        "conditions_digest", "parents", "created"):
                self.assertIsInstance(file.attrs[key], str)

    def test_no_nan_leaves(self):
        for name, values in spw.datasets(self.out[0]).items():
            if "@" not in name and values.dtype.kind == "f":
                self.assertTrue(np.isfinite(values).all(), name)

    def test_other_readers(self):
        with h5py.File(self.out[0], "r") as file:
            group = file["ktag/candidates"]
            frame = pandas.DataFrame({name: group[name][:] for name in group})
        self.assertGreater(len(frame), 100)
        self.assertLess(abs(frame["time_ns"].median()), 50)
        for path in self.out[:2]:
            subprocess.run(["h5dump", "-H", path], check=True, stdout=subprocess.DEVNULL)

    def test_sidecar(self):
        record = spw.sidecar(self.out[2])
        with open(self.out[0], "rb") as file:
            content = file.read()
        self.assertEqual(record["size"], len(content))
        self.assertEqual(record["checksums"]["adler32"], f"{zlib.adler32(content):08x}")
        metadata = record["metadata"]
        with open(self.raw, "rb") as file:
            self.assertEqual(metadata["spillway.input_adler32"], f"{zlib.adler32(file.read()):08x}")
        with h5py.File(self.out[0], "r") as file:
            self.assertEqual(metadata["core.event_count"], len(file["events/event"]))
        self.assertEqual(metadata["core.file_content_status"], "good")
        self.assertEqual(metadata["spillway.quarantined"], 0)
        self.assertEqual(record["parents"][0]["name"], os.path.basename(self.raw))

    def test_again_is_done_at_once(self):
        folder = self.below("again")
        first = spw.reconstruct(self.raw, folder)
        stamps = [os.stat(path).st_mtime_ns for path in first]
        spw.reconstruct(self.raw, folder)
        self.assertEqual(stamps, [os.stat(path).st_mtime_ns for path in first])
        with open(first[0], "r+b") as file:
            file.seek(1000)
            file.write(b"damage")
        spw.reconstruct(self.raw, folder)
        self.assertNotEqual(stamps[0], os.stat(first[0]).st_mtime_ns)
        with open(first[0], "rb") as file:
            self.assertEqual(zlib.adler32(file.read()),
                             int(spw.sidecar(first[2])["checksums"]["adler32"], 16))

    def test_killed_jobs_leave_nothing_incomplete(self):
        folder = self.below("killed")
        os.makedirs(folder)
        random.seed(5)
        for _ in range(50):
            process = subprocess.Popen([spw.SPILLWAY, "reco", "-q", "--force", "-o", folder,
                                        self.raw])
            time.sleep(random.uniform(0.0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
            for name in os.listdir(folder):
                if name.endswith(".h5"):
                    with h5py.File(os.path.join(folder, name), "r") as file:
                        self.assertGreater(len(file), 0)
                elif name.endswith(".json"):
                    record = spw.sidecar(os.path.join(folder, name))
                    for output in record["metadata"]["spillway.outputs"]:
                        path = os.path.join(folder, output["name"])
                        self.assertEqual(os.path.getsize(path), output["size"])
        out = spw.reconstruct(self.raw, folder)
        reference = spw.datasets(self.out[1])
        self.assertEqual(spw.differences(reference, spw.datasets(out[1])), [])

    def test_stopped_job_says_retry(self):
        folder = self.below("stopped")
        os.makedirs(folder)
        process = subprocess.Popen([spw.SPILLWAY, "reco", "-o", folder, "--set", "batch_events=1",
                                    "-j", "1", self.raw], stderr=subprocess.PIPE)
        time.sleep(0.15)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        if process.returncode != 0:  # it may have been faster than the signal
            self.assertEqual(process.returncode, 75)
            self.assertEqual(os.listdir(folder), [])

    def test_full_disk(self):
        folder = self.below("small")
        os.makedirs(folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a small tmpfs here")
        try:
            done = spw.run("reco", "-o", folder, "--tier", "cdst", self.raw, expect=None)
            self.assertIn(done.returncode, (73, 74))
            self.assertIn("No space left", done.stderr)
            self.assertIn(folder, done.stderr)
            self.assertEqual([n for n in os.listdir(folder) if not ".part" in n], [])
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_exit_codes(self):
        self.assertIn("no raw file", spw.run("reco", expect=64).stderr)
        spw.run("reco", "--tier", "huge", self.raw, expect=64)
        spw.run("nonsense", expect=64)
        self.assertIn("absent.dat", spw.run("reco", "absent.dat", expect=66).stderr)
        noise = self.below("noise.dat")
        with open(noise, "wb") as file:
            file.write(bytes(range(256)) * 64)
        self.assertIn("noise.dat", spw.run("reco", noise, expect=65).stderr)
        done = spw.run("reco", "--set", "batch_event=3", self.raw, expect=78)
        self.assertIn("batch_events", done.stderr)
        spw.run("reco", "-o", "/nonexistent/folder", self.raw, expect=73)
        spw.run("--help")
        spw.run("--version")

    def test_damaged_events_are_quarantined_not_lost(self):
        raw = self.below("damaged.dat")
        with open(self.raw, "rb") as file:
            data = bytearray(file.read())
        n = int.from_bytes(data[4:8], "little")
        offsets = np.frombuffer(bytes(data[16 + 8 * n:16 + 12 * n]), "<u4") * 4
        for event in (100, 500):
            data[offsets[event]:offsets[event] + 64] = b"\xff" * 64
        with open(raw, "wb") as file:
            file.write(data)
        spw.run("reco", "-q", "-o", self.folder.name, "--max-bad-fraction", "0.0001", raw,
                expect=65)
        out = spw.reconstruct(raw, self.below("damaged"), "--max-bad-fraction", "0.01")
        with h5py.File(out[0], "r") as file, h5py.File(self.out[0], "r") as good:
            kept = set(file["events/event"][:])
            lost = set(good["events/event"][:]) - kept
            self.assertEqual(len(lost), 2)
            self.assertEqual(set(file["log/quarantined/event"][:]) & lost, lost)
            self.assertTrue(set(file["log/quarantined/offset"][:]) <= set(offsets))


if __name__ == "__main__":
    spw.main()
