"""spillway config: what it shows can be read again; faults end with 78 and say where."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw


def experiments():
    """The experiments that have a configuration."""
    base = os.path.join(os.environ.get("SPILLWAY_DATA", "."), "configs")
    return [name for name in sorted(os.listdir(base))
            if os.path.exists(os.path.join(base, name, name + ".yaml"))]


class ConfigCommand(unittest.TestCase):
    def setUp(self):
        self.folder = spw.temporary()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_own_configurations_are_good(self):
        self.assertIn("na62", experiments())
        for experiment in experiments():
            done = spw.run("config", "check", "-e", experiment)
            self.assertRegex(done.stdout, rf"{experiment}\.yaml: good\n")

    def test_shown_can_be_read_again(self):
        for experiment in experiments():
            plain = spw.run("config", "show", "--plain", "-e", experiment).stdout
            self.assertIn(f"experiment: {experiment}\n", plain)
            for form in ((), ("--plain",)):
                text = spw.run("config", "show", "-e", experiment, *form).stdout
                path = self.write("shown.yaml", text)
                self.assertEqual(spw.run("config", "show", "--plain", "-c", path).stdout, plain)

    def test_overrides_show(self):
        done = spw.run("config", "show", "--plain", "--set", "batch_events=17")
        self.assertIn("batch_events: 17\n", done.stdout)
        done = spw.run("config", "show", "--defaults")
        self.assertIn("experiment: na62\n", done.stdout)
        self.assertRegex(done.stdout, r"# events in a unit of work.*; default \d+\nbatch_events:")

    def test_faults(self):
        path = self.write("bad.yaml", "experiment: na62\nbatch_evnets: 3\n")
        done = spw.run("config", "check", path, expect=78)
        self.assertIn(f"{path}:2:1: unknown key 'batch_evnets'; did you mean 'batch_events'?\n"
                      "    batch_evnets: 3\n    ^\n", done.stderr)
        self.assertEqual(done.stdout, "")
        done = spw.run("config", "show", "--set", "batch_events=0", expect=78)
        self.assertIn("--set:1:14: 'batch_events': 0 is outside 1 to 65536", done.stderr)
        spw.run("config", "check", os.path.join(self.folder.name, "absent.yaml"), expect=66)
        spw.run("config", "shwo", expect=64)
        spw.run("config", expect=64)


spw.main()
