"""Public headers say what they are for, and have a comment above each function they declare.

A group of declarations without blank lines between them may share one comment; a comment behind
a declaration (///<) serves as well, and so does that of the type directly above which it is about.
"""

import re

import sources

NO_DECLARATION = re.compile(r"[#/\s{}]|typedef|static|_Static_assert|extern const|SPW_DECLARE_|$")


def declarations(text):
    """(line index, text) of the declarations of functions at file scope."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        if not NO_DECLARATION.match(lines[number]):
            end = number
            while end < len(lines) - 1 and not re.search(r"[;{}]\s*(//.*)?$", lines[end]):
                end += 1
            whole = "\n".join(lines[number:end + 1])
            if "(" in whole and re.search(r";\s*(//.*)?$", whole):
                yield number, whole
            number = end
        elif lines[number].startswith("typedef"):
            while number < len(lines) - 1 and not lines[number].endswith((";", "{")):
                number += 1
        number += 1


def type_above(lines, number):
    """The type with a comment of its own that ends directly above this line, or ''."""
    end = number - 2
    if end < 0 or lines[number - 1] or not lines[end].startswith("};"):
        return ""
    begin = end
    while begin > 0 and not lines[begin].endswith(" {"):
        begin -= 1
    return lines[begin][:-2] if lines[begin - 1].startswith("///") else ""


def has_comment(lines, number, whole):
    above = type_above(lines, number)
    line = number - 1
    while lines[line].startswith("#define") or lines[line - 1].endswith("\\"):
        line -= 1  # a macro and its function share a comment
    return (lines[line].startswith("///") or "///<" in whole
            or (above and re.search(rf"\b{above}\b", whole)))


def faults_of(path, text):
    found = []
    if not text.startswith("/// "):
        found.append(f"{path}:1: a header begins with /// and what it is for")
    if "#pragma once" not in text:
        found.append(f"{path}:1: #pragma once is missing")
    lines = text.split("\n")
    next_covered = -1  # the line behind a declaration that has a comment
    for number, whole in declarations(text):
        if has_comment(lines, number, whole) or number == next_covered:
            next_covered = number + whole.count("\n") + 1
        else:
            found.append(f"{path}:{number + 1}: no /// above '{whole.split('(')[0].strip()}'")
    return found


def check_itself():
    good = "/// A header.\n#pragma once\n\n/// Does it.\nint f(void);\nint g(int a,\n      int b);\n"
    assert not faults_of("a.h", good)
    assert faults_of("a.h", good.replace("/// Does it.\n", ""))
    assert faults_of("a.h", good[4:])
    assert faults_of("a.h", good.replace("int g", "\nint g"))
    assert not faults_of("a.h", good + "\n/// S.\nstruct s {\n    int a;\n};\n\nint h(struct s *s);\n")
    assert not faults_of("a.h", good + "\n/// M.\n#define M(a) \\\n    h(a)\nint h(int a);\n")
    assert faults_of("a.h", good + "\n#define M(a) h(a)\nint h(int a);\n")
    assert faults_of("a.h", good + "\nstruct s {\n    int a;\n};\n\nint h(struct s *s);\n")
    assert faults_of("a.h", good + "\n/// S.\nstruct s {\n    int a;\n};\n\nint h(int s);\n")
    assert faults_of("a.h", good + "\nSPW_MUST_CHECK enum spw_status\nh(int a);\n")


def main():
    check_itself()
    paths = [path for path in sources.paths(".h") if not path.endswith("_internal.h")]
    faults = [fault for path in paths for fault in faults_of(path, sources.read(path))]
    sources.finish(faults, len(paths))


main()
