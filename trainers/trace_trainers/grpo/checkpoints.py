"""The folder of a training: which training owns it, which checkpoints are complete, and what remains at the end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.policies.loading import model_path

WHOLE = "whole"
"""The file that marks a checkpoint as complete."""
_ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json")


def claim(out: Path, job: dict[str, Any]) -> None:
    """Records in a folder which training owns it; a folder that this training owns already is left as it is.

    Args:
        out: The adapter folder; it need not exist.
        job: What is trained, JSON-able; `version` is the version of the training's files.

    Raises:
        UserError: If the folder belongs to another training or contains other files. It is left unchanged, and the
            message names what differs.
    """
    marker = out / "training.json"
    if marker.exists():
        _check_owner(out, read_json(marker), job)
        return

    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out}: is not empty and holds no training (no training.json); choose another --out.")
    write_json(marker, job)


def last_whole(folder: Path) -> Path | None:
    """Returns the newest complete checkpoint, and removes those that a kill cut off.

    Args:
        folder: Contains the `checkpoint-<step>` folders; it need not exist.

    Example:
        >>> last_whole(Path("missing")) is None
        True
    """
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / WHOLE).exists():
            whole.append(checkpoint)
        else:
            shutil.rmtree(checkpoint, ignore_errors=True)
    # by number: as text, checkpoint-9 comes after checkpoint-10
    return max(whole, key=step_of, default=None)


def step_of(checkpoint: Path | None) -> int:
    """Returns the step at which a checkpoint was saved; 0 where there is none.

    Args:
        checkpoint: A `checkpoint-<step>` folder, or None.

    Example:
        >>> step_of(Path("checkpoints/checkpoint-12"))
        12
    """
    if checkpoint is None:
        return 0
    return int(checkpoint.name.split("-")[1])


def settle(checkpoint: Path, out: Path, base: str) -> None:
    """Copies a checkpoint's adapter into the adapter folder, as an ordinary PEFT folder.

    Args:
        checkpoint: The last checkpoint.
        out: The adapter folder.
        base: The base model, as the user named it.
    """
    for name in _ADAPTER_FILES:
        shutil.copyfile(checkpoint / name, out / name)

    path = out / "adapter_config.json"
    config = read_json(path)
    config["base_model_name_or_path"] = model_path(base)
    # a set in PEFT, whose order differs from process to process
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config)


def _check_owner(out: Path, recorded: Any, job: dict[str, Any]) -> None:
    """Refuses a folder whose record is not that of this training."""
    version = None
    if isinstance(recorded, dict):
        version = recorded.get("version")
    # before the settings are compared: another version may name them differently
    if version != job.get("version"):
        raise UserError(
            f"{out}: holds a training of version {version!r}, this program continues version {job.get('version')}; "
            "choose another --out."
        )

    changed = _differences(recorded, job)
    if changed:
        raise UserError(f"{out}: holds another training ({'; '.join(changed)}); choose another --out.")


def _differences(recorded: dict[str, Any], job: dict[str, Any]) -> list[str]:
    """Returns what differs between the recorded training and this one, one phrase per setting."""
    before = {**recorded, **(recorded.get("config") or {})}
    now = {**job, **job["config"]}
    differences = []
    for key, value in now.items():
        # the settings of `config` are compared one by one
        if key != "config" and before.get(key) != value:
            differences.append(f"{key} {before.get(key)!r:.80}, now {value!r:.80}")
    return differences
