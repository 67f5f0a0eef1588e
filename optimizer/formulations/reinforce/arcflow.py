"""reinforce as one program: commodities flow through time and space from stock to needs.

Sets
    k  commodities: an item with the moves, slices and needs that go together (`commodities.py`)
    l  lots, with slices z that may leave in a window of days          table stocks, terms
    b  sites, h funds; a slice z too is what is bought at site b with fund h on a day  (`sources.py`)
    n  needs                                                           table needs
    e  time-arcs: moves (link, lift group, day) and nights (node, day) (`network.py`)
    v  states (home, ready, final) of a node on a day                  (`arcs.py`)
    r  capacity rows of eight kinds, each on its days                  (`network.py`)
    d  donors, s sectors, j tiers

Data
    A_lt   available of lot l by day t                  units   stocks, terms, triggers, disruptions
    M_bt   most that is ordered of site b on day t      units   production.rate, disruptions
    T_b    most that is ordered of site b in all        units   production.total
    c_b    price of a unit of site b                    EUR     production.price
    F_h    what fund h holds                            EUR     funds.amount
    q_n    quantity needed                              units   needs.quantity
    ρ_kn   units of k's item for one unit credited to n         substitutes.ratio
    U_re   use of capacity r by one unit on time-arc e  t, m³, kg, 10³ t·km, 10³ EUR
    C_r    limit of capacity r on its day               t, m³, kg, 10³ t·km, 10³ EUR
    π_d    value of a unit from donor d                 10⁶ EUR items.value, of what is bought its price
    a_d, b_d  lowest and highest share of donor d       share   donors.share_low, share_high

Variables (≥ 0; in tonnes, whole items in units)
    x_zk   start: what slice z gives to commodity k
    f_ke   move, night: flow of commodity k on time-arc e
    y_knt  timely (t = RDD), late (t after it): what k hands to need n on day t
    u_n    unmet: not credited by the LAD
    g_d, p_d, m_d  given by donor d; above and below its share          10⁶ EUR
    w_j    worst: the largest unfilled share of any sector in tier j

Program, one goal after the other (rule 5); every earlier goal is carried as a row
    minimise goal_i(u, y, w, p, m, f)
    subject to
    (stock)          Σ_{z ∈ Z(l,t)} Σ_k x_zk ≤ A_lt                     lots l, days t on which A_l changes
    (produce)        Σ_{z ∈ Z(b,t)} Σ_k x_zk ≤ M_bt                     sites b, order days t
    (total)          Σ_{z ∈ Z(b)} Σ_k x_zk ≤ T_b                        sites b with a total
    (fund)           Σ_{z ∈ Z(h)} Σ_k c_b x_zk ≤ F_h                    h, each divided by its largest c_b
    (conservation)   Σ_in f + x = Σ_out f + y                           k, states v
    (need)           Σ_kt y_knt / ρ_kn + u_n = q_n                      n
    (link)           Σ_ke U_re f_ke ≤ C_r                               link t of the departure day
    (link_volume)    Σ_ke U_re f_ke ≤ C_r                               link m³ of the departure day
    (lift)           Σ_ke U_re f_ke ≤ C_r                               lift group and day
    (handling)       Σ_ke U_re f_ke ≤ C_r                               node and day
    (storage)        Σ_ke U_re f_ke ≤ C_r                               node and night, t
    (storage_volume) Σ_ke U_re f_ke ≤ C_r                               node and night, m³
    (explosive)      Σ_ke U_re f_ke ≤ C_r                               node, counted division and day
    (transport)      Σ_ke U_re f_ke ≤ C_r                               donor with transport funds, up to day t
    (given)          g_d = Σ_zk π_d x_zk                                d
    (share_above)    g_d − p_d ≤ b_d Σ_d' g_d'                          d
    (share_below)    a_d Σ_d' g_d' ≤ g_d + m_d                          d
    (sector_balance) Σ_{n ∈ (s,j)} short_n ≤ w_j Σ_{n ∈ (s,j)} q_n      s, j, if scenario.balance = sectors
    (carry …)        goal_i(u, y, w, p, m, f) ≤ reached_i + slack_i      every earlier goal i
with short_n = u_n + Σ late credit and delay_n = Σ credit · days late + u_n · (LAD − RDD + 1):
no backlog rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.goals import GoalRow, add_balance, add_shares, goal_rows, implied_bounds
from optimizer.formulations.reinforce.needs import NeedTable
from optimizer.formulations.reinforce.network import KINDS
from optimizer.formulations.reinforce.setting import Setting, prepare
from optimizer.formulations.reinforce.sources import BEGIN_KINDS
from optimizer.program import Assembly, Program

WHOSE = {"stock": "lot", "produce": "site", "total": "site", "fund": "fund"}


@dataclass(frozen=True, eq=False)
class ArcFlow(Setting):
    """The setting with its program, its goals over the program's columns, and where each flow's column is."""

    program: Program
    goals: tuple[GoalRow, ...]
    columns: Mapping[str, np.ndarray]  # of each frame of flows: the position of its rows' columns
    implied: np.ndarray  # an upper bound on every column that some optimal plan keeps

    @property
    def size(self) -> dict[str, int]:
        """Return the number of columns, rows, coefficients and commodities."""
        rows, columns = self.program.matrix.shape
        return {
            "columns": columns,
            "rows": rows,
            "coefficients": int(self.program.matrix.nnz),
            "commodities": len(self.commodities),
        }


def build(theatre: Theatre, scenario: Scenario) -> ArcFlow:
    """Return the arc-flow program of a theatre under a scenario."""
    setting = prepare(theatre, scenario)
    needs, unit = setting.needs, setting.unit
    assembly = Assembly()
    flows, unmet = _add_columns(assembly, setting)
    _add_begin(assembly, setting, flows["start"])
    _add_conservation(assembly, scenario, flows)
    _add_needs(assembly, flows["delivery"], needs, unmet, unit)
    _add_capacities(assembly, setting, flows)
    add_shares(assembly, setting, flows["start"])
    add_balance(assembly, scenario, flows["delivery"], needs, unmet, unit)
    program = assembly.program()
    goals = goal_rows(setting, flows, program)
    implied = implied_bounds(setting, flows, program)
    columns = {name: frame["column"].to_numpy(int) for name, frame in flows.items()}
    own = {f.name: getattr(setting, f.name) for f in fields(Setting)}
    return ArcFlow(**{**own, "flows": flows}, program=program, goals=goals, columns=columns, implied=implied)


def _add_columns(assembly: Assembly, setting: Setting) -> tuple[dict[str, pd.DataFrame], np.ndarray]:
    """Add the columns; return the frames of flows with their positions, and the positions of unmet."""
    whole = setting.theatre.items["whole"]
    flows = {}
    for name, frame in setting.flows.items():
        keys = {c: frame[c].to_numpy() for c in frame.columns}
        is_whole = whole[frame["item"].to_numpy(int)]
        flows[name] = frame.assign(
            column=assembly.add_columns(name, np.full(len(frame), np.inf), keys, is_whole)
        )
    size = setting.needs.size
    return flows, assembly.add_columns("unmet", size, {"need": np.arange(len(size))})


def _add_begin(assembly: Assembly, setting: Setting, start: pd.DataFrame) -> None:
    """Add the rows that bind what begins: of lots, and of what is ordered by site and paid by fund."""
    begin = setting.begin
    upper, use = begin.limit * setting.begin_scale, setting.begin_use
    column = sp.csr_matrix(
        (np.ones(len(start)), (start["slice"].to_numpy(int), np.arange(len(start)))),
        shape=(use.shape[1], len(start)),
    )
    by_column = (use @ column).tocsr()
    for kind in BEGIN_KINDS:
        pick = np.flatnonzero((begin.kind == kind) & ((np.diff(by_column.indptr) > 0) | (kind == "stock")))
        keys = {WHOSE[kind]: begin.key[pick], "day": begin.day[pick]}
        rows = assembly.add_rows(kind, np.full(len(pick), -np.inf), upper[pick], keys)
        part = by_column[pick].tocoo()
        where = start["column"].to_numpy(int)[part.col]
        assembly.add_entries(rows[part.row] if len(rows) else part.row, where, part.data)


def _add_conservation(assembly: Assembly, scenario: Scenario, flows: Mapping[str, pd.DataFrame]) -> None:
    move, night, start, handed = (flows[n] for n in ("move", "night", "start", "delivery"))
    ends = [
        (start["k"], start["state"], start["day"], start["column"], 1.0),
        (move["k"], move["source"], move["depart"], move["column"], -1.0),
        (move["k"], move["target"], move["ready"], move["column"], 1.0),
        (night["k"], night["state"], night["day"], night["column"], -1.0),
        (night["k"], night["state"], night["day"] + 1, night["column"], 1.0),
        (handed["k"], handed["state"], handed["day"], handed["column"], -1.0),
    ]
    states = 1 + max((int(s.max()) for _, s, *_ in ends if len(s)), default=0)
    place = np.concatenate(
        [
            (k.to_numpy(int) * states + s.to_numpy(int)) * scenario.horizon + t.to_numpy(int)
            for k, s, t, _, _ in ends
        ]
    )
    known, row = np.unique(place, return_inverse=True)
    state_day, day = np.divmod(known, scenario.horizon)
    keys = {"k": state_day // states, "state": state_day % states, "day": day}
    rows = assembly.add_rows("conservation", np.zeros(len(known)), np.zeros(len(known)), keys)
    column = np.concatenate([c.to_numpy(int) for *_, c, _ in ends])
    sign = np.concatenate([np.full(len(k), v) for k, *_, v in ends])
    assembly.add_entries(rows[row] if len(rows) else row, column, sign)


def _add_needs(
    assembly: Assembly, handed: pd.DataFrame, needs: NeedTable, unmet: np.ndarray, unit: np.ndarray
) -> None:
    rows = assembly.add_rows("need", needs.size, needs.size, {"need": np.arange(len(needs.size))})
    n = handed["need"].to_numpy(int)
    assembly.add_entries(
        rows[n], handed["column"].to_numpy(int), needs.credit(n, handed["item"].to_numpy(int), unit)
    )
    assembly.add_entries(rows, unmet, np.ones(len(rows)))


def _add_capacities(assembly: Assembly, setting: Setting, flows: Mapping[str, pd.DataFrame]) -> None:
    """Add the rows of the kinds of capacity that have a limit and something that uses them."""
    network = setting.network
    use = _use(setting, flows).tocsr()
    limited = np.isfinite(network.limit) & (np.diff(use.indptr) > 0)
    for kind, name in enumerate(KINDS):
        pick = np.flatnonzero(limited & (network.kind == kind))
        keys = {"key": network.key[pick], "day": network.day[pick]}
        rows = assembly.add_rows(name, np.full(len(pick), -np.inf), network.limit[pick], keys)
        part = use[pick].tocoo()
        assembly.add_entries(rows[part.row] if len(rows) else part.row, part.col, part.data)


def _use(setting: Setting, flows: Mapping[str, pd.DataFrame]) -> sp.csc_matrix:
    """Return the use [capacity row, column]: the usage matrix, scaled by what each column carries."""
    theatre, network, unit = setting.theatre, setting.network, setting.unit
    move, night = flows["move"], flows["night"]
    away = night[night["held"]]
    column = np.concatenate([move["column"].to_numpy(int), away["column"].to_numpy(int)])
    arc = np.concatenate([move["arc"].to_numpy(int), away["arc"].to_numpy(int)])  # time-arcs of the network
    commodity = np.concatenate([move["k"].to_numpy(int), away["k"].to_numpy(int)])
    kinds = {k: (c.item, c.payer) for k, c in enumerate(setting.commodities)}
    known = {pair: i for i, pair in enumerate(sorted(set(kinds.values())))}
    alike = np.array([known[kinds[k]] for k in range(len(kinds))], int)[commodity]
    width = int(max(flows[n]["column"].max() for n in flows if len(flows[n])) + 1) if len(column) else 0
    parts: list[sp.coo_matrix] = []
    for (i, payer), code in known.items():
        row = theatre.items.rows()[i]
        mine = np.flatnonzero(alike == code)
        mass, volume, neq = (value / unit[i] for value in (row.mass, row.volume, row.neq))
        load = network.load(mass, volume, neq, row.hazard_division or "", payer)
        part = load[:, arc[mine]].tocoo()
        parts.append(
            sp.coo_matrix((part.data, (part.row, column[mine][part.col])), shape=(len(network.limit), width))
        )
    if not parts:
        return sp.csc_matrix((len(network.limit), width))
    data, row_, col = (np.concatenate([getattr(p, a) for p in parts]) for a in ("data", "row", "col"))
    return sp.csc_matrix((data, (row_, col)), shape=(len(network.limit), width))
