"""What an officer of BIRCH tries to learn of ALDER's secrets: two worlds that differ in these alone answer the same."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store import Scope, keys, plans, scenarios, theatres
from data.contracts import PLAN
from data.decisions import decisions
from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify import verify
from optimizer import plan
from tests.api.conftest import coalition
from tests.api.databases import postgresql_url
from tests.api.service.conftest import MAIN, TOKEN, as_role
from tests.api.service.test_leaks import compared, two_schemas

__all__ = ["postgresql_url", "two_schemas"]
ID = re.compile(r"(theatre|scenario|plan|job|session|key)_[\w-]{8,}")
TIMED = re.compile(r'"(\w+_at|waited_s|elapsed_s|timings|started|seconds)": ?(\{[^}]*\}|[\d.e+-]+|"[^"]*")')
FORMS = ("json", "csv", "arrow", "parquet", "xlsx")


class Secret(NamedTuple):
    """What is ALDER's or the coalition's alone: days of approval, a floor in a scenario's changes, how much goes on."""

    approval: int
    floor: float
    hidden: int


SECRETS = (Secret(0, 33.75, 1), Secret(2, 44.25, 3))


def world(secret: Secret) -> tuple[Theatre, Scenario]:
    theatre, scenario = coalition()
    stocks = theatre.stocks.frame()
    mine = stocks["donor"] == "ALDER"
    stocks.loc[mine, ["ready_day", "approval_days"]] = [3, secret.approval]
    other = theatre.replace(stocks=stocks)
    return other, scenario.replace(other)


def published() -> list[Plan]:
    """Return the one plan in each world: its decisions alone hang on how long ALDER takes."""
    made = plan(*world(SECRETS[1])).plan
    out = []
    for secret in SECRETS:
        own = world(secret)
        frames = {name: table.frame() for name, table in made.tables.items()}
        found = Plan.of({**frames, "decisions": decisions(*own, made)})
        assert verify(*own, found) == []
        out.append(found)
    assert out[0].digest != out[1].digest
    return out


class Attack:
    """One world's service, and what the officer asks of it with what comes back."""

    def __init__(self, client: TestClient, secret: Secret, made: Plan) -> None:
        self.client, self.seen = client, []  # type: ignore[var-annotated]
        store = client.app.state.store  # type: ignore[attr-defined]
        theatre, scenario = world(secret)
        with store.begin(Scope("planner")) as tx:
            self.theatre = theatres.add(tx, theatre, [scenario], "coalition")
            self.base = scenarios.named(tx, self.theatre, scenario.name)["id"]
            added = f"add stocks{{lot=A9,donor=ALDER,node=D,item=box,on_hand={secret.floor},floor={secret.floor}}}"
            texts = [f"stocks[donor=ALDER].floor = {secret.floor}", "needs[need=N1].quantity = 80", added]
            self.changed = scenarios.add(tx, self.base, "harder", texts)
            document = {"reason": "optimal", "gap": secret.floor, "goals": [{"bound": secret.floor}],
                        "digest": {"theatre": theatre.digest}, "objectives": {"tier1_short": 0.1},
                        "shortfalls": [{"need": "N1", "reasons": [f"floor {secret.floor}"]}]}  # fmt: skip
            self.plan = plans.add(tx, self.theatre, self.changed, made, document, changes=texts[:2], marking="M")
            plans.publish(tx, self.plan)
            unpublished = plans.add(tx, self.theatre, self.base, made, document)
        alder = as_role(client, "donor-officer", "ALDER")
        self.jobs = [client.post("/v1/jobs", json={"kind": "plan", "scenario": self.changed}).json()["id"]
                     for _ in range(secret.hidden)]  # fmt: skip
        of_alder = {"base": self.base, "name": "plot", "changes": [f"stocks[lot=A1].floor = {secret.floor}"]}
        own = client.post("/v1/scenarios", json=of_alder, headers=alder)
        assert own.status_code == 201, own.text
        asked = {"kind": "plan", "scenario": own.json()["id"]}
        job = client.post("/v1/jobs", json=asked, headers={**alder, "Idempotency-Key": "same"}).json()["id"]
        session = client.post("/v1/sessions", json={"scenario": self.base}, headers=alder).json()["id"]
        self.hidden = {"plans": unpublished, "jobs": job, "scenarios": own.json()["id"], "sessions": session}
        with store.begin(Scope("admin")) as tx:
            key = keys.add(tx, "officer", ["donor-officer", "planner", "analyst", "auditor", "admin", "approver"],
                           ["BIRCH"])  # fmt: skip
        self.officer = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, headers={**self.officer, **more.pop("headers", {})}, **more)
        of_content = "/tables/" in path or path.startswith("/v1/theatres/")  # elsewhere tags are over ids and times too
        left_out = ("content-length", "location", *(() if of_content else ("etag",)))
        told = read(answer) if answer.is_success and "/tables/" in path else TIMED.sub(r'"\1":0', answer.text)
        headers = {k: ID.sub(r"\1_ID", v) for k, v in answer.headers.items() if k not in left_out}
        self.seen.append((method, ID.sub(r"\1_ID", path), answer.status_code, headers, ID.sub(r"\1_ID", told)))
        return answer

    def run(self) -> list[Any]:
        self.look()
        self.take()
        self.reach()
        self.solve()
        return self.seen

    def look(self) -> None:
        for path in ("theatres", "scenarios", "plans", "jobs", "audit", "audit/head", "keys"):
            self.ask("GET", f"/v1/{path}")
        self.ask("GET", "/metrics")
        self.ask("GET", f"/v1/theatres/{self.theatre}")
        for scenario in (self.base, self.changed):
            self.ask("GET", f"/v1/scenarios/{scenario}")
            for what in ("validate", "estimate"):
                self.ask("POST", f"/v1/scenarios/{scenario}:{what}", json={"changes": []})
        for change in ("stocks[lot=A1].floor = 1", "stocks[donor=ALDER].floor *= 2", "stocks[floor>40].on_hand = 0",
                       "drop caveats[donor=ALDER]", "donors[donor=ALDER].approval_days += 1"):  # fmt: skip
            self.ask("POST", f"/v1/scenarios/{self.base}:validate", json={"changes": [change]})

    def take(self) -> None:
        self.ask("GET", f"/v1/plans/{self.plan}")
        for name in PLAN:
            for form in FORMS:
                self.ask("GET", f"/v1/plans/{self.plan}/tables/{name}?format={form}")
        for path in ("verdict", "certificate", "briefing", "briefing?format=pptx"):
            self.ask("GET", f"/v1/plans/{self.plan}/{path}")
        self.ask("POST", f"/v1/plans/{self.plan}:publish")
        self.ask("POST", "/v1/compare", json={"plans": [self.plan, self.hidden["plans"]]})

    def reach(self) -> None:
        """Reach for what is hidden by its very name: each is answered as what is not there."""
        for kind, real in self.hidden.items():
            made_up = re.sub(r"_.*", "_" + "0" * 26, real)
            paths = {"plans": ("", "/tables/releases", "/tables/decisions"), "jobs": ("", "/events", "/results"),
                     "scenarios": ("",), "sessions": ("",)}[kind]  # fmt: skip
            for path in paths:
                self.like("GET", f"/v1/{kind}/{real}{path}", f"/v1/{kind}/{made_up}{path}")
            if kind == "jobs":
                self.like("POST", f"/v1/jobs/{real}:stop", f"/v1/jobs/{made_up}:stop", json={"how": "abort"})
                self.like("POST", f"/v1/jobs/{real}:retry", f"/v1/jobs/{made_up}:retry")
            if kind == "sessions":
                self.like("POST", f"/v1/sessions/{real}/what-if", f"/v1/sessions/{made_up}/what-if", json={})
                self.like("DELETE", f"/v1/sessions/{real}", f"/v1/sessions/{made_up}")
        for body in ({"kind": "plan", "scenario": self.hidden["scenarios"]},
                     {"kind": "batch", "theatre": self.theatre, "scenarios": ["harder", "plot"]}):  # fmt: skip
            self.ask("POST", "/v1/jobs", json=body)
        taken = {"base": self.hidden["scenarios"], "name": "mine", "changes": []}
        self.ask("POST", "/v1/scenarios", json=taken)
        same_name = self.ask("POST", "/v1/scenarios", json={**taken, "base": self.base, "name": "plot"})
        assert same_name.status_code == 201, "that ALDER has a scenario of this name is not told by a clash"
        own = {"kind": "plan", "scenario": same_name.json()["id"]}
        assert self.ask("POST", "/v1/jobs", json=own, headers={"Idempotency-Key": "same"}).status_code == 202
        self.ask("GET", "/v1/jobs")

    def like(self, method: str, real: str, made_up: str, **more: Any) -> None:
        answers = [self.ask(method, path, **more) for path in (real, made_up)]
        assert {a.status_code for a in answers} == {404}, answers[0].text
        assert ID.sub("ID", answers[0].text) == ID.sub("ID", answers[1].text)

    def solve(self) -> None:
        for scenario in (self.base, self.changed):
            opened = self.ask("POST", "/v1/sessions", json={"scenario": scenario}).json()
            assert opened["projected"]
            for changes in ([], ["stocks[donor=ALDER].floor *= 2"], ["stocks[lot=A1].on_hand *= 9"]):
                body = {"changes": changes, "deadline_ms": 300_000}
                self.ask("POST", f"/v1/sessions/{opened['id']}/what-if", json=body)


def read(answer: Any) -> str:
    """Return a table with what its file says beside it, as text."""
    media, content = answer.headers["content-type"], answer.content
    if "arrow" in media:
        table = pa.ipc.open_file(content).read_all()
        return f"{table.schema.metadata} {table.to_pylist()}"
    if "parquet" in media:
        return f"{pq.read_metadata(io.BytesIO(content)).metadata} {pq.read_table(io.BytesIO(content)).to_pylist()}"
    if "sheet" in media:
        return str(pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, engine="calamine"))
    return str(answer.text)


def attacked(urls: Sequence[str]) -> Iterator[list[Any]]:
    for url, secret, made in zip(urls, SECRETS, published(), strict=True):
        settings = Settings(database=url, token=TOKEN, workers=0, sessions=1)  # type: ignore[arg-type]
        with TestClient(create_app(settings), headers=MAIN, raise_server_exceptions=False) as client:
            yield Attack(client, secret, made).run()


def judged(urls: Sequence[str]) -> None:
    first, second = attacked(urls)
    assert len(first) == len(second) > 100
    for a, b in zip(first, second, strict=True):
        if a[1].endswith("/what-if") and a[2] == 200:
            compared([("", "what-if", 0, a[4])], [("", "what-if", 0, b[4])])
        else:
            assert a == b
        assert a[2] < 500, a
        for secret in SECRETS:
            assert str(secret.floor) not in a[4] + b[4], a


def test_an_officer_learns_nothing_of_anothers_secrets_on_sqlite(tmp_path: Path) -> None:
    judged([f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")])


@pytest.mark.slow
def test_an_officer_learns_nothing_of_anothers_secrets_on_postgresql(two_schemas: list[str]) -> None:
    judged(two_schemas)
