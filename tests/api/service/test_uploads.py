"""Hostile and broken uploads: a problem document that says what is wrong, and no trace in database or on disk."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.tables import metadata
from api.uploads import WORKBOOK, ZIP
from data.formats import save
from data.formats.limits import MOST_ROWS, MOST_UNPACKED
from tests.api.conftest import coalition
from tests.api.service.conftest import MAIN, TOKEN

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of one service for all: what is refused leaves no trace for the next."""
    url = f"sqlite:///{tmp_path_factory.mktemp('uploads') / 'u.db'}"
    told = Settings(database=url, token=TOKEN, workers=0, sessions=1)
    with TestClient(create_app(told), headers=MAIN, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the service unpacks, which a request must leave empty."""
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    theatre, scenario = coalition()
    folder = save(tmp_path / "given", theatre, [scenario])
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def refused(quiet: TestClient, scratch: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return what sends an upload and returns the problem document that it must get."""
    before = rows_in(quiet)

    def send(content: bytes, media: str = ZIP, status: int = 422) -> dict[str, Any]:
        answer = quiet.post("/v1/theatres", content=content, headers={"Content-Type": media})
        assert answer.status_code == status, answer.text[:500]
        assert answer.headers["content-type"] == "application/problem+json"
        told: dict[str, Any] = answer.json()
        assert told["detail"] and told["status"] == status and "Traceback" not in answer.text
        assert str(scratch) not in answer.text
        assert (rows_in(quiet), list(scratch.iterdir())) == (before, [])
        return told

    yield send


def rows_in(client: TestClient) -> dict[str, int]:
    with client.app.state.store.engine.connect() as connection:  # type: ignore[attr-defined]
        return {name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()}  # fmt: skip


def packed(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


OUTSIDE = ("../stocks.csv", "/tmp/stocks.csv", "a/../../stocks.csv", "C:\\stocks.csv", "scenarios/../../stocks.csv",
           "scenarios/..\\..\\x/needs.csv", "stocks.csv/", "./stocks.csv", "~/stocks.csv", "stocks.csv\n",
           "scenarios/attack/deeper/needs.csv", "s" * 5000 + ".csv", "stocks.exe", ".csv",
           "scenarios//needs.csv")  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE, ids=range(len(OUTSIDE)))
def test_a_name_that_leads_elsewhere_is_refused(name: str, refused: Any, parts: Parts) -> None:
    told = refused(packed({**parts, name: b"lot,donor\n"} if not name.endswith("/") else {name + "x": b"x", **parts}))
    assert "is read" in told["detail"] or "are read" in told["detail"]


def test_a_table_that_stands_twice_is_refused(refused: Any, parts: Parts) -> None:
    out = io.BytesIO(packed(parts))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("stocks.csv", parts["stocks.csv"].replace(b"200", b"900"))
    assert "'stocks.csv' twice" in refused(out.getvalue())["detail"]
    assert any(
        "as CSV and as Parquet" in e["detail"]
        for e in refused(packed({**parts, "stocks.parquet": parquet({})}))["errors"]
    )


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def test_what_unpacks_to_more_than_is_taken_is_refused(refused: Any, parts: Parts, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.uploads.MOST_UNPACKED", 2**22)
    bomb = packed({**parts, "stocks.csv": b"\0" * 2**23})
    assert len(bomb) < 2**17
    assert "unpacks to more than" in refused(bomb, status=413)["detail"]
    lying = bomb.replace((2**23).to_bytes(4, "little"), (100).to_bytes(4, "little"))  # the size in its directory
    assert lying != bomb
    refused(lying, status=422)


@pytest.mark.slow
def test_a_bomb_of_full_size_is_refused(refused: Any) -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("stocks.csv", "w") as part,
    ):
        for _ in range(MOST_UNPACKED // 2**24 + 1):
            part.write(b"\0" * 2**24)
    assert len(out.getvalue()) < 2**23
    refused(out.getvalue(), status=413)


def test_too_many_files_are_refused(refused: Any) -> None:
    refused(packed({f"t{i}.csv": b"" for i in range(2001)}), status=413)


def test_what_no_reader_of_zips_unpacks_is_refused(refused: Any, parts: Parts) -> None:
    whole = packed(parts)
    locked = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of encryption, in every header
        place = locked.find(mark)
        while place >= 0:
            locked[place + at] |= 1
            place = locked.find(mark, place + 4)
    refused(bytes(locked))
    refused(whole[: len(whole) // 2])
    refused(packed(parts, zipfile.ZIP_LZMA)[:-700] + whole[-700:])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_a_zip_with_turned_bytes_is_refused_or_read(
    method: int, quiet: TestClient, scratch: Path, parts: Parts
) -> None:
    dice, whole = random.Random(method), packed(parts, method)
    for _ in range(40):
        turned = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
        answer = quiet.post("/v1/theatres", content=bytes(turned), headers={"Content-Type": ZIP})
        assert answer.status_code in (201, 413, 422), answer.text[:500]
        assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("kind", ["workbook", "parquet"])
def test_a_file_with_turned_bytes_is_refused_or_read(
    kind: str, quiet: TestClient, scratch: Path, tmp_path: Path
) -> None:
    theatre, scenario = coalition()
    if kind == "workbook":
        media, whole = WORKBOOK, save(tmp_path / "w.xlsx", theatre, [scenario]).read_bytes()
    else:
        folder = save(tmp_path / "p", theatre, [scenario], parquet=True)
        media, parts = ZIP, {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.parquet")}
    dice = random.Random(7)
    for _ in range(30):
        if kind == "workbook":
            content = turned(whole, dice)
        else:
            name = dice.choice(sorted(parts))
            content = packed({**parts, name: turned(parts[name], dice)})
        answer = quiet.post("/v1/theatres", content=content, headers={"Content-Type": media})
        assert answer.status_code in (201, 413, 422), answer.text[:500]
        assert list(scratch.iterdir()) == []


def turned(content: bytes, dice: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


WRONG: dict[str, bytes] = {
    "no number": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,many\n",
    "not a number": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,nan\n",
    "infinite": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,1e999\n",
    "negative": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,-1\n",
    "digits without end": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box," + b"9" * 100_000 + b"\n",
    "a formula": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,=1+1\n",
    "no text": b"lot,donor,node,item,on_hand\nA1,ALDER,D,box,\xff\xfe\n",
    "zeros": b"lot,donor,node,item,on_hand\nA\x001,ALDER,D,box,1\n\x00\n",
    "an open quote": b'lot,donor,node,item,on_hand\nA1,ALDER,D,box,"1\n',
    "a cell without end": b"lot,donor,node,item,on_hand\n" + b"A" * 2**21 + b",ALDER,D,box,1\n",
    "an unknown donor": b"lot,donor,node,item,on_hand\nA1,NOBODY,D,box,1\n",
    "columns without end": b",".join(b"c%d" % i for i in range(20_000)) + b"\n",
    "a column twice": b"lot,lot,donor,node,item,on_hand\nA1,A1,ALDER,D,box,1\n",
    "empty": b"",
    "another encoding": "lot,donor\nA1,ÄLDER\n".encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_table_of_wrong_cells_is_refused(name: str, refused: Any, parts: Parts) -> None:
    told = refused(packed({**parts, "stocks.csv": WRONG[name]}))
    assert told["code"] == "bad-tables" and 0 < len(told["errors"]) <= 200
    assert all(e["detail"] and len(e["detail"]) < 1000 for e in told["errors"])
    assert any(e["pointer"].startswith("/stocks") for e in told["errors"])


NESTED: dict[str, Any] = {
    "a list": {"lot": [["A1"]]}, "bytes": {"lot": [b"A1"]}, "a struct": {"lot": [{"a": 1}]},
    "numbers for names": {"lot": [1.5], "donor": [2], "node": [True], "item": [None], "on_hand": ["x"]},
    "dates": {"lot": ["A1"], "on_hand": pd.to_datetime(["2030-01-01"])},
}  # fmt: skip


@pytest.mark.parametrize("name", NESTED)
def test_a_parquet_of_wrong_types_is_refused(name: str, refused: Any, parts: Parts) -> None:
    rest = {k: v for k, v in parts.items() if k != "stocks.csv"}
    assert refused(packed({**rest, "stocks.parquet": parquet(NESTED[name])}))["code"] == "bad-tables"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_million_rows_are_checked_and_one_more_refused(kind: str, refused: Any, parts: Parts) -> None:
    rest = {k: v for k, v in parts.items() if k != "stocks.csv"}

    def content(rows: int) -> dict[str, bytes]:
        if kind == "csv":
            return {
                "stocks.csv": b"lot,donor,node,item,on_hand\n"
                + b"".join(b"L%d,NOBODY,D,box,1\n" % i for i in range(rows))
            }
        names = pa.array([f"L{i}" for i in range(rows)])
        same = {
            n: pa.array([v] * rows) for n, v in (("donor", "NOBODY"), ("node", "D"), ("item", "box"), ("on_hand", 1.0))
        }
        return {"stocks.parquet": parquet({"lot": names, **same})}

    many = refused(packed({**rest, **content(MOST_ROWS)}))
    assert len(many["errors"]) == 200 and "NOBODY" in many["errors"][0]["detail"]
    more = refused(packed({**rest, **content(MOST_ROWS + 1)}))
    assert "rows" in more["errors"][0]["detail"]


def test_a_manifest_of_deep_or_odd_json_is_refused(refused: Any, parts: Parts) -> None:
    for text in (b"[" * 200_000, b'{"a":' * 200_000, b"[]", b"\xff", b'{"schema_version": ' + b"9" * 10_000 + b"}"):
        assert refused(packed({**parts, "casemate.json": text}))["code"] == "unreadable-input"


def test_a_workbook_with_a_formula_that_nothing_calculated_names_the_cell(refused: Any, tmp_path: Path) -> None:
    theatre, scenario = coalition()
    path = save(tmp_path / "w.xlsx", theatre, [scenario])
    with zipfile.ZipFile(path) as book:
        held = {name: book.read(name) for name in book.namelist()}
    sheets = [n for n in held if n.startswith("xl/worksheets/sheet")]
    live = {n: held[n].replace(b"<v>200.0</v>", b"<f>1+1</f>") for n in sheets if b"<v>200.0</v>" in held[n]}
    told = refused(packed({**held, **live}), WORKBOOK)
    assert any(e["cell"].startswith("stocks!") for e in told["errors"])


def test_a_workbook_whose_texts_unfold_without_end_is_refused(refused: Any, tmp_path: Path) -> None:
    theatre, scenario = coalition()
    with zipfile.ZipFile(save(tmp_path / "w.xlsx", theatre, [scenario])) as book:
        held = {name: book.read(name) for name in book.namelist()}
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"x" * 10) for i in range(12))
    laughs = b'<?xml version="1.0"?><!DOCTYPE sst [' + entities + b"]><sst><si><t>&e11;</t></si></sst>"
    refused(packed({**held, "xl/sharedStrings.xml": laughs}), WORKBOOK)
    outside = (
        b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst><si><t>&e;</t></si></sst>'
    )
    assert "root:" not in str(refused(packed({**held, "xl/sharedStrings.xml": outside}), WORKBOOK))


BODIES: dict[str, bytes] = {
    "deep lists": b"[" * 200_000, "deep maps": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "digits without end": b'{"scenario": "s", "gap": ' + b"9" * 100_000 + b"}",
    "no number": b'{"scenario": "s", "gap": NaN}', "infinite": b'{"scenario": "s", "deadline_s": 1e999}',
    "half a pair": b'{"scenario": "s", "changes": ["\\ud800"]}', "zeros": b'{"scenario": "s", "changes": ["\\u0000"]}',
    "no text": b'{"scenario": "\xff\xfe"}', "not closed": b'{"scenario": "s"',
    "a key too many": b'{"scenario": "s", "x": 1}',
    "a thousand changes": b'{"scenario": "s", "changes": [' + b'"a",' * 1000 + b'"a"]}', "empty": b"", "null": b"null",
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_does_not_read_is_a_problem_document(name: str, quiet: TestClient) -> None:
    before = rows_in(quiet)
    for path in ("/v1/plans", "/v1/jobs", "/v1/scenarios", "/v1/sessions", "/v1/compare"):
        answer = quiet.post(path, content=BODIES[name], headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422, 404), answer.text[:500]
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 100_000
    assert rows_in(quiet) == before


HEADERS: dict[str, dict[str, str]] = {
    "one too long": {"X-Own": "x" * 70_000},
    "many": {f"X-{i}": "x" * 100 for i in range(700)},
    "a token too long": {"Authorization": "Bearer " + "x" * 70_000},
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_too_large_are_a_problem_document(name: str, quiet: TestClient) -> None:
    answer = quiet.get("/v1/theatres", headers=HEADERS[name])
    assert (answer.status_code, answer.json()["code"]) == (431, "too-large")


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "1e3"])
def test_a_length_that_is_none_is_refused(length: str, quiet: TestClient) -> None:
    answer = quiet.post("/v1/theatres", content=b"x", headers={"Content-Length": length, "Content-Type": ZIP})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_body_sent_in_parts_is_counted(quiet: TestClient) -> None:
    answer = quiet.post(
        "/v1/plans", content=(b" " * 2**16 for _ in range(40)), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_what_is_refused_before_may_be_sent_well_after(quiet: TestClient, scratch: Path, parts: Parts) -> None:
    assert quiet.post("/v1/theatres", content=b"PK", headers={"Content-Type": ZIP}).status_code == 422
    assert quiet.post("/v1/theatres", content=packed(parts), headers={"Content-Type": ZIP}).status_code == 201
    assert list(scratch.iterdir()) == []
