"""Makes `outlines.json` from a TopoJSON world atlas: crop, simplify, round; run by hand, see SOURCE.md.

python -m api.briefing.base_map.extract world/50m.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Point = tuple[float, float]

WEST, SOUTH, EAST, NORTH = -27.0, 27.0, 67.0, 74.0
TOLERANCE = 0.025  # degrees a simplified line may leave the original
SMALLEST = 0.02  # square degrees; smaller islands are left out
GRID = 100  # steps a degree
OUTLINES = Path(__file__).with_name("outlines.json")


def main() -> None:
    """Write the outlines of the atlas named on the command line."""
    atlas = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    arcs = [simplified(arc) for arc in decoded(atlas)]
    countries = {}
    for shape in atlas["objects"]["countries"]["geometries"]:
        rings = [kept for ring in rings_of(shape, arcs) if (kept := on_grid(cropped(ring)))]
        if rings:
            countries[str(shape.get("id", ""))] = rings
    lines = [f'"{code}":{json.dumps(rings, separators=(",", ":"))}' for code, rings in sorted(countries.items())]
    text = f'{{"grid":{GRID},"countries":{{\n' + ",\n".join(lines) + "\n}}\n"
    OUTLINES.write_text(text, encoding="utf-8")
    print(f"{len(countries)} countries, {len(text) / 1024:.0f} kB")


def decoded(atlas: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs of a TopoJSON file in degrees."""
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for deltas in atlas["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)
    return arcs


def simplified(line: list[Point]) -> list[Point]:
    """Return the line with points left out that lie within the tolerance (Douglas and Peucker)."""
    keep, spans = {0, len(line) - 1}, [(0, len(line) - 1)]
    if line[0] == line[-1] and len(line) > 3:  # a closed arc: split it at its farthest point
        far = max(range(len(line)), key=lambda i: _distance(line[i], line[0], line[0]))
        keep.add(far)
        spans = [(0, far), (far, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        far, most = first, 0.0
        for i in range(first + 1, last):
            off = _distance(line[i], line[first], line[last])
            if off > most:
                far, most = i, off
        if most > TOLERANCE:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [line[i] for i in sorted(keep)]


def _distance(p: Point, a: Point, b: Point) -> float:
    (px, py), (ax, ay), (bx, by) = p, a, b
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = max(0.0, min(1.0, ((px - ax) * dx + (py - ay) * dy) / length)) if length else 0.0
    return float(((px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2) ** 0.5)


def rings_of(shape: dict[str, Any], arcs: list[list[Point]]) -> list[list[Point]]:
    """Return the rings of a polygon or multipolygon, without their closing point."""
    polygons: list[Any] = [shape["arcs"]] if shape["type"] == "Polygon" else shape.get("arcs", [])
    rings = []
    for polygon in polygons:
        for indices in polygon:
            ring: list[Point] = []
            for i in indices:
                ring += (arcs[i] if i >= 0 else arcs[~i][::-1])[:-1]
            rings.append(ring)
    return rings


def cropped(ring: list[Point]) -> list[Point]:
    """Return the part of a ring within the map's frame (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
        out: list[Point] = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            inside_a, inside_b = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if inside_a:
                out.append(a)
            if inside_a != inside_b:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                out.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
        ring = out
    return ring


def on_grid(ring: list[Point]) -> list[int]:
    """Return a ring as whole grid steps, the first point and then differences; empty if it is too small."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2
    if len(ring) < 3 or abs(area) < SMALLEST:
        return []
    out: list[int] = []
    x = y = 0
    for lon, lat in ring:
        gx, gy = round(lon * GRID), round(lat * GRID)
        if out and (gx, gy) == (x, y):
            continue
        out += [gx - x, gy - y]
        x, y = gx, gy
    return out


if __name__ == "__main__":
    main()
