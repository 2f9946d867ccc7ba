"""The folder of a training: whose it is, which checkpoint is whole, and what is left of it at the end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.policies.loading import model_path

WHOLE = "whole"
"""The file that marks a checkpoint as written to its end."""
_ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json")


def claim(out: Path, job: dict[str, Any]) -> None:
    """Marks a folder as a training's own.

    Args:
        out: The adapter folder.
        job: What is trained, JSON-able; its `version` is that of the training's files.

    Raises:
        UserError: If another training has begun or finished there, naming what differs; nothing there is changed.
    """
    marker = out / "training.json"
    if marker.exists():
        recorded = read_json(marker)
        version = recorded.get("version") if isinstance(recorded, dict) else None
        if version != job.get("version"):
            raise UserError(
                f"{out}: holds a training of version {version!r}, this program continues version {job.get('version')}; "
                "choose another --out."
            )
        changed = _differences(recorded, job)
        if changed:
            raise UserError(f"{out}: holds another training ({'; '.join(changed)}); choose another --out.")
    elif out.exists() and any(out.iterdir()):
        raise UserError(f"{out}: is not empty and holds no training (no training.json); choose another --out.")
    else:
        write_json(marker, job)


def last_whole(folder: Path) -> Path | None:
    """Returns the newest checkpoint that was written to its end, and removes those a kill cut off.

    Args:
        folder: Holds `checkpoint-<step>` folders; it need not exist.
    """
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / WHOLE).exists():
            whole.append(checkpoint)
        else:
            shutil.rmtree(checkpoint, ignore_errors=True)
    return max(whole, key=step_of, default=None)


def step_of(checkpoint: Path | None) -> int:
    """Returns the step at which a checkpoint was saved; 0 where there is none.

    Args:
        checkpoint: A `checkpoint-<step>` folder.

    Example:
        >>> step_of(Path("checkpoints/checkpoint-12"))
        12
    """
    return int(checkpoint.name.split("-")[1]) if checkpoint else 0


def settle(checkpoint: Path, out: Path, base: str) -> None:
    """Copies a checkpoint's adapter into the adapter folder, as an ordinary PEFT folder.

    Args:
        checkpoint: The last one.
        out: The adapter folder.
        base: The model as the user named it.
    """
    for name in _ADAPTER_FILES:
        shutil.copyfile(checkpoint / name, out / name)

    path = out / "adapter_config.json"
    config = read_json(path)
    config["base_model_name_or_path"] = model_path(base)
    # a set in PEFT, whose order differs from process to process
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config)


def _differences(recorded: dict[str, Any], job: dict[str, Any]) -> list[str]:
    """What differs between the recorded job and this one, setting by setting."""
    before = {**recorded, **(recorded.get("config") or {})}
    now = {**job, **job["config"]}
    keys = [key for key in now if key != "config" and before.get(key) != now[key]]
    return [f"{key} {before.get(key)!r:.80}, now {now[key]!r:.80}" for key in keys]
