"""A pytest plugin: with CASEMATE_STRICT_SKIPS=1 a skipped test makes the session fail.

A skip says that a part (a solver, the published instances) is missing on this machine. That is fine on a
planner's laptop; in .ci/run it would be a check that silently does not happen. Load it by
`-p tests.strict_skips`.
"""

import os
from collections.abc import Iterator

import pytest

_skipped: list[str] = []


def _strict() -> bool:
    return os.environ.get("CASEMATE_STRICT_SKIPS") == "1"


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    # NB: an expected failure is reported as skipped too, but nothing is missing then.
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    _skipped.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    # Changed before the summary is printed; only a success is overruled, an error keeps its own code.
    friendly = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if _strict() and _skipped and session.exitstatus in friendly:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not (_strict() and _skipped):
        return
    terminalreporter.section("skips that count as failures (CASEMATE_STRICT_SKIPS=1)", red=True)
    for line in sorted(set(_skipped)):
        terminalreporter.line(line)
