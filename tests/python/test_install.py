"""Installed below any prefix, even with a space in it, the program finds its configurations."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw


class Install(unittest.TestCase):
    def test_installed_program(self):
        build = os.path.dirname(os.path.abspath(spw.SPILLWAY))
        with spw.temporary() as folder:
            prefix, out = os.path.join(folder, "a prefix"), os.path.join(folder, "out")
            subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True,
                           stdout=subprocess.DEVNULL)
            program = os.path.join(prefix, "bin", "spillway")
            bare = {key: value for key, value in os.environ.items() if key != "SPILLWAY_DATA"}

            def run(*words):
                return subprocess.run([program, *words], check=True, env=bare, cwd=folder,
                                      capture_output=True, text=True, timeout=200).stdout

            self.assertIn(os.path.join(prefix, "share/spillway/configs/mice/mice.yaml"),
                          run("config", "check", "-e", "mice"))
            run("sim", "--events", "20", "-o", out)
            raw = next(name for name in os.listdir(out) if name.endswith(".dat"))
            run("reco", "-q", "-o", out, os.path.join(out, raw))
            self.assertTrue(os.path.exists(os.path.join(out, raw[:-4] + ".reco.h5.json")))
            self.assertTrue(os.path.exists(os.path.join(prefix, "share/doc/spillway/README.md")))


spw.main()
