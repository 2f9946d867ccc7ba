"""What a run chooses from, as folders: adapters added up into one, and the folder of the choice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trace_gym.files import write_json
from trace_trainers.baselines.joined import ADDED_UP
from trace_trainers.baselines.merged import merge
from trace_trainers.grpo.checkpoints import settle
from trace_trainers.grpo.train import SCHEMA, VERSION
from trace_trainers.policies.adapters import AdapterBank

_WAY = "cat"
"""PEFT's way of merging that adds up: the merged adapter's rank is the sum of the ranks."""


@dataclass(frozen=True)
class Candidate:
    """An agent that may be chosen.

    Example:
        >>> Candidate("added-up", Path("candidates/added-up-0_5"), weight=0.5).label
        'added-up-0_5'
        >>> Candidate("routed").label
        'routed'
    """

    name: str
    """Its row in the final table."""
    folder: Path | None = None
    """Its adapter; None for the router."""
    weight: float | None = None
    """The weight at which adapters were added up; None for others."""

    @property
    def label(self) -> str:
        """Names its files, and tells apart what is added up at different weights."""
        if self.weight is None:
            return self.name
        # PEFT takes no dot in an adapter's name, which its folder's name becomes
        return f"{self.name}-{self.weight:g}".replace(".", "_")

    @property
    def words(self) -> str:
        """How sentences name it."""
        if self.weight is None:
            return self.name
        return f"{self.name} at weight {self.weight:g}"


def added_up(bank: AdapterBank, names: Sequence[str], weight: float, root: Path, base: str) -> Candidate:
    """Adds adapters up and saves the sum as a PEFT folder, unless it is there.

    Args:
        bank: Has the adapters loaded; it is left as it was.
        names: The adapters, each named after its capability.
        weight: The weight of each.
        root: Gets the folder.
        base: The base model, as the user named it.
    """
    label = Candidate(ADDED_UP, weight=weight).label
    folder = root / label
    candidate = Candidate(ADDED_UP, folder, weight)
    if folder.exists():
        return candidate

    part = _emptied(root / f".{label}.part")
    merged = merge(bank, names, _WAY, {"weight": weight}, seed=0)
    bank.model.save_pretrained(str(part / "raw"), selected_adapters=[merged], save_embedding_layers=False)
    bank.drop(merged)
    settle(part / "raw" / merged, part, base)
    shutil.rmtree(part / "raw")
    record = {
        "schema": SCHEMA,
        "version": VERSION,
        "base": base,
        "base_fingerprint": bank.fingerprint,
        "merged": {"way": _WAY, "weight": weight, "adapters": list(names)},
    }
    write_json(part / "trace_adapter.json", record)
    os.replace(part, folder)
    return candidate


def save_adapter(adapter: Path, out: Path) -> None:
    """Copies an adapter into a folder that loads by itself.

    Args:
        adapter: The adapter folder.
        out: The new folder; what was there is replaced.
    """
    part = _emptied(out.with_name(f".{out.name}.part"))
    _copy_adapter(adapter, part)
    _replace(part, out)


def save_routed(router: Path, adapters: Mapping[str, Path], out: Path) -> None:
    """Copies a router with its adapters into a folder that loads by itself.

    Args:
        router: `router.json`; its parameters lie beside it.
        adapters: The adapter folder by capability.
        out: The new folder, with the adapters in `adapters/`; what was there is replaced.
    """
    part = _emptied(out.with_name(f".{out.name}.part"))
    for file in sorted(router.parent.glob("router_*.npz")):
        shutil.copyfile(file, part / file.name)
    shutil.copyfile(router, part / router.name)
    for name, adapter in adapters.items():
        place = part / "adapters" / name
        place.mkdir(parents=True)
        _copy_adapter(adapter, place)
    _replace(part, out)


def _copy_adapter(adapter: Path, place: Path) -> None:
    for name in ("adapter_config.json", "adapter_model.safetensors", "trace_adapter.json"):
        shutil.copyfile(adapter / name, place / name)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _replace(part: Path, out: Path) -> None:
    # renamed when complete; whoever reads `out` finds it whole or not at all
    shutil.rmtree(out, ignore_errors=True)
    os.replace(part, out)
