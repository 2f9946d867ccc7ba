"""Text spaces for assistant turns and observations: any UTF-8 text up to a length, checked in microseconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from trace_gym.env.parsing import render_call
from trace_gym.env.schemas import sample_value
from trace_gym.env.task import Json, ToolCall

MAX_CHARS = 262_144
_MESSAGES = ("Done.", "Could you tell me more?", "Let me check that for you.", "I cannot help with that.")


class Utf8Text(gym.Space[str]):
    """All strings that encode as UTF-8, up to `max_chars` characters."""

    def __init__(self, max_chars: int = MAX_CHARS, seed: int | np.random.Generator | None = None) -> None:
        """Args: max_chars: longest member, in characters. seed: seeds `sample`."""
        super().__init__(shape=None, dtype=None, seed=seed)
        self.max_chars = max_chars

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string within the length that has no lone surrogate."""
        if not isinstance(x, str) or len(x) > self.max_chars:
            return False
        if x.isascii():
            return True
        try:
            x.encode()
        except UnicodeEncodeError:
            return False
        return True

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draws one of a few plain messages; masks are not supported and ignored."""
        return _MESSAGES[int(self.np_random.integers(len(_MESSAGES)))]

    @property
    def is_np_flattenable(self) -> bool:
        """False: text has no fixed length."""
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_chars={self.max_chars})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars_of(other) == vars_of(self)

    __hash__ = None  # type: ignore[assignment]


class AssistantTurn(Utf8Text):
    """Assistant turns: any text; `sample` yields a schema-valid tool call, or now and then a message."""

    def __init__(
        self,
        tools: Sequence[dict[str, Json]],
        max_chars: int = MAX_CHARS,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Args: tools: OpenAI function schemas to sample from. max_chars, seed: as in `Utf8Text`."""
        super().__init__(max_chars, seed)
        self.tools = json.loads(json.dumps(list(tools)))

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draws a tool call with probability 0.8, else a message; masks are not supported and ignored."""
        if not self.tools or self.np_random.random() < 0.2:
            return super().sample()
        body = self.tools[int(self.np_random.integers(len(self.tools)))]["function"]
        return render_call(ToolCall(body["name"], sample_value(body["parameters"], self.np_random)))


def vars_of(space: Any) -> dict[str, Any]:
    """Returns what defines a text space, for equality."""
    return {key: value for key, value in vars(space).items() if not key.startswith("_")}
