"""What language models are asked, as templates: one file a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # prompts are plain text, and what others wrote is quoted line by line before it comes here
    autoescape=False,
)


def prompt(name: str, **context: Any) -> str:
    """Returns a message for a language model.

    Args:
        name: The template, such as `label_system`.
        **context: What it asks for.

    Example:
        >>> prompt("label_system").splitlines()[0]
        'You read transcripts of an assistant that serves a user with tools, and judge which capabilities it shows.'
    """
    return _TEMPLATES.get_template(f"{name}.j2").render(context)


def chat(name: str, **context: Any) -> list[dict[str, str]]:
    """Returns a request's messages: the instructions, and then the material.

    Args:
        name: The pair of templates, such as `label`: `label_system` and `label`.
        **context: What the two templates ask for.
    """
    return [
        {"role": "system", "content": prompt(f"{name}_system", **context)},
        {"role": "user", "content": prompt(name, **context)},
    ]
