"""Is the conversation brought to its end?"""

from __future__ import annotations

from trace_gym.capabilities.attempt import HANDING_OVER, Attempt
from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.repair import names

NAME, DESCRIPTION, ARCHETYPE = names.declared("finishing")
OCCASION = "The assistant acted."
NEEDS = "nothing"
BLIND_TO = "Conversations that a message ends too early; limits on turns that the last operation has reached."


def label(attempt: Attempt) -> Judgement:
    """Labels one attempt.

    LACKING when the assistant's last turn is empty, unreadable, refused, or a look-up, so that nobody heard of it.
    PRESENT when it is a message, an operation, or the call that hands the user over. NA when the assistant never acted.

    Args:
        attempt: Prepared for labelling, blind to the outcome.
    """
    last = _last_turn(attempt)
    if last is None:
        return Judgement(Label.NA)
    message = attempt.messages[last]
    if not message.get("tool_calls"):
        if str(message.get("content") or "").strip():
            return Judgement(Label.PRESENT)
        return Judgement(Label.LACKING, Evidence(last, note="the last message is empty"))

    events = [event for event in attempt.calls if event.position == last]
    if any(event.call.name in HANDING_OVER for event in events):
        return Judgement(Label.PRESENT)
    for event in events:
        if event.error or event.kind != "write":
            return Judgement(Label.LACKING, Evidence(last, note=f"{event.call.name} is the last that was done"))
    return Judgement(Label.PRESENT)


def _last_turn(attempt: Attempt) -> int | None:
    for number in range(len(attempt.messages) - 1, -1, -1):
        if attempt.messages[number]["role"] == "assistant":
            return number
    return None
