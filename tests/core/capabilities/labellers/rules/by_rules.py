"""What all rules say of one attempt."""

from __future__ import annotations

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.labellers.rules import RULES
from trace_gym.capabilities.labels import Judgement, Label


def labels_of(attempt: Attempt) -> dict[str, Label]:
    found = {}
    for rule in RULES:
        judged = rule.label(attempt)
        found[rule.NAME] = judged.label if isinstance(judged, Judgement) else judged
    return found


def lacking(attempt: Attempt) -> set[str]:
    return {name for name, label in labels_of(attempt).items() if label is Label.LACKING}
