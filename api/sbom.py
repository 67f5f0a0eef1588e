"""The bill of materials (CycloneDX 1.6, JSON) made from requirements.lock: every package with version and hashes.

python -m api.sbom requirements.lock > sbom.cdx.json
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str) -> dict[str, Any]:
    """Return the bill of materials of a lock; the same lock gives the same bill."""
    parts: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if match := _PIN.match(line):
            name, version = match[1].lower(), match[2]
            parts.append({"type": "library", "name": name, "version": version, "bom-ref": f"{name}@{version}",
                          "purl": f"pkg:pypi/{name}@{version}", "hashes": []})  # fmt: skip
        for digest in _HASH.findall(line):
            parts[-1]["hashes"].append({"alg": "SHA-256", "content": digest})
    about = {"type": "application", "name": "casemate", "bom-ref": "casemate"}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": about},
            "components": parts,
            "dependencies": [{"ref": "casemate", "dependsOn": [p["bom-ref"] for p in parts]}]}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(bill(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=1))
