"""Pages as PDF by WeasyPrint, which needs the system's pango, and a Chinese font for Chinese. Nothing is fetched from anywhere.

The library is loaded when the first PDF is asked for: it stands on system libraries that a bank's server may lack, and everything else
must run without them.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders


class NoPaper(Exception):
    """This machine cannot make PDFs; `str()` says what is missing and how it is installed."""


def pdf(html: str, *sheets: str) -> bytes:
    """A whole page as PDF, its fonts embedded as subsets; `sheets` are static files of ours. What its `<meta name=… content=…>`
    say stands in the file's properties. Raises NoPaper."""
    missing = what_is_missing()
    if missing:
        raise NoPaper(missing)
    library = _library()
    styles = [library.CSS(string=_sheet(name)) for name in sheets]
    nothing = library.urls.URLFetcher(allowed_protocols=())
    written: bytes = library.HTML(string=html, url_fetcher=nothing).write_pdf(stylesheets=styles, custom_metadata=True)
    return written


@cache
def what_is_missing() -> str:
    """What this machine lacks for PDFs that hold Chinese, in words that say what to install; empty: nothing."""
    try:
        _library()
    except OSError as wrong:
        return f"pango is missing (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0): {str(wrong).splitlines()[0][:120]}"
    listing = shutil.which("fc-list")
    if listing and not subprocess.run([listing, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout.strip():
        return "a Chinese font is missing (Debian: apt-get install fonts-noto-cjk)"
    return ""


def _library() -> Any:
    importlib.import_module("weasyprint.urls")
    return importlib.import_module("weasyprint")


def _sheet(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str), f"{name} is no static file"
    return Path(found).read_text("utf-8")
