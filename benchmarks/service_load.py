"""Planners who ask a running service what-ifs, beside the same what-ifs asked of bare processes.

    python -m benchmarks.service_load [--scenario monitoring|renewed_attack] [--seconds 60] [--database URL]

`casemate serve` runs as a process. Twenty planners, a session each, take seeded edits from one list; two bare
processes hold a `Session` each and take the same edits. Both sides answer by turns in several blocks: one asks for its
share of the seconds, the other then answers exactly what was answered, and in the next block they change places, so
that a busy machine hits both alike. Every base is solved before. Answers of both sides are compared goal by goal.
The protocol says what edits are drawn of a scenario: of renewed_attack those that move little, so that an answer takes
seconds and sixty of them hold several.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psutil

from api.sessions.process import described
from benchmarks.protocol import protocol
from benchmarks.what_if import Draw, Edit
from data.counting import at_limit, usage
from data.formats import load, load_scenario, save
from data.theatre import Scenario, Theatre
from optimizer import Answer, Limits, Session, relaxed
from tests.api.service.conftest import zipped
from tests.api.service.processes import Running, serving

NOISE = 1e-6  # of scales


@dataclass
class Told:
    """What one side answered: edit, seconds from asking to the answer, goals; and everything that went wrong."""

    answers: list[tuple[int, float, Mapping[str, Any]]] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu: float = 0.0


@dataclass
class Edits:
    """Edits in their order, handed out one by one: until the seconds are over, or until none is left."""

    texts: Sequence[Sequence[str]]
    order: list[int]
    until: float = math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int | None:
        with self._lock:
            return self.order.pop(0) if self.order and time.monotonic() < self.until else None

    def give_back(self, number: int) -> None:
        with self._lock:
            self.order.insert(0, number)


# Bare processes


def bare(pipe: Connection, scenario: str, relax: bool, gap: float, deadline: float) -> None:
    theatre = load("europe")
    session = Session(theatre, load_scenario("europe", theatre, scenario), relax=relax, patience=math.inf)
    pipe.send(session.base(Limits(gap=gap)))
    while (changes := pipe.recv()) is not None:
        pipe.send(described(session.ask(changes, Limits(seconds=deadline, gap=gap))))


class Bare:
    """Two processes with a session each, asked by pipes."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        context = get_context("spawn")
        self.pipes, self.processes = [], []
        for _ in range(2):
            pipe, other = context.Pipe()
            arguments = (other, told["scenario"], told["relax"], told["gap"], told["deadline_s"])
            self.processes.append(context.Process(target=bare, args=arguments, daemon=True))
            self.processes[-1].start()
            self.pipes.append(pipe)
        self.base = [pipe.recv() for pipe in self.pipes][0]

    def asker(self, number: int, edits: Edits, told: Told) -> Callable[[], None]:
        def ask() -> None:
            while (edit := edits.take()) is not None:
                began = time.monotonic()
                self.pipes[number].send(edits.texts[edit])
                answer = self.pipes[number].recv()
                told.answers.append((edit, time.monotonic() - began, answer))

        return ask

    def pids(self) -> list[int]:
        return [int(process.pid or 0) for process in self.processes]

    def end(self) -> None:
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(None)
            process.join()


# The service


class Planner:
    """One planner: a client and a session of its own."""

    def __init__(self, service: Running, scenario: str, told: Mapping[str, Any]) -> None:
        own = {"Authorization": f"Bearer {service.token}"}
        self.client = httpx2.Client(base_url=service.url, headers=own, timeout=600)
        made = self.client.post("/v1/sessions", json={"scenario": scenario, "relax": told["relax"]})
        self.place = f"{made.json()['id']}/what-if"
        self.limits = {"gap": told["gap"], "deadline_ms": int(1000 * told["deadline_s"])}

    def ask(self, changes: Sequence[str]) -> httpx2.Response:
        return self.client.post(f"/v1/sessions/{self.place}", json={"changes": list(changes), **self.limits})

    def warm(self, seconds: float) -> None:
        """Have the base solved by the process that takes this planner's question."""
        asked = {"gap": self.limits["gap"], "deadline_ms": int(1000 * seconds)}
        answer = self.client.post(f"/v1/sessions/{self.place}", json=asked, timeout=seconds + 60)
        assert answer.status_code == 200, answer.text

    def asker(self, edits: Edits, told: Told) -> Callable[[], None]:
        def ask() -> None:
            while (edit := edits.take()) is not None:
                began = time.monotonic()
                try:
                    answer = self.ask(edits.texts[edit])
                except httpx2.HTTPError as error:
                    told.statuses[f"lost: {type(error).__name__}"] += 1
                    continue
                told.statuses[str(answer.status_code)] += 1
                if answer.status_code == 200:
                    found = answer.json()
                    told.answers.append((edit, time.monotonic() - began, found))
                    told.statuses["answer to another question"] += found["changes"] != list(edits.texts[edit])
                elif answer.status_code == 503:
                    edits.give_back(edit)
                    time.sleep(min(float(answer.headers["Retry-After"]), max(0.0, edits.until - time.monotonic())))

        return ask


# Both


def run(askers: Sequence[Callable[[], None]], told: Told, pids: Sequence[int]) -> None:
    """Let them ask until nothing is left; their seconds and the processes' CPU seconds are added."""
    threads = [threading.Thread(target=ask) for ask in askers]
    began, before = time.monotonic(), cpu(pids)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.seconds += time.monotonic() - began
    told.cpu += cpu(pids) - before


def cpu(pids: Sequence[int]) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


Side = Callable[[Edits, Told], None]


def beside(sides: tuple[Side, Side], texts: Sequence[Sequence[str]], blocks: int, seconds: float) -> tuple[Told, Told]:
    """Return what both sides answered: in each block one asks for its seconds, the other answers the same edits."""
    told, order, left = (Told(), Told()), list(range(len(texts))), blocks
    while left:
        first = left % 2
        edits = Edits(texts, order, time.monotonic() + seconds / blocks)
        known = len(told[first].answers)
        sides[first](edits, told[first])
        same = [edit for edit, _, _ in told[first].answers[known:]]
        sides[1 - first](Edits(texts, same), told[1 - first])
        left -= 1
    return told


def apart(ours: Told, others: Told, gap: float) -> int:
    """Return the number of edits whose proven intervals of some goal lie apart, each goal after equal earlier ones."""
    known = {edit: answer for edit, _, answer in others.answers}
    found = 0
    for edit, _, answer in ours.answers:
        for a, b in zip(answer["goals"], known[edit]["goals"] if edit in known else (), strict=False):
            slack = (NOISE + 2 * gap) * a["scale"]
            if a["bound"] > b["value"] + slack or b["bound"] > a["value"] + slack:
                found += 1
                break
            if abs(a["value"] - b["value"]) > NOISE * a["scale"]:
                break  # later goals are asked under other earlier ones
    return found


class Slight(Draw):
    """Draws edits that move little too: of limits that the base's plan does not reach, and of lots by a hundredth."""

    def __init__(self, theatre: Theatre, scenario: Scenario, base: Answer, rng: np.random.Generator) -> None:
        super().__init__(theatre, scenario, base, rng)
        held = at_limit(usage(theatre, scenario, base.plan))
        self.full = {(str(kind), str(key)) for kind, key in zip(held["kind"], held["key"], strict=True)}

    def _drawn(self, kind: str) -> Edit:
        if kind == "slack":
            return self._slack()
        if kind == "slight":
            i, used = self._pick(self.by_lot)
            lot, factor = self.theatre.stocks["lot"][i], self.rng.choice([0.99, 1.01])
            return Edit((f"stocks[lot={lot}].on_hand *= {factor}",), used)
        return super()._drawn(kind)

    def _slack(self) -> Edit:
        of_links, of_nodes = ("links", "link", "capacity", self.by_link), ("nodes", "node", "handling", self.by_node)
        for table, key, column, weight in (of_links, of_nodes)[:: 1 if self.rng.integers(2) else -1]:
            rows, kind = self.theatre.tables[table], "link" if table == "links" else "handling"
            free = np.array([(kind, str(name)) not in self.full for name in rows[key]]) & ~np.isnan(rows[column])
            if free.any():
                i, used = self._pick(weight if weight[free].any() else np.ones(len(weight)), free)
                return Edit((f"{table}[{key}={rows[key][i]}].{column} *= {self.rng.choice([0.95, 1.05])}",), used)
        raise RuntimeError("every limit of links and nodes is reached: there is no slack to edit")


def drawn(told: Mapping[str, Any], base: Answer) -> list[tuple[str, ...]]:
    theatre = load("europe")
    scenario = load_scenario("europe", theatre, told["scenario"])
    asked = relaxed(theatre, scenario) if told["relax"] else (theatre, scenario)
    draw, kinds = Slight(*asked, base, np.random.default_rng(told["seed"])), told["kinds"]
    draw.theatre, draw.scenario = theatre, scenario  # edits are in the units of the given tables
    return [draw.one(kinds[n % len(kinds)]).changes for n in range(told["edits"])]


def p95(told: Told) -> float:
    return float(np.percentile([seconds for _, seconds, _ in told.answers], 95))


def opened(service: Running, scenario: str, folder: Path) -> str:
    """Return the id of this scenario of europe, uploaded."""
    theatre = load("europe")
    save(folder / "europe", theatre, [load_scenario("europe", theatre, scenario)])
    made = service.client.post("/v1/theatres?name=europe", content=zipped(folder / "europe"),
                               headers={"Content-Type": "application/zip"}).json()  # fmt: skip
    found = service.client.get(f"/v1/scenarios?theatre={made['id']}").json()["items"]
    return str(found[0]["id"])


def measured(told: Mapping[str, Any], database: str, folder: Path) -> dict[str, Any]:
    """Return the figures of one run: many planners, then two."""
    processes = Bare(told)
    texts = drawn(told, processes.base)
    with serving(database, "--workers", "0") as service:
        scenario = opened(service, told["scenario"], folder)
        planners = [Planner(service, scenario, told) for _ in range(told["planners"])]
        with ThreadPoolExecutor(2) as both:  # the second meets the first process busy, and warms the other
            list(both.map(lambda planner: planner.warm(told["base_s"]), planners[:2]))
        pids = family(service.process.pid)

        def served(count: int) -> Side:
            return lambda edits, into: run([p.asker(edits, into) for p in planners[:count]], into, pids)

        def alone(edits: Edits, into: Told) -> None:
            run([processes.asker(n, edits, into) for n in range(2)], into, processes.pids())

        many, same = beside((served(told["planners"]), alone), texts, told["blocks"], told["seconds"])
        two, bare_two = beside((served(2), alone), texts[::-1], told["blocks"], told["two_seconds"])
    processes.end()
    each = [t.cpu / max(1, len(t.answers)) for t in (many, same)]
    return {
        "scenario": told["scenario"], "planners": told["planners"], "answers": len(many.answers),
        "asked_s": round(many.seconds, 1), "bare_s": round(same.seconds, 1), "statuses": dict(+many.statuses),
        "throughput": round(same.seconds / many.seconds, 3), "cpu_each": [round(e, 3) for e in each],
        "apart": apart(many, same, told["gap"]), "two_answers": len(two.answers),
        "two_statuses": dict(+two.statuses), "p95_two": round(p95(two), 2), "p95_bare": round(p95(bare_two), 2),
        "p95_ratio": round(p95(two) / p95(bare_two), 3),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--database", help="else a file of this run")
    asked = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        database = str(asked.pop("database", f"sqlite:///{Path(folder) / 'load.db'}"))
        told = protocol()["service_load"]
        own = told.get(asked.get("scenario", told["scenario"]), {})
        print(json.dumps(measured({**told, **own, **asked}, database, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
