"""Draws the pictures of the README from a plan's briefing: its first page, and its map.

    casemate plan europe --deadline 270
    python -m benchmarks.pictures plan-europe [--out docs/images] [--browser chromium]

A headless browser (Debian: `apt-get install chromium`) shows the briefing with all but the part asked for hidden, says
how high that is, and takes the picture in that height. Nothing is fetched: a briefing needs no network.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTH = 1100
MAP = "section:has(figure)"
# picture → the rules that leave its part of the page alone
PARTS = {
    "briefing": "main > :not(.front) {display: none}",
    "briefing_map": f"main > :not({MAP}) {{display: none}} main {{padding-top: 0}} {MAP} {{margin: 0; border: 0}}",
}
HEIGHT = "<script>document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height)</script>"


def page(briefing: str, part: str) -> str:
    """Return the briefing with this part of it alone, which notes its own height."""
    style = f"<style>{PARTS[part]} body {{min-height: 0}}</style>"
    return briefing.replace("</head>", f"{style}</head>", 1).replace("</body>", f"{HEIGHT}</body>", 1)


def picture(browser: str, briefing: str, part: str, out: Path) -> None:
    """Write the picture of a part of the briefing."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page(briefing, part), encoding="utf-8")
        common = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                  f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1"]  # fmt: skip
        seen = _run([*common, f"--window-size={WIDTH},800", "--dump-dom", source.as_uri()])
        height = re.search(r'data-height="(\d+)"', seen)
        if not height:
            raise SystemExit(f"{browser} showed no page; is it a Chromium?")
        _run([*common, f"--window-size={WIDTH},{height[1]}", f"--screenshot={out}", source.as_uri()])


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def main() -> int:
    """Write each picture, and name it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    parser.add_argument("--browser", default="chromium")
    options = parser.parse_args()
    if not shutil.which(options.browser):
        parser.error(f"no browser '{options.browser}'; install Chromium, or name it with --browser")
    briefing = (options.plan / "briefing.html").read_text(encoding="utf-8")
    for part in PARTS:
        out = options.out.resolve() / f"{part}.png"
        picture(options.browser, briefing, part, out)
        print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
