"""The configuration of a run: dataclasses, read from TOML or YAML, every key checked."""

from __future__ import annotations

import dataclasses
import difflib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.capabilities.selection import Thresholds
from trace_gym.errors import UserError
from trace_gym.files import read_text
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.policies.loading import TINY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


_TINY_TRAINING: dict[str, Any] = {"learning_rate": 3e-3, "max_new_tokens": 64, "max_context": 320}
"""What the bundled agent trains with unless told otherwise: it is small, and its turns are short."""


HELD_OUT = ("evaluate", "test")
"""The splits that agents may be compared on."""


@dataclass(frozen=True)
class RolloutConfig:
    """Collecting the base agent's trajectories."""

    tasks: int = 640
    """Tasks of the mine split."""
    trials: int = 1
    """Attempts at each."""
    temperature: float = 1.0
    """Sampling temperature."""
    max_new_tokens: int = 128
    """Longest turn."""
    batch_size: int = 64
    """Episodes played in step."""


@dataclass(frozen=True)
class RouterConfig:
    """Building the routers."""

    prompts: int = 64
    """Emitted prompts per environment, for training and again for the comparison."""


@dataclass(frozen=True)
class EvaluateConfig:
    """Comparing the agents."""

    split: str = "evaluate"
    """One of `HELD_OUT`; `test` where the target has official test tasks."""
    tasks: int = 256
    """Held-out tasks."""
    temperature: float = 0.0
    """Sampling temperature; 0 is greedy."""
    max_new_tokens: int = 128
    """Longest turn."""
    batch_size: int = 64
    """Episodes played in step."""

    def __post_init__(self) -> None:
        """Raises: ValueError: if `split` is none that is held out."""
        if self.split not in HELD_OUT:
            raise ValueError(
                f"split is {self.split!r}; agents are compared on tasks never mined or trained on: "
                f"{' or '.join(HELD_OUT)}."
            )


@dataclass(frozen=True)
class RunConfig:
    """Everything a run depends on. The defaults are the main job: the embedded target and the bundled tiny agent."""

    target: str = "trace/ServiceDesk-v0"
    """Environment id of the target."""
    target_args: Mapping[str, Any] = field(default_factory=dict)
    """Its arguments, besides split and difficulty."""
    model: str = TINY
    """`tiny`, a local folder, or a Hugging Face model id."""
    dtype: str = "auto"
    """`auto`, `float32` or `bfloat16`."""
    difficulty: int = 1
    """Difficulty of the target."""
    seed: int = 0
    """Seeds sampling, resampling and training."""
    capabilities: tuple[str, ...] = ()
    """Train these instead of the selected ones."""
    max_capabilities: int = 8
    """Train at most this many, the strongest contrast first."""
    rollout: RolloutConfig = field(default_factory=RolloutConfig)
    identify: Thresholds = field(default_factory=Thresholds)
    train: TrainConfig = field(default_factory=lambda: TrainConfig(**_TINY_TRAINING))
    router: RouterConfig = field(default_factory=RouterConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    def to_json(self) -> dict[str, Any]:
        """Returns the resolved configuration."""
        return {**dataclasses.asdict(self), "capabilities": list(self.capabilities)}


_SECTIONS = {
    "rollout": RolloutConfig,
    "identify": Thresholds,
    "train": TrainConfig,
    "router": RouterConfig,
    "evaluate": EvaluateConfig,
}


def read_config(path: Path | None, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Reads a run's configuration.

    Args:
        path: a `.toml`, `.yaml` or `.yml` file; None takes the defaults.
        overrides: values by dotted key, such as `{"train.steps": 20}`, which win over the file.

    Raises:
        UserError: if the file is not readable, a key is unknown, or a value has the wrong type.
    """
    values: dict[str, Any] = {} if path is None else _parse(path)
    for key, value in (overrides or {}).items():
        section, _, name = key.rpartition(".")
        table = values.setdefault(section, {}) if section else values
        if not isinstance(table, dict):
            raise UserError(f"{section} is {table!r}, expected a table of settings.")
        table[name] = value
    where = str(path) if path else "the command line"
    for name in _SECTIONS:
        if not isinstance(values.get(name, {}), dict):
            raise UserError(f"{where}: {name} is {values[name]!r}, expected a table of settings.")
    model = values.get("model", TINY)
    nested = {name: values.pop(name, {}) for name in _SECTIONS}
    if model == TINY:
        nested["train"] = {**_TINY_TRAINING, **nested["train"]}
    sections = {name: _build(cls, nested[name], f"{where}, [{name}]") for name, cls in _SECTIONS.items()}
    config: RunConfig = _build(RunConfig, {**values, **sections}, where)
    return config


def _parse(path: Path) -> dict[str, Any]:
    text = read_text(path, "a .toml or .yaml configuration file")
    try:
        if path.suffix in (".yaml", ".yml"):
            import yaml

            value = yaml.safe_load(text)
        else:
            value = tomllib.loads(text)
    except Exception as error:
        raise UserError(f"{path}: not a valid configuration file: {str(error).splitlines()[0]}.") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a table of settings, got {type(value).__name__}.")
    return value


def _build(cls: type, values: Any, where: str) -> Any:
    """Makes a dataclass from plain values; unknown keys and wrong types are one sentence."""
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: expected a table of settings, got {values!r}.")
    fields = {f.name: f for f in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(fields)}."
            raise UserError(f"{where}: unknown key {key!r}; {hint}")
        _check_type(f"{where}: {key}", value, str(fields[key].type))
    given: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    given = {key: float(value) if fields[key].type == "float" else value for key, value in given.items()}
    try:
        return cls(**given)
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None


def _check_type(where: str, value: Any, expected: str) -> None:
    kinds: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,)}
    wanted = kinds.get(expected)
    if wanted and (not isinstance(value, wanted) or isinstance(value, bool)):
        raise UserError(f"{where} is {value!r}, expected {expected}.")
    if expected.startswith("Mapping"):
        _check_arguments(where, value)
    if expected.startswith("tuple") and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        raise UserError(f"{where} is {value!r}, expected a list of names.")
    if expected in ("int", "float") and value < 0:
        raise UserError(f"{where} is {value!r}, expected a number >= 0.")


def _check_arguments(where: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise UserError(f"{where} is {value!r}, expected a table of arguments.")
    taken = [name for name in ("split", "difficulty") if name in value]
    if taken:
        raise UserError(f"{where}.{taken[0]} is not taken; the run sets it.")
    try:
        json.dumps(value)
    except TypeError as error:
        raise UserError(f"{where} holds what is no JSON ({error}); use texts, numbers, booleans, lists.") from None
