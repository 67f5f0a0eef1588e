"""docs/tables.md from the contracts: every table with every column, its unit, default and meaning.

python -m data.document > docs/tables.md
"""

from __future__ import annotations

from collections.abc import Mapping

from data.column_words import default_text, sentence, within_text
from data.contracts import CERTIFICATE, PLAN, SCENARIO, THEATRE
from data.tables import Column, Contract

HEAD = """# Tables

A theatre, a scenario and a plan are folders of tables. This page is made from the contracts in the code
(`python -m data.document > docs/tables.md`), and a test holds both together.

- A **bold** column is part of the key; no two rows have the same key.
- A column with no default must be filled. *empty* means that the cell may stay empty.
- A list is written in one cell, its parts joined by `|`. Dates are written as 2030-03-01.
- Tables are CSV in UTF-8 (commas between cells, points in decimals), sheets of a workbook, or Parquet:
  [formats.md](formats.md). Numbers keep twelve decimals.
- Quantities are in the item's own unit, which column `items.unit` names.
"""

PARTS: tuple[tuple[str, str, Mapping[str, Contract]], ...] = (
    ("Theatre", "Everything that exists, whatever is asked of it.", THEATRE),
    ("Scenario", "What is asked of the theatre.", SCENARIO),
    ("Plan", "The answer.", PLAN),
    ("Proof", "What lies beside a plan to prove its bounds.", {CERTIFICATE.name: CERTIFICATE}),
)


def tables_page() -> str:
    """Return the page of all tables as Markdown."""
    lines = [HEAD]
    for title, meaning, contracts in PARTS:
        lines.append(f"## {title}\n\n{meaning}\n")
        lines += [_section(contract) for contract in contracts.values()]
    return "\n".join(lines).rstrip() + "\n"


def _section(contract: Contract) -> str:
    needed = "may be absent" if contract.optional else "must be given"
    rows = "exactly one row" if contract.single else needed
    lines = [f"### {contract.name}\n", f"{sentence(contract.meaning)} ({rows})\n"]
    lines += ["| column | holds | unit | default | within | meaning |", "|---|---|---|---|---|---|"]
    lines += [_row(column) for column in contract.columns]
    return "\n".join(lines) + "\n"


def _row(column: Column) -> str:
    name = f"**{column.name}**" if column.key else column.name
    targets = " or ".join(f"[{name}](#{name})" for name in column.refers_to.split("|"))
    holds = f"{column.kind}, names a row of {targets}" if column.refers_to else str(column.kind)
    cells = (name, holds, column.unit, default_text(column), within_text(column), column.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Print the page."""
    print(tables_page(), end="")


if __name__ == "__main__":
    main()
