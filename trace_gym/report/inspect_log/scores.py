"""An attempt's reward, success and labels as Inspect's scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.capabilities.labels import Judgement, Label
from trace_gym.env.types import Json

REWARD = "reward"
SUCCESS = "success"
HEADLINE = {"scorer": SUCCESS, "metric": "accuracy"}
"""The number that lists of logs show."""
WORDS = {Label.LACKING: "lacking", Label.PRESENT: "present", Label.NA: "n/a"}
"""Labels as values of a score. The letters would not do: Inspect reads P as partly correct, which is half a point."""


def score_name(capability: str) -> str:
    """Returns the name of a capability's score: its own, unless that is taken.

    Args:
        capability: The capability's name.

    Example:
        >>> score_name("error_recovery"), score_name("success")
        ('error_recovery', 'capability success')
    """
    if capability in (REWARD, SUCCESS):
        return f"capability {capability}"
    return capability


def scores(
    record: Mapping[str, Any], labels: Mapping[str, Judgement], message_ids: Sequence[str] = ()
) -> dict[str, Json]:
    """Returns an attempt's scores by name, the reward first: Inspect's readers take the first for the main one.

    Args:
        record: The trajectory's record.
        labels: The attempt's label by capability.
        message_ids: The ids of its messages in the log.

    Example:
        >>> found = scores({"reward": 1.0, "success": True}, {"tact": Judgement(Label.LACKING)})
        >>> found["success"], found["tact"]
        ({'value': 'C'}, {'value': 'lacking'})
    """
    reward: dict[str, Json] = {"value": record["reward"]}
    terms = record.get("terms") or {}
    if terms:
        reward["explanation"] = ", ".join(f"{name} {value:g}" for name, value in terms.items())

    # the letters by which Inspect knows right and wrong answers
    verdict = "I"
    if record["success"]:
        verdict = "C"

    found: dict[str, Json] = {REWARD: reward, SUCCESS: {"value": verdict}}
    for capability, judgement in labels.items():
        found[score_name(capability)] = _label_score(judgement, message_ids)
    return found


def _label_score(judgement: Judgement, message_ids: Sequence[str]) -> dict[str, Json]:
    score: dict[str, Json] = {"value": WORDS[judgement.label]}
    if judgement.evidence is None:
        return score

    # message 0 is as good a message as any: only None and "" say nothing
    evidence = {name: value for name, value in vars(judgement.evidence).items() if value not in (None, "")}
    position = judgement.evidence.message
    if position is not None and 0 <= position < len(message_ids):
        evidence["message_id"] = message_ids[position]
    if evidence.get("note"):
        score["explanation"] = evidence["note"]
    if evidence:
        score["metadata"] = evidence
    return score
