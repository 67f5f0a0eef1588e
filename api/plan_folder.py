"""PLAN_DIR: a plan with everything that is needed to check it again, written whole or not at all.

inputs/          the theatre as CSV, the scenario in scenarios/<name>/, changes.json of a what-if
*.csv            the plan's tables
plan.json        the document of the answer (docs/cli.md)
certificate.csv  the prices that prove its bounds, where there are any (docs/formulations/certificate.md)
briefing.html    the same for a reader, briefing.pptx for a projector
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.errors import OutputError, PlanFolderError
from api.report import to_json
from data.contracts import CERTIFICATE, PLAN
from data.formats import load, load_scenario, read_plan, save, scenario_names, write_plan
from data.formats.csv_file import read_csv, to_csv
from data.formats.folder import write_tables
from data.plan import Plan
from data.problems import DigestError, TableError
from data.tables import SCHEMA_VERSION, Table
from data.theatre import Scenario, Theatre

DOCUMENT, INPUTS, CHANGES = "plan.json", "inputs", "changes.json"
PAGE, SLIDES, PRICES = "briefing.html", "briefing.pptx", f"{CERTIFICATE.name}.csv"
OURS = {DOCUMENT, PAGE, SLIDES, PRICES, INPUTS, *(f"{name}.csv" for name in PLAN)}


def check_out(out: Path) -> Path:
    """Return the folder to write to, resolved; OutputError if something else than a plan stands there."""
    folder = out.expanduser().resolve()
    refuse_foreign(folder, OURS, DOCUMENT, "a plan")
    return folder


def refuse_foreign(folder: Path, ours: set[str], mark: str, what: str) -> None:
    """Raise OutputError if the folder holds anything that was not written as `what`, known by its `mark`."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"--out '{folder.name}' is a file; name a new folder")
    above = next(p for p in folder.parents if p.exists())
    if not above.is_dir():
        raise OutputError(f"--out '{folder}' would stand in a file, {above}; name a new folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise OutputError(f"--out '{folder}' cannot be written: no right to write in {above}; name another place")
    here = Path.cwd()
    if folder == here or folder in here.parents:
        raise OutputError(f"--out '{folder.name}' holds the folder you are in; name a new folder")
    found = {p.name for p in folder.iterdir()} if folder.is_dir() else set()
    foreign = sorted(found - ours) or sorted(found if mark not in found else ())
    if foreign:
        held = ", ".join(foreign[:5]) + (" …" if len(foreign) > 5 else "")
        raise OutputError(
            f"--out '{folder.name}' holds something else than {what} ({held}); name a new or empty folder"
        )


def write_plan_folder(
    out: Path,
    theatre: Theatre,
    scenario: Scenario,
    plan: Plan,
    document: Mapping[str, Any],
    briefings: Mapping[str, bytes],
    certificate: Table | None = None,
) -> None:
    """Write the plan folder: beside its place first, then moved there, an older plan taken away last.

    `briefings` are the contents of its pages by the names of their files.
    """

    def write(folder: Path) -> None:
        inputs = save(folder / INPUTS, theatre)
        write_tables(inputs / "scenarios" / folder_name(scenario.name), scenario)
        if "changes" in document:
            kept = {"changes": document["changes"], "base": document["base"]["digest"]}
            (inputs / CHANGES).write_text(to_json(kept) + "\n", encoding="utf-8")
        write_plan(folder, plan)
        if certificate is not None:
            (folder / PRICES).write_text(to_csv(certificate), encoding="utf-8")
        (folder / DOCUMENT).write_text(to_json(document) + "\n", encoding="utf-8")
        for name, content in briefings.items():
            (folder / name).write_bytes(content)

    write_whole(out, write)


def write_whole(out: Path, write: Any) -> None:
    """Call `write` on a new folder beside `out`, then put it in the place of `out`."""
    token = uuid.uuid4().hex[:8]
    fresh, old = out.with_name(f".{out.name}.{token}.new"), out.with_name(f".{out.name}.{token}.old")
    with writable(out):
        try:
            fresh.mkdir()
            write(fresh)
            if out.exists():
                out.rename(old)
            try:
                fresh.rename(out)
            except OSError:
                if old.exists():
                    old.rename(out)
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def writable(out: Path) -> Iterator[None]:
    """Make the folder that `out` stands in; where anything fails, take it away again and say what cannot be written."""
    missing = [folder for folder in out.parents if not folder.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            above = next((p for p in out.parents if p.exists()), out.parent)
            reason = (error.strerror or str(error)) if above.is_dir() else f"{above} is a file"
            raise OSError(f"{out} ({reason}); name a place that you may write to and that has room") from None
        raise


def folder_name(name: str) -> str:
    """Return the name as a folder name: whatever could lead out of the folder is replaced."""
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "scenario"


@dataclass(frozen=True)
class PlanFolder:
    """What a plan folder holds, read back and checked against its contracts."""

    theatre: Theatre
    scenario: Scenario
    plan: Plan
    document: Mapping[str, Any]
    certificate: Table | None = None

    def changed(self) -> list[str]:
        """Return which of theatre, scenario and plan are not those that plan.json names."""
        own = {"theatre": self.theatre.digest, "scenario": self.scenario.digest, "plan": self.plan.digest}
        named = self.document["digest"]
        if self.certificate is not None or "certificate" in named:
            own["certificate"] = "" if self.certificate is None else self.certificate.digest
        return [name for name in own if named.get(name) != own[name]]

    def check_digests(self) -> None:
        """Raise DigestError if the tables are not those that plan.json names."""
        if changed := self.changed():
            raise DigestError(
                f"the tables of {' and '.join(changed)} are not the ones plan.json names: they were "
                "changed after the plan was written; plan again, or take the folder from where it came"
            )


def read_plan_folder(folder: Path) -> PlanFolder:
    """Return what a plan folder holds; PlanFolderError or TableError say what is missing or wrong."""
    if not folder.is_dir():
        raise PlanFolderError(f"no plan folder '{folder}'; check the path")
    document = _read_document(folder)
    inputs = folder / INPUTS
    names = scenario_names(inputs) if inputs.is_dir() else []
    if len(names) != 1:
        raise PlanFolderError(f"'{folder}' must hold its inputs with one scenario (found {len(names)}); plan again")
    theatre = load(inputs)
    scenario, plan = load_scenario(inputs, theatre, names[0]), read_plan(folder)
    return PlanFolder(theatre, scenario, plan, document, _read_certificate(folder))


def _read_certificate(folder: Path) -> Table | None:
    if not (folder / PRICES).is_file():
        return None
    frame, problems = read_csv(folder / PRICES)
    if problems:
        raise TableError(problems)
    return Table.of(CERTIFICATE, frame)


def require(document: Mapping[str, Any], *names: str) -> None:
    """Raise PlanFolderError if plan.json has not all of these."""
    missing = [name for name in names if name not in document]
    if missing:
        raise PlanFolderError(f"{DOCUMENT} lacks {', '.join(missing)}; plan again")


def _read_document(folder: Path) -> Mapping[str, Any]:
    path = folder / DOCUMENT
    if not path.is_file():
        raise PlanFolderError(f"'{folder}' holds no {DOCUMENT}; give the folder a plan was written to")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PlanFolderError(f"{DOCUMENT} cannot be read ({error}); plan again") from None
    version = document.get("schema") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise PlanFolderError(f"schema {version} in {DOCUMENT} is not known here (known: {SCHEMA_VERSION})")
    shape = {"digest": dict, "objectives": dict, "goals": list}
    wrong = [name for name, kind in shape.items() if not isinstance(document.get(name), kind)]
    if wrong:
        raise PlanFolderError(f"{DOCUMENT} lacks {', '.join(wrong)}; plan again")
    for goal in document["goals"]:
        if not isinstance(goal, dict) or not {"goal", "value", "bound", "scale", "gap", "proof"} <= set(goal):
            raise PlanFolderError(f"{DOCUMENT} has a goal without value, bound, scale, gap or proof; plan again")
    return dict(document)
