"""`spillway hist`: ls, show, merge, diff, and their exit codes."""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

from column_example import test_program
from test_uhi import EXAMPLES, check_file, expected_values


def run(*arguments, code=0):
    done = subprocess.run([os.environ["SPILLWAY"], "hist", *arguments], capture_output=True,
                          text=True, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    assert code == 0 or done.stderr, f"{arguments}: no message"
    return done.stdout, done.stderr


def check_ls(a):
    text, _ = run("ls", a)
    for path, title, _ in EXAMPLES:
        assert path in text and title in text
    listed = json.loads(run("ls", "--json", a, a)[0])
    assert len(listed) == 2
    assert [h["path"] for h in listed[0]["histograms"]] == [e[0] for e in EXAMPLES]
    for k, histogram in enumerate(listed[0]["histograms"]):
        assert histogram["entries"] == expected_values(k, EXAMPLES[k][2]).sum()
    assert listed[0]["inputs"] == [{"name": "burst_7.dat", "run": 12345, "burst": 7,
                                    "events": 250007, "digest": "digest-7"}]
    run("ls", a + ".absent", code=66)
    run("ls", __file__, code=65)
    run("ls", code=64)


def check_show(a):
    values = expected_values(0, EXAMPLES[0][2])
    centres = np.arange(-24.5, 25)
    mean = np.average(centres, weights=values[1:-1])
    rms = np.sqrt(np.average((centres - mean) ** 2, weights=values[1:-1]))
    text, _ = run("show", a, "ktag/time")
    assert f"{values.sum()} entries" in text
    assert f"mean {mean:.6g}, rms {rms:.6g}, below {values[0]}, above {values[-1]}" in text
    rows = [line for line in text.splitlines() if "|" in line]
    assert [int(row.split()[1]) for row in rows] == values[1:-1].tolist()
    assert max(row.count("#") for row in rows) == 50
    joined, _ = run("show", "--rows", "10", a, "/ktag/time")
    rows = [line for line in joined.splitlines() if "|" in line]
    assert [int(r.split()[1]) for r in rows] == values[1:-1].reshape(10, 5).sum(axis=1).tolist()
    for path, *_ in EXAMPLES:
        assert run("show", a, path)[0].startswith(path)
    _, message = run("show", a, "/no/such", code=66)
    assert "/no/such" in message


def check_show_json(a):
    for k, (path, title, axes) in enumerate(EXAMPLES[:4]):
        shown = json.loads(run("show", "--json", a, path)[0])[path]
        assert shown["uhi_schema"] == 1 and shown["metadata"]["title"] == title
        assert shown["storage"]["type"] == "int"
        assert np.array_equal(np.array(shown["storage"]["values"]), expected_values(k, axes))
        for axis, (name, label, lower, upper, bins) in zip(shown["axes"], axes):
            assert (axis["lower"], axis["upper"], axis["bins"]) == (lower, upper, bins)
            assert axis["metadata"] == {"name": name, "label": label}


def check_show_csv(a):
    rows = list(csv.reader(io.StringIO(run("show", "--csv", a, "/lkr/a/deep/cube")[0])))
    assert rows[0] == ["x_lower", "x_upper", "y_lower", "y_upper", "z_lower", "z_upper", "count"]
    values = np.array([int(row[-1]) for row in rows[1:]])
    assert np.array_equal(values, expected_values(2, EXAMPLES[2][2]).ravel())
    assert rows[1][:2] == ["-inf", "-1"] and rows[-1][:2] == ["1", "inf"]


def check_merge(a, b, out):
    run("merge", "-o", out, b, a)
    check_file(out, [7, 8])
    before = open(out, "rb").read()
    run("merge", "-o", out, a, b)
    assert open(out, "rb").read() == before, "the order of inputs shows"
    _, message = run("merge", "-o", out + ".x", a, b, a, code=6)
    assert "burst_7.dat" in message and not os.path.exists(out + ".x")
    _, message = run("merge", "-o", out + ".x", out, b, code=6)
    assert "burst_8.dat" in message
    _, message = run("merge", "-o", out + ".x", a, a + ".absent", code=66)
    assert ".absent" in message and not os.path.exists(out + ".x")
    merged = json.loads(run("merge", "--json", "--allow-missing", "1", "-o", out + ".x", a,
                            a + ".absent")[0])
    assert merged["missing"] == [a + ".absent"] and merged["inputs"] == 1
    os.unlink(out + ".x")
    run("merge", a, b, code=64)
    run("merge", "-o", "/nonexistent/folder/x.h5", a, code=73)


def check_diff(a, b, merged):
    run("diff", a, b)
    assert json.loads(run("diff", "--json", a, b)[0])["same"] is True
    text, _ = run("diff", a, merged, code=5)
    assert all(path in text for path, *_ in EXAMPLES)
    found = json.loads(run("diff", "--json", a, merged, code=5)[0])
    x = expected_values(0, EXAMPLES[0][2])
    one = [d for d in found["differences"] if d["path"] == "/ktag/time"][0]
    assert one["bins"] == np.count_nonzero(x)
    assert abs(one["max_sigma"] - np.sqrt(x.max() / 3)) < 1e-9
    run("diff", "--sigma", "1000", a, merged)
    run("diff", a, code=64)
    run("diff", "--sigma", "x", a, b, code=64)


def main():
    if not os.access(os.environ.get("SPILLWAY", ""), os.X_OK):
        print("skipped: SPILLWAY is not built")
        sys.exit(77)
    program = test_program("test_histogram_file")
    with tempfile.TemporaryDirectory() as folder:
        a, b, merged = (os.path.join(folder, name) for name in ("a.h5", "b.h5", "sum.h5"))
        subprocess.run([program, "--write", a, "7"], check=True)
        subprocess.run([program, "--write", b, "8"], check=True)
        check_ls(a)
        check_show(a)
        check_show_json(a)
        check_show_csv(a)
        check_merge(a, b, merged)
        check_diff(a, b, merged)
    run("frobnicate", code=64)
    run(code=64)
    print("ok")


main()
