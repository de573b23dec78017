"""Tracks against truth: which particle a straw hit, a candidate or a track belongs to.

Truth comes from `spillway sim` (STEM.truth.h5) or from the burst of another program (STEM.truth.npz); both become the
same flat arrays. Reconstruction is an output of tier cdst.
"""

from dataclasses import dataclass

import h5py
import numpy as np

SENTINEL = -2147483648
STRAWS_A_PLANE, STRAWS_A_VIEW = 122, 488
CLOCK_NS = 24.951059536
STRAW_LSB_NS = CLOCK_NS / 32
NO_PARTICLE = -1
TRACK_TIME = 2.0  # ns: a reconstructed hit is this near to its true time


@dataclass
class Truth:
    """Arrays by event, by particle and by straw hit; `event` are rows of the output's /events."""

    # event, primary, charge, p_MeV, x_mm, y_mm, dxdz, dydz, slope_x, slope_y (before all material), time_ns (of the trigger)
    particle: dict
    # event, channel, time_ns (drift time, relative to the trigger), particle (row above), distance_mm (signed)
    hit: dict


def charge_of(pdg):
    """Charge of the long-lived particles of a kaon's decay."""
    pdg = np.asarray(pdg)
    sign = np.sign(pdg)
    lepton = np.isin(np.abs(pdg), (11, 13))
    neutral = np.isin(np.abs(pdg), (22, 111, 12, 14, 130, 310))
    return np.where(neutral, 0, np.where(lepton, -sign, sign)).astype(int)


def rows_of_events(output, numbers):
    """Row in the output's /events of each event number; -1 where it is not."""
    found = {int(number): row for row, number in enumerate(output["events/event"][:])}
    return np.array([found.get(int(number), -1) for number in numbers])


def of_simulation(path, output):
    """Truth of `spillway sim`."""
    with h5py.File(path, "r") as file:
        event = rows_of_events(output, file["events/event"][:])
        trigger = output["events/time_ns"][:]
        particles_first = file["events/particles_offset"][:]
        particle_event = np.repeat(event, np.diff(particles_first))
        p = {name: column[:] for name, column in file["particles"].items()}
        straw_first = file["events/straw_offset"][:]
        straw_event = np.repeat(event, np.diff(straw_first))
        first_particle = np.repeat(particles_first[:-1], np.diff(straw_first))
        s = {name: file["straw"][name][:] for name in ("channel", "time_ns", "particle", "lead_ticks", "position_mm")}
    momentum = np.sqrt(p["px_MeV"]**2 + p["py_MeV"]**2 + p["pz_MeV"]**2)
    owner = np.where(s["particle"] >= 0, first_particle + s["particle"], NO_PARTICLE)
    read = s["lead_ticks"] != SENTINEL
    return Truth(
        {"event": particle_event, "primary": p["origin"] == 0, "charge": charge_of(p["pdg"]),
         "p_MeV": momentum, "x_mm": p["x1_mm"], "y_mm": p["y1_mm"], "dxdz": p["dxdz"],
         "dydz": p["dydz"], "slope_x": p["px_MeV"] / p["pz_MeV"], "slope_y": p["py_MeV"] / p["pz_MeV"],
         "z_mm": p["z_mm"], "time_ns": p["time_ns"] - trigger[particle_event]},
        {"event": straw_event[read], "channel": s["channel"][read],
         "time_ns": (s["time_ns"] - trigger[straw_event])[read], "particle": owner[read],
         "distance_mm": s["position_mm"][read]})


def of_other_program(path, output, lsb_ns=CLOCK_NS / 256):
    """Truth of the independent burst: true drift times are not kept, so hits are found by channel and edge."""
    with np.load(path) as file:
        t = {name: file[name] for name in file.files}
    event = rows_of_events(output, t["event.num"])
    trigger = t["event.fine"] * lsb_ns
    straw_t0 = np.nan  # edges hold T0s: the caller's output is matched by order instead
    read = t["straw.lead_in"]
    particle_time = t["part.dt"] + t["event.t0"][t["part.ev"]] - trigger[t["part.ev"]]
    momentum = np.sqrt((t["part.p3"]**2).sum(axis=1))
    scale = 1000.0 if np.median(momentum) < 1000 else 1.0
    return Truth(
        {"event": event[t["part.ev"]], "primary": t["part.source"] == 0,
         "charge": charge_of(t["part.pdg"]), "p_MeV": momentum * scale, "x_mm": t["part.x1"],
         "y_mm": t["part.y1"], "dxdz": t["part.tx"], "dydz": t["part.ty"],
         "slope_x": t["part.tx"], "slope_y": t["part.ty"],
         "z_mm": t["part.pos"][:, 2], "time_ns": particle_time},
        {"event": event[t["straw.ev"]][read], "channel": t["straw.id"][read],
         "time_ns": np.full(read.sum(), straw_t0), "particle": t["straw.part"][read],
         "lead": t["straw.lead"][read], "distance_mm": t["straw.d"][read]})


def event_rows(output, name):
    """Row in /events of each row of an object ("straw_hits")."""
    return np.repeat(np.arange(len(output["events/event"])),
                     np.diff(output["events"][name + "_offset"][:]))


def owners_of_hits(output, truth):
    """Particle of each row of /straw/hits: same event and straw, nearest time; -1 noise or unknown."""
    channel, time = output["straw/hits/channel"][:], output["straw/hits/time_ns"][:].astype(float)
    event = event_rows(output, "straw_hits")
    key = event.astype(np.int64) * 10000 + channel
    true_key = truth.hit["event"].astype(np.int64) * 10000 + truth.hit["channel"]
    by_order = np.isnan(truth.hit["time_ns"]).any()
    true_time = truth.hit["lead"] if by_order else truth.hit["time_ns"]
    order = np.lexsort((true_time, true_key))
    true_key, true_time, particle = true_key[order], true_time[order], truth.hit["particle"][order]
    begin, end = np.searchsorted(true_key, key), np.searchsorted(true_key, key, "right")
    owner = np.full(len(key), NO_PARTICLE)
    one = end - begin == 1
    owner[one] = particle[begin[one]]
    for i in np.flatnonzero(end - begin > 1):
        mine = np.flatnonzero(key[max(0, i - 400):i + 400] == key[i]) + max(0, i - 400)
        if by_order:  # the n-th in time is the n-th
            owner[i] = particle[begin[i] + min((time[mine] < time[i]).sum(), end[i] - begin[i] - 1)]
        else:
            owner[i] = particle[begin[i] + np.abs(true_time[begin[i]:end[i]] - time[i]).argmin()]
    if not by_order:
        near = np.abs(true_time[np.minimum(begin, len(true_time) - 1)] - time) < 30
        owner[one & ~near] = NO_PARTICLE
    return owner


def views_of_particles(output, truth, owner):
    """Views with hits of every particle in each chamber: [particles][4]."""
    channel = output["straw/hits/channel"][:]
    leading = (output["straw/hits/quality"][:] & 8) == 0
    mine = (owner >= 0) & leading
    seen = np.zeros((len(truth.particle["event"]), 16), bool)
    seen[owner[mine], channel[mine] // STRAWS_A_VIEW] = True
    return seen.reshape(-1, 4, 4).sum(axis=2)


def in_acceptance(truth, views, p_min=10000, p_max=65000, views_a_chamber=2):
    """Particles of the triggering decay with hits in all four chambers."""
    p = truth.particle
    return (p["primary"] & (p["event"] >= 0) & (p["charge"] != 0) & (p["p_MeV"] > p_min) &
            (p["p_MeV"] < p_max) & (views >= views_a_chamber).all(axis=1) &
            np.isfinite(p["x_mm"]))


def owners_of_groups(owner_of_hit, first, count):
    """Of each range of hits: the particle with most hits, and its fraction of them."""
    best = np.full(len(first), NO_PARTICLE)
    fraction = np.zeros(len(first))
    for i, (begin, n) in enumerate(zip(first, count)):
        mine = owner_of_hit[begin:begin + n]
        real = mine[mine >= 0]
        if not len(real):
            continue
        names, counts = np.unique(real, return_counts=True)
        best[i] = names[counts.argmax()]
        fraction[i] = counts.max() / n
    return best, fraction


def candidates(output, owner):
    """Columns of /straw/candidates with `event`, `particle` (-1: a ghost) and `purity`."""
    table = {name: column[:] for name, column in output["straw/candidates"].items()}
    table["event"] = event_rows(output, "straw_candidates")
    hit_event = event_rows(output, "straw_candidate_hits")
    row = output["events/straw_hits_offset"][:][hit_event] + output["straw/candidate_hits/hit"][:]
    first = np.concatenate(([0], np.cumsum(table["n_hits"].astype(int))))[:-1]
    table["particle"], table["purity"] = owners_of_groups(owner[row], first, table["n_hits"])
    table["particle"] = np.where(table["purity"] >= 0.7, table["particle"], NO_PARTICLE)
    table["hit_row"], table["first"] = row, first
    return table


def tracks_by_parameters(output, truth, group="straw/tracks", cut=9.0):
    """Columns of tracks with `event` and `particle`: nearest in position, slope and 1/p (-1: none near)."""
    table = {name: column[:] for name, column in output[group].items()}
    table["event"] = event_rows(output, group.replace("/", "_"))
    p = truth.particle
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(p["x_mm"]) & (p["charge"] != 0) & (p["event"] >= 0)
    order = np.flatnonzero(usable)[np.argsort(p["event"][usable], kind="stable")]
    first = np.searchsorted(p["event"][order], np.arange(len(output["events/event"]) + 1))
    table["particle"] = np.full(len(table["event"]), NO_PARTICLE)
    for i, event in enumerate(table["event"]):
        mine = order[first[event]:first[event + 1]]
        if not len(mine):
            continue
        distance = (((p["x_mm"][mine] - table["x_mm"][i]) / 3)**2 +
                    ((p["y_mm"][mine] - table["y_mm"][i]) / 3)**2 +
                    ((p["dxdz"][mine] - table["dxdz"][i]) / 1e-3)**2 +
                    ((p["dydz"][mine] - table["dydz"][i]) / 1e-3)**2)
        if distance.min() < cut:
            table["particle"][i] = mine[distance.argmin()]
    return table


@dataclass
class Figures:
    """Efficiency of `wanted` particles, and of all tracks those that are ghosts or clones."""

    n_wanted: int
    efficiency: float
    n_found: int
    ghosts: float
    clones: float

    def __str__(self):
        return (f"{self.n_wanted} particles: efficiency {100 * self.efficiency:.2f} %; {self.n_found} tracks: "
                f"ghosts {100 * self.ghosts:.2f} %, clones {100 * self.clones:.2f} %")


def figures(table, wanted):
    """Figures of tracks or candidates (`particle` columns) for the particles where `wanted`."""
    found = table["particle"]
    real = found[found >= 0]
    n = max(1, len(found))
    return Figures(int(wanted.sum()), float(np.isin(np.flatnonzero(wanted), real).mean()) if wanted.any() else 1.0,
                   len(found), float((found < 0).sum() / n), float((len(real) - len(np.unique(real))) / n))
