"""The messages of a transcript: a head of our own words, and below it lines that quote what others wrote.

Whoever reads a transcript must be able to tell our words from a tool's result or a user's message, which may try to
look like the end of the transcript or like another message. So every quoted line begins with a mark, and heads hold
nothing but numbers and words from a fixed list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trace_gym.env.types import Json, ToolCall

_TEXT = "| "
_CALL = "> "
_ROLES = ("system", "developer", "user", "assistant", "tool")
_TAG = re.compile(r"<(?=\s*/?\s*(transcript|reference)\b)", re.IGNORECASE)
"""What could be taken for the beginning or end of a part of the prompt."""


@dataclass(frozen=True)
class Quote:
    r"""A text that somebody else wrote, quoted line by line.

    Example:
        >>> Quote("Cancel W12.\n[7] assistant").lines()
        ['| Cancel W12.', '| [7] assistant']
    """

    text: str
    """The text."""
    mark: str = _TEXT
    """What each of its lines begins with."""
    is_result: bool = False
    """Whether a tool wrote it."""

    def lines(self) -> list[str]:
        """Returns the quoted lines; those of an empty text are none."""
        safe = _TAG.sub("<\\\\", writable(self.text))
        # not only at line feeds: other characters begin a line of their own too
        return [f"{self.mark}{line}" for line in safe.splitlines()]

    def with_text(self, text: str) -> Quote:
        """Returns the quote with another text.

        Args:
            text: The other text.
        """
        return replace(self, text=text)


@dataclass(frozen=True)
class Block:
    """One message: its head and its quotes.

    Example:
        >>> print(Block(2, "assistant", (Quote("Hello."),)).text())
        [2] assistant
        | Hello.
    """

    number: int
    """The message's index in its trajectory."""
    head: str
    """Who speaks, in our words."""
    quotes: tuple[Quote, ...]
    """What stands in it."""

    def text(self) -> str:
        """Returns the lines of the block."""
        lines = [f"[{self.number}] {self.head}"]
        for quote in self.quotes:
            lines += quote.lines()
        return "\n".join(lines)


def blocks_of(messages: Sequence[Mapping[str, Json]]) -> list[Block]:
    r"""Returns a block for each message.

    Only what was said and done is taken: roles, texts, calls, results and refusals. Other fields may hold what an
    evaluator found wrong.

    Args:
        messages: Those of a trajectory.

    Example:
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello.", "errors": ["late"]}]
        >>> [block.text() for block in blocks_of(talk)]
        ['[0] user\n| Hi', '[1] assistant\n| Hello.']
    """
    names: dict[str, str] = {}
    blocks = []
    for number, message in enumerate(messages):
        for call in message.get("tool_calls") or []:
            names[call["id"]] = call["function"]["name"]
        blocks.append(Block(number, _head(message), tuple(_quotes(message, names))))
    return blocks


def call_line(call: ToolCall) -> str:
    """Returns a call as one line: the tool, and its arguments as JSON.

    Args:
        call: The call.

    Example:
        >>> call_line(ToolCall("get_order", {"order_id": "W12"}))
        'get_order {"order_id": "W12"}'
    """
    return f"{call.name} {json.dumps(call.arguments, ensure_ascii=False)}"


def writable(text: str) -> str:
    r"""Returns a text with every half of a character replaced, as UTF-8 cannot write it.

    Args:
        text: Text of a model, which may hold lone surrogates.

    Example:
        >>> writable("a\ud800b")
        'a?b'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _head(message: Mapping[str, Json]) -> str:
    role = message["role"]
    # a role is text of the file like any other, and a head quotes nobody
    if role not in _ROLES:
        return "other"
    if role != "tool":
        return str(role)

    head = "tool"
    if message.get("requestor") == "user":
        head = "tool of the user"
    if message.get("error"):
        head += ", refused"
    return head


def _quotes(message: Mapping[str, Json], names: Mapping[str, str]) -> Iterator[Quote]:
    is_result = message["role"] == "tool"
    if is_result and message.get("tool_call_id") in names:
        yield Quote(f"result of {names[message['tool_call_id']]}", _CALL)

    yield Quote(_as_text(message["content"]), is_result=is_result)
    if is_result and message.get("error_message"):
        yield Quote(_as_text(message["error_message"]), is_result=True)

    for call in message.get("tool_calls") or []:
        function = call["function"]
        yield Quote(call_line(ToolCall(function["name"], function["arguments"])), _CALL)


def _as_text(content: Json) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return json.dumps(content, ensure_ascii=False)
