"""What the loader needs to know of an emitted environment: its id, its class, its tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.files import read_versioned

SCHEMA = "trace-gym/environment"
VERSION = 1
FILE = "manifest.json"
_PATTERNS = {
    "env_id": re.compile(r"[\w-]+/[\w-]+-v\d+"),
    "class_name": re.compile(r"[A-Za-z_]\w*"),
    "folder": re.compile(r"[A-Za-z0-9_-]+"),
}
"""Names that become part of code and paths must not be able to leave their place there."""


@dataclass(frozen=True)
class Manifest:
    """An emitted environment's own description, written as `manifest.json` beside its code.

    Example:
        >>> capability = {"name": "tact", "description": "Stay polite."}
        >>> Manifest("trace/ShopTact-v0", "ShopTact", "shop_tact", "trace/Shop-v0", capability).tools
        ()
    """

    env_id: str
    """Such as `trace/ServiceDeskErrorRecovery-v0`."""
    class_name: str
    """The class in `env.py`, a `ToolEnv`."""
    folder: str
    """Name of the folder it is written to."""
    target: str
    """Id of the environment that the agent must do better in."""
    capability: Mapping[str, str]
    """`name` and `description` of what it trains."""
    tools: tuple[Mapping[str, Json], ...] = ()
    """Its tools, each with `name`, `kind` (`read` or `write`) and OpenAI `schema`."""
    synthesizer: str = ""
    """Which synthesizer made it."""
    files: tuple[str, ...] = field(default=())
    """What else lies in the folder, as written; filled in on emission."""

    def __post_init__(self) -> None:
        """Checks the names.

        Raises:
            UserError: If one cannot be part of code or of a path.
        """
        # they are pasted into code and paths; a manifest may come from anywhere
        for name, pattern in _PATTERNS.items():
            value = getattr(self, name)
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise UserError(f"The manifest is not valid at {name}: {value!r} does not match {pattern.pattern!r}.")

        if not {"name", "description"} <= set(self.capability):
            raise UserError(
                f"The manifest is not valid at capability: {dict(self.capability)!r} lacks a name or description."
            )

    def to_json(self) -> dict[str, Json]:
        """Returns the file's content."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "env_id": self.env_id,
            "class_name": self.class_name,
            "folder": self.folder,
            "target": self.target,
            "capability": dict(self.capability),
            "synthesizer": self.synthesizer,
            "tools": [dict(tool) for tool in self.tools],
            "files": list(self.files),
        }


def read_manifest(folder: Path) -> Manifest:
    """Reads the manifest of an emitted environment.

    Args:
        folder: The environment's folder.

    Raises:
        UserError: If it is missing, damaged, of another version, or the folder is of the layout before manifests.
    """
    path = folder / FILE
    if not path.exists() and (folder / "blueprint.json").exists():
        raise UserError(
            f"{folder}: was emitted by an earlier version, whose code no longer loads (it has no {FILE}); make it anew "
            "with `trace-gym synthesize TRAJECTORIES CAPABILITIES --out DIR`."
        )

    advice = "make the environment anew with `trace-gym synthesize`"
    value = read_versioned(path, SCHEMA, VERSION, advice=advice)
    return _from_json(path, value)


def manifests_below(root: Path) -> list[Manifest]:
    """Returns the manifests of the emitted environments in a folder, or of the folder itself.

    Args:
        root: One environment's folder, or a folder of such folders.

    Raises:
        UserError: If one is damaged.
    """
    return [read_manifest(folder) for folder in emitted_folders(root)]


def emitted_folders(root: Path) -> list[Path]:
    """Returns the folders of emitted environments, those of earlier layouts included.

    Args:
        root: One environment's folder, or a folder of such folders.
    """
    if _is_emitted(root):
        return [root]
    return sorted(folder for folder in root.glob("*") if _is_emitted(folder))


def _is_emitted(folder: Path) -> bool:
    return (folder / FILE).exists() or (folder / "blueprint.json").exists()


def _from_json(path: Path, value: Mapping[str, Any]) -> Manifest:
    try:
        return Manifest(
            env_id=value["env_id"],
            class_name=value["class_name"],
            folder=value["folder"],
            target=str(value["target"]),
            capability=dict(value["capability"]),
            tools=tuple(dict(tool) for tool in value["tools"]),
            synthesizer=str(value["synthesizer"]),
            files=tuple(map(str, value["files"])),
        )
    except KeyError as missing:
        raise UserError(f"{path}: the manifest has no {missing}; make the environment anew.") from None
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: the manifest is damaged ({error}); make the environment anew.") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
