"""A second decoder, written from the description of the format alone, finds the same hits.

Nothing here comes from the C sources: plain struct words after docs/formats.md (NA62: burst,
event, TEL62, SRB, GTK and CREAM blocks).
"""

import json
import os
import struct
import sys
import unittest
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import spillway as spw

TEL62 = {0x04: "ktag", 0x0C: "chanti", 0x10: "lav", 0x18: "chod", 0x1C: "rich",
         0x20: "irc_board", 0x30: "muv3", 0x3C: "hasc"}
SLOTS = [*range(3, 11), *range(13, 21)]
GTK_OFFSET = {1: 293, 2: 289, 3: 290}


def words(data):
    return struct.unpack(f"<{len(data) // 4}I", data)


def gray(code):
    value = 0
    while code:
        value ^= code
        code >>= 1
    return value


def parity(word):
    return bin(word).count("1") & 1


def l0_blocks(data):
    """(board, timestamp, payload words) of the boards of an L0 source."""
    while data:
        size, board, _, stamp = struct.unpack("<HBBI", data[:8])
        yield board, stamp, words(data[8:size])
        data = data[size:]


def l1_blocks(data):
    """(header words, payload bytes) of the boards of an L1 source."""
    while data:
        header = words(data[:16])
        size = 4 * (header[1] & 0xFFFF)
        yield header, data[16:size]
        data = data[size:]


def tel62(data, stamp):
    """(address, ticks, edge) with ticks of clock / 256 after the event's timestamp."""
    for board, _, block in l0_blocks(data):
        at = 1
        for fpga in range(4):
            if not block[0] >> fpga & 1:
                continue
            head = block[at]
            assert head >> 16 & 0xFF == fpga
            at += 1
            for _ in range(head & 0xFF):
                low, n = block[at] & 0xFFFF, block[at] >> 16
                slot = low | stamp & 0xFFFF0000
                if stamp & 0xF000 == 0xF000 and slot & 0xF000 == 0:
                    slot += 0x10000
                elif stamp & 0xF000 == 0 and slot & 0xF000 == 0xF000:
                    slot -= 0x10000
                for word in block[at + 1:at + n]:
                    time = (slot & ~0x7FF) * 256 + (word & 0x7FFFF)
                    assert time >> 8 == slot
                    channel = 512 * board + 128 * fpga + 32 * (word >> 24 & 3) + (word >> 19 & 31)
                    yield channel, time - 256 * stamp, {4: 0, 5: 1}[word >> 28]
                at += n
            assert not head >> 24 & 1, "error frame"


def srb(data, stamp):
    for board, _, block in l0_blocks(data):
        n_words = (block[0] >> 16) // 4 - 6
        counters = struct.pack("<4I", *block[2 + n_words:6 + n_words])
        hits = [half for word in block[2:2 + n_words] for half in (word & 0xFFFF, word >> 16)]
        slots = [slot for slot in range(16) for _ in range(counters[slot])]
        assert len(hits) - len(slots) in (0, 1)
        for slot, hit in zip(slots, hits):
            ticks = 32 * (block[1] + slot - stamp) + (hit & 31)
            yield 256 * board + (hit >> 6 & 255), ticks, hit >> 5 & 1


def gtk_pixel(first, second, chip, group, bit):
    x, y = 10 * (second >> 30) + group // 9, group % 9 + 9 * bit
    if chip >= 5:
        x, y = 39 - x, 44 - y
    return 18000 * ((first >> 22 & 3) - 1) + x + 40 * (chip % 5) + 200 * y + 9000 * (chip // 5)


def gtk_hit(first, second, stamp):
    """Hits of one item: ticks of clock / 512; the trailing edge only where it has a meaning."""
    l1a = stamp - GTK_OFFSET[first >> 22 & 3]
    fine, code = gray(second >> 12 & 31), second >> 17 & 0xFFF
    binary = gray(code)
    early = int(fine > 20 and parity(code) != second >> 29 & 1)
    coarse = binary - early & 0xFFF
    frame = l1a // 256
    if frame & 1 != coarse >> 11:
        frame -= 1
    lead = (coarse & 0x7FF) * 32 + fine + (frame * 256 - l1a) * 256
    width = second >> 5 & 63
    end, end_fine = coarse + early + width, gray(second & 31)
    ahead = binary + width & 0xFFF
    if end_fine > 20 and parity(ahead ^ ahead >> 1) != second >> 11 & 1:
        end -= 1
    trail = end * 32 + end_fine + ((frame & ~1) * 256 - l1a) * 256
    chip, group, arbiter, piled = first >> 24 & 15, first >> 10 & 127, first >> 5 & 31, first & 31
    alone = bin(arbiter).count("1") == 1
    for bit in range(5):
        if arbiter >> bit & 1:
            yield gtk_pixel(first, second, chip, group, bit), 2 * lead + 1, \
                2 * trail + 1 if alone else None
    for bit in range(5):
        if piled >> bit & 1:
            yield gtk_pixel(first, second, chip, group, bit), 2 * lead + 1, None


def gtk(data, stamp):
    for _, payload in l1_blocks(data):
        items = words(payload)
        for first, second in zip(items[::2], items[1::2]):
            if first >> 28 == 0:
                yield from gtk_hit(first, second, stamp)


def cream(data, source):
    """(stream, address, samples)"""
    for header, payload in l1_blocks(data):
        block = words(payload)
        if len(block) <= 3:
            continue
        slot, crate = header[3] & 31, header[3] >> 5 & 63
        index = SLOTS.index(slot)
        board = 16 * crate + index if source == 0x24 else index
        stream = {0x24: "lkr", 0x28: "muv1", 0x2C: "sav" if slot == 16 else "muv2"}[source]
        board -= {"muv2": 8, "sav": 11}.get(stream, 0)
        n = block[0] >> 16 & 0x1FF
        channels = [c for c in range(32) if block[1] >> c & 1]
        samples = struct.unpack(f"<{n * len(channels)}H", payload[8:8 + 2 * n * len(channels)])
        checksum = 0
        for word in (*header, *block):
            checksum ^= word
        assert checksum == 0
        for i, channel in enumerate(channels):
            yield stream, 32 * board + channel, samples[n * i:n * i + n]


def decode(event):
    """{stream: Counter of hits}, and the GTK pairs."""
    head = words(event[:32])
    stamp, n_sources = head[3], head[5] >> 8 & 0xFF
    entries = words(event[32:32 + 4 * n_sources])
    starts = [entry & 0xFFFFFF for entry in entries] + [len(event) // 4 - 1]
    found, pairs = {}, []
    for entry, start, end in zip(entries, starts, starts[1:]):
        source, data = entry >> 24, event[4 * start:4 * end]
        if source in TEL62:
            found[TEL62[source]] = Counter(tel62(data, stamp))
        elif source == 0x14:
            found["straw"] = Counter(srb(data, stamp))
        elif source == 0x08:
            pairs = list(gtk(data, stamp))
        elif source in (0x24, 0x28, 0x2C):
            for stream, address, samples in cream(data, source):
                found.setdefault(stream, Counter())[(address, samples)] += 1
    return found, pairs


def burst(path):
    """The events of a burst file by number, without SOB and EOB."""
    with open(path, "rb") as file:
        data = file.read()
    n = struct.unpack("<I", data[4:8])[0]
    table = words(data[16:16 + 12 * n])
    for number, trigger, offset in zip(table[:n], table[n:2 * n], table[2 * n:]):
        length = struct.unpack("<I", data[4 * offset + 4:4 * offset + 8])[0]
        if trigger & 0xFF not in (0x22, 0x23):
            yield number, data[4 * offset:4 * (offset + length)]


class SecondDecoder(unittest.TestCase):
    def compare(self, **settings):
        with spw.temporary() as folder:
            raw = spw.simulate(folder, events=50, **settings)
            lines = spw.run("dump", "--json", "--hits", raw).stdout.splitlines()
            shown = {}
            for line in map(json.loads, lines[1:-1]):
                shown[line["event"]] = line.get("content", {})
            events = list(burst(raw))
        self.assertGreaterEqual(len(events), 50)
        totals = Counter()
        for number, event in events:
            found, pairs = decode(event)
            content = shown[number]
            content.pop("records", None)
            content.pop("l0tp", None)
            self.check_gtk(pairs, content.pop("gtk", []))
            totals["gtk"] += len(pairs)
            for stream in set(found) | set(content):
                rows = Counter((row["address"], tuple(row["samples"])) if "samples" in row else
                               (row["address"], row["ticks"], row["edge"])
                               for row in content.get(stream, []))
                self.assertEqual(found.get(stream, Counter()), rows, (number, stream))
                totals[stream] += rows.total()
        return totals

    def check_gtk(self, pairs, rows):
        self.assertEqual(len(rows), 2 * len(pairs))
        shown = list(zip(rows[::2], rows[1::2]))
        self.assertTrue(all(a["edge"] == 0 and b["edge"] == 1 for a, b in shown))
        self.assertEqual(Counter((a["address"], a["ticks"]) for a, _ in shown),
                         Counter((address, lead) for address, lead, _ in pairs))
        ends = Counter((a["address"], a["ticks"], b["ticks"]) for a, b in shown)
        known = Counter(pair for pair in pairs if pair[2] is not None)
        self.assertEqual(known - ends, Counter())

    def test_bursts(self):
        for settings in ({"seed": 11}, {"seed": 12, "run": 6500},
                         {"seed": 13, "run": 4400}):
            totals = self.compare(**settings)
            for stream in ("gtk", "straw", "lkr", "muv1", "muv2", "sav", "lav", *TEL62.values()):
                self.assertGreater(totals[stream], 0, stream)


spw.main()
