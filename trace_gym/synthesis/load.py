"""Loading emitted environments: only folders that passed the gate, by path, registered with string entry points."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from trace_gym.env.registration import register_env
from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.synthesis.draft import MODULE
from trace_gym.synthesis.manifest import emitted_folders, read_manifest
from trace_gym.synthesis.verdict import folder_hash, passed


def import_env(folder: Path) -> type[ToolEnv]:
    """Imports the environment class of an emitted folder, once per content.

    Args:
        folder: As `emitter.emit` returns it.

    Raises:
        UserError: If its code holds no such class.
    """
    manifest = read_manifest(folder)
    name = f"trace_emitted_{folder_hash(folder)[:16]}"
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__file__ = str(folder / MODULE)
        sys.modules[name] = module
        try:
            # the source itself, never a cache: a stale one could hold other code than the gate has seen
            exec(compile((folder / MODULE).read_bytes(), module.__file__, "exec"), module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise

    cls = getattr(sys.modules[name], manifest.class_name, None)
    if not isinstance(cls, type) or not issubclass(cls, ToolEnv):
        raise UserError(f"{folder}: {MODULE} has no ToolEnv named {manifest.class_name!r}, as the manifest says.")
    return cls


def make_emitted(folder: str, **kwargs: Any) -> ToolEnv:
    """Makes an emitted environment; the entry point of all of them.

    Args:
        folder: Its folder.
        **kwargs: Arguments of the environment.

    Raises:
        UserError: If the folder is missing or has not passed the gate as it is now.
    """
    path = Path(folder)
    if not (path / MODULE).exists():
        raise UserError(f"{folder}: no emitted environment is there; run `trace-gym synthesize` again.")
    if not passed(path):
        raise UserError(f"{folder}: changed since it passed the gate; run `trace-gym synthesize --check {folder}`.")
    return import_env(path)(**kwargs)


def register_folder(root: str | Path) -> list[str]:
    """Registers every emitted environment in a folder for `gym.make`.

    Args:
        root: One environment's folder, or a folder of such folders.

    Returns:
        Their ids, sorted.

    Raises:
        UserError: If there is none, or one is damaged or of an earlier layout.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as empty:
        ...     register_folder(empty)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        trace_gym.errors.UserError: ...holds no emitted environment (a folder with manifest.json).
    """
    root = Path(root)
    ids = []
    for folder in emitted_folders(root):
        env_id = read_manifest(folder).env_id
        register_env(env_id, "trace_gym.synthesis.load:make_emitted", folder=str(folder.resolve()))
        ids.append(env_id)

    if not ids:
        raise UserError(f"{root}: holds no emitted environment (a folder with manifest.json).")
    return sorted(ids)
