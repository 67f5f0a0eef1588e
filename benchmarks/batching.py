"""What a batch costs beyond its solves, and what a second process gives.

python -m benchmarks.batching [CASES] [DATABASE-URL]

The same cases are solved in a bare loop, by a batch on one process and by one on two, one after the other and again, so
that a busy machine hits all alike. Overhead is CPU time of one process: the machine's other work does not enter.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

from api.jobs import Post, batch, work
from api.jobs.batch_spec import BatchSpec, spec_of
from api.jobs.solving import Bench, Question
from api.store import Scope, Store, open_store, scenarios, theatres
from optimizer import ProcessPool
from tests.worlds import build

SCOPE = Scope("benchmark")


def cases(count: int) -> BatchSpec:
    axis = {str(i): [f"links[link=D-S].capacity = {i / 8:g}"] for i in range(1, count + 1)}
    return spec_of({"scenarios": ["test"], "changes": {"cap": axis}})


def submit(store: Store, spec: BatchSpec) -> str:
    theatre, scenario = build(horizon=4)
    with store.begin(SCOPE) as tx:
        return batch.submit(tx, theatres.add(tx, theatre, [scenario]), spec)


def bare(store: Store, spec: BatchSpec) -> float:
    """Return the CPU seconds of the solves alone: change, plan, score."""
    theatre, scenario = build(horizon=4)
    with store.begin(SCOPE) as tx:
        found = scenarios.named(tx, theatres.add(tx, theatre, [scenario]), "test")["id"]
    bench = Bench(store)
    began = time.process_time()
    for case in spec.cases:
        bench.solve(Question(found, case.changes), SCOPE)
    return time.process_time() - began


def in_a_batch(store: Store, spec: BatchSpec) -> float:
    """Return the CPU seconds of the same in a batch run by one worker in this process."""
    job_id = submit(store, spec)
    began = time.process_time()
    thread = threading.Thread(target=work, args=(Post(store.url, job_id),))
    thread.start()
    thread.join()
    return time.process_time() - began


def fanned(store: Store, spec: BatchSpec, processes: int) -> float:
    """Return the wall seconds of a batch on so many processes, from its first claim to its end."""
    job_id = submit(store, spec)
    pool = ProcessPool(processes, preload=("api.jobs.worker",))
    for _ in pool.map(work, [Post(store.url, job_id)] * processes):
        pass
    with store.read(SCOPE) as tx:
        job = batch.records.get(tx, job_id)
    return float(job["finished_at"] - job["started_at"])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    spec = cases(count)
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{Path(folder) / 'b.db'}"
        with open_store(url) as store:
            bare(store, cases(10))  # imports
            for _ in range(3):
                alone, batched = bare(store, spec), in_a_batch(store, spec)
                print(f"CPU a case: bare {1e3 * alone / count:.1f} ms, in a batch {1e3 * batched / count:.1f} ms, "
                      f"overhead {1e3 * (batched - alone) / count:.1f} ms", flush=True)  # fmt: skip
            for _ in range(3):
                one, two = fanned(store, spec, 1), fanned(store, spec, 2)
                print(f"wall: one process {one:.1f} s, two {two:.1f} s, {one / two:.2f}x", flush=True)


if __name__ == "__main__":
    main()
