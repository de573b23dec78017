"""Functions of at most 60 lines, files of at most 450.

exceptions.txt lists what may be longer, and why; an exception that is not needed is a fault.
"""

import os
import re

import sources

MAX_FUNCTION, MAX_FILE = 60, 450
NAME = re.compile(r"(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$")


def functions(text):
    """(name, first line, number of lines) of each function: '{' and '}' in the first column."""
    lines = sources.code(text).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            match = NAME.search("\n".join(lines[max(0, start - 10):start]))
            if match:
                yield match.group(1), start + 1, number - start + 1
            start = None


def exceptions():
    listed = {}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exceptions.txt")
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split(None, 1)
            if words and not line.startswith("#"):
                listed[words[0]] = words[1].strip() if len(words) > 1 else ""
    return listed


def too_big(path, text):
    """{what: message} of all that is too long in a file."""
    found = {}
    lines = text.rstrip("\n").split("\n")
    if len(lines) > MAX_FILE:
        found[path] = f"{path}: {len(lines)} lines, more than {MAX_FILE}"
    for name, line, size in functions(text):
        if size > MAX_FUNCTION:
            found[f"{path}:{name}"] = (f"{path}:{line}: {name} has {size} lines, more than "
                                       f"{MAX_FUNCTION}")
    return found


def check_itself():
    body = "    x();\n" * 70
    assert list(too_big("a.c", f"int f(int (*g)(int),\n      int b)\n{{\n{body}}}\n")) == ["a.c:f"]
    assert not too_big("a.c", "int f(void)\n{\n}\n")
    assert list(too_big("a.c", "int x;\n" * 451)) == ["a.c"]


def main():
    check_itself()
    listed = exceptions()
    paths = sources.paths(".c", ".h", folders=sources.FOLDERS + ("tests",))
    found = {}
    for path in paths:
        found.update(too_big(path, sources.read(path)))
    faults = [message for what, message in found.items() if what not in listed]
    faults += [f"exceptions.txt: {what} needs no exception" for what in listed if what not in found]
    faults += [f"exceptions.txt: {what} without a reason" for what in listed if not listed[what]]
    sources.finish(faults, len(paths))


main()
