"""What `protocol.toml` says: the solver paths by name, and the theatres, seeds and time-outs of published tables."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.relax import relaxed
from data.theatre import Scenario, Theatre
from optimizer.program import Solver

FILE = Path(__file__).with_name("protocol.toml")


def protocol() -> dict[str, Any]:
    """Return the protocol as it is written."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def library(path: str) -> str:
    """Return the solver behind a path, as `--solver` names it; KeyError for a path that is not in the protocol."""
    return str(protocol()["paths"][path]["solver"])


def solver_of(path: str) -> Solver:
    """Return a fresh solver of a path, with its options."""
    said = protocol()["paths"][path]
    solver, options = said["solver"], said.get("options", {})
    if solver == "highs":
        from optimizer.solvers.highs import Highs

        return Highs(**options)
    if solver in ("cbc", "pulp-highs"):
        from optimizer.solvers.pulp import Cbc, PulpHighs

        return Cbc(options) if solver == "cbc" else PulpHighs()
    from optimizer.solvers.ortools import Glop, Pdlp

    return Glop() if solver == "glop" else Pdlp(**options)


def theatres(said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the instances that a table names, each as `instance` takes it."""
    if "name" in said:
        yield dict(said)
        return
    for seed in said["seeds"]:
        for congestion in said["congestion"]:
            yield {"size": said["size"], "congestion": congestion, "seed": seed}


def instance(said: Mapping[str, Any]) -> tuple[Theatre, Scenario]:
    """Return a theatre with fractions of whole items, as all solvers are compared."""
    return relaxed(*whole_instance(said))


def whole_instance(said: Mapping[str, Any]) -> tuple[Theatre, Scenario]:
    """Return a generated or a shipped theatre as it is."""
    if "name" in said:
        from api.commands.questions import read_question

        return read_question(said["name"], said["scenario"])
    from data.synthetic import generate

    return generate(said["size"], said["congestion"], said["seed"])


def label(said: Mapping[str, Any]) -> str:
    """Return an instance in a word, as tables name it."""
    return "-".join(Path(str(value)).name for value in said.values())
