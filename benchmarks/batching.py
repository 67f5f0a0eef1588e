"""What a batch costs beyond its solves, and what a second process gives.

python -m benchmarks.batching [CASES] [DATABASE-URL]

The same cases are solved by a batch and by bare loops, on one process and on two, one after the other and again: a
busy machine hits all alike. What a batch costs beyond its solves is counted in CPU time: other work does not enter.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from api.jobs import Post, batch, work, worker
from api.jobs.batch_spec import BatchSpec, spec_of
from api.jobs.solving import Bench, Solved
from api.store import Scope, Store, open_store, theatres
from data import apply
from data.score import score
from optimizer import ProcessPool, plan
from tests.worlds import build

SCOPE = Scope("benchmark")


def cases(count: int) -> BatchSpec:
    axis = {str(i): [f"links[link=D-S].capacity = {i / 8:g}"] for i in range(1, count + 1)}
    return spec_of({"scenarios": ["test"], "changes": {"cap": axis}})


def submit(store: Store, spec: BatchSpec) -> str:
    theatre, scenario = build(horizon=4)
    with store.begin(SCOPE) as tx:
        return batch.submit(tx, theatres.add(tx, theatre, [scenario]), spec)


class Timed(Bench):
    """A bench that counts the CPU seconds of solves (change, plan, score), and of the figures asked of each.

    Solvers have threads of their own. So a solve is what the process used meanwhile but for the thread that watches.
    """

    solving = figures = 0.0
    watching: Callable[[], float] = staticmethod(lambda: 0.0)

    def solve(self, *args: Any, **options: Any) -> Solved:
        began = time.process_time() - Timed.watching()
        try:
            solved = super().solve(*args, **options)
        finally:
            ended = time.process_time() - Timed.watching()
            Timed.solving += ended - began
        solved.score.kpis  # noqa: B018 - worked out once, when they are first asked for
        Timed.figures += time.process_time() - Timed.watching() - ended
        return solved


def overhead(store: Store, spec: BatchSpec) -> tuple[float, float, float]:
    """Return the CPU seconds of solves, figures and all else, in a batch run by one worker in this process."""
    job_id = submit(store, spec)
    Timed.solving, Timed.figures, began = 0.0, 0.0, time.process_time()

    def run() -> None:
        clock = time.pthread_getcpuclockid(threading.get_ident())
        Timed.watching = staticmethod(lambda: time.clock_gettime(clock))
        work(Post(store.url, job_id))
        Timed.watching = staticmethod(lambda: 0.0)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return Timed.solving, Timed.figures, time.process_time() - began - Timed.solving - Timed.figures


def bare_share(capacities: Sequence[float]) -> float:
    """Return the wall seconds of solving these cases in a loop, without any database."""
    theatre, scenario = build(horizon=4)
    began = time.monotonic()
    for capacity in capacities:
        changed, asked = apply(theatre, scenario, [f"links[link=D-S].capacity = {capacity:g}"])
        score(changed, asked, plan(changed, asked).plan)
    return time.monotonic() - began


def bare(count: int, processes: int) -> float:
    """Return the wall seconds of the same cases, divided evenly beforehand over bare processes."""
    shares = [[i / 8 for i in range(1 + k, count + 1, processes)] for k in range(processes)]
    pool = ProcessPool(processes, preload=("api.jobs.worker",))
    return max(seconds for _, seconds in pool.map(bare_share, shares))


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
            worker.Bench = Timed  # type: ignore[misc]
            overhead(store, cases(10))  # imports
            for _ in range(2):
                solving, figures, rest = (1e3 * seconds / count for seconds in overhead(store, spec))
                print(f"CPU ms a case: solve {solving:.1f}, figures {figures:.1f}, else {rest:.2f}", flush=True)
            for _ in range(3):
                one, two = fanned(store, spec, 1), fanned(store, spec, 2)
                loop, loops = bare(count, 1), bare(count, 2)
                print(f"wall: batch {one:.1f} s on one process, {two:.1f} s on two ({one / two:.2f}x); "
                      f"bare {loop:.1f} s, {loops:.1f} s ({loop / loops:.2f}x)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
