"""Pages looked at in headless Chromium, for tests of HTML."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=f"none of {', '.join(NAMES)} is installed")

_RESULT = "result-of-the-test"


def look(html: str, script: str, folder: Path, *, dark: bool = False, width: int = 1000) -> Any:
    """Open HTML in a page and return what a script, the body of an async function, returns there."""
    assert CHROMIUM is not None
    page = folder / "page.html"
    page.write_text(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<title>untouched</title></head><body>{html}"
        f"<script>(async () => {{ {script} }})().catch(e => ({{error: String(e)}})).then(value => {{"
        f'const pre = document.createElement("pre"); pre.id = "{_RESULT}";'
        f"pre.textContent = JSON.stringify(value); document.body.append(pre) }})</script></body></html>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",  # which a container has no rights for
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},800",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    found = re.search(rf'<pre id="{_RESULT}">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, f"Chromium gave no result: {done.stderr[-2000:]}"
    value = json.loads(unescape(found[1]))
    assert not (isinstance(value, dict) and "error" in value), value
    return value
