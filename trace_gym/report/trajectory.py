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
_LABELS = {"user": "user"}


@dataclass(frozen=True)
class Style:
    """How to lay out.

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
            what: What it is, such as `error` or `role`.
        """
        if self.colour:
            return f"\x1b[{_COLOURS.get(what, '0')}m{text}\x1b[0m"
        return text


def render(trajectory: Trajectory, style: Style) -> str:
    """Lays out one trajectory: what it is, then its messages.

    Args:
        trajectory: The record.
        style: Width and colors.
    """
    return "\n".join([*_header(trajectory, style), "", *_conversation(trajectory, style)])


def _header(trajectory: Trajectory, style: Style) -> Iterator[str]:
    t = trajectory
    yield style.paint(printable(f"{t.env_id}  task {t.task_id}  trial {t.trial}"), "title")
    if t.success:
        verdict = "solved"
    else:
        verdict = "not solved"
    who = f"model {t.policy}" + (f" with adapter {t.adapter}" if t.adapter else "") if t.policy else "model unknown"
    yield f"reward {t.reward:g}, {style.paint(verdict, 'assistant' if t.success else 'error')}  {printable(who)}"
    fields: dict[str, Any] = {
        "terms": ", ".join(f"{name} {value:g}" for name, value in t.terms.items()),
        "ended": t.termination,
        "split": t.split,
        "seed": t.seed or "",
        "settings": ", ".join(f"{name} {_shown(value)}" for name, value in t.settings.items()),
        "reference": ", ".join(call.name for call in t.gold or []),
        "to tell": ", ".join(fact.value for fact in t.facts),
    }

    for name, value in fields.items():
        if value:
            yield from _wrapped(f"{name}: {printable(str(value))}", style.width, "")

    if t.error:
        yield from (style.paint(line, "error") for line in _wrapped(f"broken off: {printable(t.error)}", style.width))


def _conversation(trajectory: Trajectory, style: Style) -> Iterator[str]:
    names = {}
    for message in trajectory.messages:
        for call in message.get("tool_calls") or []:
            if call:
                names[call["id"]] = call["function"]["name"]

    for number, message in enumerate(trajectory.messages):
        role = str(message["role"])
        label = f"[{number}] {_label(message, names)}"
        failed = role == "tool" and bool(message.get("error"))
        yield style.paint(printable(label), "error" if failed else role)
        if isinstance(message["content"], str):
            text = message["content"]
        else:
            text = json.dumps(message["content"])
        if message.get("error_message"):
            text = f"{text}\n{message['error_message']}"
        yield from _text(text, style, cut=role in ("tool", "system"))
        for note in ("reasoning_content", "errors"):
            if message.get(note):
                yield from _wrapped(f"({note.split('_')[0]}: {printable(_shown(message[note]))})", style.width)
        for call in message.get("tool_calls") or []:
            body = call["function"]
            arguments = ", ".join(f"{name}={_shown(value)}" for name, value in body["arguments"].items())
            yield from _wrapped(printable(f"-> {body['name']}({arguments})"), style.width)


def _label(message: dict[str, Any], names: dict[str, str]) -> str:
    role = str(message["role"])
    if role != "tool":
        if role == "user" and message.get("tool_calls"):
            own = " (uses a tool of their own)"
        else:
            own = ""
        return _LABELS.get(role, role) + own
    name = message.get("name") or names.get(message.get("tool_call_id", ""), "")
    if message.get("requestor") == "user":
        whose = " (the user's own)"
    else:
        whose = ""
    return " ".join(part for part in ("tool", name) if part) + whose + (" ERROR" if message.get("error") else "")


def _text(text: str, style: Style, *, cut: bool) -> Iterator[str]:
    text = printable(text.strip())
    left = len(text) - (style.longest or 0)
    # a note takes a line itself: a text that is hardly too long is shown
    if cut and style.longest is not None and left > style.longest // 10:
        text = text[: style.longest]
        yield from _lines(text, style.width)
        yield f"{_INDENT}… {left:,} more characters (--full)"
    elif text:
        yield from _lines(text, style.width)


def _lines(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        yield from _wrapped(line, width) if line.strip() else [""]


def _wrapped(line: str, width: int, indent: str = _INDENT) -> list[str]:
    own = indent + line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.strip(), max(width, 20), initial_indent=own[: width // 2], subsequent_indent=own[: width // 2]
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
