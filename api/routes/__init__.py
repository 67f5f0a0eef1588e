"""The endpoints, a file for each thing: schema in, one call, schema out."""

from api.routes import audit, jobs, plans, scenarios, sessions, status, theatres

ROUTERS = (status.router, theatres.router, scenarios.router, plans.router, sessions.router, jobs.router, audit.router)

__all__ = ["ROUTERS"]
