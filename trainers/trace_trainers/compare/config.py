"""The configuration of a comparison: dataclasses, read from TOML or YAML, every key and type checked."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.capabilities.repair.names import CAPABILITIES
from trace_gym.capabilities.selection import Thresholds
from trace_gym.errors import UserError
from trace_gym.ranges import require_positive
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.methods import METHODS
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.pipeline.config import TINY_DEFAULTS, EvaluateConfig, RouterConfig
from trace_trainers.pipeline.reading import build, check_target_arguments, parse
from trace_trainers.pipeline.stages import nearest
from trace_trainers.policies.loading import DTYPES, TINY

_SWEEP = "sweep"
_TINY_SECTIONS = {"mining": "rollout", "train": "train", "validation": "evaluate", "evaluate": "evaluate"}
"""The section of a run that has the bundled agent's defaults for each section of a comparison."""
_LIMITED = ("steps", "max_rollouts", "validation_every")
"""Settings of a training that follow from the budget, or would spend from it what no ledger sees."""


def _tiny_defaults(section: str) -> dict[str, Any]:
    """The bundled agent's defaults, as far as a comparison leaves them to be set."""
    return {name: value for name, value in TINY_DEFAULTS[section].items() if name not in _LIMITED}


@dataclass(frozen=True)
class MiningConfig:
    """Collecting the base's episodes on the pool, from which capabilities are identified.

    Example:
        >>> MiningConfig(rollouts=256).sampling.temperature
        1.0
    """

    rollouts: int = 512
    """Episodes, dealt evenly over the pool's tasks; they are part of the budget."""
    temperature: float = 1.0
    """Sampling temperature."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            ValueError: If a number is below 1.
        """
        require_positive(self, "rollouts", "max_new_tokens", "max_context")

    @property
    def sampling(self) -> SamplingParams:
        """How the base samples."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)


@dataclass(frozen=True)
class ValidationConfig:
    """Choosing among candidates on tasks of the pool that are neither mined nor trained on.

    Example:
        >>> ValidationConfig(share=0.0)
        Traceback (most recent call last):
        ValueError: share must be above 0 and at most 0.5, got 0.0.
    """

    rollouts: int = 64
    """Episodes of each candidate."""
    share: float = 0.25
    """Share of the pool's tasks that are kept for this, above 0 and at most 0.5."""
    temperature: float = 1.0
    """Sampling temperature."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            ValueError: If a number is out of range.
        """
        require_positive(self, "rollouts", "max_new_tokens", "max_context")
        if not 0 < self.share <= 0.5:
            raise ValueError(f"share must be above 0 and at most 0.5, got {self.share}.")

    @property
    def sampling(self) -> SamplingParams:
        """How candidates sample."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)


@dataclass(frozen=True)
class MethodConfig:
    """One method that takes part: its settings, and the values that it is tuned over.

    Example:
        >>> MethodConfig("routed", {"learning_rate": 0.0}, {"learning_rate": (1e-3, 3e-3)}).candidates()
        [{'learning_rate': 0.001}, {'learning_rate': 0.003}]
    """

    name: str
    """Its name, among `METHODS`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All of its settings."""
    sweep: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values by setting; every combination is a candidate."""

    def candidates(self) -> list[dict[str, Any]]:
        """Returns the settings of each candidate."""
        rows = []
        for values in itertools.product(*self.sweep.values()):
            rows.append({**self.settings, **dict(zip(self.sweep, values, strict=True))})
        return rows


@dataclass(frozen=True)
class CompareConfig:
    """Everything a comparison depends on.

    Example:
        >>> CompareConfig().checkpoints
        (25, 50, 75, 100)
    """

    target: str = "trace/ServiceDesk-v0"
    """Environment id of the target."""
    target_args: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the target, as `category = "base"`; those of each are in targets.md."""
    difficulty: int = 1
    """Difficulty of the target, 1 to 3."""
    dtype: str = "auto"
    """`auto`, `float32` or `bfloat16`; `auto` is float32 below 100 million parameters, else the checkpoint's own."""
    model_folder: str = ""
    """Folder that the paths of the models are relative to; empty takes them as they are."""
    seeds: tuple[int, ...] = (0,)
    """Each seeds a pool, its mining, and every training."""
    pools: tuple[int, ...] = (0,)
    """Sizes of the pools of target tasks; 0 is all there are, or without end."""
    budget: int = 8192
    """Rollouts that each method may spend."""
    checkpoints: tuple[int, ...] = (25, 50, 75, 100)
    """Shares of the budget at which agents are compared, in percent, rising; the last is 100."""
    capabilities: tuple[str, ...] = ()
    """Train these instead of the selected ones."""
    max_capabilities: int = 8
    """Train at most this many of the selected ones, the strongest contrast first."""
    synthesizer: str = "auto"
    """What makes the environments, among `trace_gym.synthesis.synthesizers.SYNTHESIZERS`."""
    models: Mapping[str, str] = field(default_factory=lambda: {TINY: TINY})
    """Table [models]: a base agent by name; `tiny`, a local folder, or a Hugging Face model id."""
    mining: MiningConfig = field(default_factory=lambda: MiningConfig(**TINY_DEFAULTS["rollout"]))
    """Section [mining]."""
    identify: Thresholds = field(default_factory=Thresholds)
    """Section [identify]."""
    train: TrainConfig = field(default_factory=lambda: TrainConfig(**_tiny_defaults("train")))
    """Section [train]."""
    router: RouterConfig = field(default_factory=RouterConfig)
    """Section [router]."""
    validation: ValidationConfig = field(default_factory=lambda: ValidationConfig(**TINY_DEFAULTS["evaluate"]))
    """Section [validation]."""
    evaluate: EvaluateConfig = field(default_factory=lambda: EvaluateConfig(**TINY_DEFAULTS["evaluate"]))
    """Section [evaluate]."""
    methods: tuple[MethodConfig, ...] = ()
    """Table [methods]: a table of settings by method."""

    def __post_init__(self) -> None:
        """Checks what would otherwise be found out after hours.

        Raises:
            ValueError: If a setting is out of range.
        """
        require_positive(self, "difficulty", "max_capabilities", "budget")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype is {self.dtype!r}, expected one of {', '.join(DTYPES)}.")
        for name in ("seeds", "pools", "checkpoints"):
            values = getattr(self, name)
            if not values or len(set(values)) != len(values) or min(values) < 0:
                raise ValueError(f"{name} is {list(values)!r}, expected different numbers >= 0, at least one.")
        rising = list(self.checkpoints)
        if rising != sorted(rising) or rising[0] < 1 or rising[-1] != 100:
            raise ValueError(f"checkpoints is {rising!r}, expected rising percentages from 1 on, the last 100.")

    def model_path(self, name: str) -> str:
        """Returns what a model is loaded from.

        Args:
            name: Its name in this comparison.
        """
        path = self.models[name]
        if path == TINY or not self.model_folder:
            return path
        return str(Path(self.model_folder) / path)

    def to_json(self) -> dict[str, Any]:
        """Returns the resolved configuration."""
        methods = {}
        for method in self.methods:
            methods[method.name] = {**method.settings, _SWEEP: {key: list(row) for key, row in method.sweep.items()}}
        values = dataclasses.asdict(self)
        for name in ("seeds", "pools", "checkpoints", "capabilities"):
            values[name] = list(values[name])
        return {**values, "models": dict(self.models), "methods": methods}


SECTIONS: dict[str, type] = {
    "mining": MiningConfig,
    "identify": Thresholds,
    "train": TrainConfig,
    "router": RouterConfig,
    "validation": ValidationConfig,
    "evaluate": EvaluateConfig,
}
"""The tables of a configuration file, besides [models] and [methods]."""


def read_compare_config(path: Path) -> CompareConfig:
    """Reads the configuration of a comparison.

    Args:
        path: A `.toml`, `.yaml` or `.yml` file.

    Returns:
        The resolved configuration.

    Raises:
        UserError: If the file is not readable, a key, method or capability is unknown, a value has the wrong type, or
            the budget does not suffice for anything.
    """
    values = parse(path)
    where = str(path)
    tables: dict[str, Any] = {}
    for name in (*SECTIONS, "models", "methods"):
        tables[name] = values.pop(name, {})
        if not isinstance(tables[name], dict):
            raise UserError(f"{where}: {name} is {tables[name]!r}, expected a table of settings.")

    for name in _LIMITED:
        if name in tables["train"]:
            raise UserError(f"{where}, [train]: {name} cannot be set here; it follows from budget and [validation].")
    models = tables["models"] or {TINY: TINY}
    if all(model == TINY for model in models.values()):
        for name, section in _TINY_SECTIONS.items():
            tables[name] = {**_tiny_defaults(section), **tables[name]}
    # agents at several shares of the budget come from one training: what it would keep as its best at the end is not
    # what it had within a share, and each validation would take tasks from the pool and rollouts from every method
    tables["train"] = {**tables["train"], "validation_every": 0}
    if "target_args" in values:
        check_target_arguments(f"{where}: target_args", values["target_args"])

    sections: dict[str, Any] = {}
    for name, cls in SECTIONS.items():
        sections[name] = build(cls, tables[name], f"{where}, [{name}]")
    sections["models"] = _models(models, where)
    sections["methods"] = _methods(tables["methods"], where)
    config = dataclasses.replace(build(CompareConfig, values, where), **sections)
    _check_capabilities(config, where)
    _check_budget(config, where)
    return config


def _models(table: Mapping[str, Any], where: str) -> dict[str, str]:
    for name, path in table.items():
        if not isinstance(path, str) or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise UserError(f"{where}, [models]: {name} is {path!r}, expected a plain name and a model's path or id.")
    return dict(table)


def _methods(table: Mapping[str, Any], where: str) -> tuple[MethodConfig, ...]:
    if not table:
        raise UserError(f"{where}: names no method; add tables such as [methods.routed] and [methods.target_grpo].")
    for name in table:
        if name not in METHODS:
            raise UserError(f"{where}, [methods]: unknown method {name!r}; {nearest(name, list(METHODS))}.")

    # the base is in every table: the others are measured against it
    wanted = {"base": {}, **table}
    methods = []
    for name in METHODS:
        if name in wanted:
            methods.append(_method(name, wanted[name], f"{where}, [methods.{name}]"))
    return tuple(methods)


def _method(name: str, values: Any, where: str) -> MethodConfig:
    if not isinstance(values, Mapping):
        raise UserError(f"{where} is {values!r}, expected a table of settings.")
    own = dict(values)
    sweep = own.pop(_SWEEP, {})
    if not isinstance(sweep, Mapping):
        raise UserError(f"{where}: sweep is {sweep!r}, expected lists of values by setting.")
    defaults = METHODS[name].settings
    settings = dict(defaults)
    for key, value in own.items():
        settings[key] = _checked(key, value, defaults, where)

    swept = {}
    for key, row in sweep.items():
        if not isinstance(row, list) or not row or any(row.count(value) > 1 for value in row):
            raise UserError(f"{where}, sweep: {key} is {row!r}, expected a list of different values.")
        swept[key] = tuple(_checked(key, value, defaults, where) for value in row)
    return MethodConfig(name, settings, swept)


def _checked(key: str, value: Any, defaults: Mapping[str, Any], where: str) -> Any:
    """Returns a setting's value in the type of its default."""
    if key not in defaults:
        known = "it has none"
        if defaults:
            known = nearest(key, list(defaults))
        raise UserError(f"{where}: unknown setting {key!r}; {known}.")
    kind = type(defaults[key])
    if isinstance(value, bool) or not isinstance(value, (int, kind)) or (kind is str and not isinstance(value, str)):
        raise UserError(f"{where}: {key} is {value!r}, expected {kind.__name__}.")
    if kind is not str and value < 0:
        raise UserError(f"{where}: {key} is {value!r}, expected a number >= 0.")
    return kind(value)


def _check_capabilities(config: CompareConfig, where: str) -> None:
    known = list(CAPABILITIES)
    for name in config.capabilities:
        if name not in known:
            raise UserError(f"{where}: unknown capability {name!r}; {nearest(name, known)}.")


def _check_budget(config: CompareConfig, where: str) -> None:
    train = config.train
    step = train.rollouts_per_step * (1 + train.resample_rounds)
    names = {method.name for method in config.methods}
    if config.budget < step:
        raise UserError(
            f"{where}: budget is {config.budget} rollouts, less than one training step may take ({step}: groups * "
            "group_size, and as many again for each of resample_rounds); raise it, or make the steps smaller."
        )
    mines = any(METHODS[name].needs_mining for name in names)
    if mines and config.budget < config.mining.rollouts + step:
        raise UserError(
            f"{where}: budget is {config.budget} rollouts; mining takes {config.mining.rollouts} of them and leaves "
            f"less than one training step of {step}; raise it, or lower mining.rollouts."
        )
