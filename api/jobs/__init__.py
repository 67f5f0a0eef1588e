"""Long work as rows of the database: submitted, claimed, leased, fenced, finished exactly once.

    with store.begin(scope) as tx:
        job_id = submit(tx, "plan", {"scenario": scenario_id, "gap": 1e-4})
    work(Post(store.url))            in any number of processes on any number of hosts

What is asked and followed stands in records.py, what workers do in claims.py and worker.py, kinds of jobs in kinds.py.
"""

from api.jobs.records import events_after, get, listed, retry, stop, submit
from api.jobs.states import State, Stopping
from api.jobs.worker import Post, work

__all__ = ["Post", "State", "Stopping", "events_after", "get", "listed", "retry", "stop", "submit", "work"]
