"""Who asks: keys made and revoked, tokens signed and forged."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey

from api.app import create_app
from api.settings import Settings
from api.store.tables import api_keys
from tests.api.service.conftest import as_role
from tests.api.service.test_service import is_problem

SIGNER = OKPKey.generate_key("Ed25519", parameters={"kid": "one"})
OTHER = OKPKey.generate_key("Ed25519", parameters={"kid": "one"})
CURVE = ECKey.generate_key("P-256", parameters={"kid": "two"})


def test_a_key_is_shown_once_works_and_ends_when_revoked(client: TestClient) -> None:
    made = client.post("/v1/keys", json={"name": "night run", "roles": ["viewer"], "days": 1})
    assert made.status_code == 201, made.text
    key, key_id = made.json()["key"], made.json()["id"]
    for headers in ({"Authorization": f"Bearer {key}"}, {"Authorization": "", "X-API-Key": key}):
        assert client.get("/v1/theatres", headers=headers).status_code == 200
        is_problem(client.get("/v1/audit", headers=headers), 403, "forbidden")
    listed = client.get("/v1/keys")
    assert [row["name"] for row in listed.json()["items"]] == ["night run"]
    with client.app.state.store.engine.connect() as connection:  # type: ignore[attr-defined]
        kept = str(connection.execute(sa.select(api_keys)).all())
    assert key not in kept and key not in listed.text and "hash" not in listed.json()["items"][0]
    assert client.delete(f"/v1/keys/{key_id}").status_code == 204
    is_problem(client.get("/v1/theatres", headers={"Authorization": f"Bearer {key}"}), 401, "unauthenticated")
    is_problem(client.delete("/v1/keys/key_none"), 404, "not-found")
    actions = [row["action"] for row in client.get("/v1/audit").json()["items"]]
    assert {"key.add", "key.revoke"} <= set(actions)


def test_a_key_that_is_over_at_once_is_made_and_opens_nothing(quiet: TestClient) -> None:
    admin = as_role(quiet, "admin")
    made = quiet.post("/v1/keys", json={"name": "short", "roles": ["viewer"], "days": 5e-324}, headers=admin)
    assert made.status_code == 201, made.text
    assert made.json()["id"] in {row["id"] for row in quiet.get("/v1/keys", headers=admin).json()["items"]}
    over = {"Authorization": f"Bearer {made.json()['key']}"}
    is_problem(quiet.get("/v1/theatres", headers=over), 401, "unauthenticated")


def test_only_an_admin_of_the_coalition_makes_keys(quiet: TestClient) -> None:
    body = {"name": "x", "roles": ["admin"]}
    for role, donors in (("planner", ()), ("approver", ()), ("auditor", ()), ("admin", ("ALDER",))):
        who = as_role(quiet, role, *donors)
        is_problem(quiet.post("/v1/keys", json=body, headers=who), 403, "forbidden")
        is_problem(quiet.get("/v1/keys", headers=who), 403, "forbidden")
    admin = as_role(quiet, "admin")
    assert quiet.post("/v1/keys", json=body, headers=admin).status_code == 201
    is_problem(quiet.get("/v1/theatres", headers=admin), 403, "forbidden")
    is_problem(quiet.post("/v1/keys", json={**body, "roles": ["king"]}, headers=admin), 422, "bad-request")
    is_problem(quiet.post("/v1/keys", json={**body, "donors": ["*"]}, headers=admin), 422, "bad-request")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a service that believes tokens of two keys."""
    folder = tmp_path_factory.mktemp("who")
    public = KeySet([SIGNER, CURVE]).as_dict(private=False)
    (folder / "keys.json").write_text(json.dumps(public))
    told = Settings(database=f"sqlite:///{folder / 'w.db'}", jwks=folder / "keys.json", issuer="idp", workers=0)
    with TestClient(create_app(told), raise_server_exceptions=False) as client:
        yield client


def token(key: Any = SIGNER, alg: str = "Ed25519", kid: str = "one", **claims: Any) -> str:
    usual = {"sub": "lena", "roles": ["viewer"], "aud": "casemate", "iss": "idp", "exp": time.time() + 60}
    held = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return str(jwt.encode({"alg": alg, "kid": kid}, held, key, algorithms=[alg]))


def answer(service: TestClient, text: str, path: str = "/v1/theatres") -> Any:
    return service.get(path, headers={"Authorization": f"Bearer {text}"})


def test_a_token_of_a_trusted_key_is_believed(service: TestClient) -> None:
    assert answer(service, token()).status_code == 200
    assert answer(service, token(CURVE, "ES256", "two")).status_code == 200
    is_problem(answer(service, token(), "/v1/audit"), 403, "forbidden")
    assert answer(service, token(roles=["auditor"]), "/v1/audit").status_code == 200


def unsigned(**claims: Any) -> str:
    head, body, _ = token(**claims).split(".")
    from base64 import urlsafe_b64encode

    none = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{none}.{body}."


def symmetric() -> str:
    """Return a token signed by the public key taken for a shared secret."""
    secret = OctKey.import_key(json.dumps(SIGNER.as_dict(private=False)).ljust(64))
    return token(secret, "HS256")


FORGED = {
    "by another key": lambda: token(OTHER), "over": lambda: token(exp=time.time() - 60),
    "without an end": lambda: token(exp=None), "for others": lambda: token(aud="other"),
    "for nobody": lambda: token(aud=None), "of another issuer": lambda: token(iss="me"),
    "of nobody": lambda: token(sub=None), "not signed": unsigned, "by the public key": symmetric,
    "of an unknown key": lambda: token(OTHER, kid="nine"), "roles no list": lambda: token(roles="admin"),
    "donors no list": lambda: token(donors="ALDER"), "every donor": lambda: token(donors=["*"]),
    "two donors in one": lambda: token(donors=["ALDER|BIRCH"]), "no token": lambda: "a.b.c", "text": lambda: "x" * 500,
    "turned": lambda: token()[:-4] + "AAAA", "not yet": lambda: token(nbf=time.time() + 3600),
    "a name that is none": lambda: token(sub=""), "an end that is none": lambda: token(exp="soon"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_does_not_hold_is_refused(name: str, service: TestClient) -> None:
    is_problem(answer(service, FORGED[name]()), 401, "unauthenticated")


def test_roles_that_are_unknown_grant_nothing(service: TestClient) -> None:
    is_problem(answer(service, token(roles=["god"])), 403, "forbidden")
    is_problem(answer(service, token(roles=[])), 403, "forbidden")
    is_problem(answer(service, token(roles=["donor-officer"])), 403, "forbidden")
    assert answer(service, token(roles=["donor-officer"], donors=["ALDER"])).status_code == 200


def test_keys_are_taken_from_the_file_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(KeySet([SIGNER]).as_dict(private=False)))
    told = Settings(database=f"sqlite:///{tmp_path / 'w.db'}", jwks=file, workers=0)
    with TestClient(create_app(told), raise_server_exceptions=False) as client:
        assert answer(client, token()).status_code == 200
        file.write_text(json.dumps(KeySet([OTHER]).as_dict(private=False)))
        is_problem(answer(client, token()), 401, "unauthenticated")
        assert answer(client, token(OTHER)).status_code == 200
        file.write_text("{")
        assert answer(client, token(OTHER)).status_code in (401, 500, 503)
