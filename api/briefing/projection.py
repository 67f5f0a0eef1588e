"""Latitude and longitude to a plane: Lambert's conformal conic fitted to the places shown; the base map."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

OUTLINES = Path(__file__).with_name("base_map") / "outlines.json"
RADIUS = 6371.0  # km


@dataclass(frozen=True)
class Projection:
    """Lambert's conformal conic with two standard parallels; the plane is in km, y to the south."""

    longitude: float
    latitude: float
    south: float
    north: float

    @classmethod
    def of(cls, latitude: np.ndarray, longitude: np.ndarray) -> Projection:
        """Return the projection that shows these places with little distortion."""
        low, high = float(latitude.min()), float(latitude.max())
        middle, sixth = (low + high) / 2, max((high - low) / 6, 0.5)
        if abs(middle) < 5:  # the cone degenerates on the equator
            middle = 5.0
        return cls(float((longitude.min() + longitude.max()) / 2), middle, low + sixth, high - sixth)

    @property
    def _cone(self) -> tuple[float, float, float]:
        first, second = np.radians(self.south), np.radians(self.north)
        if abs(self.north - self.south) < 1e-6:
            first = second = np.radians(self.latitude)
        tan = _tangent(first), _tangent(second)
        n = (
            float(np.log(np.cos(first) / np.cos(second)) / np.log(tan[1] / tan[0]))
            if abs(first - second) > 1e-9
            else float(np.sin(first))
        )
        if abs(n) < 0.05:
            n = float(np.sin(np.radians(self.latitude)))
        scale = float(np.cos(first) * tan[0] ** n / n)
        return n, scale, float(scale / _tangent(np.radians(self.latitude)) ** n)

    def __call__(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x to the east and y to the south, in km."""
        n, scale, origin = self._cone
        angle = n * np.radians(np.asarray(longitude, float) - self.longitude)
        rho = scale / _tangent(np.radians(np.clip(np.asarray(latitude, float), -85, 85))) ** n
        return RADIUS * rho * np.sin(angle), RADIUS * (rho * np.cos(angle) - origin)


def _tangent(latitude: np.ndarray | float) -> np.ndarray | float:
    return np.tan(np.pi / 4 + np.asarray(latitude) / 2)


@lru_cache(maxsize=1)
def outlines() -> dict[str, list[np.ndarray]]:
    """Return the rings of every country as arrays of longitude and latitude in degrees."""
    held = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return {
        code: [np.cumsum(np.array(ring, float).reshape(-1, 2), axis=0) / held["grid"] for ring in rings]
        for code, rings in held["countries"].items()
    }


def inside(ring: np.ndarray, longitude: float, latitude: float) -> bool:
    """Return whether a point lies within a ring."""
    (x, y), (u, v) = ring.T, np.roll(ring, -1, axis=0).T
    spans = (y > latitude) != (v > latitude)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x + (latitude - y) * (u - x) / (v - y)
    return bool((spans & (longitude < crossing)).sum() % 2)


def clipped(points: np.ndarray, width: float, height: float) -> np.ndarray:
    """Return the part of a polygon within 0 … width and 0 … height."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        if not len(points):
            return points
        following = np.roll(points, -1, axis=0)
        within, next_within = sign * (points[:, axis] - limit) >= 0, sign * (following[:, axis] - limit) >= 0
        out = []
        for a, b, here, there in zip(points, following, within, next_within, strict=True):
            if here:
                out.append(a)
            if here != there:
                out.append(a + (limit - a[axis]) / (b[axis] - a[axis]) * (b - a))
        points = np.array(out).reshape(-1, 2)
    return points
