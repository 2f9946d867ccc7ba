"""Writes a new environment pack from templates: an installable project with one environment and its tests."""

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
        out: The folder to put it into; made if need be.

    Returns:
        The new folder, and the id of its environment.

    Raises:
        UserError: If the name is malformed or the folder exists.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as out:
        ...     folder, env_id = write_pack("my-lights", Path(out))
        ...     (folder / "src" / "my_lights" / "env.py").is_file(), env_id
        (True, 'my_lights/MyLights-v0')
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"The name {name!r} must be lower-case words joined by '-' or '_', such as my-lights.")
    folder = out / name
    if folder.exists():
        raise UserError(f"{folder} already exists; choose another name, or remove it.")

    # a module's name may not hold a "-", a project's usually does
    words = re.split("[-_]", name)
    module = "_".join(words)
    class_name = "".join(map(str.capitalize, words))
    env_id = f"{module}/{class_name}-v0"
    values = {"name": name, "module": module, "class_name": class_name, "env_id": env_id}

    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("trace_gym.scaffold"),
        # a misspelled name would otherwise leave a hole in the file
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    places = {
        "pyproject.toml.j2": "pyproject.toml",
        "README.md.j2": "README.md",
        "init.py.j2": f"src/{module}/__init__.py",
        "env.py.j2": f"src/{module}/env.py",
        "test_env.py.j2": "tests/test_env.py",
    }
    for template, place in places.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, templates.get_template(template).render(values))

    return folder, env_id
