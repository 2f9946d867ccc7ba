"""The page of a comparison: its tables, and how they came about; written from `comparison.json` alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.files import write_atomic
from trace_trainers.compare.tables import render_comparison

_PAGE = jinja2.Template((Path(__file__).parent / "page.jinja").read_text(encoding="utf-8"), autoescape=False)


def write_page(path: Path, comparison: Mapping[str, Any], command: str) -> None:
    """Writes the page.

    Args:
        path: The Markdown file.
        comparison: The content of `comparison.json`.
        command: What was typed to get it.
    """
    text = _PAGE.render(comparison=comparison, command=command, tables=render_comparison(comparison).strip())
    write_atomic(path, text.strip() + "\n")
