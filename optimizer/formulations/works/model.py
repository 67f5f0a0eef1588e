"""works — schedule fortification works (CP-SAT).

Sets        j jobs (works), m ways of j (modes), t days 0 … H − 1, P pools (a trade of crews, a kind of plant),
            g groups of P (a row of crews or plant), s sectors, k stores (sector, material)
Data        d_jm working days (work_modes.duration), end(j, m, t) the day after the last if it starts on t, days of rest
            between; a_jmP crews or machines taken; q_jk quantity drawn (work_materials.quantity); A_k(t) on site by t;
            v_j value, due_j; size_g, first_g (release day + move_days), last_g (to_day + 1), move_g
Variables   x_jmt ∈ {0, 1} j starts in way m on day t; z_jmgt ≥ 0 whole: how many of group g build it;
            n_gst of g at sector s on t, arr_gst, dep_gst that come and go, pool_gt on their way or waiting

(choose)    Σ_mt x_jmt ≤ 1, = 1 for a mandatory work
(order)     Σ_m, t' ≤ t x_jmt' ≤ Σ_m, end(i,m,t') + lag ≤ t x_imt'       for i before j and every t
(assign)    Σ_g z_jmgt = a_jmP · x_jmt                                   t ≥ first_g, end ≤ last_g, no caveat against it
(crews)     Σ_jmt' at work on t z_jmgt' ≤ size_g                         every day
(pool)      Σ_jmt' at work on t a_jmP · x_jmt' ≤ Σ_g first_g ≤ t < last_g size_g   implied; what remains without groups
(travel)    Σ_j at s, at work on t z_jmgt' ≤ n_gst = n_gs,t−1 + arr_gst − dep_gst
            pool_gt = pool_g,t−1 + Σ_s dep_gs,t−move_g − Σ_s arr_gst     groups that need days between sectors
(material)  Σ_j q_jk Σ_m, t' ≤ t x_jmt' ≤ A_k(t)                    before each day on which A_k grows, and the last
(cut)       Σ_jt c_jt Σ_m x_jmt ≤ b                                      from outside: what transport can bring by when
(carry …)   goals reached before stay reached

Goals, in order: v_j of the works not finished by their due day, tier by tier; Σ v_j · days late; crew-days.

An instance without days of rest, dates of release, travel and arrivals needs no days: there starts are intervals, and
(choose), (order), (crews) and (material) are stated on them; its goal is the makespan. That is the resource-constrained
project scheduling problem, in one mode or several (Kolisch & Sprecher 1996, doi:10.1016/S0377-2217(96)00170-1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.formulations.works.instance import Choice, Group, Instance
from optimizer.formulations.works.units import journeys

Cut = tuple[Mapping[tuple[int, int], int], int]  # (job, start day) → coefficient, and the most of their sum
FOREVER = 10**5


@dataclass
class Model:
    """The program of an instance with its literals, goals and the names of its row blocks."""

    instance: Instance
    program: Any
    starts: dict[tuple[int, int, int], Any] = field(default_factory=dict)  # job, way, start → literal
    ends: dict[tuple[int, int, int], int] = field(default_factory=dict)
    given: dict[tuple[int, int, int], list[tuple[tuple[int, int], Any]]] = field(default_factory=dict)
    goals: dict[str, Any] = field(default_factory=dict)
    first_day: dict[int, Any] = field(default_factory=dict)  # of the interval form
    ways: dict[tuple[int, int], Any] = field(default_factory=dict)
    moves: dict[tuple[int, int], dict[tuple[str, str, int], Any]] = field(default_factory=dict)
    blocks: set[str] = field(default_factory=set)
    without: frozenset[str] = frozenset()

    def add(self, block: str, row: Any) -> None:
        """Add a row to a block; blocks that are left out are not added."""
        self.blocks.add(block)
        if block not in self.without:
            self.program.add(row)

    def carry(self, goal: str, most: int) -> None:
        """Keep a goal at or below what was reached."""
        self.add("carry", self.goals[goal] <= most)

    def aim(self, goal: str) -> None:
        """Minimise a goal from now on."""
        self.program.minimize(self.goals[goal])

    def hint(self, chosen: Mapping[int, Choice], units: Mapping[int, Sequence[tuple[int, str]]] | None = None) -> None:
        """Suggest a schedule to begin with; with who builds what, of the moves too."""
        self.program.clear_hints()
        picked = {(j, c.way, c.start): dict(c.of) for j, c in chosen.items()}
        for key, literal in self.starts.items():
            self.program.add_hint(literal, key in picked)
            for group, z in self.given.get(key, ()):
                if z is not literal:
                    self.program.add_hint(z, picked.get(key, {}).get(group, 0))
        for of_group, moved in self.moves.items() if units is not None else ():
            for at, number in journeys(self.instance, chosen, units or {}, of_group, moved).items():
                self.program.add_hint(moved[at], number)
        for job, start in self.first_day.items():
            self.program.add_hint(start, chosen[job].start)
        for (job, way), literal in self.ways.items():
            if len(self.instance.jobs[job].ways) > 1:  # a job's only way is no variable
                self.program.add_hint(literal, chosen[job].way == way)

    def read(self, value: Any) -> dict[int, Choice]:
        """Return what is decided of each job that is built; `value` gives the value of a variable."""
        out = {}
        for key, literal in self.starts.items():
            if value(literal):
                of = tuple((group, value(z)) for group, z in self.given.get(key, ()) if value(z))
                out[key[0]] = Choice(key[1], key[2], self.ends[key], of)
        for job, start in self.first_day.items():
            way = next(w for w in range(len(self.instance.jobs[job].ways)) if value(self.ways[job, w]))
            begin = value(start)
            out[job] = Choice(way, begin, begin + self.instance.jobs[job].ways[way].duration)
        return out


def build(
    instance: Instance, *, dated: bool = True, cuts: tuple[Cut, ...] = (), without: frozenset[str] = frozenset(),
    groups: bool = True,
) -> Model:  # fmt: skip
    """Return the program of an instance: by days, or by intervals where `dated` is not set.

    Without `groups` crews and plant are counted by their pools alone, whoever owns them and wherever they are: a small
    program that bounds every goal.
    `without` leaves out row blocks by their tags; the verifier must notice. ValueError if intervals are asked for
    where days are needed.
    """
    from ortools.sat.python import cp_model  # here, for its import takes seconds

    model = Model(instance, cp_model.CpModel(), without=without)
    if not dated:
        from optimizer.formulations.works.intervals import by_intervals

        by_intervals(model)
        return model
    _choose(model)
    _order(model)
    _material(model)
    for p in range(len(instance.pools)):
        _pool(model, p)
        if groups:
            _assign(model, p)
    for coefficients, most in cuts:
        terms = [c * lit for (j, _, t), lit in model.starts.items() if (c := coefficients.get((j, t), 0))]
        model.add("cut", sum(terms) <= most)
    _goals(model)
    return model


def _choose(model: Model) -> None:
    for j, job in enumerate(model.instance.jobs):
        literals = []
        for way, start, end in model.instance.starts(j):
            literal = model.program.new_bool_var(f"x_{job.name}_{way}_{start}")
            model.starts[j, way, start], model.ends[j, way, start] = literal, end
            literals.append(literal)
        if job.mandatory:
            model.add("choose", sum(literals) == 1)
        elif "choose" not in model.without:
            model.blocks.add("choose")
            model.program.add_at_most_one(literals)


def _order(model: Model) -> None:
    own: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
    for (j, way, start), literal in model.starts.items():
        own[j].append((start, model.ends[j, way, start], literal))
    for before, after, lag in model.instance.order:
        for day in sorted({start for start, _, _ in own[after]}):
            begun = [lit for start, _, lit in own[after] if start <= day]
            ready = [lit for _, end, lit in own[before] if end + lag <= day]
            model.add("order", sum(begun) <= sum(ready))


def _material(model: Model) -> None:
    drawn: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
    for (j, way, start), literal in model.starts.items():
        for store, quantity in model.instance.jobs[j].ways[way].draws:
            drawn[store].append((start, quantity, literal))
    for store, uses in drawn.items():
        supply = model.instance.stores[store]
        last = model.instance.horizon - 1
        for day in range(last + 1):
            if day == last or supply.at(day + 1) > supply.at(day):
                begun = [quantity * lit for start, quantity, lit in uses if start <= day]
                model.add("material", sum(begun) <= supply.at(day))


def _pool(model: Model, p: int) -> None:
    groups = model.instance.pools[p].groups
    uses = []
    for (j, way, start), literal in model.starts.items():
        number = dict(model.instance.jobs[j].ways[way].takes).get(p, 0)
        if number:
            uses.append((start, model.ends[j, way, start], number * literal))
    for day in range(model.instance.horizon):
        here = [taken for start, end, taken in uses if start <= day < end]
        if here:
            model.add("pool", sum(here) <= sum(g.size for g in groups if g.first <= day < g.last))


def _assign(model: Model, p: int) -> None:
    """Give each start its crews or machines of a pool, group by group, within their size and their travel."""
    instance, pool = model.instance, model.instance.pools[p]
    at_work: dict[int, list[tuple[int, int, int, Any]]] = defaultdict(list)  # group → job, start, end, number
    for (j, way, start), literal in model.starts.items():
        number = dict(instance.jobs[j].ways[way].takes).get(p, 0)
        if not number:
            continue
        end, terms = model.ends[j, way, start], []
        for g, group in enumerate(pool.groups):
            away = start < group.first or end > group.last or (j, start) in group.barred
            if away and "assign" not in model.without:
                continue
            most = min(number, group.size)
            z = literal if most == number == 1 and len(pool.groups) == 1 else (
                model.program.new_int_var(0, most, f"z_{j}_{way}_{start}_{p}_{g}"))  # fmt: skip
            terms.append(z)
            at_work[g].append((j, start, end, z))
            model.given.setdefault((j, way, start), []).append(((p, g), z))
        model.add("assign", sum(terms) == number * literal)
    for g, uses in at_work.items():
        _within_size(model, uses, pool.groups[g])
        if pool.groups[g].move and len({instance.jobs[j].sector for j, *_ in uses}) > 1:
            _travel(model, (p, g), uses, pool.groups[g])


def _within_size(model: Model, uses: list[tuple[int, int, int, Any]], group: Group) -> None:
    for day in sorted({start for _, start, _, _ in uses}):
        here = [z for _, start, end, z in uses if start <= day < end]
        model.add("crews", sum(here) <= group.size)


def _travel(model: Model, key: tuple[int, int], uses: list[tuple[int, int, int, Any]], group: Group) -> None:
    """Let a group's members be at one sector a day, with days between sectors."""
    instance, new = model.instance, model.program.new_int_var
    sectors = sorted({instance.jobs[j].sector for j, *_ in uses})
    moves = model.moves[key] = {}
    free: Any = group.size
    days = range(group.first, instance.horizon)
    present: dict[str, Any] = dict.fromkeys(sectors, 0)
    for t in days:
        for kind in ("arr", "dep"):
            for s in sectors:
                moves[kind, s, t] = new(0, group.size, f"{kind}_{key}_{s}_{t}")
        back = [moves["dep", s, t - group.move] for s in sectors if t - group.move >= group.first]
        waiting = moves["pool", "", t] = new(0, group.size, f"pool_{key}_{t}")
        model.add("travel", waiting == free + sum(back) - sum(moves["arr", s, t] for s in sectors))
        free = waiting
        for s in sectors:
            here = moves["n", s, t] = new(0, group.size, f"n_{key}_{s}_{t}")
            model.add("travel", here == present[s] + moves["arr", s, t] - moves["dep", s, t])
            present[s] = here
            busy = [z for j, start, end, z in uses if instance.jobs[j].sector == s and start <= t < end]
            model.add("travel", sum(busy) <= here)


def _goals(model: Model) -> None:
    jobs, horizon = model.instance.jobs, model.instance.horizon
    in_tier: dict[int, list[Any]] = {job.tier: [] for job in jobs}
    late: list[Any] = []
    effort: list[Any] = []
    last: list[int] = []
    for j, job in enumerate(jobs):
        in_tier[job.tier].append(job.value)
        late.append(job.value * max(0, horizon + 1 - job.due))
        if job.mandatory:
            last.append(j)
    makespan = model.program.new_int_var(0, horizon, "makespan")
    ending: dict[int, list[Any]] = defaultdict(list)
    for (j, way, start), literal in model.starts.items():
        job, end = jobs[j], model.ends[j, way, start]
        if end <= job.due:
            in_tier[job.tier].append(-job.value * literal)
        late.append((max(0, end - job.due) - max(0, horizon + 1 - job.due)) * job.value * literal)
        effort.append(job.ways[way].crews * (end - start) * literal)
        ending[j].append(end * literal)
    for j in last:
        model.program.add(makespan >= sum(ending[j]))
    model.goals = {f"tier{k}_works": sum(in_tier[k]) for k in sorted(in_tier)}
    model.goals |= {"tardiness": sum(late), "crew_days": sum(effort), "makespan": makespan}
