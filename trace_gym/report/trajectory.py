"""A trajectory as text for a person."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trace_gym.console.printable import printable
from trace_gym.trajectories.record import Trajectory

_INDENT = "  "
_COLOURS = {"system": "2", "user": "36", "assistant": "32", "tool": "33", "error": "31", "title": "1"}


@dataclass(frozen=True)
class Style:
    """How a trajectory is laid out.

    Example:
        >>> Style().paint("refused", "error"), "31m" in Style(colour=True).paint("refused", "error")
        ('refused', True)
    """

    width: int = 100
    """Characters a line."""
    longest: int | None = 600
    """Characters shown of a result or of the system message, None for all."""
    colour: bool = False
    """Whether to colour for a terminal."""

    def paint(self, text: str, what: str) -> str:
        """Returns `text` in the colour of a role.

        Args:
            text: What is shown.
            what: A role of a message, `title` or `error`; anything else keeps the terminal's own color.
        """
        if self.colour:
            return f"\x1b[{_COLOURS.get(what, '0')}m{text}\x1b[0m"
        return text


def render(trajectory: Trajectory, style: Style) -> str:
    """Lays out one trajectory: what it is, then its messages.

    Args:
        trajectory: The record.
        style: Width, colors and how much of a long text is shown.
    """
    return "\n".join([*_header(trajectory, style), "", *_conversation(trajectory, style)])


def _header(trajectory: Trajectory, style: Style) -> Iterator[str]:
    t = trajectory
    yield style.paint(printable(f"{t.env_id}  task {t.task_id}  trial {t.trial}"), "title")

    verdict = style.paint("not solved", "error")
    if t.success:
        verdict = style.paint("solved", "assistant")
    yield f"reward {t.reward:g}, {verdict}  {printable(_who(t))}"

    for name, value in _fields(t).items():
        if value:
            yield from _wrapped(f"{name}: {printable(value)}", style.width, "")

    if t.error:
        for line in _wrapped(f"broken off: {printable(t.error)}", style.width):
            yield style.paint(line, "error")


def _who(trajectory: Trajectory) -> str:
    if not trajectory.policy:
        return "model unknown"
    if trajectory.adapter:
        return f"model {trajectory.policy} with adapter {trajectory.adapter}"
    return f"model {trajectory.policy}"


def _fields(trajectory: Trajectory) -> dict[str, str]:
    """What the record says of the episode, by heading; empty where it says nothing."""
    # a record without a seed reads as seed 0, so that 0 tells nothing
    seed = ""
    if trajectory.seed:
        seed = str(trajectory.seed)

    return {
        "terms": ", ".join(f"{name} {value:g}" for name, value in trajectory.terms.items()),
        "ended": trajectory.termination,
        "split": trajectory.split,
        "seed": seed,
        "settings": ", ".join(f"{name} {_as_json(value)}" for name, value in trajectory.settings.items()),
        "reference": ", ".join(call.name for call in trajectory.gold or []),
        "to tell": ", ".join(fact.value for fact in trajectory.facts),
    }


def _conversation(trajectory: Trajectory, style: Style) -> Iterator[str]:
    tool_names = _tool_names(trajectory)
    for number, message in enumerate(trajectory.messages):
        yield _title(number, message, tool_names, style)
        # people read what was said; instructions and results are long and much alike
        yield from _text(_content(message), style, cut=message["role"] in ("tool", "system"))
        yield from _notes(message, style.width)
        yield from _calls(message, style.width)


def _tool_names(trajectory: Trajectory) -> dict[str, str]:
    """The called tools by call id: results often name the call alone."""
    names = {}
    for message in trajectory.messages:
        for call in message.get("tool_calls") or []:
            if call:
                names[call["id"]] = call["function"]["name"]

    return names


def _title(number: int, message: dict[str, Any], tool_names: dict[str, str], style: Style) -> str:
    role = str(message["role"])
    color = role
    if role == "tool" and message.get("error"):
        color = "error"
    return style.paint(printable(f"[{number}] {_label(message, tool_names)}"), color)


def _label(message: dict[str, Any], tool_names: dict[str, str]) -> str:
    role = str(message["role"])
    # tau2's users have a phone of their own, with tools the agent cannot call
    if role == "user" and message.get("tool_calls"):
        return "user (uses a tool of their own)"
    if role != "tool":
        return role

    label = "tool"
    name = message.get("name") or tool_names.get(message.get("tool_call_id", ""), "")
    if name:
        label = f"tool {name}"
    if message.get("requestor") == "user":
        label += " (the user's own)"
    if message.get("error"):
        label += " ERROR"
    return label


def _content(message: dict[str, Any]) -> str:
    content = message["content"]
    if isinstance(content, str):
        text = content
    else:
        text = _as_json(content)
    if message.get("error_message"):
        text = f"{text}\n{message['error_message']}"
    return text


def _notes(message: dict[str, Any], width: int) -> Iterator[str]:
    for key, title in (("reasoning_content", "reasoning"), ("errors", "errors")):
        if message.get(key):
            yield from _wrapped(f"({title}: {printable(_as_json(message[key]))})", width)


def _calls(message: dict[str, Any], width: int) -> Iterator[str]:
    for call in message.get("tool_calls") or []:
        function = call["function"]
        arguments = ", ".join(f"{name}={_as_json(value)}" for name, value in function["arguments"].items())
        yield from _wrapped(printable(f"-> {function['name']}({arguments})"), width)


def _text(text: str, style: Style, *, cut: bool) -> Iterator[str]:
    text = printable(text.strip())
    if not text:
        return
    if not cut or style.longest is None:
        yield from _lines(text, style.width)
        return

    left = len(text) - style.longest
    # the note takes a line itself: a text that is hardly too long is shown whole
    if left <= style.longest // 10:
        yield from _lines(text, style.width)
        return

    yield from _lines(text[: style.longest], style.width)
    yield f"{_INDENT}… {left:,} more characters (--full)"


def _lines(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        if line.strip():
            yield from _wrapped(line, width)
        else:
            yield ""


def _wrapped(line: str, width: int, indent: str = _INDENT) -> list[str]:
    own = indent + line[: len(line) - len(line.lstrip())]
    # an indentation wider than half the terminal would leave a column of single words
    own = own[: width // 2]
    return textwrap.wrap(line.strip(), max(width, 20), initial_indent=own, subsequent_indent=own)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
