"""Text spaces for assistant turns and observations: any UTF-8 text up to a length, checked in microseconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.spaces.encoded import EncodedSpace, choose
from trace_gym.env.types import Json, ToolCall

MAX_CHARS = 262_144
_MESSAGES = ("Done.", "Could you tell me more?", "Let me check that for you.", "I cannot help with that.")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz ABCXYZ 0123456789 .,:;!?\"'{}[]\n\t äßéñ中文データ🙂"
_LONGEST_SAMPLE = 64
_MESSAGE_SHARE = 0.2


class Utf8Text(EncodedSpace[str]):
    """All strings that encode as UTF-8, up to `max_chars` characters; the empty one included."""

    def __init__(self, max_chars: int = MAX_CHARS, seed: int | np.random.Generator | None = None) -> None:
        """Args: max_chars: longest member, in characters, >= 1. seed: seeds `sample`."""
        super().__init__(4 * max_chars, seed)
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
        """Draws a text of up to 64 characters.

        Args:
            mask: None, or `(length, alphabet)` as in Gymnasium's `Text`: the exact length and the characters to draw
                from; either may be None.
            probability: not supported.

        Raises:
            ValueError: if `mask` is malformed or `probability` is given.
        """
        if probability is not None:
            raise ValueError("A text space has no finite set to draw from by probability; give a mask.")
        length, alphabet = _checked_mask(mask, self.max_chars)
        if length is None:
            length = int(self.np_random.integers(1 + min(_LONGEST_SAMPLE, self.max_chars)))
        return "".join(alphabet[i] for i in self.np_random.integers(len(alphabet), size=length))

    def encode(self, x: str) -> bytes:
        """Writes a text as UTF-8."""
        return x.encode()

    def decode(self, data: bytes) -> str:
        """Reads UTF-8."""
        return data.decode()

    @property
    def empty(self) -> str:
        """The empty text."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_chars={self.max_chars})"


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
        """Draws a tool call with probability 0.8, else a message.

        Args:
            mask: None, or one 0 or 1 per tool and a last one for messages: what may be drawn.
            probability: None, or chances in the same places.

        Raises:
            ValueError: if either is malformed, or both are given.
        """
        tools = len(self.tools)
        weights = [(1 - _MESSAGE_SHARE) / tools] * tools + [_MESSAGE_SHARE] if tools else [1.0]
        chosen = choose(self.np_random, weights, mask, probability)
        if chosen == tools:
            return _MESSAGES[int(self.np_random.integers(len(_MESSAGES)))]
        body = self.tools[chosen]["function"]
        return render_call(ToolCall(body["name"], sample_value(body["parameters"], self.np_random)))


def _checked_mask(mask: Any, max_chars: int) -> tuple[int | None, str]:
    if mask is None:
        return None, _ALPHABET
    if not isinstance(mask, tuple) or len(mask) != 2:
        raise ValueError(f"mask must be (length, alphabet), got {mask!r}.")
    length, alphabet = mask
    if length is not None and not 0 <= int(length) <= max_chars:
        raise ValueError(f"The length in mask must be 0 to {max_chars}, got {length!r}.")
    if alphabet is not None and (not isinstance(alphabet, str) or not alphabet):
        raise ValueError(f"The alphabet in mask must be a text that is not empty, got {alphabet!r}.")
    return None if length is None else int(length), alphabet or _ALPHABET
