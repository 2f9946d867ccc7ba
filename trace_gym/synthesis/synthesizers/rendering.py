"""Rendering a blueprint with the template of its archetype."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.files import json_text
from trace_gym.synthesis.blueprint import check_blueprint
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.manifest import Manifest
from trace_gym.synthetic.env import Blueprint

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,
)


def draft_of(blueprint: Blueprint, synthesizer: str = "logs") -> Draft:
    """Renders a blueprint, whether mined or written by hand.

    Args:
        blueprint: What the environment is made from.
        synthesizer: The name of what made the blueprint.

    Returns:
        `env.py`, `blueprint.json`, `tools.json` and `README.md`, with their manifest.

    Raises:
        UserError: If the blueprint is not valid.
    """
    check_blueprint(blueprint)
    context = _context(blueprint)
    template = _TEMPLATES.get_template(f"{blueprint['archetype']}.py.j2")
    tools = []
    for tool in blueprint["tools"]:
        tools.append({key: tool[key] for key in ("name", "kind", "schema")})

    manifest = Manifest(
        env_id=blueprint["env_id"],
        class_name=blueprint["class_name"],
        folder=blueprint["folder"],
        target=blueprint["target"],
        capability=blueprint["capability"],
        tools=tuple(tools),
        synthesizer=synthesizer,
    )

    files = {
        "env.py": template.render(context),
        "blueprint.json": json_text(blueprint),
        "tools.json": json_text([tool["schema"] for tool in blueprint["tools"]]),
        "README.md": _TEMPLATES.get_template("README.md.j2").render(context),
    }
    return Draft(manifest, files)


def _context(blueprint: Blueprint) -> dict[str, Any]:
    """What templates see: names are checked by the schema, free text is made safe for a docstring."""
    tools = []
    for tool in blueprint["tools"]:
        method = re.sub(r"\W", "_", tool["name"])
        tools.append({"name": tool["name"], "kind": tool["kind"], "method": method})

    return {
        **blueprint,
        "capability": {key: _in_docstring(text) for key, text in blueprint["capability"].items()},
        "tools": tools,
        "target": _in_docstring(blueprint["target"]),
        "title": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", blueprint["class_name"]),
    }


def _in_docstring(text: str) -> str:
    """Escapes what could end a docstring."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', "'")
