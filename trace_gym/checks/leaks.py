"""The solution must be found out, not read off the first observation, the schemas or the infos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject
from trace_gym.env.facts import has_word
from trace_gym.env.tool_env import ToolEnv

KNOWN_INFO = frozenset({"messages", "tools", "split", "index", "reward_terms", "success"})
"""Keys of info that belong to the contract; everything else is searched for the solution."""
_MOST = 0.5
"""Share of tasks that may show their solution: a request now and then names what another would hide."""
_PLACES = {"leak.observation": "The first messages", "leak.schema": "The tool schemas", "leak.info": "The infos"}


@dataclass(frozen=True)
class _Opening:
    """What one task shows before the first turn, and what it hides."""

    shown: dict[str, str]
    """Texts by check."""
    hidden: list[str]
    """Values that the solution has to find out."""
    gold_calls: list[str]
    """The gold calls as JSON."""


def leaks(subject: Subject) -> Iterator[Finding]:
    """Checks whether hidden values of the solution are shown before anything was done.

    Yields:
        `leak.observation`, `leak.schema`, `leak.info`: the place that shows them.
    """
    env = subject.make()
    openings = [_opening(env, index) for index in range(subject.tasks)]
    with_hidden = sum(bool(opening.hidden) for opening in openings)

    for check, place in _PLACES.items():
        texts = [opening.shown[check] for opening in openings]
        leaking = []
        for index, opening in enumerate(openings):
            if _gives_away(opening, texts[index], texts[:index] + texts[index + 1 :]):
                leaking.append(opening)

        if len(leaking) > _MOST * max(1, with_hidden):
            example = (leaking[0].hidden or ["the gold calls"])[0]
            yield Finding(
                check,
                f"{place} of {len(leaking)} of {subject.tasks} tasks hold what the solution has to find out (such as "
                f"{example!r}); leave it out.",
            )


def early_terms(subject: Subject) -> Iterator[Finding]:
    """Checks that reward terms and success are shown at the end only.

    Yields:
        `leak.terms`.
    """
    env = subject.make()
    _, info = env.reset(options={"index": 0})
    infos: list[dict[str, Any]] = [info]
    for turn in env.oracle()[:-1]:
        infos.append(env.step(turn)[4])

    for key in ("reward_terms", "success"):
        if any(key in entry for entry in infos) and not env.episode.over:
            yield Finding(
                "leak.terms",
                f"info[{key!r}] is set before the end, which a policy could follow like a trail; set it in the last "
                "info only.",
            )


def hidden_values(env: ToolEnv, request: str) -> list[str]:
    """Returns what the solution uses or says that the request does not name and no schema enumerates.

    Args:
        env: The environment, reset to the task.
        request: The user's first message.

    Returns:
        Texts, sorted.
    """
    values = {fact.value for fact in env.episode.task.facts}
    for call in env.episode.task.gold_calls:
        for value in call.arguments.values():
            if isinstance(value, (str, int, float)):
                values.add(str(value))

    enumerated = json.dumps([tool.parameters for tool in env.tools.values()], ensure_ascii=False)
    hidden = []
    for value in sorted(values):
        is_known = has_word(request, value) or f'"{value}"' in enumerated
        if value.strip() and not is_known:
            hidden.append(value)
    return hidden


def _opening(env: ToolEnv, index: int) -> _Opening:
    request, info = env.reset(options={"index": index})
    messages = [str(message["content"]) for message in info["messages"]]
    extra = {key: value for key, value in info.items() if key not in KNOWN_INFO}
    return _Opening(
        shown={
            "leak.observation": " ".join([request, *messages]),
            "leak.schema": json.dumps(info["tools"], ensure_ascii=False),
            "leak.info": json.dumps(extra, ensure_ascii=False, default=repr),
        },
        hidden=hidden_values(env, request),
        gold_calls=[json.dumps(call.to_json()) for call in env.episode.task.gold_calls],
    )


def _gives_away(opening: _Opening, text: str, other_texts: list[str]) -> bool:
    """Whether a task's text holds all that is hidden, or the gold calls."""
    if opening.gold_calls and all(call in text for call in opening.gold_calls):
        return True

    # a value that most tasks' texts hold says nothing about this one's solution
    telling = []
    for value in opening.hidden:
        occurrences = sum(has_word(other, value) for other in other_texts)
        if occurrences <= len(other_texts) / 2:
            telling.append(value)
    return bool(telling) and all(has_word(text, value) for value in telling)
