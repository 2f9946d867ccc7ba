"""How turns are sampled: the settings that travel together from the command line to the model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trace_gym.env.types import Json
from trace_gym.ranges import require_positive


@dataclass(frozen=True)
class SamplingParams:
    """Settings of a policy that samples.

    Example:
        >>> SamplingParams(temperature=0.0).recorded()
        {'temperature': 0.0, 'max_new_tokens': 128, 'max_context': 4096}
    """

    temperature: float = 1.0
    """Sampling temperature; 0 takes the likeliest token."""
    max_new_tokens: int = 128
    """Tokens of the longest turn."""
    max_context: int = 4096
    """Tokens at which a conversation is over: the policy says nothing more in it."""
    fast: bool = False
    """Reuse what prompts share with earlier ones and, at temperature 0, guess ahead; equal but for rounding."""
    backend: str = "hf"
    """What samples, among `trace_trainers.engine.backends.BACKENDS`."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            ValueError: If a setting is out of range.
        """
        if not 0 <= self.temperature < math.inf:
            raise ValueError(f"temperature must be a finite number >= 0, got {self.temperature}.")
        require_positive(self, "max_new_tokens", "max_context")

    def recorded(self) -> dict[str, Json]:
        """Returns what is written into trajectories: the settings that decide what is said."""
        return {
            "temperature": self.temperature,
            "max_new_tokens": self.max_new_tokens,
            "max_context": self.max_context,
        }
