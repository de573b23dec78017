"""bench/compare.py: slower cases fail, noise and slower machines do not."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "bench", "compare.py")


def case(name, ns, spread, read=10.0):
    return {"name": name, "isa": "v3", "ns_per_unit": ns, "spread": spread,
            "read_floor_gb_per_s": read}


class Compare(unittest.TestCase):
    def compare(self, old, new, *options):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, cases in (("old", old), ("new", new)):
                paths.append(os.path.join(folder, name))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    json.dump(cases, file)
            return subprocess.run([sys.executable, SCRIPT, *paths, *options],
                                  capture_output=True, text=True)

    def test_same(self):
        done = self.compare([case("a", 2, 0.01)], [case("a", 2.1, 0.01)])
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_slower(self):
        done = self.compare([case("a", 2, 0.01), case("b", 1, 0.01)],
                            [case("a", 2.4, 0.01), case("b", 1, 0.01)])
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 slower than the spread allows: a", done.stdout)

    def test_noise_is_allowed(self):
        self.assertEqual(self.compare([case("a", 2, 0.1)], [case("a", 2.4, 0.1)]).returncode, 0)

    def test_slower_machine_is_no_loss(self):
        done = self.compare([case("a", 2, 0.01, 10)], [case("a", 4, 0.01, 5)])
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_new_cases_are_named(self):
        done = self.compare([case("a", 2, 0.01)], [case("a", 2, 0.01), case("b", 2, 0.01)])
        self.assertEqual(done.returncode, 0)
        self.assertIn("only in the new one", done.stdout)


if __name__ == "__main__":
    spw.main()
