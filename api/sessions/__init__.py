"""Warm sessions: processes that keep theatres with their answers at hand, and who may ask which."""

from api.sessions.desk import Desk, Opened
from api.sessions.pool import Asked, Pool

__all__ = ["Asked", "Desk", "Opened", "Pool"]
