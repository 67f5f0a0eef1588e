"""Theatres in the database: immutable versions, known by the digest of their tables, divided by compartment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from api.store.database import Transaction
from api.store.errors import MissingError
from api.store.paging import page
from api.store.tables import COALITION, SHARED, contents, new_id, now, parts, scenarios, theatres
from data.change import AnyChange
from data.contracts import SCENARIO, THEATRE
from data.formats.archive import merged, pack, unpack
from data.problems import Problem, TableError
from data.tables import Table
from data.theatre import Scenario, Theatre

MARKING = "SYNTHETIC – EXERCISE"  # of a theatre with no scenario that says another


def add(tx: Transaction, theatre: Theatre, asked: Iterable[Scenario] = (), name: str = "") -> str:
    """Return the id of this version, added with its scenarios, or that of the same tables added before.

    It belongs to the scope that adds it. The coalition's is divided: what no donor owns is shared, and each donor sees
    its own rows of stocks, terms, lift, caveats, funds, production and use.
    """
    check_donors(theatre)
    asked = [_standing(theatre, s) for s in asked]
    digest = content_digest(theatre, asked)
    home = tx.scope.home
    same = sa.select(contents.c.theatre_id).where(contents.c.digest == digest, contents.c.compartment == home)
    if (found := tx.connection.execute(same).scalar()) is not None:
        return str(found)
    made, marking = new_id("theatre"), str(asked[0].settings.marking) if asked else MARKING
    owner = SHARED if tx.scope.everything else home
    about = {"created_at": now(), "created_by": tx.scope.actor, "marking": marking, "compartment": owner}
    whole = pack({"theatre": theatre.tables, **{f"scenarios/{s.name}": s.tables for s in asked}})
    row = {"theatre_id": made, "compartment": home, "digest": digest, "content": whole}
    try:
        with tx.connection.begin_nested():
            tx.connection.execute(sa.insert(theatres).values(id=made, name=name or theatre.name, **about))
            tx.connection.execute(sa.insert(contents).values(row))
    except sa.exc.IntegrityError:  # added meanwhile by another, who was waited for
        return str(tx.connection.execute(same).scalar_one())
    if tx.scope.everything:
        divided = [{"theatre_id": made, "compartment": c, "content": pack(sets)}
                   for c, sets in divide(theatre, asked).items()]  # fmt: skip
        tx.connection.execute(sa.insert(parts), divided)
    for scenario in asked:
        tx.connection.execute(sa.insert(scenarios).values(
            id=new_id("scenario"), theatre_id=made, name=scenario.name, base=None,
            **{**about, "marking": str(scenario.settings.marking)}))  # fmt: skip
    return made


def check_donors(theatre: Theatre) -> None:
    """Return if every donor can have a compartment; TableError names those whose name is a compartment's already."""
    bad = [Problem("donors", None, "donor", donor, "no compartment can have this name", "name it without * and |")
           for donor in map(str, theatre.donors["donor"]) if donor == COALITION or "|" in donor]  # fmt: skip
    if bad:
        raise TableError(bad)


def content_digest(theatre: Theatre, asked: Iterable[Scenario]) -> str:
    """Return the sha256 over the digests of the theatre and of its scenarios by name."""
    lines = [theatre.digest, *sorted(f"{s.name} {s.digest}" for s in asked)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def listed(tx: Transaction, limit: int = 50, after: str = "") -> list[dict[str, Any]]:
    """Return the theatres that the scope sees, newest first, no content; `after`: the last id of the page before."""
    return page(tx, theatres, limit, after)


def newest(tx: Transaction, name: str) -> str:
    """Return the id of the version of this name that was added last, of those that the scope sees; "" if none is."""
    own = sa.select(theatres.c.id).where(theatres.c.name == name, tx.visible(theatres))
    return str(tx.connection.execute(own.order_by(theatres.c.id.desc()).limit(1)).scalar() or "")


def get(tx: Transaction, theatre_id: str, lock: bool = False) -> dict[str, Any]:
    """Return what is known of a theatre, and as `digest` that of all this scope sees of it; MissingError.

    With `lock` nobody else locks it until the transaction ends.
    """
    seen = sa.select(theatres).where(theatres.c.id == theatre_id, tx.visible(theatres))
    found = tx.rows(seen.with_for_update() if lock else seen)
    if not found:
        raise MissingError(f"no theatre '{theatre_id}'; GET /v1/theatres lists them")
    whole = sa.select(contents.c.digest).where(contents.c.theatre_id == theatre_id, tx.visible(contents))
    digest = tx.connection.execute(whole).scalar()
    if digest is None:  # a donor's own view: what it does not see does not enter
        own = tx.rows(_parts(tx, theatre_id))
        digest = hashlib.sha256(b"".join(hashlib.sha256(row["content"]).digest() for row in own)).hexdigest()
    return {**found[0], "digest": digest}


def load(tx: Transaction, theatre_id: str) -> tuple[Theatre, dict[str, Scenario]]:
    """Return the theatre and its scenarios by name, as far as the scope sees them.

    Whole for whoever sees everything, and for the donor who added it; else the shared tables with the donor's rows.
    """
    name = get(tx, theatre_id)["name"]
    whole = sa.select(contents.c.content).where(contents.c.theatre_id == theatre_id, tx.visible(contents))
    content = tx.connection.execute(whole).scalar()
    if content is not None:
        return joined(name, [unpack(content)])
    return of_parts(name, [row["content"] for row in tx.rows(_parts(tx, theatre_id))])


def sees_whole(tx: Transaction, theatre_id: str) -> bool:
    """Return whether the scope sees all of this theatre, not only a part of it."""
    whole = sa.select(contents.c.theatre_id).where(contents.c.theatre_id == theatre_id, tx.visible(contents))
    return tx.connection.execute(whole).scalar() is not None


def _parts(tx: Transaction, theatre_id: str) -> sa.Select[Any]:
    seen = sa.select(parts).where(parts.c.theatre_id == theatre_id, tx.visible(parts))
    return seen.order_by(parts.c.compartment)


def _standing(theatre: Theatre, scenario: Scenario) -> Scenario:
    """Return the scenario without the name of its base, whose tables it has taken in."""
    if scenario.settings.base is None:
        return scenario
    return scenario.replace(theatre, scenario={**scenario.tables["scenario"].raw(), "base": [None]})


Frames = Mapping[str, Mapping[str, pd.DataFrame]]


def of_parts(name: str, contents: Sequence[bytes]) -> tuple[Theatre, dict[str, Scenario]]:
    """Return the theatre and its scenarios as those see them who see some parts, without works.

    Works are built by crews and plant of all donors: with some of these alone they name what is not there.
    """
    sets = [unpack(content) for content in contents]
    return joined(name, [{folder: {n: frame for n, frame in tables.items() if n not in OF_WORKS}
                          for folder, tables in one.items()} for one in sets])  # fmt: skip


def joined(name: str, sets: list[Frames]) -> tuple[Theatre, dict[str, Scenario]]:
    """Return the theatre and its scenarios by name from tables by set and name, each in one or several parts."""
    whole = merged(sets)
    theatre = Theatre.of(name, whole.pop("theatre", {}))
    asked = (Scenario.of(theatre, whole[folder]) for folder in sorted(whole))
    return theatre, {scenario.name: scenario for scenario in asked}


def divide(theatre: Theatre, asked: Iterable[Scenario]) -> dict[str, dict[str, dict[str, Table]]]:
    """Return the tables by compartment, set and name: rows that name a donor are its own, the rest is shared.

    The list of donors is shared. Terms are their lot's owner's; so are disruptions of lots, of lift and of sites.
    """
    owners = {str(donor): _Own(theatre, str(donor)) for donor in theatre.donors["donor"]}
    shared = {name: table for name, table in theatre.tables.items() if not _owned(name)}
    out: dict[str, dict[str, dict[str, Table]]] = {SHARED: {"theatre": shared}}
    for donor, own in owners.items():
        out[donor] = {"theatre": {n: own.rows(t) for n, t in theatre.tables.items() if _owned(n)}}
    for scenario in asked:
        folder = f"scenarios/{scenario.name}"
        cut = scenario.tables["disruptions"]
        out[SHARED][folder] = {**scenario.tables, "disruptions": _where(cut, [r.table not in CUT for r in cut.rows()])}
        for donor, own in owners.items():
            out[donor][folder] = {"disruptions": _where(cut, [own.is_cut(row) for row in cut.rows()])}
    return out


OF_WORKS = ("works", "work_modes", "work_materials", "precedences")
CUT = ("stocks", "lift", "production")  # tables of donors' rows that a disruption may name


def _owned(table: str) -> bool:
    return table == "terms" or (table != "donors" and any(c.name == "donor" for c in THEATRE[table].columns))


def is_owned(change: AnyChange) -> bool:
    """Return whether a change is of rows that belong to donors: such a change tells of them."""
    return (change.table in THEATRE and _owned(change.table)) or change.table == "disruptions"


class _Own:
    """One donor's rows of a theatre."""

    def __init__(self, theatre: Theatre, donor: str) -> None:
        self.donor = donor
        self.keys = {
            "stocks": set(theatre.stocks["lot"][theatre.stocks["donor"] == donor].tolist()),
            "production": set(theatre.production["site"][theatre.production["donor"] == donor].tolist()),
        }

    def rows(self, table: Table) -> Table:
        """Return the donor's rows of a table."""
        if table.name == "terms":
            return _where(table, [lot in self.keys["stocks"] for lot in table["lot"].tolist()])
        return _where(table, (table["donor"] == self.donor).tolist())

    def is_cut(self, row: Any) -> bool:
        """Return whether a disruption cuts a row of the donor."""
        if row.table == "lift":
            return str(row.key).split("/")[0] == self.donor
        return row.table in CUT and row.key in self.keys[row.table]


def _where(table: Table, keep: list[bool]) -> Table:
    contract = THEATRE.get(table.name) or SCENARIO[table.name]
    raw = table.raw()
    return Table.of(contract, {name: [v for v, k in zip(values, keep, strict=True) if k]
                               for name, values in raw.items()})  # fmt: skip
