"""The solution must be found, not read off: from the first observation, the schemas or the infos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject
from trace_gym.env.facts import has_word
from trace_gym.env.tool_env import ToolEnv

KNOWN_INFO = frozenset({"messages", "tools", "split", "index", "reward_terms", "success"})
"""What an info may always hold."""
_MOST = 0.5
_PLACES = {"leak.observation": "The first messages", "leak.schema": "The tool schemas", "leak.info": "The infos"}


def leaks(subject: Subject) -> Iterator[Finding]:
    """leak.observation, leak.schema, leak.info: where hidden values of the solution show before anything was done."""
    env = subject.make()
    shown: list[dict[str, str]] = []
    hidden: list[list[str]] = []
    written: list[str] = []
    for index in range(subject.tasks):
        request, info = env.reset(options={"index": index})
        extra = {key: value for key, value in info.items() if key not in KNOWN_INFO}
        shown.append(
            {
                "leak.observation": " ".join([request, *(str(m["content"]) for m in info["messages"])]),
                "leak.schema": json.dumps(info["tools"], ensure_ascii=False),
                "leak.info": json.dumps(extra, ensure_ascii=False, default=repr),
            }
        )
        hidden.append(hidden_values(env, request))
        written.append("|".join(json.dumps(call.to_json()) for call in env.episode.task.gold_calls))
    for check, what in _PLACES.items():
        texts = [places[check] for places in shown]
        found = [index for index in range(len(texts)) if _given_away(index, texts, hidden[index], written[index])]
        if len(found) > _MOST * max(1, sum(map(bool, hidden))):
            value = (hidden[found[0]] or ["the gold calls"])[0]
            yield Finding(
                check,
                f"{what} of {len(found)} of {subject.tasks} tasks hold what the solution has to find out (such as "
                f"{value!r}); leave it out.",
            )


def _given_away(index: int, texts: list[str], hidden: list[str], written: str) -> bool:
    """Whether a task's text holds all that is hidden, or the gold calls; what most tasks' texts hold tells nothing."""
    others = texts[:index] + texts[index + 1 :]
    telling = [value for value in hidden if sum(has_word(text, value) for text in others) <= len(others) / 2]
    if telling and all(has_word(texts[index], value) for value in telling):
        return True
    return bool(written) and all(call in texts[index] for call in written.split("|"))


def early_terms(subject: Subject) -> Iterator[Finding]:
    """leak.terms: reward terms and success show at the end only."""
    env = subject.make()
    _, info = env.reset(options={"index": 0})
    infos: list[dict[str, Any]] = [info]
    for turn in env.oracle()[:-1]:
        infos.append(env.step(turn)[4])
    for key in ("reward_terms", "success"):
        if any(key in entry for entry in infos) and not env.episode.over:
            yield Finding("leak.terms", f"info[{key!r}] shows before the end; a policy could feel its way along it.")


def hidden_values(env: ToolEnv, request: str) -> list[str]:
    """What the solution uses or says that the request does not name and no schema enumerates."""
    task = env.episode.task
    used = [
        value for call in task.gold_calls for value in call.arguments.values() if isinstance(value, (str, int, float))
    ]
    listed = json.dumps([tool.parameters for tool in env.tools.values()], ensure_ascii=False)
    texts = [str(value) for value in [*used, *(fact.value for fact in task.facts)]]
    return sorted({t for t in texts if t and not has_word(request, t) and f'"{t}"' not in listed and not t.isspace()})
