"""The configuration of a run: dataclasses, read from TOML or YAML, every key and type checked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.capabilities.selection import Thresholds
from trace_gym.errors import UserError
from trace_gym.ranges import require_positive
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.pipeline.reading import build, check_target_arguments, parse
from trace_trainers.policies.loading import DTYPES, TINY

_TINY_SAMPLING: dict[str, Any] = {"max_new_tokens": 64, "max_context": 512}
TINY_DEFAULTS: dict[str, dict[str, Any]] = {
    "rollout": _TINY_SAMPLING,
    # many small steps: on two cores they learn an environment in half of the rollouts that 64 a step take
    "train": {"learning_rate": 1e-3, "groups": 4, "steps": 60, **_TINY_SAMPLING},
    "evaluate": _TINY_SAMPLING,
}
"""Defaults by section for the bundled agent, which is small, whose turns are short, and which otherwise might talk on
and on with an adapter that does not suit it."""

HELD_OUT = ("evaluate", "test")
"""The splits that agents may be evaluated on."""


@dataclass(frozen=True)
class RolloutConfig:
    """Collecting the base agent's trajectories on the `mine` split.

    Example:
        >>> RolloutConfig(temperature=0.7).sampling.temperature
        0.7
    """

    tasks: int = 640
    """Tasks 0 to N-1."""
    trials: int = 1
    """Attempts at each."""
    temperature: float = 1.0
    """Sampling temperature."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended."""
    batch_size: int = 64
    """Episodes played in step."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            ValueError: If a number is below 1.
        """
        require_positive(self, "tasks", "trials", "max_new_tokens", "max_context", "batch_size")

    @property
    def sampling(self) -> SamplingParams:
        """How the agent samples."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)


@dataclass(frozen=True)
class RouterConfig:
    """Building the routers.

    Example:
        >>> RouterConfig().prompts
        64
    """

    prompts: int = 64
    """Emitted prompts per environment, for training and again for the comparison."""

    def __post_init__(self) -> None:
        """Checks the range.

        Raises:
            ValueError: If there are no prompts.
        """
        require_positive(self, "prompts")


@dataclass(frozen=True)
class ChooseConfig:
    """Choosing, on tasks that no agent is evaluated on, what is made of several adapters.

    Example:
        >>> ChooseConfig(weights=(1.0,)).tasks
        128
    """

    tasks: int = 128
    """Tasks of the target's `mine` split, those behind the mined ones; a finite split gives what mining leaves."""
    emitted_tasks: int = 16
    """Tasks of each emitted environment that no training plays; a finite one gives none."""
    weights: tuple[float, ...] = (0.3, 0.5)
    """Weights at which the adapters are added up, each a candidate; none: they are not added up. High ones may ruin the
    agent, and ruined agents talk long."""
    mixture: bool = False
    """Train one adapter on all emitted environments in turn, too; it costs as much as another adapter."""

    def __post_init__(self) -> None:
        """Checks the weights.

        Raises:
            ValueError: If a weight is not above 0, or there twice.
        """
        for weight in self.weights:
            if not 0 < weight < math.inf:
                raise ValueError(f"weights has {weight}, expected finite numbers > 0.")
        if len({f"{weight:g}" for weight in self.weights}) < len(self.weights):
            raise ValueError(f"weights is {list(self.weights)}, expected different numbers.")


@dataclass(frozen=True)
class EvaluateConfig:
    """Comparing the agents on tasks that were never mined or trained on.

    Example:
        >>> EvaluateConfig(split="test").split
        'test'
    """

    split: str = "evaluate"
    """Or `test`, where the target has official test tasks."""
    tasks: int = 256
    """Tasks 0 to N-1."""
    temperature: float = 0.0
    """Sampling temperature; 0 is greedy."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is ended."""
    batch_size: int = 64
    """Episodes played in step."""

    def __post_init__(self) -> None:
        """Checks the split and the ranges.

        Raises:
            ValueError: If the split is not held out, or a number is below 1.
        """
        require_positive(self, "tasks", "max_new_tokens", "max_context", "batch_size")
        if self.split not in HELD_OUT:
            raise ValueError(
                f"split is {self.split!r}; agents are compared on tasks never mined or trained on: "
                f"{' or '.join(HELD_OUT)}."
            )

    @property
    def sampling(self) -> SamplingParams:
        """How the agents sample."""
        return SamplingParams(self.temperature, self.max_new_tokens, self.max_context)


@dataclass(frozen=True)
class RunConfig:
    """Everything a run depends on. The defaults are the main job: the embedded target and the bundled tiny agent.

    Example:
        >>> RunConfig().target
        'trace/ServiceDesk-v0'
    """

    target: str = "trace/ServiceDesk-v0"
    """Environment id of the target."""
    target_args: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the target, as `category = "base"`; those of each are in targets.md."""
    model: str = TINY
    """`tiny`, a local `from_pretrained` folder, or a Hugging Face model id."""
    dtype: str = "auto"
    """`auto`, `float32` or `bfloat16`; `auto` is float32 below 100 million parameters, else the checkpoint's own."""
    difficulty: int = 1
    """Difficulty of the target, 1 to 3, for rollout and evaluation."""
    seed: int = 0
    """Seeds sampling, resampling and training."""
    capabilities: tuple[str, ...] = ()
    """Train these instead of the selected ones."""
    max_capabilities: int = 8
    """Train at most this many of the selected ones, the strongest contrast first."""
    synthesizer: str = "auto"
    """What makes the environments, among `trace_gym.synthesis.synthesizers.SYNTHESIZERS`."""
    rollout: RolloutConfig = field(default_factory=lambda: RolloutConfig(**TINY_DEFAULTS["rollout"]))
    """Section [rollout]."""
    identify: Thresholds = field(default_factory=Thresholds)
    """Section [identify]."""
    train: TrainConfig = field(default_factory=lambda: TrainConfig(**TINY_DEFAULTS["train"]))
    """Section [train]."""
    router: RouterConfig = field(default_factory=RouterConfig)
    """Section [router]."""
    choose: ChooseConfig = field(default_factory=ChooseConfig)
    """Section [choose]."""
    evaluate: EvaluateConfig = field(default_factory=lambda: EvaluateConfig(**TINY_DEFAULTS["evaluate"]))
    """Section [evaluate]."""

    def __post_init__(self) -> None:
        """Checks what would otherwise be found out after hours.

        Raises:
            ValueError: If the dtype is unknown, or nothing could be trained.
        """
        require_positive(self, "difficulty", "max_capabilities")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype is {self.dtype!r}, expected one of {', '.join(DTYPES)}.")

    def to_json(self) -> dict[str, Any]:
        """Returns the resolved configuration."""
        return {**dataclasses.asdict(self), "capabilities": list(self.capabilities)}


SECTIONS: dict[str, type] = {
    "rollout": RolloutConfig,
    "identify": Thresholds,
    "train": TrainConfig,
    "router": RouterConfig,
    "choose": ChooseConfig,
    "evaluate": EvaluateConfig,
}
"""The tables of a configuration file."""


def read_config(path: Path | None, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Reads a run's configuration.

    Args:
        path: A `.toml`, `.yaml` or `.yml` file; None takes the defaults.
        overrides: Values by dotted key, such as `{"train.steps": 20}`, which win over the file.

    Returns:
        The resolved configuration.

    Raises:
        UserError: If the file is not readable, a key is unknown, or a value has the wrong type.

    Example:
        >>> read_config(None, {"train.steps": 20}).train.steps
        20
    """
    values: dict[str, Any] = {}
    where = "the command line"
    if path is not None:
        values = parse(path)
        where = str(path)
    if overrides is not None:
        for key, value in overrides.items():
            _override(values, key, value)

    tables: dict[str, Any] = {}
    for name in SECTIONS:
        tables[name] = values.pop(name, {})
        if not isinstance(tables[name], dict):
            raise UserError(f"{where}: {name} is {tables[name]!r}, expected a table of settings.")

    # only now is the model known: the file or the command line may name another
    if values.get("model", TINY) == TINY:
        for name, defaults in TINY_DEFAULTS.items():
            tables[name] = {**defaults, **tables[name]}
    if "target_args" in values:
        check_target_arguments(f"{where}: target_args", values["target_args"])

    sections: dict[str, Any] = {}
    for name, cls in SECTIONS.items():
        sections[name] = build(cls, tables[name], f"{where}, [{name}]")
    plain = build(RunConfig, values, where)
    return dataclasses.replace(plain, **sections)


def _override(values: dict[str, Any], key: str, value: Any) -> None:
    """Sets one dotted key."""
    section, _, name = key.rpartition(".")
    table = values
    if section:
        table = values.setdefault(section, {})
    if not isinstance(table, dict):
        raise UserError(f"{section} is {table!r}, expected a table of settings.")
    table[name] = value
