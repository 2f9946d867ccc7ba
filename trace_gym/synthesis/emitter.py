"""Turns a blueprint into a folder: one readable module, its data, its README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.files import write_atomic, write_json
from trace_gym.synthesis.blueprint import check_blueprint
from trace_gym.synthetic.env import Blueprint

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,
)


def emit(blueprint: Blueprint, root: Path) -> Path:
    """Writes `env.py`, `tools.json`, `blueprint.json` and `README.md` into `root/<folder>`.

    Returns:
        The folder. Nothing in it is imported here; `gate.check_folder` does that in a sandbox.

    Raises:
        UserError: if the blueprint is not valid or the folder cannot be written.
    """
    check_blueprint(blueprint)
    folder = root / str(blueprint["folder"])
    context = _context(blueprint)
    write_json(folder / "blueprint.json", blueprint)
    write_json(folder / "tools.json", [tool["schema"] for tool in blueprint["tools"]])
    write_atomic(folder / "env.py", _TEMPLATES.get_template(f"{blueprint['archetype']}.py.j2").render(context))
    write_atomic(folder / "README.md", _TEMPLATES.get_template("README.md.j2").render(context))
    return folder


def _context(blueprint: Blueprint) -> dict[str, Any]:
    """What templates see: names are checked by the schema, free text is made safe for a docstring."""
    capability = {key: _docstring(text) for key, text in blueprint["capability"].items()}
    tools = [
        {"name": tool["name"], "kind": tool["kind"], "method": re.sub(r"\W", "_", tool["name"])}
        for tool in blueprint["tools"]
    ]
    return {
        **blueprint,
        "capability": capability,
        "tools": tools,
        "target": _docstring(blueprint["target"]),
        "title": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", blueprint["class_name"]),
    }


def _docstring(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', "'")
