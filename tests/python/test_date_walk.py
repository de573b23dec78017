"""A plain walk over the real MICE files counts the same triggers and finds the same hits.

Written from the description of the containers and boards (docs/formats.md), not from the C sources.
"""

import json
import os
import struct
import sys
import unittest
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw

START_OF_BURST, PHYSICS = 5, 7
SUPER_EVENT = 1 << 4
V1290, V1731, VLSB_BANK = 102, 121, 132
EQUIPMENT_BYTES = 28


def events(data):
    while data:
        size, magic, head, version, kind = struct.unpack("<5I", data[:20])
        assert magic == 0xDA1E5AFE
        place = 64 if version & 0xFFFF >= 14 else 56
        attributes, ldc = struct.unpack("<2I", data[place - 4:place + 4])
        yield kind, ldc, attributes, data[head:size]
        data = data[size:]


def blocks(payload, ldc):
    """(equipment type, LDC, geo, words)"""
    while payload:
        size, kind, geo = struct.unpack("<3I", payload[:12])
        body = payload[EQUIPMENT_BYTES:size]
        yield kind, ldc, geo, struct.unpack(f"<{len(body) // 4}I", body)
        payload = payload[size:]


def spills(path):
    """The blocks of each physics event."""
    with open(path, "rb") as file:
        data = file.read()
    for kind, ldc, attributes, payload in events(data):
        if kind != PHYSICS:
            continue
        parts = events(payload) if attributes & SUPER_EVENT else [(kind, ldc, 0, payload)]
        yield [block for part in parts for block in blocks(part[3], part[1])]


def v1290(words, ldc, geo):
    """The hits of each trigger."""
    for word in words:
        code = word >> 27
        if code == 0x08:
            hits = Counter()
        elif code == 0x00:
            hits[1024 * ldc + 32 * geo + (word >> 21 & 31), word & 0x1FFFFF, word >> 26 & 1] += 1
        elif code == 0x10:
            yield hits


def v1731(words):
    """The samples of each channel of each trigger, [] where the read-out suppressed them."""
    while words:
        size, mode, body = words[0] & 0x0FFFFFFF, words[1] >> 24 & 7, words[4:words[0] & 0x0FFFFFFF]
        channels = [c for c in range(8) if words[1] >> c & 1]
        pulses = []
        for i in range(8 if mode == 7 else len(channels)):
            n = body[0] & 0xFFF if mode == 7 else (size - 4) // len(channels)
            at = 1 if mode == 7 else n * i
            pulses.append(list(struct.pack(f"<{n}I", *body[at:at + n])))
            body = body[1 + n:] if mode == 7 else body
        yield pulses
        words = words[size:]


def dump(path, *options):
    lines = spw.run("dump", "--json", *options, path).stdout.splitlines()
    return [json.loads(line) for line in lines]


class DateWalk(unittest.TestCase):
    def test_time_of_flight_run(self):
        path = spw.shared("data", "mice", "raw", "06008.000")
        wanted, waves = [], []
        for spill in spills(path):
            boards = [list(v1290(words, ldc, geo))
                      for kind, ldc, geo, words in spill if kind == V1290]
            self.assertEqual({len(board) for board in boards}, {len(boards[0])})
            wanted += [sum(hits, Counter()) for hits in zip(*boards)]
            for kind, _, _, words in spill:
                if kind == V1731:
                    waves += list(v1731(words))
        shown = dump(path, "--hits")[1:-1]
        self.assertEqual(len(shown), len(wanted))
        self.assertGreater(len(wanted), 500)
        for event, hits, pulses in zip(shown, wanted, waves, strict=True):
            rows = event["content"]["v1290"]
            self.assertEqual(Counter((r["address"], r["ticks"], r["edge"]) for r in rows), hits)
            self.assertEqual([r["samples"] for r in event["content"]["v1731"]], pulses)

    def test_tracker_run(self):
        path = spw.shared("data", "mice", "raw", "03758.000")
        wanted, total, third = Counter(), 0, []
        for number, spill in enumerate(spills(path)):
            hits = Counter()
            for kind, _, _, words in spill:
                if kind != VLSB_BANK:
                    continue
                total += len(words)
                wanted.update((number, word >> 24) for word in words)
                hits.update((word & 0xFF, word >> 8 & 0xFF, word >> 23 & 1)
                            for word in words if word >> 24 == 3)
            if hits:
                third.append(hits)
        lines = dump(path)
        self.assertEqual(lines[-1]["totals"]["vlsb"], total)
        shown = {(line["burst"], line["event"] + 1): line["counts"]["vlsb"]
                 for line in lines[1:-1] if line["counts"]}
        self.assertEqual(shown, dict(wanted))
        read = [event for event in dump(path, "--event", 2)[1:] if event["counts"]]
        for event, hits in zip(read, third, strict=True):
            self.assertEqual(Counter((r["value"], r["ticks"], r["edge"])
                                     for r in event["content"]["vlsb"]), hits)


spw.main()
