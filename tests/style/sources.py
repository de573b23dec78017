"""What the style tests share: the sources of the program, without comments where that matters."""

import os
import re
import sys

ROOT = os.environ.get("SPW_SOURCE") or os.path.join(os.path.dirname(__file__), "..", "..")
FOLDERS = ("core", "io", "geometry", "reco", "calib", "sim", "cli", "bench")
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                             re.DOTALL)


def paths(*endings, folders=FOLDERS):
    """Paths below the source folder, with '/', of the files that end so; sorted."""
    found = []
    for folder in folders:
        for place, _, names in os.walk(os.path.join(ROOT, folder)):
            found += [os.path.relpath(os.path.join(place, name), ROOT).replace(os.sep, "/")
                      for name in names if name.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def code(text):
    """The text with comments and the contents of strings blanked, lines kept."""

    def blank(match):
        token = match.group()
        if token[0] in "\"'":
            return 2 * token[0]
        return "\n" * token.count("\n") + " "

    return COMMENT_OR_TEXT.sub(blank, text)


def finish(faults, n_checked):
    """Prints the faults and ends the test; nothing checked is a fault as well."""
    for fault in faults:
        print(fault)
    print(f"{n_checked} files checked, {len(faults)} faults")
    sys.exit(1 if faults or n_checked == 0 else 0)
