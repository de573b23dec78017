"""The best a fit can do: least squares with true hits and true sides, in plain numpy.

Nothing of the program is used: planes, field and scattering as the NA62 format description and the README of the
independent burst state them. A track is a straight line, a circle in the x-z plane inside the dipole, and a straight
line; scattering acts in the middle of each view and enters as covariance of the measurements.
"""

import numpy as np

CHAMBER_Z = np.array([183508.0, 194066.0, 204459.0, 218885.0])
VIEW_Z = np.array([-173.5, -116.5, 116.5, 173.5])
PLANE_Z = np.array([-18.5, -7.5, 7.5, 18.5])
AXIS = np.array([[0.5**0.5, -0.5**0.5], [0.5**0.5, 0.5**0.5], [1.0, 0.0], [0.0, 1.0]])
OFFSET = np.array([[-1058.2, -1067.0, -1071.4, -1062.6], [-1062.6, -1071.4, -1067.0, -1058.2],
                   [-1058.2, -1067.0, -1071.4, -1062.6], [-1080.2, -1089.0, -1084.6, -1075.8]])
PITCH, FIELD_IN, FIELD_OUT, KICK, PION = 17.6, 196345.0, 197645.0, 270.0, 139.57
CHAMBER_X0 = 0.0045
STEPS = np.diag([1e-2, 1e-2, 1e-6, 1e-6, 1e-8])


def radius_root(time_ns):
    """r(t) of section straw_rt in configs/na62/na62.yaml."""
    late = time_ns * 1e-3 - 0.00807073
    q = 763.831 * late - 58.9754 * late**2
    return -2.29722 + np.sqrt(np.maximum(q, 0)) - 22.5652 * time_ns * 1e-3


def radius_quadratic(time_ns):
    """Inverse of t = 13.9 r + 3.4603 r^2; straight for t < 0."""
    late = np.maximum(time_ns, 0)
    return np.where(time_ns < 0, time_ns / 13.9,
                    (np.sqrt(13.9**2 + 4 * 3.4603 * late) - 13.9) / (2 * 3.4603))


def wires(channel):
    """w, z, cos, sin of straws (ID = 122 plane + number)."""
    plane, number = channel // 122, channel % 122
    chamber, view, layer = plane // 16, plane // 4 % 4, plane % 4
    return (OFFSET[view, layer] + PITCH * number, CHAMBER_Z[chamber] + VIEW_Z[view] + PLANE_Z[layer],
            AXIS[view, 0], AXIS[view, 1])


def path(tracks, z):
    """x, y, dxdz, dydz at planes z of tracks (x, y, dxdz, dydz, q/p at chamber 1): [tracks, planes] each."""
    x, y, tx, ty, k = (tracks[:, i:i + 1] for i in range(5))
    charge, p = np.sign(k), 1 / np.abs(k)
    pz = p / np.sqrt(1 + tx**2 + ty**2)
    px, py, length = pz * tx, pz * ty, FIELD_OUT - FIELD_IN
    pt, px_out = np.hypot(px, pz), px - charge * KICK
    pz_out = np.sqrt(pt**2 - px_out**2)
    x_out = x + tx * (FIELD_IN - CHAMBER_Z[0]) + charge * (pz_out - pz) * length / KICK
    turn = np.arcsin(px / pt) - np.arcsin(px_out / pt)
    y_out = y + ty * (FIELD_IN - CHAMBER_Z[0]) + charge * py * turn * length / KICK
    before = z[None, :] < FIELD_IN
    return (np.where(before, x + tx * (z - CHAMBER_Z[0]), x_out + px_out / pz_out * (z - FIELD_OUT)),
            np.where(before, y + ty * (z - CHAMBER_Z[0]), y_out + py / pz_out * (z - FIELD_OUT)),
            np.where(before, tx, px_out / pz_out), np.where(before, ty, py / pz_out))


def fit(start, channel, side, radius, turns=4):
    """Parameters and their errors, from a start near the truth."""
    order = np.argsort(wires(channel)[1], kind="stable")
    wire, z, c, s = (column[order] for column in wires(channel))
    side, radius = side[order], radius[order]
    kinks = (CHAMBER_Z[:, None] + VIEW_Z).ravel()
    lever = np.maximum(z[:, None] - kinks, 0)
    kink = np.concatenate((c[:, None] * lever, s[:, None] * lever), axis=1)
    track, distance = np.array(start, float), radius
    for _ in range(turns):
        x, y, tx, ty = path(np.vstack((track, track + STEPS, track - STEPS)), z)
        w = c * x + s * y
        cosine = 1 / np.sqrt(1 + (c * tx[0] + s * ty[0])**2)
        slope = ((w[1:6] - w[6:]) / (2 * np.diag(STEPS)[:, None])).T
        sigma = (0.10 + 0.20 * np.exp(-np.abs(distance) / 0.8)) / cosine
        angle = 13.6 * abs(track[4]) * (1 + 0.038 * np.log(CHAMBER_X0)) * np.sqrt(CHAMBER_X0 / 4)
        angle2 = angle**2 * (1 + (PION * track[4])**2)
        weight = np.linalg.inv(np.diag(sigma**2) + angle2 * kink @ kink.T)
        covariance = np.linalg.inv(slope.T @ weight @ slope)
        off = wire + side * radius / cosine - w[0]
        shift = covariance @ (slope.T @ (weight @ off))
        rest = off - slope @ shift
        bent = angle2 * kink @ (kink.T @ (weight @ rest))
        distance = (w[0] + slope @ shift + bent - wire) * cosine
        track = track + shift
    return track, np.sqrt(np.diag(covariance))
