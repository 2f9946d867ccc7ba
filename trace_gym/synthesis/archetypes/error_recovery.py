"""A write is refused with a reason; mend the argument it names, or try again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.synthesis.miner.phrases import most_common, plain_request, with_slots
from trace_gym.synthesis.miner.source import Source

NEEDS = "a write on a record identifier"
"""What trajectories must show for this archetype."""

Mend = tuple[str, str, str, str, str]


def mine(source: Source) -> dict[str, Any] | None:
    """Finds a write that was refused and then succeeded with one argument changed, else makes one fail once.

    Args:
        source: The material.
    """
    mends = Counter(mend for attempt in source.attempts for mend in _mends(source, attempt))
    if mends:
        write, argument, first, fixed, message = mends.most_common(1)[0][0]
        requests = most_common(_phrase(source, attempt, write, argument) for attempt in source.attempts)
    else:
        writes = source.writes()
        if not writes:
            return None
        write = writes[0].name
        argument = ""
        first = ""
        fixed = ""
        requests = []
        message = "the system is busy; send the same call again."

    asked = [name for name in source.tools[write].arguments if name != argument]
    plain = plain_request(write, asked)
    if argument:
        plain = plain.removesuffix(".") + f", {argument.replace('_', ' ')} {first}."
    return {
        "tools": [write],
        "action": write,
        "argument": argument,
        "first": first,
        "fixed": fixed,
        "message": message,
        "asked_arguments": asked,
        "requests": requests or [plain],
    }


def _mends(source: Source, attempt: Attempt) -> list[Mend]:
    """(write, argument, refused value, accepted value, refusal with slots), where the refusal names the fix."""
    found = []
    for event in attempt.writes:
        for later in attempt.writes:
            if not event.error or later.error or later.position <= event.position or later.call.name != event.call.name:
                continue
            before = event.call.arguments
            after = later.call.arguments
            changed = [name for name in before if before[name] != after.get(name)]
            if len(changed) != 1 or event.call.name not in source.tools or set(before) != set(after):
                continue
            first = before[changed[0]]
            fixed = after[changed[0]]
            message = event.result.removeprefix("Error:").strip()
            if isinstance(first, str) and isinstance(fixed, str) and fixed in message:
                same = {n: v for n, v in before.items() if n != changed[0] and str(v) in message}
                slotted = with_slots(message, same)
                if slotted:
                    found.append((event.call.name, changed[0], first, fixed, slotted))

    return found


def _phrase(source: Source, attempt: Attempt, write: str, argument: str) -> str | None:
    """How users ask for it: requests whose reference works with this write on one record only."""
    gold = source.gold(attempt)
    if not gold or {call.name for call in gold} != {write}:
        return None
    slots = [{name: value for name, value in call.arguments.items() if name != argument} for call in gold]
    return with_slots(attempt.request, slots[0]) if all(slot == slots[0] for slot in slots) else None
