"""Loading emitted environments: only folders that passed the gate, by path, registered with string entry points."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from trace_gym.env.registration import register_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.synthesis.blueprint import check_blueprint
from trace_gym.synthesis.gate import folder_hash, passed
from trace_gym.synthetic.env import SyntheticEnv


def import_env(folder: Path) -> type[SyntheticEnv]:
    """Imports the environment class of an emitted folder, once per content; runs the source itself, never a cache."""
    name = f"trace_emitted_{folder_hash(folder)[:16]}"
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__file__ = str(folder / "env.py")
        sys.modules[name] = module
        try:
            exec(compile((folder / "env.py").read_bytes(), module.__file__, "exec"), module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise
    found: type[SyntheticEnv] = getattr(sys.modules[name], _blueprint(folder)["class_name"])
    return found


def _blueprint(folder: Path) -> dict[str, Any]:
    """Reads and validates a folder's blueprint."""
    blueprint: dict[str, Any] = read_json(folder / "blueprint.json")
    try:
        check_blueprint(blueprint)
    except UserError as error:
        raise UserError(f"{folder}: {error}") from None
    return blueprint


def make_emitted(folder: str, **kwargs: Any) -> ToolEnv:
    """Entry point of every emitted environment.

    Raises:
        UserError: if the folder is missing or has not passed the gate as it is now.
    """
    path = Path(folder)
    if not (path / "env.py").exists():
        raise UserError(f"{folder}: no emitted environment is there; run `trace-gym synthesize` again.")
    if not passed(path):
        raise UserError(f"{folder}: changed since it passed the gate; run `trace-gym synthesize --check {folder}`.")
    return import_env(path)(**kwargs)


def register_folder(root: str | Path) -> list[str]:
    """Registers every emitted environment below `root` (one folder, or a folder of folders) for `gym.make`.

    Returns:
        Their ids, sorted.

    Raises:
        UserError: if there is none, or one is damaged.
    """
    root = Path(root)
    folders = [root] if (root / "blueprint.json").exists() else sorted(p.parent for p in root.glob("*/blueprint.json"))
    ids = []
    for folder in folders:
        env_id = _blueprint(folder)["env_id"]
        register_env(env_id, "trace_gym.synthesis.load:make_emitted", folder=str(folder.resolve()))
        ids.append(env_id)
    if not ids:
        raise UserError(f"{root}: holds no emitted environment (a folder with blueprint.json).")
    return sorted(ids)
