"""The page of first questions is what happens: its commands, run as they stand against a service that runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from data.formats import save
from tests.api.conftest import coalition
from tests.api.service.processes import serving

PAGE = Path("docs/service/first.md")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_commands_of_the_page_run_as_they_stand(tmp_path: Path) -> None:
    theatre, scenario = coalition()
    save(tmp_path / "my_theatre", theatre, [scenario])
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 5
    with serving(f"sqlite:///{tmp_path / 'f.db'}") as service:
        told = {"URL": service.url, "TOKEN": service.token}
        first = blocks[0].splitlines()
        assert first[0].startswith("export URL=")
        script = "\n".join(["set -euo pipefail", *first[1:], *blocks[1:]])
        ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env={**os.environ, **told}, capture_output=True,
                             text=True, timeout=280, check=False)  # fmt: skip
    assert ran.returncode == 0, (ran.stdout[-2000:], ran.stderr[-2000:])
    assert "shipment,lot,need" in ran.stdout and "tier1_short" in ran.stdout and "['stocks']" in ran.stdout
    assert "<html" in (tmp_path / "briefing.html").read_text(encoding="utf-8")
