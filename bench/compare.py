#!/usr/bin/env python3
"""Compares two results of `spillway-bench --json`: fails when a case became slower than noise.

    compare.py BASELINE.json NEW.json [--sigmas S] [--least F]

What is compared is time relative to the machine's own read floor of the same run, so that a slower
or busier machine does not count. A case fails when the ratio grew by more than S (default 3)
standard deviations of both measurements together, and by more than F (default 0.10) at least.
"""

import argparse
import json
import math
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return {(case["name"], case["isa"]): case for case in json.load(file)}


def relative_time(case):
    """Time of a unit in those of reading a byte from memory in the same run."""
    return case["ns_per_unit"] * (case["read_floor_gb_per_s"] or 1.0)


def compare(old, new, sigmas, least):
    """(ratio, allowed ratio) of a case."""
    noise = math.hypot(old["spread"], new["spread"])
    return relative_time(new) / relative_time(old), 1 + max(least, sigmas * noise)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("baseline")
    parser.add_argument("new")
    parser.add_argument("--sigmas", type=float, default=3)
    parser.add_argument("--least", type=float, default=0.10)
    arguments = parser.parse_args()
    old, new = load(arguments.baseline), load(arguments.new)
    slower = []
    print(f"{'case':32} {'isa':3} {'new / old':>10} {'allowed':>8}")
    for key in (key for key in new if key in old):
        ratio, allowed = compare(old[key], new[key], arguments.sigmas, arguments.least)
        verdict = "SLOWER" if ratio > allowed else ""
        print(f"{key[0]:32} {key[1]:3} {ratio:10.3f} {allowed:8.3f} {verdict}".rstrip())
        if ratio > allowed:
            slower.append(key[0])
    for key in sorted(set(old) ^ set(new)):
        print(f"{key[0]:32} {key[1]:3} only in the {'baseline' if key in old else 'new'} one")
    if slower:
        print(f"{len(slower)} slower than the spread allows: {', '.join(slower)}")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
