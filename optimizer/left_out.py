"""Why a work is not built, or late, in table words: its window, its crews and plant, its materials, or other works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data.relax import in_units
from data.theatre import Scenario, Theatre
from optimizer.formulations.works import Choice, Group, Instance, Pool
from optimizer.formulations.works.reading import GRAIN

MOST = 5  # works explained
NAMED = 3  # works or crews named in one sentence
Starts = list[tuple[int, int, int]]  # way, start, end


def left_out(
    theatre: Theatre, scenario: Scenario, instance: Instance, chosen: Mapping[int, Choice]
) -> tuple[str, ...]:
    """Return a sentence for each of the worst works that are not finished by their due day, first tier first."""
    case = _Case(theatre, scenario, instance, chosen)
    late = [j for j, job in enumerate(instance.jobs) if j not in chosen or chosen[j].end > job.due]
    late.sort(key=lambda j: (instance.jobs[j].tier, -instance.jobs[j].value, instance.jobs[j].name))
    out = []
    for j in late[:MOST]:
        job = instance.jobs[j]
        state = "is not built" if j not in chosen else f"ends on day {chosen[j].end - 1}, due on day {job.due - 1}"
        why = "; ".join(dict.fromkeys(case.reasons(j)))
        out.append(f"work {job.name} at {job.sector} (tier {job.tier}) {state}: {why}")
    if len(late) > MOST:
        out.append(f"and {len(late) - MOST} more works are not finished by their due day")
    return tuple(out)


@dataclass(frozen=True)
class _Case:
    """A schedule whose works left out are explained."""

    theatre: Theatre
    scenario: Scenario
    instance: Instance
    chosen: Mapping[int, Choice]

    def reasons(self, j: int) -> Iterator[str]:
        """Yield what alone keeps the work from its due day; if nothing does, who has its crews or materials."""
        job = self.instance.jobs[j]
        in_time = [(way, start, end) for way, start, end in self.instance.starts(j) if end <= job.due]
        if not in_time:
            yield f"no mode fits between its earliest day {self.instance.heads[j]} and its due day {job.due - 1}"
            return
        alone = [*self._builders(j, in_time), *self._materials(j, in_time), *self._waits(j)]
        yield from alone or self._others(j, in_time)

    def _builders(self, j: int, in_time: Starts) -> Iterator[str]:
        lacking: dict[int, int] = {}  # pool → how many are asked
        for way, start, end in in_time:
            for p, number in self.instance.jobs[j].ways[way].takes:
                able = [g for g in self.instance.pools[p].groups if not _kept_away(g, j, start, end)]
                if sum(g.size for g in able) < number:
                    lacking[p] = min(number, lacking.get(p, number))
                    break
            else:
                return  # one way is open
        first, last = min(s for _, s, _ in in_time), max(s for _, s, _ in in_time)
        for p, number in sorted(lacking.items()):
            pool = self.instance.pools[p]
            why = [f"{g.name} {reason}" for g in pool.groups if (reason := self._away(g, j, in_time))]
            more = f" and {len(why) - NAMED} more" if len(why) > NAMED else ""
            yield (f"not enough {_kind(pool)} for a start on day {_span(first, last)}: {number} needed of {pool.size}"
                   + (f", {', '.join(why[:NAMED])}{more}" if why else ""))  # fmt: skip

    def _away(self, group: Group, j: int, in_time: Starts) -> str:
        """Return why a group cannot build the work on any day that would do; nothing if it can on one."""
        why = {_kept_away(group, j, start, end) for _, start, end in in_time}
        if "" in why:
            return ""
        if "late" in why:
            known = group.first < self.scenario.horizon
            return f"is on site from day {group.first}" if known else "is not released"
        return f"leaves after day {group.last - 1}" if "gone" in why else "may not, by a caveat"

    def _materials(self, j: int, in_time: Starts) -> Iterator[str]:
        latest = max(start for _, start, _ in in_time)
        for store, quantity in self.instance.jobs[j].ways[0].draws:
            there = self.instance.stores[store].at(latest)
            if there < quantity:
                has, asks = self._amount(store, there), self._amount(store, quantity)
                item = self.instance.stores[store].name[1]
                yield f"{has} of {asks} {item} are on site by day {latest}, its last start"

    def _amount(self, store: int, number: int) -> str:
        """Return a quantity of a store in units of its item, those of a relaxed theatre too."""
        kept = self.instance.stores[store]
        row = self.theatre.items.position()[kept.name[1]]
        parts, _ = in_units(str(self.theatre.items["unit"][row]))
        return f"{number * kept.grain / GRAIN / parts:.6g}"

    def _waits(self, j: int) -> Iterator[str]:
        latest = max(start for _, start, _ in self.instance.starts(j))
        for before, after, lag in self.instance.order:
            if after != j:
                continue
            name = self.instance.jobs[before].name
            if before not in self.chosen:
                yield f"it waits for work {name}, which is not built"
            elif self.chosen[before].end + lag > latest:
                yield f"it waits for work {name}, which ends on day {self.chosen[before].end - 1}"

    def _others(self, j: int, in_time: Starts) -> Iterator[str]:
        """Yield what other works have of the work's materials, crews and plant in its window."""
        first, last = min(s for _, s, _ in in_time), max(e for *_, e in in_time)
        job, jobs = self.instance.jobs[j], self.instance.jobs
        for store, quantity in job.ways[0].draws:
            draws = {i: dict(jobs[i].ways[c.way].draws).get(store, 0) for i, c in self.chosen.items() if i != j}
            if sum(draws.values()) + quantity > self.instance.stores[store].at(last):
                users = [i for i, drawn in draws.items() if drawn]
                yield f"its {self.instance.stores[store].name[1]} goes to {self._named(users)}"
        for p in sorted({p for way, _, _ in in_time for p, _ in job.ways[way].takes}):
            users = [i for i, c in self.chosen.items() if i != j and c.start < last and c.end > first
                     and p in dict(jobs[i].ways[c.way].takes)]  # fmt: skip
            if users:
                kind = _kind(self.instance.pools[p])
                yield f"days {first} to {last - 1}: the {kind} build {self._named(users)}, or are on their way"

    def _named(self, jobs: list[int]) -> str:
        names = sorted(self.instance.jobs[i].name for i in jobs)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return ", ".join(names[:NAMED]) + more


def _kept_away(group: Group, j: int, start: int, end: int) -> str:
    """Return what keeps a group from a job on these days: late, gone or barred; nothing if it may build it."""
    if start < group.first:
        return "late"
    return "gone" if end > group.last else "barred" if (j, start) in group.barred else ""


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _kind(pool: Pool) -> str:
    return f"crews of trade {pool.name}" if pool.table == "crews" else f"plant of kind {pool.name}"
