"""What users do wrong: one clear message, the right exit code, nothing lost."""

import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = spw.temporary()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.raw = spw.simulate(cls.folder.name, events=60)

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def fails(self, code, text, *arguments, **options):
        done = spw.run(*arguments, expect=code, **options)
        self.assertIn(text, done.stderr)
        self.assertLessEqual(len(done.stderr.splitlines()), 3, done.stderr)
        return done

    def put(self, name, content=b""):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def test_usage(self):
        for words, text in [
                (("bogus",), "is not a command"), (("reco",), "no raw file"),
                (("reco", "-j", "0", self.raw), "-j wants a whole number, 1 ... 256"),
                (("reco", "-j", "", self.raw), "-j wants"),
                (("reco", "--isa", "v9", self.raw), "v2, v3 or v4"),
                (("reco", "--tier", "big", self.raw), "mdst, reco or cdst"),
                (("reco", "--max-bad-fraction", "2", self.raw), "0 ... 1"),
                (("reco", "--set", "foo", self.raw), "KEY=VALUE"),
                (("reco", "--color=red", self.raw), "auto, never or always"),
                (("sim", "extra"), "unexpected argument"),
                (("sim", "--events", "0"), "--events wants"),
                (("sim", "--events", "1e3"), "--events wants"),
                (("sim", "-j", "0"), "-j wants"), (("sim", "--scenario", "none"), "kmu2"),
                (("dump",), "no file"), (("dump", "a", "b"), "one file"),
                (("dump", "--event", "99999999999", self.raw), "--event wants"),
                (("hist",), "ls, show, merge or diff"), (("hist", "ls"), "usage"),
                (("hist", "merge", "--allow-missing", "1.5", "-o", "x", "y"), "whole number"),
                (("config", "foo"), "not check or show")]:
            if words[0] == "bogus":
                self.assertIn(text, spw.run(*words, expect=64).stderr)
            else:
                self.fails(64, text, *words)

    def test_stages_left_out(self):
        spw.run("reco", "-q", "-o", self.folder.name, "--set", "stages=[hits, pulses]", self.raw)

    def test_two_inputs_of_one_stem(self):
        os.makedirs(self.path("other"), exist_ok=True)
        twin = shutil.copy(self.raw, self.path("other"))
        out = self.path("twins")
        self.fails(64, "two inputs would both write", "reco", "-o", out, self.raw, twin)
        self.assertFalse(os.path.exists(out))

    def test_inputs_that_are_none(self):
        empty, pipe = self.put("empty.dat"), self.path("pipe")
        os.mkfifo(pipe)
        for command in (("reco",), ("dump",)):
            for path, code, text in [(self.path("absent"), 66, "cannot read"),
                                     (self.folder.name, 66, "is a folder"),
                                     ("/dev/null", 66, "is a device"), (pipe, 66, "is a pipe"),
                                     (empty, 65, "no known raw format (0 bytes)")]:
                self.fails(code, text, *command, path)
        for path, code in [(self.folder.name, 66), (pipe, 66), (empty, 65)]:
            self.fails(code, path, "hist", "ls", path)
        self.fails(66, "is a folder", "config", "check", self.folder.name)

    def test_bad_settings(self):
        for setting, text in [("foo=1", "unknown key 'foo'"), ("a.b=1", "--set:1:1: unknown key"),
                              ("conditions_dir=", "has no value"), ("batch_events=x", "'x'")]:
            self.assertIn(text, spw.run("reco", "--set", setting, self.raw, expect=78).stderr)
        for experiment in ("na62", "mice"):
            for command in (("sim",), ("config", "check")):
                self.fails(78, "did you mean 'events'", *command, "-e", experiment, "--set",
                           "sim.evnts=3")
            self.assertIn("\nsim:\n", spw.run("config", "show", "-e", experiment).stdout)
        self.fails(66, "folder of constants nowhere", "reco", "--set", "conditions_dir=nowhere",
                   self.raw)
        self.fails(66, "absent.yaml", "reco", "-c", self.path("absent.yaml"), self.raw)

    def test_output_folder(self):
        out = self.path("new")
        spw.run("reco", "-q", "-o", out, self.raw)
        self.assertEqual(len(os.listdir(out)), 3)
        for command in (("reco", self.raw), ("sim", "--events", "10")):
            self.fails(73, "cannot make this folder", *command, "-o", self.path("no", "such"))
            self.fails(73, "is not a folder", *command, "-o", self.raw)
        stem = os.path.basename(self.raw)[:-4]
        os.makedirs(self.path("taken", stem + ".reco.h5"))
        self.fails(73, "is a folder", "reco", "-o", self.path("taken"), self.raw)
        self.fails(73, "is a folder", "hist", "merge", "-o", self.folder.name,
                   os.path.join(out, stem + ".hist.h5"))

    def test_name_without_ending(self):
        plain = shutil.copy(self.raw, self.path("burst"))
        spw.run("reco", "-q", "-o", self.path("plain"), plain)
        self.assertIn("burst.reco.h5", os.listdir(self.path("plain")))

    def test_cut_short(self):
        """A transfer that broke off: the events that the header announces count."""
        with open(self.raw, "rb") as file:
            half = self.put("half.dat", file.read()[:os.path.getsize(self.raw) // 2])
        out = self.path("half")
        self.fails(65, "missing, more than --max-bad-fraction 0.01", "reco", "-o", out, half)
        self.assertEqual(os.listdir(out), [])
        spw.run("reco", "-q", "--max-bad-fraction", "1", "-o", out, half)
        metadata = spw.sidecar(os.path.join(out, "half.reco.h5.json"))["metadata"]
        self.assertGreater(metadata["spillway.missing"], 20)
        self.assertEqual(metadata["core.file_content_status"], "bad")

    def test_input_changes_meanwhile(self):
        """Longer or shorter while it is read: retry (75), and no output."""
        out = self.path("changing")
        with open(self.raw, "rb") as file:
            content = file.read()
        for change in ("append", "truncate"):
            raw = self.put("changing.dat", content)
            program = subprocess.Popen([spw.SPILLWAY, "reco", "-j", "1", "-o", out, "--set",
                                        "batch_events=1", raw], stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, text=True)
            while program.poll() is None and not (os.path.isdir(out) and os.listdir(out)):
                time.sleep(0.0005)
            with open(raw, "ab") as file:
                if change == "append":
                    file.write(b"more")
                else:
                    file.truncate(4096)
            _, errors = program.communicate(timeout=100)
            self.assertEqual(program.returncode, 75, errors)
            self.assertRegex(errors, "changed while|cut short while")
            self.assertEqual([n for n in os.listdir(out) if ".part." not in n], [])

    def test_full_standard_output(self):
        out = self.path("full")
        for words in (("dump", self.raw), ("reco", "-o", out, self.raw), ("config", "show")):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([spw.SPILLWAY, *words], stdout=full, text=True,
                                      stderr=subprocess.PIPE, timeout=100)
            self.assertEqual(done.returncode, 74, words)
            self.assertIn("cannot print", done.stderr)


spw.main()
