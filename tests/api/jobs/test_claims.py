"""Claims, leases, fences and states, on both databases, without solving anything."""

from __future__ import annotations

import pytest

from api.jobs import State, Stopping, claims, events_after, get, retry, stop, submit
from api.jobs.claims import LostClaimError, ShardEnd
from api.jobs.owners import is_dead, new_owner
from api.store import ConflictError, MissingError, Scope, Store
from tests.api.databases import ALL

OVER_AT_ONCE = -1.0  # a lease that has run out when it begins


def queued(store: Store, shards: int = 0, **keys: object) -> str:
    with store.begin(ALL) as tx:
        return submit(tx, "plan", {}, [{"case": i} for i in range(shards)], **keys)  # type: ignore[arg-type]


def test_a_job_is_claimed_once(store: Store) -> None:
    job_id = queued(store)
    with store.begin(ALL) as tx:
        claim = claims.claim_job(tx, "a", 60)
        assert claim is not None and (claim.job_id, claim.attempt) == (job_id, 1)
        assert claims.claim_job(tx, "b", 60) is None
        assert get(tx, job_id)["state"] == State.RUNNING


def test_postgresql_skips_what_another_transaction_has_locked(postgresql_url: str) -> None:
    from api.store import open_store

    with open_store(postgresql_url) as store:
        queued(store)
        queued(store)
        with store.begin(ALL) as one, store.begin(ALL) as two:
            first, second = claims.claim_job(one, "a", 60), claims.claim_job(two, "b", 60)
            assert first is not None and second is not None and first.job_id != second.job_id
        queued(store, shards=4)
        with store.begin(ALL) as tx:
            claims.claim_shards(tx, "c", 60, 1)  # the first claim also says that the job runs
        with store.begin(ALL) as one, store.begin(ALL) as two:
            taken = [[c.number for c in claims.claim_shards(tx, "a", 60, 2)] for tx in (one, two)]
        assert taken == [[1, 2], [3]]


def test_higher_priority_then_older_comes_first(store: Store) -> None:
    old, _, urgent = queued(store), queued(store), queued(store, priority=1)
    with store.begin(ALL) as tx:
        taken = [claims.claim_job(tx, "a", 60) for _ in range(2)]
    assert [c.job_id for c in taken if c] == [urgent, old]


def test_a_lease_that_ran_out_lets_another_claim_and_fences_the_first(store: Store) -> None:
    job_id = queued(store)
    with store.begin(ALL) as tx:
        late = claims.claim_job(tx, "late", OVER_AT_ONCE)
        taken = claims.claim_job(tx, "quick", 60)
        assert late is not None and taken is not None and taken.attempt == 2
    for write in (lambda tx: claims.progress(tx, late, "solving", {}),
                  lambda tx: claims.finish(tx, late, State.SUCCEEDED)):  # fmt: skip
        with store.begin(ALL) as tx, pytest.raises(LostClaimError):
            write(tx)
    with store.begin(ALL) as tx:
        claims.finish(tx, taken, State.SUCCEEDED, reason="optimal", result={"plan": "p"})
        job = get(tx, job_id)
    assert (job["state"], job["reason"], job["result"]) == ("succeeded", "optimal", {"plan": "p"})


def test_work_that_kills_its_worker_each_time_fails_after_its_attempts(store: Store) -> None:
    job_id = queued(store, most_attempts=2)
    with store.begin(ALL) as tx:
        assert claims.claim_job(tx, "a", OVER_AT_ONCE) is not None
        claims.sweep(tx)
        assert claims.claim_job(tx, "b", OVER_AT_ONCE) is not None
        assert claims.claim_job(tx, "c", 60) is None
        claims.sweep(tx)
        job = get(tx, job_id)
    assert job["state"] == State.FAILED and job["error"]["code"] == "worker-lost"


def test_a_renewed_lease_holds(store: Store) -> None:
    queued(store, shards=1)
    with store.begin(ALL) as tx:
        claims.claim_shards(tx, "a", OVER_AT_ONCE, 1)
        claims.renew(tx, "a", 60)
        assert claims.claim_shards(tx, "b", 60, 1) == []


def test_a_shard_has_exactly_one_committed_result(store: Store) -> None:
    job_id = queued(store, shards=2)
    with store.begin(ALL) as tx:
        late = claims.claim_shards(tx, "late", OVER_AT_ONCE, 1)
        again = claims.claim_shards(tx, "quick", 60, 5)
        assert [c.number for c in again] == [0], "one whose lease ran out comes alone"
        assert claims.commit_shards(tx, [ShardEnd(late[0], result={"from": "late"})]).taken == 0
        end = ShardEnd(again[0], result={"from": "quick"})
        assert claims.commit_shards(tx, [end]).taken == 1
        assert claims.commit_shards(tx, [end]).taken == 0, "sent again after a lost connection"
        counts = get(tx, job_id)["shards"]
    assert counts == {"waiting": 1, "running": 0, "done": 1, "failed": 0}


def test_a_batch_is_closed_once_and_only_when_no_shard_is_left(store: Store) -> None:
    queued(store, shards=2)
    with store.begin(ALL) as tx:
        taken = claims.claim_shards(tx, "a", 60, 5)
        claims.commit_shards(tx, [ShardEnd(taken[0], result={})])
        assert claims.claim_job(tx, "a", 60) is None
        claims.commit_shards(tx, [ShardEnd(taken[1], error={"code": "x", "message": "y"})])
        assert claims.claim_job(tx, "a", 60) is not None
        assert claims.claim_job(tx, "b", 60) is None


def test_what_is_released_is_queued_again_uncounted(store: Store) -> None:
    job_id, batch_id = queued(store), queued(store, shards=1)
    with store.begin(ALL) as tx:
        claims.claim_job(tx, "a", 60)
        claims.claim_shards(tx, "a", 60, 1)
        claims.release(tx, "a")
        assert (get(tx, job_id)["state"], get(tx, job_id)["attempts"]) == (State.QUEUED, 0)
        assert get(tx, batch_id)["shards"]["waiting"] == 1
        again = claims.claim_shards(tx, "b", 60, 1)
    assert [c.attempt for c in again] == [1]


def test_a_job_not_begun_in_time_expires(store: Store) -> None:
    job_id = queued(store, begin_within=-1.0)
    with store.begin(ALL) as tx:
        claims.sweep(tx)
        assert get(tx, job_id)["state"] == State.EXPIRED


def test_an_aborted_job_is_cancelled_at_once_and_its_worker_is_fenced(store: Store) -> None:
    job_id = queued(store)
    with store.begin(ALL) as tx:
        claim = claims.claim_job(tx, "a", 60)
        assert claim is not None
        stop(tx, job_id, Stopping.ABORT)
        assert get(tx, job_id)["state"] == State.CANCELLED
        with pytest.raises(LostClaimError):
            claims.progress(tx, claim, "solving", {})
        with pytest.raises(ConflictError, match="is cancelled and cannot be stopped"):
            stop(tx, job_id, Stopping.KEEP_BEST)
        retry(tx, job_id)
        assert get(tx, job_id)["state"] == State.QUEUED


def test_a_stopped_batch_runs_no_more_shards_and_can_be_closed(store: Store) -> None:
    job_id = queued(store, shards=3)
    with store.begin(ALL) as tx:
        claims.claim_shards(tx, "dead", OVER_AT_ONCE, 1)
        stop(tx, job_id, Stopping.KEEP_BEST)
        assert claims.claim_shards(tx, "a", 60, 3) == []
        claims.sweep(tx)
        assert claims.claim_job(tx, "a", 60) is not None


def test_only_what_did_not_succeed_is_run_again_and_done_shards_are_kept(store: Store) -> None:
    job_id = queued(store, shards=2)
    with store.begin(ALL) as tx:
        with pytest.raises(ConflictError, match="only what did not succeed"):
            retry(tx, job_id)
        taken = claims.claim_shards(tx, "a", 60, 5)
        claims.commit_shards(tx, [ShardEnd(taken[0], result={}), ShardEnd(taken[1], error={})])
        closing = claims.claim_job(tx, "a", 60)
        assert closing is not None
        claims.finish(tx, closing, State.SUCCEEDED)
        retry(tx, job_id)
        assert [c.number for c in claims.claim_shards(tx, "a", 60, 5)] == [1]


def test_events_are_numbered_without_gaps_and_read_on_from_any(store: Store) -> None:
    job_id = queued(store)
    with store.begin(ALL) as tx:
        claim = claims.claim_job(tx, "a", 60)
        assert claim is not None
        claims.progress(tx, claim, "solving", {"gap": 0.5})
    with pytest.raises(RuntimeError), store.begin(ALL) as tx:
        claims.progress(tx, claim, "solving", {"gap": 0.4})
        raise RuntimeError
    with store.begin(ALL) as tx:
        claims.finish(tx, claim, State.SUCCEEDED)
        told = events_after(tx, job_id)
        assert [e["seq"] for e in told] == [1, 2, 3, 4]
        assert told[2]["data"] == {"phase": "solving", "gap": 0.5}
        assert [e["seq"] for e in events_after(tx, job_id, 3)] == [4]


def test_a_donor_sees_and_stops_its_own_jobs_alone(store: Store) -> None:
    coalition = queued(store)
    with store.begin(Scope("ben", ("BIRCH",))) as tx:
        own = submit(tx, "plan", {})
        for ask in (get, lambda tx, j: stop(tx, j, Stopping.ABORT), retry, events_after):
            with pytest.raises(MissingError):
                ask(tx, coalition)
        stop(tx, own, Stopping.ABORT)


def test_an_owner_is_dead_when_its_process_is() -> None:
    own = new_owner()
    place, _, word = own.rsplit(":", 2)
    assert not is_dead(own)
    assert is_dead(f"{place}:{2**22 + 1}:{word}")
    assert not is_dead(f"elsewhere:{2**22 + 1}:{word}")
