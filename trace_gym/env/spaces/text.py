"""Text spaces for assistant turns and observations: any UTF-8 text up to a length, checked in microseconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.spaces.encoded import EncodedSpace, Seed, choose
from trace_gym.env.types import Json, ToolCall

MAX_CHARS = 262_144
_MESSAGES = ("Done.", "Could you tell me more?", "Let me check that for you.", "I cannot help with that.")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz ABCXYZ 0123456789 .,:;!?\"'{}[]\n\t äßéñ中文データ🙂"
_LONGEST_SAMPLE = 64
_MESSAGE_SHARE = 0.2


class Utf8Text(EncodedSpace[str]):
    r"""All strings that encode as UTF-8, up to a number of characters; the empty one included.

    Example:
        >>> "naïve" in Utf8Text(8), "too long for it" in Utf8Text(8), "\ud800" in Utf8Text(8)
        (True, False, False)
    """

    def __init__(self, max_chars: int = MAX_CHARS, seed: Seed = None) -> None:
        """Makes the space.

        Args:
            max_chars: Longest member, in characters, >= 1.
            seed: Seeds `sample`.
        """
        # UTF-8 takes at most four bytes per character
        super().__init__(4 * max_chars, seed)
        self.max_chars = max_chars

    def contains(self, x: Any) -> bool:
        """Returns whether something is a string within the length that has no lone surrogate.

        Args:
            x: Anything.
        """
        if not isinstance(x, str) or len(x) > self.max_chars:
            return False
        # most texts are, and then no copy is made
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
            probability: Not supported.

        Raises:
            ValueError: If `mask` is malformed or `probability` is given.
        """
        if probability is not None:
            raise ValueError("A text space has no finite set to draw from by probability; give a mask.")
        length, alphabet = _checked_mask(mask, self.max_chars)
        if length is None:
            length = int(self.np_random.integers(1 + min(_LONGEST_SAMPLE, self.max_chars)))
        positions = self.np_random.integers(len(alphabet), size=length)
        return "".join(alphabet[position] for position in positions)

    def encode(self, x: str) -> bytes:
        """Writes a text as UTF-8.

        Args:
            x: A member.
        """
        return x.encode()

    def decode(self, data: bytes) -> str:
        """Reads UTF-8.

        Args:
            data: An encoded text.
        """
        return data.decode()

    @property
    def empty(self) -> str:
        """The empty text."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_chars={self.max_chars})"


class AssistantTurn(Utf8Text):
    """Assistant turns: any text; `sample` yields a schema-valid tool call, or now and then a message.

    Example:
        >>> from trace_gym import make_env
        >>> space = make_env("trace/ServiceDesk-v0").action_space
        >>> _ = space.seed(0)
        >>> "<tool_call>" in space.sample()
        True
    """

    def __init__(self, tools: Sequence[dict[str, Json]], max_chars: int = MAX_CHARS, seed: Seed = None) -> None:
        """Makes the space.

        Args:
            tools: OpenAI function schemas to sample from.
            max_chars: Longest turn, in characters.
            seed: Seeds `sample`.
        """
        super().__init__(max_chars, seed)
        # a copy that compares equal after it has traveled as JSON
        self.tools = json.loads(json.dumps(list(tools)))

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draws a tool call with probability 0.8, else a message.

        Args:
            mask: None, or one 0 or 1 per tool and a last one for messages: what may be drawn.
            probability: None, or chances in the same places.

        Raises:
            ValueError: If either is malformed, or both are given.
        """
        count = len(self.tools)
        weights = [1.0]
        if count:
            weights = [(1 - _MESSAGE_SHARE) / count] * count + [_MESSAGE_SHARE]
        chosen = choose(self.np_random, weights, mask, probability)
        if chosen == count:
            return _MESSAGES[int(self.np_random.integers(len(_MESSAGES)))]
        function = self.tools[chosen]["function"]
        return render_call(ToolCall(function["name"], sample_value(function["parameters"], self.np_random)))


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

    if length is not None:
        length = int(length)
    if alphabet is None:
        alphabet = _ALPHABET
    return length, alphabet
