"""The commands about the database: batches, workers, the audit log. They join those of api/cli.py."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

jobs = typer.Typer()
audit = typer.Typer(help="The audit log of a database.", no_args_is_help=True)


class Fan(StrEnum):
    """Where the work of a batch runs."""

    PROCESSES = "processes"
    RAY = "ray"


DatabaseOpt = Annotated[
    str, typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.")
]
OutOpt = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the batch.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]


@jobs.command()
def batch(
    spec: Annotated[Path, typer.Argument(metavar="SPEC.yaml", help="Cases, how to solve them, and what must hold.")],
    out: OutOpt = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes, or tasks on a cluster.")] = 2,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="Database of the shards; else a file in DIR.")
    ] = None,
    executor: Annotated[Fan, typer.Option("--executor", help="Where the work runs.")] = Fan.PROCESSES,
    json: JsonOpt = False,
) -> int:
    """Answer a grid or list of cases as one table, and judge it by rules; begun again, it goes on where it was."""
    from api.commands.batching import run_batch

    return run_batch(spec, out, workers, database, str(executor), json)


@jobs.command()
def worker(
    database: DatabaseOpt,
    processes: Annotated[int, typer.Option("--processes", metavar="N", help="Solver processes of this worker.")] = 1,
) -> int:
    """Take jobs from a database and do them, until told to end."""
    from api.commands.working import run_worker

    return run_worker(database, processes)


@jobs.command()
def serve(
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="Database; else CASEMATE_DATABASE, or a file here.")
    ] = None,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="Port.")] = 8000,
    jwks: Annotated[
        Path | None, typer.Option("--jwks", metavar="FILE", help="Keys that sign tokens; without it: loopback only.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=0, max=64, help="Processes that do jobs.")
    ] = None,
) -> int:
    """Serve theatres, plans and what-ifs over HTTP; with nothing given, to this machine alone."""
    from api.commands.serving import run_serve

    return run_serve(database, host, port, jwks, workers)


@audit.command("verify")
def audit_verify(
    database: DatabaseOpt,
    head: Annotated[Path | None, typer.Option("--head", metavar="FILE", help="A signed head kept elsewhere.")] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The public key of its signature.")] = None,
    json: JsonOpt = False,
) -> int:
    """Check that no row of the log was altered, taken out or put in, and name the first that was."""
    from api.commands.auditing import run_audit_verify

    return run_audit_verify(database, head, key, json)


@audit.command("head")
def audit_head(
    database: DatabaseOpt,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key (Ed25519, JWK) that signs.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    json: JsonOpt = False,
) -> int:
    """Verify the log, sign its head and write it, to be kept elsewhere."""
    from api.commands.auditing import run_audit_head

    return run_audit_head(database, key, out, json)


@audit.command("key")
def audit_key(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Private key; the public one is FILE.pub.")],
    json: JsonOpt = False,
) -> int:
    """Make a key pair that signs heads of the log."""
    from api.commands.auditing import run_audit_key

    return run_audit_key(out, json)
