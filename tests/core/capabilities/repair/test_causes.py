"""What a repair is put down to: agents that lack one thing each are found out, and nothing else is."""

from __future__ import annotations

import pytest

from trace_gym.capabilities.repair.attribution import attribute
from trace_gym.capabilities.repair.observed import Observed
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.targets.service_desk.capabilities import CAPABILITIES
from trace_gym.testbed.planted import PlantedPolicy
from trace_gym.trajectories.record import Trajectory

from ...helpers import DESK, Talk, desk

TASKS = 80


def failures_of(lacking: str) -> list[Trajectory]:
    """Failed episodes of an agent that never exercises one capability and always the others."""
    rates = dict.fromkeys(CAPABILITIES, 1.0) | {lacking: 0.0}
    env = desk()
    played = [play_batch([env], PlantedPolicy(rates), [Job(i)], seed=0, env_id=DESK)[0] for i in range(TASKS)]
    return [trajectory for trajectory in played if not trajectory.success]


@pytest.mark.parametrize("lacking", CAPABILITIES)
def test_a_planted_deficit_is_named_and_nothing_else(lacking: str) -> None:
    failures = failures_of(lacking)
    assert len(failures) >= 15
    found = [attribute(trajectory) for trajectory in failures]
    assert {attribution.verdict.status for attribution in found} == {"repaired"}
    assert {attribution.fault.side for attribution in found} == {"agent"}
    exact = [attribution for attribution in found if attribution.capabilities == (lacking,)]
    assert len(exact) >= 0.95 * len(found)


def test_evidence_points_at_the_message_and_the_call() -> None:
    [first, *_] = failures_of("argument_grounding")
    [cause] = attribute(first).causes
    assert cause.evidence.message is not None
    message = first.messages[cause.evidence.message]
    assert message["role"] == "assistant"
    assert "never read or said" in cause.evidence.note


def test_a_tool_that_repeats_what_it_was_given_shows_nothing_of_the_records() -> None:
    talk = Talk("Ship W12.").call("ship", {"speed": "express"}, order="W12", speed="express")
    before = Observed(talk.trajectory(), len(talk.messages))
    assert not before.was_recorded("express")
    talk.call("get_order", {"speed": "express"}, order="W12")
    assert Observed(talk.trajectory(), len(talk.messages)).was_recorded("express")
