"""The endpoints, a file for each thing: schema in, one call, schema out."""

from __future__ import annotations

from fastapi.routing import APIRoute

from api.routes import audit, jobs, keys, plans, scenarios, sessions, status, theatres, verdict

ROUTERS = (status.router, theatres.router, scenarios.router, plans.router, verdict.router, sessions.router,
           jobs.router, audit.router, keys.router)


def methods_at(path: str) -> list[str]:
    """Return every method that this path has, for the Allow header of one that it has not."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    found = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


__all__ = ["ROUTERS", "methods_at"]
