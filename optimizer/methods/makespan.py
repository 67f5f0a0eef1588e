"""The shortest schedule of mandatory works without dates: by hand's rule, by CP-SAT, and then in parts.

A serial schedule gives a length, and longest chain and work content a floor. What CP-SAT does not close at once is cut
into parts: two works that cannot be at the same time come in one order or in the other, and either order narrows the
windows of what comes before and after. The pair is taken whose orders both narrow most. Every part is a smaller proof,
asked for a shorter schedule than the best there is, and parts need not wait for each other. What is too short even for
works that may be broken off (`preemptive.py`) is no part: often one order of a pair, so that few parts go far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

from optimizer.formulations.works import Choice, Instance, build
from optimizer.formulations.works.serial import longest_path, schedule
from optimizer.methods.preemptive import least, too_short
from optimizer.methods.schedule import Scheduled
from optimizer.outcome import Clock, OnProgress, Progress, Reason, Stop, silent
from optimizer.solvers import master

AT_ONCE = 1.0  # s of CP-SAT before the parts
SEARCHES = ("no_lp", "objective_lb_search_no_lp")  # from above, and from below
PARTS = 2  # for each thread, so that none waits long for the last one
DEEPEST = 14  # orders decided in a part


def makespan(instance: Instance, clock: Clock, on_progress: OnProgress = silent) -> Scheduled:
    """Return the shortest schedule of an instance of mandatory works without dates, with the bound of its length."""
    floor = max(longest_path(instance), work_content(instance))
    first = schedule(instance, clock.limits.seed)
    out = Scheduled(instance, first, bounds={"makespan": floor})
    if first:
        out.values = {"makespan": _length(first)}
        on_progress(Progress("serial", "makespan", 0, out.values["makespan"], floor, clock.elapsed))
        if out.values["makespan"] <= floor:
            return out
        instance = replace(instance, horizon=out.values["makespan"])
    else:
        most = sum(max(w.duration for w in job.ways) for job in instance.jobs)
        instance = replace(instance, horizon=min(instance.horizon, most))
    parts = clock.limits.threads > 1
    _solve(instance, out, clock, on_progress, AT_ONCE if parts else None)
    if parts and out.reason in (Reason.FEASIBLE, Reason.NO_PLAN) and clock.over() is None:
        if out.chosen:
            out.bounds["makespan"] = least_horizon(instance, out.bounds["makespan"], out.values["makespan"], clock)
            Parts(out, clock, on_progress).solve()
        else:
            _solve(instance, out, clock, on_progress, None)
    return out


def least_horizon(instance: Instance, floor: int, reached: int, clock: Clock) -> int:
    """Return the least horizon from a floor on, at most what is reached, that is not known to be too short."""
    while floor < reached:
        middle = (floor + reached) // 2
        if too_short(replace(instance, horizon=middle), master(), clock):
            floor = middle + 1
        else:
            reached = middle
    return floor


def _solve(
    instance: Instance, out: Scheduled, clock: Clock, on_progress: OnProgress, seconds: float | None
) -> None:
    """Take what CP-SAT finds within these seconds, and its bound."""
    from optimizer.solvers import cpsat  # here, for its import takes seconds

    floor = out.bounds["makespan"]
    model = build(instance, dated=False)
    model.aim("makespan")
    model.program.add(model.goals["makespan"] >= floor)
    if out.chosen:
        model.hint(out.chosen)
    found = cpsat.run(model.program, "makespan", clock, on_progress, seconds=seconds, linear=False, searches=SEARCHES)
    out.reason, out.limit = found.reason, found.limit
    if found.reason is Reason.NO_PLAN and out.chosen:
        out.reason = Reason.FEASIBLE
    if math.isfinite(found.bound):
        out.bounds["makespan"] = max(floor, math.ceil(found.bound - 1e-6))
    if found.value is not None:
        chosen = model.read(found.value)
        if not out.chosen or _length(chosen) <= out.values["makespan"]:
            out.chosen, out.values = chosen, {"makespan": _length(chosen)}


class Overtaken(Stop):
    """Asks a part to stop when the whole does, or when another part has a shorter schedule than this one's best."""

    def __init__(self, parts: Parts, whole: Stop, own: int) -> None:
        super().__init__()
        self._parts, self._whole, self.own = parts, whole, own

    @property
    def asked(self) -> bool:
        """Return whether there is nothing left to look for as things stand."""
        return self._whole.asked or self.by_another

    @property
    def by_another(self) -> bool:
        """Return whether another part has a shorter schedule."""
        return self._parts.length < self.own


class Parts:
    """The parts of an instance, each solved by one thread, and the best schedule of all."""

    def __init__(self, out: Scheduled, clock: Clock, on_progress: OnProgress) -> None:
        self.out, self.clock, self.on_progress, self.lock = out, clock, on_progress, Lock()
        self.length = out.values["makespan"]  # of the shortest met; its schedule follows when its part ends

    def solve(self) -> None:
        """Look for a shorter schedule in every part; the bound is the least of those that were not closed."""
        threads = self.clock.limits.threads
        shorter = replace(self.out.instance, horizon=self.length - 1)
        parts = parts_of(shorter, PARTS * threads, lambda part: too_short(part, master(), self.clock))
        with ThreadPoolExecutor(threads) as pool:
            bounds = list(pool.map(self._close, parts))
        reached = self.out.values["makespan"]
        proven = int(min([reached, *bounds]))
        self.out.bounds["makespan"] = max(self.out.bounds["makespan"], proven)
        if proven >= reached:
            self.out.reason, self.out.limit = Reason.OPTIMAL, None
        else:
            self.out.limit = self.clock.over()

    def _close(self, part: Instance) -> float:
        """Return the bound of a part: infinite if no shorter schedule than the best is in it.

        It begins again when another part meets a shorter schedule: then it is a smaller question.
        """
        floor = self.out.bounds["makespan"]
        while True:
            part = replace(part, horizon=self.length - 1)
            if part.horizon < floor or _empty(part):
                return math.inf
            if self.clock.over() is not None:
                return floor
            stop = Overtaken(self, self.clock.stop, self.length)
            bound = self._shorter(part, stop)
            if bound is not None:
                return bound

    def _shorter(self, part: Instance, stop: Overtaken) -> float | None:
        """Look for a shorter schedule in a part and return its bound; None if another part was faster."""
        from optimizer.solvers import cpsat

        floor = self.out.bounds["makespan"]

        def told(progress: Progress) -> None:
            if progress.value is not None:
                with self.lock:
                    stop.own = min(stop.own, round(progress.value))
                    self.length = min(self.length, stop.own)

        model = build(part, dated=False)
        model.aim("makespan")
        model.program.add(model.goals["makespan"] >= floor)
        alone = Clock(replace(self.clock.limits, threads=1, seconds=_known(self.clock.left)), stop)
        found = cpsat.run(model.program, "makespan", alone, told, linear=False)
        if found.value is not None:
            self._take(model.read(found.value), floor)
        if found.reason in (Reason.OPTIMAL, Reason.IMPOSSIBLE):
            return math.inf if found.objective is None else found.objective
        if stop.by_another and self.clock.over() is None:
            return None
        return max(floor, math.ceil(found.bound - 1e-6)) if math.isfinite(found.bound) else floor

    def _take(self, chosen: dict[int, Choice], floor: int) -> None:
        with self.lock:
            if _length(chosen) < self.out.values["makespan"]:
                self.out.chosen, self.out.values = chosen, {"makespan": _length(chosen)}
                self.length = min(self.length, _length(chosen))
        self.on_progress(Progress("parts", "makespan", 0, self.length, floor, self.clock.elapsed))


def parts_of(instance: Instance, number: int, closed: Callable[[Instance], bool]) -> list[Instance]:
    """Return about so many instances, each with some more of the order decided: together they hold every schedule.

    What is `closed` holds none and is left out: none at all may remain. A part is cut DEEPEST times at most.
    """
    parts = [] if closed(instance) else [instance]
    for _ in range(DEEPEST):
        if not 0 < len(parts) < number:
            break
        halves = [_halves(part) for part in parts]
        parts = [half for part, two in zip(parts, halves, strict=True) for half in two or (part,) if not closed(half)]
        if not any(halves):  # parts with no such pair are left as they are
            break
    return parts


def _halves(instance: Instance) -> tuple[Instance, Instance] | None:
    """Return the instance with the pair that narrows most in one order, and in the other; None if there is no pair."""
    whole, best, most = _room(instance), None, (0, 0)
    for one, other in _apart(instance):
        halves = (
            replace(instance, order=(*instance.order, (one, other, 0))),
            replace(instance, order=(*instance.order, (other, one, 0))),
        )
        gains = sorted(whole - _room(half) for half in halves)
        if (gains[0], gains[1]) > most:
            best, most = halves, (gains[0], gains[1])
    return best


def _apart(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield pairs of works that no pool can serve at the same time, and whose order is not given."""
    following, takes = instance.following, [least(job) for job in instance.jobs]
    for one in range(len(instance.jobs)):
        for other in range(one):
            if other in following[one] or one in following[other] or not instance.jobs[one].shortest:
                continue
            both = (takes[one].get(p, 0) + n > instance.pools[p].size for p, n in takes[other].items())
            if instance.jobs[other].shortest and any(both):
                yield one, other


def _slack(instance: Instance) -> list[int]:
    return [tail - head - job.shortest
            for job, head, tail in zip(instance.jobs, instance.heads, instance.tails, strict=True)]  # fmt: skip


def _empty(instance: Instance) -> bool:
    return min(_slack(instance), default=0) < 0


def _room(instance: Instance) -> int:
    """Return the days that all works may be moved by, each counted by what it takes; 0 if one has no room at all."""
    slack = _slack(instance)
    if min(slack, default=0) < 0:
        return 0
    return sum(days * sum(least(job).values()) for job, days in zip(instance.jobs, slack, strict=True))


def _length(chosen: dict[int, Choice]) -> int:
    return max((choice.end for choice in chosen.values()), default=0)


def _known(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def work_content(instance: Instance) -> int:
    """Return the days that the work content of the busiest pool takes at least, in each job's leanest way."""
    days = [0]
    for p, pool in enumerate(instance.pools):
        content = sum(min(w.duration * dict(w.takes).get(p, 0) for w in job.ways) for job in instance.jobs)
        days.append(-(-content // pool.size) if pool.size else 0)
    return max(days)
