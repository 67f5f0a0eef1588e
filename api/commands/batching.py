"""The command `batch`: a spec's cases as shards, answered in processes or on a cluster, judged, one table.

DIR/batch.json        the job, what it answers, its verdict
DIR/batch.db          the shards, if no other database is named
DIR/results.parquet   one row a case
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.commands.console import print_json, screen
from api.errors import ABORTED, ANSWERED, UNLAWFUL, OutputError, UseError
from api.jobs import Post, State, batch, records, work
from api.jobs.acceptance import verdicts
from api.jobs.batch_spec import BatchSpec, read_spec
from api.jobs.states import OVER, Shard
from api.plan_folder import refuse_foreign
from api.report import to_json
from api.store import MissingError, Scope, Store, Transaction, audit, open_store
from api.store import theatres as theatre_rows
from data.formats import load_scenario, open_source
from data.formats.archive import frame_to_parquet
from data.formats.source import load
from optimizer import Executor, ProcessPool

NOTE, DATABASE = "batch.json", "batch.db"
OURS = {NOTE, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", batch.TABLE}
LEASE = 10.0  # seconds: the processes are this command's own
MOST_DEATHS = 100
SHOWN = 10  # failures named on the screen


@dataclass(frozen=True)
class _Place:
    """Where a batch stands: its folder, its database, whose it is."""

    out: Path
    store: Store
    scope: Scope


def run_batch(
    spec_path: Path, out: Path | None, workers: int, database: str | None, executor: str, as_json: bool
) -> int:
    """Answer what is not answered yet, judge, write and print; return the exit code."""
    if workers < 1:
        raise UseError(f"--workers {workers} makes no sense; give at least 1")
    spec = read_spec(spec_path)
    folder = (out or Path(f"batch-{spec_path.stem}")).expanduser().resolve()
    refuse_foreign(folder, OURS, NOTE, "a batch")
    fan = _executor(executor, workers, database)
    folder.mkdir(parents=True, exist_ok=True)
    if not _note(folder):
        _write_note(folder, {})  # the folder is known as a batch's from now on
    with open_store(database or f"sqlite:///{folder / DATABASE}") as store:
        place = _Place(folder, store, Scope("batch"))
        job_id = _job(place, spec, spec_path)
        broken_off = False
        try:
            with _bar(place, job_id, as_json):
                posts = [Post(store.url, job_id, LEASE, hears_signals=executor == "processes")] * workers
                for _ in fan.map(work, posts):
                    pass
        except KeyboardInterrupt:
            broken_off = True
        with store.read(place.scope) as tx:
            told, frame = _told(tx, job_id, spec)
    (folder / batch.TABLE).write_bytes(frame_to_parquet(frame, {"casemate.marking": told["marking"]}))
    _write_note(folder, {**_note(folder), **told})
    if as_json:
        print_json({**told, "out": str(folder)})
    else:
        _show(told, folder)
    return ABORTED if broken_off else ANSWERED if told["passed"] else UNLAWFUL


def _executor(name: str, workers: int, database: str | None) -> Executor:
    if name == "processes":
        return ProcessPool(workers, most_runs=MOST_DEATHS, preload=("api.jobs.worker",))
    if database is None:
        raise UseError("--executor ray needs --database: hosts of a cluster share no file")
    from api.jobs.ray_executor import RayExecutor

    return RayExecutor()


def _job(place: _Place, spec: BatchSpec, spec_path: Path) -> str:
    """Return the job of this spec: a new one, or the one begun earlier, queued again for what it lacks."""
    theatre_id = _theatre(place, spec, spec_path)
    answers = {"theatre": theatre_id, "spec": spec.digest}
    noted = _note(place.out)
    if "job" in noted and {name: noted.get(name) for name in answers} != answers:
        raise OutputError(f"'{place.out.name}' holds another batch (of other cases or another theatre); name a new one")
    with place.store.begin(place.scope) as tx:
        job = _begun(tx, noted.get("job", ""))
        if job is not None:
            if job["state"] in OVER and job["shards"][Shard.DONE] < len(spec.cases):
                records.retry(tx, job["id"])
            return str(job["id"])
        job_id = batch.submit(tx, theatre_id, spec)
        audit.record(tx, "job.submit", job_id, {"kind": "batch", "cases": len(spec.cases)})
        # NB: noted before the commit: a note whose job is not there begins anew, a job without a note is run twice
        _write_note(place.out, {"job": job_id, **answers})
    return job_id


def _begun(tx: Transaction, job_id: str) -> dict[str, Any] | None:
    try:
        return records.get(tx, job_id)
    except MissingError:
        return None


def _theatre(place: _Place, spec: BatchSpec, spec_path: Path) -> str:
    if not spec.theatre:
        raise UseError(f"'{spec_path.name}' names no theatre; add theatre: a shipped name, a workbook or a folder")
    beside = spec_path.parent / spec.theatre
    source = open_source(beside if beside.exists() else spec.theatre)
    theatre = load(source)
    asked = [load_scenario(source, theatre, name) for name in dict.fromkeys(case.scenario for case in spec.cases)]
    with place.store.begin(place.scope) as tx:
        return theatre_rows.add(tx, theatre, asked)


def _note(folder: Path) -> dict[str, Any]:
    path = folder / NOTE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _write_note(folder: Path, note: Mapping[str, Any]) -> None:
    fresh = folder / f".{NOTE}.new"
    fresh.write_text(to_json(note) + "\n", encoding="utf-8")
    fresh.replace(folder / NOTE)


@contextmanager
def _bar(place: _Place, job_id: str, quiet: bool) -> Iterator[None]:
    """Show on a terminal how many shards are done, while the work goes on."""
    console, over = Console(stderr=True), threading.Event()
    if quiet or not console.is_terminal:
        yield
        return

    def follow(bar: Progress) -> None:
        task = bar.add_task("cases", total=None)
        while not over.wait(0.3):
            with place.store.read(place.scope) as tx:
                counts = records.shard_counts(tx, job_id)
            failed = f" · {counts[Shard.FAILED]} failed" if counts[Shard.FAILED] else ""
            ended = counts[Shard.DONE] + counts[Shard.FAILED]
            bar.update(task, completed=ended, total=sum(counts.values()), description=f"cases{failed}")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        thread = threading.Thread(target=follow, args=(bar,), name="bar", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _told(tx: Transaction, job_id: str, spec: BatchSpec) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return what is said of a batch, judged by the spec's rules as they are now, and its table."""
    job, frame = records.get(tx, job_id), batch.results(tx, job_id)
    rules = verdicts(spec.expect, frame)
    whole = job["state"] == State.SUCCEEDED and job["shards"][Shard.DONE] == len(frame)
    told = {
        "job": job_id, "name": spec.name, "marking": job["marking"], "state": job["state"], "cases": len(frame),
        "done": job["shards"][Shard.DONE], "failed": job["shards"][Shard.FAILED], "failures": batch.failures(frame),
        "rules": rules, "passed": whole and all(rule["passed"] for rule in rules), "error": job["error"],
    }  # fmt: skip
    return told, frame


def _show(told: Mapping[str, Any], folder: Path) -> None:
    console = screen()
    console.print(f"{told['marking']}\nbatch {told['name']}: {told['done']} of {told['cases']} cases answered, "
                  f"{told['failed']} failed · {told['state']}")  # fmt: skip
    for failure in told["failures"][:SHOWN]:
        console.print(f"  failed: {failure['case']}: {failure['error']}", markup=False)
    if len(told["failures"]) > SHOWN:
        console.print(f"  … and {len(told['failures']) - SHOWN} more")
    if told["rules"]:
        shown = Table("rule", "verdict", "broken by")
        for rule in told["rules"]:
            by = rule["note"] or ", ".join(rule["cases"][:3]) + (" …" if rule["broken"] > 3 else "")
            verdict = "pass" if rule["passed"] else f"FAIL ({rule['broken']})"
            shown.add_row(escape(rule["rule"]), verdict, escape(by))
        console.print(shown)
    if told["state"] not in OVER:
        console.print("broken off: the same command goes on where it was")
    console.print(f"table: {folder / batch.TABLE}")
