"""Includes go along the arrows of the design, and third-party libraries through their doors."""

import re

import sources

# folder: the folders it may include
ARROWS = {
    "core": {"core"},
    "io": {"core", "io"},
    "geometry": {"core", "geometry"},
    "reco": {"core", "io", "geometry", "reco"},
    "calib": {"core", "io", "geometry", "reco", "calib"},
    "sim": {"core", "io", "geometry", "sim"},
    "cli": {"core", "io", "geometry", "reco", "calib", "sim", "cli"},
    "bench": {"core", "io", "geometry", "reco", "calib", "sim", "bench"},
}

# what stands in the code: the files where it may stand
DOORS = [
    (r"#\s*include\s*<yaml", r"core/config\.c"),
    (r"#\s*include\s*<openssl/", r"core/digest\.c"),
    (r"#\s*include\s*<(hdf5|H5)", r"io/hdf5_\w+\.[ch]"),
    (r"#\s*include\s*<(isa-l|libdeflate|zlib)", r"io/codec\.c"),
    (r"#\s*include\s*<jansson", r"core/json\.c|(io/sidecar|reco/(job|record))\.[ch]|(cli|bench)/.*"),
    (r"#\s*include\s*<sqlite3", r"io/conditions\.c"),
    (r"#\s*include\s*<gsl/", r"sim/\w+\.[ch]|calib/fit\.c"),
    (r"#\s*include\s*<(lapacke|cblas)", r"calib/solve\.c"),
    (r"#\s*include\s*<argp", r"(cli|bench)/.*"),
    (r"#\s*include\s*<omp\.h>", r"reco/pipeline\.c|sim/\w+\.c|(cli|bench)/.*"),
    (r"#\s*pragma\s+omp\s+(task|parallel|for|sections)", r"reco/pipeline\.c|sim/\w+\.c|bench/.*"),
    (r"\b(malloc|calloc|realloc|aligned_alloc|posix_memalign)\s*\(", r"core/arena\.c"),
    (r"\bfree\s*\(", r"(core/arena|reco/record|cli/\w+)\.c"),  # the latter: texts of jansson
    (r"\b(printf|puts|putchar|perror|vprintf)\s*\(", r"(cli|bench)/.*"),
    (r"\bv?fprintf\s*\(\s*std(out|err)\b", r"(cli|bench)/.*"),
    (r"\b(exit|_exit|abort)\s*\(", r"(cli|bench)/.*"),
]

# headers of our own that stay in their folder, besides X_internal.h
PRIVATE = re.compile(r"io/hdf5_\w+\.h|.*_internal\.h")
QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def faults_of(path, text):
    folder = path.split("/")[0]
    found = []
    for match in QUOTED.finditer(text):
        target = match.group(1)
        place = f"{path}:{line_of(text, match.start(1))}"
        target_folder = target.split("/")[0]
        if "/" not in target or target_folder not in ARROWS[folder]:
            found.append(f"{place}: {folder}/ must not include {target}")
        elif PRIVATE.fullmatch(target) and target_folder != folder:
            found.append(f"{place}: {target} is private to {target_folder}/")
    code = sources.code(text)
    for pattern, door in DOORS:
        if re.fullmatch(door, path):
            continue
        for match in re.finditer(pattern, code):
            found.append(f"{path}:{line_of(code, match.start())}: '{match.group()}' belongs in "
                         f"{door}")
    return found


def check_itself():
    """The rules see what they are for."""
    assert faults_of("core/a.c", '#include "io/map.h"\n')
    assert faults_of("io/a.c", '#include "geometry/x.h"\n')
    assert faults_of("sim/a.c", '#include "reco/x.h"\n')
    assert faults_of("reco/a.c", '#include "io/hdf5_disk.h"\n')
    assert faults_of("reco/a.c", "#include <hdf5.h>\n")
    assert faults_of("io/a.c", "void *p = malloc(3);\n")
    assert faults_of("reco/a.c", "#pragma omp parallel for\n")
    assert faults_of("core/a.c", '    printf("x");\n')
    assert faults_of("core/a.c", '    fprintf(stderr, "x");\n')
    assert not faults_of("sim/a.c", '    fprintf(file, "x");\n')
    assert not faults_of("reco/a.c", '#include "io/map.h"\n// malloc(\n"free("\nspw_free(x);\n')


def main():
    check_itself()
    paths = sources.paths(".c", ".h", ".def")
    faults = [fault for path in paths for fault in faults_of(path, sources.read(path))]
    sources.finish(faults, len(paths))


main()
