"""A write is refused with a reason; mend the argument it names, or try again."""

from __future__ import annotations

from typing import Any

from trace_gym.capabilities.attempt import Attempt, CallEvent
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
    mends = source.count(_mends)
    if mends:
        write, argument, first, fixed, message = mends.most_common(1)[0][0]
        requests = most_common(_phrase(source, attempt, write, argument) for attempt in source.attempts)
    else:
        writes = source.writes()
        if not writes:
            return None
        # no refusal in these logs names its cure; a passing failure can be made for any write
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
    mends = []
    for refused in attempt.writes:
        if not refused.error or refused.call.name not in source.tools:
            continue

        for later in attempt.writes:
            is_retry = later.position > refused.position and later.call.name == refused.call.name
            if is_retry and not later.error:
                mends += _mend(refused, later)

    return mends


def _mend(refused: CallEvent, accepted: CallEvent) -> list[Mend]:
    """The one argument that a retry changed to a value that the refusal names; empty when it did something else."""
    before = refused.call.arguments
    after = accepted.call.arguments
    changed = [name for name in before if before[name] != after.get(name)]
    if len(changed) != 1 or set(before) != set(after):
        return []

    argument = changed[0]
    first = before[argument]
    fixed = after[argument]
    message = refused.result.removeprefix("Error:").strip()
    if not isinstance(first, str) or not isinstance(fixed, str) or fixed not in message:
        return []

    same = {name: value for name, value in before.items() if name != argument and str(value) in message}
    slotted = with_slots(message, same)
    if not slotted:
        return []
    return [(refused.call.name, argument, first, fixed, slotted)]


def _phrase(source: Source, attempt: Attempt, write: str, argument: str) -> str | None:
    """How users ask for it: requests whose reference works with this write on one record only."""
    gold = source.gold(attempt)
    if not gold or {call.name for call in gold} != {write}:
        return None
    slots = []
    for call in gold:
        slots.append({name: value for name, value in call.arguments.items() if name != argument})
    if any(slot != slots[0] for slot in slots):
        return None
    return with_slots(attempt.request, slots[0])
