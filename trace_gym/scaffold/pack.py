"""Writes a new environment pack from templates."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2

from trace_gym.errors import UserError
from trace_gym.files import write_atomic

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def write_pack(name: str, out: Path) -> tuple[Path, str]:
    """Writes the folder `out/name`.

    Args:
        name: Lower-case letters and digits, parts joined by `-` or `_`; the first character is a letter.
        out: The folder it goes into.

    Returns:
        The new folder, and the id of its environment.

    Raises:
        UserError: If the name is malformed or the folder is there already.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"The name {name!r} is not lower-case words joined by '-', such as my-lights; choose such a one."
        )

    folder = out / name
    if folder.exists():
        raise UserError(f"{folder}: is there already; choose another name, or remove it.")
    parts = re.split("[-_]", name)
    values = {"name": name, "module": "_".join(parts), "class_name": "".join(part.capitalize() for part in parts)}
    values["env_id"] = f"{values['module']}/{values['class_name']}-v0"
    loader = jinja2.PackageLoader("trace_gym.scaffold")

    templates = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    places = {
        "pyproject.toml.j2": "pyproject.toml",
        "README.md.j2": "README.md",
        "init.py.j2": f"src/{values['module']}/__init__.py",
        "env.py.j2": f"src/{values['module']}/env.py",
        "test_env.py.j2": "tests/test_env.py",
    }

    for template, place in places.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, templates.get_template(template).render(values))

    return folder, values["env_id"]
