"""The docs name what the code has: commands and options, errors, tables; links lead somewhere."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import typer.main

import api
import data
import optimizer
from api.cli import app
from api.errors import EXIT_CODES, OWN_CODES, exit_code
from data.contracts import PLAN, SCENARIO, THEATRE
from data.document import tables_page
from data.problems import CasemateError

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")  # of Keep a Changelog, in this order
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def sections(page: Path, level: str) -> dict[str, str]:
    parts = re.split(rf"^{level} (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def every_error() -> dict[str, type[CasemateError]]:
    for package in (api, data, optimizer):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found, todo = {}, [CasemateError]
    while todo:
        error = todo.pop()
        found[error.__name__] = error
        todo += error.__subclasses__()
    return {
        name: e for name, e in found.items() if e.__module__.split(".")[0] in ("api", "data", "optimizer")
    }


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented(command: str) -> None:
    documented = sections(DOCS / "cli.md", "##")
    assert command in documented
    missing = [
        option
        for parameter in COMMANDS[command].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help" and f"`{option}" not in documented[command]
    ]
    assert missing == []


def test_no_command_is_documented_that_is_not_there() -> None:
    assert set(sections(DOCS / "cli.md", "##")) == set(COMMANDS)


def test_every_error_code_has_a_section_with_its_exit_code() -> None:
    documented = sections(DOCS / "errors.md", "###")
    codes = {error.code for error in every_error().values()} | set(OWN_CODES)
    assert codes == set(documented)
    assert set(EXIT_CODES) <= codes
    for code in codes - {CasemateError.code}:
        assert f"Exit code {exit_code(code)}." in documented[code], code


def test_every_error_has_a_code_of_its_own() -> None:
    errors = every_error()
    assert len({error.code for error in errors.values()}) == len(errors)


def test_the_page_of_tables_is_the_one_made_from_the_contracts() -> None:
    page = (DOCS / "tables.md").read_text(encoding="utf-8")
    assert page == tables_page(), "run: python -m data.document > docs/tables.md"


def test_every_column_of_every_table_is_on_the_page_of_tables() -> None:
    documented = sections(DOCS / "tables.md", "###")
    for name, contract in {**THEATRE, **SCENARIO, **PLAN}.items():
        for column in contract.columns:
            assert re.search(rf"^\| (\*\*)?{column.name}(\*\*)? \|", documented[name], re.MULTILINE), column


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or anchor and anchor not in anchors(target):
            broken.append(link)
    assert broken == []


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_changelog_has_each_kind_once_and_every_entry_once() -> None:
    """Lines that two wrote at once are merged line by line: one that was moved meanwhile would stand twice."""
    for version, changes in sections(ROOT / "CHANGELOG.md", "##").items():
        kinds = re.findall(r"^### (.+)$", changes, flags=re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds], f"{version}: {kinds}"
        lines = [line for line in changes.splitlines() if line]
        assert [line for line in lines if lines.count(line) > 1] == [], version
        assert changes.split("### ", 1)[0].strip() == "", f"{version}: entries stand under a kind"
