"""The map of a plan: places, what flows over the links by mode, and the outlines of the land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from api.briefing.projection import Projection, clipped, inside, outlines
from api.briefing.words import THIN, label, number
from data.itinerary import Itinerary
from data.tables import Table
from data.theatre import Theatre

WIDTH, HIGHEST, LOWEST = 1000.0, 900.0, 420.0
MARGIN = 46.0  # px around the places
MODES = {  # order of drawing, lowest first; colours differ in lightness too
    "sea": ("Sea", "#5b8db8", ""),
    "pipeline": ("Pipeline", "#8c8c8c", "1 3"),
    "inland_water": ("Inland water", "#7fb3b0", ""),
    "rail": ("Rail", "#1f3a5f", ""),
    "road": ("Road", "#b5651d", ""),
    "air": ("Air", "#7a4a8c", "7 5"),
}
WIDEST, THINNEST = 11.0, 0.7
SHORE = 0.05  # degrees a place may lie off the simplified outline
INLAND = ("depot", "hub", "railhead", "border", "gauge_break")


@dataclass(frozen=True)
class Frame:
    """From degrees to pixels of the map."""

    projection: Projection
    left: float
    top: float
    scale: float  # px a km
    height: float

    @classmethod
    def of(cls, latitude: np.ndarray, longitude: np.ndarray) -> Frame:
        """Return the frame that holds these places with a margin."""
        projection = Projection.of(latitude, longitude)
        x, y = projection(latitude, longitude)
        wide, high = max(float(np.ptp(x)), 50.0), max(float(np.ptp(y)), 50.0)
        scale = min((WIDTH - 2 * MARGIN) / wide, (HIGHEST - 2 * MARGIN) / high)
        height = max(LOWEST, high * scale + 2 * MARGIN)
        left, top = (x.min() + x.max()) / 2 * scale - WIDTH / 2, (y.min() + y.max()) / 2 * scale - height / 2
        return cls(projection, float(left), float(top), scale, height)

    def __call__(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return the pixels of these places, a row each."""
        x, y = self.projection(latitude, longitude)
        return np.stack([x * self.scale - self.left, y * self.scale - self.top], axis=-1)


def plan_map(theatre: Theatre, itinerary: Itinerary) -> dict[str, Any]:
    """Return what the template draws: land, flows, places with labels, legend and scale."""
    nodes = theatre.nodes
    near = _near(nodes["latitude"]) & _near(nodes["longitude"])
    frame = Frame.of(nodes["latitude"][near], nodes["longitude"][near])
    places = _onto(frame, frame(nodes["latitude"], nodes["longitude"]))
    flow = link_flows(theatre, itinerary)
    busy = np.zeros(len(nodes))
    np.add.at(busy, flow["tail"].to_numpy(int), flow["tonnes"].to_numpy())
    np.add.at(busy, flow["head"].to_numpy(int), flow["tonnes"].to_numpy())
    most = float(flow["tonnes"].max()) if len(flow) else 1.0
    return {
        "width": WIDTH,
        "height": round(frame.height, 1),
        "land": _land(frame) if on_land(nodes) else [],
        "network": _network(theatre, places),
        "flows": [_arc(row, places, most) for row in flow.itertuples()],
        "places": _places(theatre, places, busy),
        "labels": _labels(theatre, places, busy, frame.height),
        "modes": [MODES[m] for m in MODES if m in set(flow["mode"])],
        "widths": [(f"{number(t, 2)}{THIN}t", _width(t, most)) for t in (most, most / 4, most / 20) if t > 0],
        "scale": _scale(frame),
    }


def _near(degrees: np.ndarray) -> np.ndarray:
    """Return which places lie with the others; one overseas must not shrink the map of all the rest."""
    low, high = np.quantile(degrees, (0.03, 0.97))
    room = max(0.6 * (high - low), 1.0)
    return (degrees >= low - room) & (degrees <= high + room)


def _onto(frame: Frame, places: np.ndarray) -> np.ndarray:
    """Return the places with those off the map moved to its edge, in their own direction."""
    centre = np.array([WIDTH, frame.height]) / 2
    away = places - centre
    inner = centre - 14.0
    excess = np.maximum(1.0, np.max(np.abs(away) / inner, axis=1))
    return centre + away / excess[:, None]


def link_flows(theatre: Theatre, itinerary: Itinerary) -> pd.DataFrame:
    """Return tonnes by tail, head and mode (codes of the nodes), the modes drawn last standing last."""
    links = theatre.links
    tonnes = np.bincount(itinerary.link, itinerary.tonnes[itinerary.leg_of], len(links))
    flow = pd.DataFrame(
        {
            "tail": links.codes("tail", theatre.nodes),
            "head": links.codes("head", theatre.nodes),
            "mode": links["mode"],
            "tonnes": tonnes,
        }
    )
    flow = flow[flow["tonnes"] > 0].groupby(["tail", "head", "mode"], as_index=False)["tonnes"].sum()
    order = {mode: i for i, mode in enumerate(MODES)}
    flow["order"] = flow["mode"].map(order)
    return flow.sort_values(["order", "tonnes", "tail", "head"], ascending=[True, False, True, True])


def _width(tonnes: float, most: float) -> float:
    return round(max(THINNEST, WIDEST * (tonnes / most) ** 0.5), 2)


def _arc(row: Any, places: np.ndarray, most: float) -> dict[str, Any]:
    """Return a flow as a curve bent to its right, so that directions and modes can be told apart."""
    a, b = places[row.tail], places[row.head]
    across = np.array([-(b - a)[1], (b - a)[0]])
    bend = 0.04 + 0.035 * (row.order % 4)
    middle = (a + b) / 2 + across * bend
    _, colour, dash = MODES[row.mode]
    path = f"M{a[0]:.1f} {a[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {b[0]:.1f} {b[1]:.1f}"
    return {"path": path, "colour": colour, "dash": dash, "width": _width(row.tonnes, most)}


def _network(theatre: Theatre, places: np.ndarray) -> str:
    tail, head = theatre.links.codes("tail", theatre.nodes), theatre.links.codes("head", theatre.nodes)
    pairs = sorted({(min(t, h), max(t, h)) for t, h in zip(tail.tolist(), head.tolist(), strict=True)})
    return "".join(f"M{places[t][0]:.0f} {places[t][1]:.0f}L{places[h][0]:.0f} {places[h][1]:.0f}" for t, h in pairs)


def _land(frame: Frame) -> list[str]:
    paths = []
    for rings in outlines().values():
        path = ""
        for ring in rings:
            points = clipped(frame(ring[:, 1], ring[:, 0]), WIDTH, frame.height)
            if len(points) > 2:
                path += "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
        if path:
            paths.append(path)
    return paths


def on_land(nodes: Table) -> bool:
    """Return whether the inland places lie on the land that is drawn.

    Invented places are scattered over land and sea alike; outlines under them would say what nobody meant.
    """
    rings = [ring for country in outlines().values() for ring in country]
    boxes = np.array([[*ring.min(axis=0), *ring.max(axis=0)] for ring in rings])
    inland = np.isin(nodes["kind"].astype(str), INLAND)
    places = zip(nodes["longitude"][inland], nodes["latitude"][inland], strict=True)
    dry = [_dry(rings, boxes, float(x), float(y)) for x, y in places]
    return bool(dry) and sum(dry) >= 0.98 * len(dry)


def _dry(rings: list[np.ndarray], boxes: np.ndarray, x: float, y: float) -> bool:
    around = [(x + dx, y + dy) for dx in (-SHORE, 0, SHORE) for dy in (-SHORE, 0, SHORE)]
    near = (boxes[:, 0] <= x + SHORE) & (boxes[:, 2] >= x - SHORE)
    near &= (boxes[:, 1] <= y + SHORE) & (boxes[:, 3] >= y - SHORE)
    return any(inside(rings[i], *point) for i in np.flatnonzero(near) for point in around)


def _places(theatre: Theatre, places: np.ndarray, busy: np.ndarray) -> list[dict[str, Any]]:
    most = float(busy.max()) or 1.0
    out = []
    for row, (x, y), load in zip(theatre.nodes.rows(), places, busy, strict=True):
        size = 2.2 if not load else 3.0 + 4.0 * (load / most) ** 0.5
        out.append({"x": round(x, 1), "y": round(y, 1), "r": round(size, 1), "kind": row.kind, "used": bool(load)})
    return sorted(out, key=lambda p: (p["kind"] == "sector", p["used"]))


def _labels(theatre: Theatre, places: np.ndarray, busy: np.ndarray, height: float) -> list[dict[str, Any]]:
    """Return the names that find room: sectors first, then the busiest places."""
    kinds = theatre.nodes["kind"]
    order = sorted(range(len(places)), key=lambda i: (kinds[i] != "sector", -busy[i], i))
    taken = [(x - 5, y - 5, x + 5, y + 5) for (x, y), load in zip(places, busy, strict=True) if load]
    out: list[dict[str, Any]] = []
    for i in order:
        if not busy[i] and kinds[i] != "sector" or len(out) >= 45:
            continue
        text = label(theatre.nodes, str(theatre.nodes["node"][i])).removeprefix("Sector ")
        if spot := _free_spot(places[i], 6.4 * len(text), taken, height):
            x, y, anchor, box = spot
            taken.append(box)
            out.append(
                {
                    "x": round(x, 1),
                    "y": round(y, 1),
                    "anchor": anchor,
                    "text": text,
                    "sector": kinds[i] == "sector",
                }
            )
    return out


Box = tuple[float, float, float, float]
SPOTS = (
    *((9, 4, "start"), (-9, 4, "end"), (0, -10, "middle"), (0, 18, "middle")),
    *(
        (8, -5, "start"),
        (8, 14, "start"),
        (-8, -5, "end"),
        (-8, 14, "end"),
        (0, 30, "middle"),
        (0, -22, "middle"),
    ),
)


def _free_spot(
    place: np.ndarray, length: float, taken: list[Box], height: float
) -> tuple[float, float, str, Box] | None:
    x, y = float(place[0]), float(place[1])
    own = (x - 5, y - 5, x + 5, y + 5)
    for dx, dy, anchor in SPOTS:
        left = x + dx - {"start": 0.0, "end": length, "middle": length / 2}[anchor]
        box = (left, y + dy - 10, left + length, y + dy + 3)
        within = box[0] > 2 and box[2] < WIDTH - 2 and box[1] > 2 and box[3] < height - 2
        if within and not any(_overlap(box, other) for other in taken if other != own):
            return x + dx, y + dy, anchor, box
    return None


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale(frame: Frame) -> dict[str, Any]:
    km = max((d for d in (10, 20, 50, 100, 200, 500, 1000) if d * frame.scale < 170), default=10)
    return {"km": km, "length": round(km * frame.scale, 1)}
