"""Who asks, and what they may do: one `authorize()`, which denies whatever is not granted here."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.refusals import ForbiddenError, UnauthenticatedError
from api.settings import Settings
from api.store import Scope, Store, keys


class Role(StrEnum):
    """Roles; whoever has donors sees their rows and the published plan, whatever the role."""

    VIEWER = "viewer"
    PLANNER = "planner"
    ANALYST = "analyst"
    DONOR_OFFICER = "donor-officer"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What may be granted."""

    READ = "read"
    ASK = "ask"
    IMPORT = "import"
    BATCH = "batch"
    PUBLISH = "publish"
    SECRETARIAT = "secretariat"  # certificate and briefing, which show what donors hold
    AUDIT = "audit"
    METRICS = "metrics"
    KEYS = "keys"


R = Role
GRANTED: dict[Action, frozenset[Role]] = {
    Action.READ: frozenset({R.VIEWER, R.PLANNER, R.ANALYST, R.DONOR_OFFICER, R.APPROVER}),
    Action.ASK: frozenset({R.PLANNER, R.ANALYST, R.DONOR_OFFICER}),
    Action.IMPORT: frozenset({R.PLANNER}),
    Action.BATCH: frozenset({R.PLANNER, R.ANALYST}),
    Action.PUBLISH: frozenset({R.APPROVER}),
    Action.SECRETARIAT: frozenset({R.VIEWER, R.PLANNER, R.ANALYST, R.APPROVER}),
    Action.AUDIT: frozenset({R.AUDITOR}),
    Action.METRICS: frozenset({R.ADMIN}),
    Action.KEYS: frozenset({R.ADMIN}),
}
# What nobody bound to donors may do, whatever the role: it shows or moves what is the coalition's.
OF_THE_COALITION = {Action.IMPORT, Action.PUBLISH, Action.SECRETARIAT, Action.AUDIT, Action.METRICS, Action.KEYS,
                    Action.BATCH}  # fmt: skip


@dataclass(frozen=True)
class Principal:
    """Who asks: a name, roles, and the donors they are bound to; none: the coalition's own people."""

    name: str
    roles: frozenset[Role]
    donors: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """Return the scope of what is read and written for them."""
        return Scope(self.name, self.donors or None)

    @property
    def restricted(self) -> bool:
        """Return whether only some donors' rows are seen."""
        return bool(self.donors)


def authorize(principal: Principal, action: Action) -> None:
    """Return if the principal may do this; ForbiddenError otherwise. A donor's officer without a donor may nothing."""
    roles = principal.roles if principal.donors else principal.roles - {Role.DONOR_OFFICER}
    if not roles & GRANTED.get(action, frozenset()):
        raise ForbiddenError(f"'{action}' is granted to none of your roles ({', '.join(sorted(roles)) or 'none'})")
    if principal.restricted and action in OF_THE_COALITION:
        raise ForbiddenError(f"'{action}' is for the coalition's own people, not for those bound to a donor")


def authenticate(request: Request) -> Principal:
    """Return who asks, by the one-time token, a signed token or an API key; UnauthenticatedError."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    given = given.strip() if kind.lower() == "bearer" else request.headers.get("x-api-key", "")
    if not given:
        raise UnauthenticatedError("say who asks: Authorization: Bearer TOKEN, or X-API-Key: KEY")
    settings: Settings = request.app.state.settings
    own = settings.token.get_secret_value() if settings.token else ""
    if own and hmac.compare_digest(given.encode(), own.encode()):
        return Principal("local", frozenset(Role) - {Role.DONOR_OFFICER})
    if given.startswith(keys.PREFIX):
        return _of_key(request.app.state.store, given)
    return _of_token(settings, given)


def _of_key(store: Store, given: str) -> Principal:
    with store.read(Scope("keys")) as tx:
        found = keys.find(tx, given)
    if found is None:
        raise UnauthenticatedError("this key is not known, revoked or over")
    return _principal(found["name"], found["roles"], found["compartments"])


def _of_token(settings: Settings, given: str) -> Principal:
    if settings.jwks is None:
        raise UnauthenticatedError("this token is not known here")
    trusted = KeySet.import_key_set(json.loads(settings.jwks.read_text(encoding="utf-8")))
    try:
        claims = jwt.decode(given, trusted, algorithms=list(settings.algorithms)).claims
        rules: dict[str, Any] = {"exp": {"essential": True}, "sub": {"essential": True}}
        rules["aud"] = {"essential": True, "value": settings.audience}
        if settings.issuer:
            rules["iss"] = {"essential": True, "value": settings.issuer}
        jwt.JWTClaimsRegistry(leeway=30, **rules).validate(claims)
    except (JoseError, ValueError) as error:
        raise UnauthenticatedError(f"the token does not hold ({type(error).__name__})") from None
    return _principal(claims["sub"], claims.get("roles", []), claims.get("donors", []))


def _principal(name: Any, roles: Any, donors: Any) -> Principal:
    known = {str(role) for role in Role}
    if not isinstance(roles, list) or not isinstance(donors, list):
        raise UnauthenticatedError("roles and donors must be lists")
    held = frozenset(Role(r) for r in roles if r in known)
    if any(not isinstance(d, str) or not d or d == "*" or "|" in d for d in donors):
        raise UnauthenticatedError("a donor must be a name")
    if Role.DONOR_OFFICER in held and not donors:
        held -= {Role.DONOR_OFFICER}
    return Principal(str(name), held, tuple(sorted(donors)))


def may(action: Action) -> Callable[[Request], Principal]:
    """Return the dependency of a route: who asks, if they may."""

    def check(request: Request) -> Principal:
        known: Principal | None = getattr(request.state, "principal", None)  # by the guard of its route
        if known is not None:
            return known
        principal = authenticate(request)
        authorize(principal, action)
        return principal

    check.__name__ = f"may_{action.name.lower()}"
    check.action = action  # type: ignore[attr-defined]
    return check


Reader = Annotated[Principal, Depends(may(Action.READ))]
Asker = Annotated[Principal, Depends(may(Action.ASK))]
Importer = Annotated[Principal, Depends(may(Action.IMPORT))]
Batcher = Annotated[Principal, Depends(may(Action.BATCH))]
Publisher = Annotated[Principal, Depends(may(Action.PUBLISH))]
Secretariat = Annotated[Principal, Depends(may(Action.SECRETARIAT))]
Auditor = Annotated[Principal, Depends(may(Action.AUDIT))]
Operator = Annotated[Principal, Depends(may(Action.METRICS))]
Keeper = Annotated[Principal, Depends(may(Action.KEYS))]
