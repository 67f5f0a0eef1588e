"""The command `serve`: the service on this machine, for one planner by a one-time token, or for a team."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from pydantic import SecretStr

from api.app import create_app, leave
from api.errors import ANSWERED, UseError
from api.settings import Settings
from api.wire import ProblemProtocol


def run_serve(database: str | None, host: str, port: int, jwks: Path | None, workers: int | None) -> int:
    """Serve until SIGTERM or Ctrl-C; running jobs are then queued again.

    Without a key file (--jwks, or CASEMATE_JWKS) the service is embedded: it listens on the loopback alone, and prints
    a token that is made anew at each start.
    """
    given = {"database": database, "jwks": jwks, "workers": workers}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    embedded = settings.jwks is None
    if embedded and not _loopback(host):
        raise UseError(f"--host {host} is no loopback address; to serve others name the keys with --jwks")
    if settings.jwks is not None and not settings.jwks.is_file():
        raise UseError(f"no key file '{settings.jwks}'; --jwks takes a JWKS as a file")
    if embedded:
        token = secrets.token_urlsafe(24)
        settings = settings.model_copy(update={"token": SecretStr(token)})
        sys.stderr.write(f"casemate: http://{host}:{port} · token for this run: {token}\n")
    log_as_json()
    app = create_app(settings)
    if app.state.store.single_compartment:
        sys.stderr.write("casemate: SQLite is a single compartment: who can read its file reads all of it\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises it anew when all has ended well: that ends in 0
    server = _Server(uvicorn.Config(
        app, host=host, port=port, log_config=None, server_header=False, access_log=False,
        timeout_graceful_shutdown=10, proxy_headers=False, http=ProblemProtocol))  # fmt: skip
    try:
        server.run()
    except SystemExit:
        raise UseError(f"cannot listen at {host}:{port}; name another place with --host and --port") from None
    return ANSWERED


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the application at once: what streams or waits would otherwise hold the end up."""
        leave(self.config.app)  # type: ignore[arg-type]
        super().handle_exit(sig, frame)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def log_as_json() -> None:
    """Write logs as JSON lines to stderr: facts, never quantities."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
