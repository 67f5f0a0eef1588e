from __future__ import annotations

import re
from pathlib import Path

from api.sbom import bill


def test_the_bill_of_materials_names_every_pin_with_its_hashes() -> None:
    lock = Path("requirements.lock").read_text(encoding="utf-8")
    parts = bill(lock)["components"]
    assert len(parts) == len(re.findall(r"^[\w.-]+(?:\[.*?\])?==", lock, re.MULTILINE)) > 50
    assert all(part["hashes"] for part in parts)
    assert sum(len(part["hashes"]) for part in parts) == lock.count("--hash=sha256:")
