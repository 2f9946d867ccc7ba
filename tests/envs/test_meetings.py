"""Meetings: what its tools refuse, what its reward pays for, and what its tasks are like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("trace_envs")

from trace_envs.meetings import HOURS, Meetings

from trace_gym import ToolCall, ToolError
from trace_gym.env.parsing import render_call

STATE: dict[str, Any] = {
    "people": {"E1": {"name": "Ada", "busy": [8, 9]}, "E2": {"name": "Bela", "busy": []}},
    "meetings": {},
}


def state() -> dict[str, Any]:
    return {"people": STATE["people"], "meetings": {}}


def play(env: Meetings, turns: list[Any]) -> dict[str, float]:
    """Takes turns, calls among them, and returns the reward terms at the end."""
    for turn in turns:
        text = turn
        if isinstance(turn, ToolCall):
            text = render_call(turn)
        *_, terminated, _, info = env.step(text)
    assert terminated
    terms: dict[str, float] = info["reward_terms"]
    return terms


def test_people_are_found_by_name() -> None:
    env = Meetings()
    assert env.find_person(state(), name="Bela") == {"person_id": "E2"}
    with pytest.raises(ToolError, match="nobody is called Zoe"):
        env.find_person(state(), name="Zoe")


def test_calendars_are_read_by_id() -> None:
    env = Meetings()
    assert env.get_busy(state(), person_id="E1") == {"person_id": "E1", "busy": [8, 9]}
    with pytest.raises(ToolError, match="no person Ada"):
        env.get_busy(state(), person_id="Ada")


def test_a_booking_does_not_depend_on_the_order_of_its_people() -> None:
    env = Meetings()
    one, other = state(), state()
    env.book_meeting(one, person_ids=["E2", "E1"], hour=10)
    env.book_meeting(other, person_ids=["E1", "E2", "E1"], hour=10)
    assert one == other
    assert one["meetings"] == {"E1 E2 at 10": "booked"}


@pytest.mark.parametrize(
    ("people", "hour", "reason"),
    [
        (["E1"], 7, "an hour from 8 to 18"),
        (["E1"], 19, "an hour from 8 to 18"),
        ([], 10, "a meeting needs people"),
        (["E1", "E9"], 10, "no person E9"),
    ],
)
def test_a_refused_booking_changes_nothing(people: list[str], hour: int, reason: str) -> None:
    given = state()
    with pytest.raises(ToolError, match=reason):
        Meetings().book_meeting(given, person_ids=people, hour=hour)
    assert given["meetings"] == {}


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_booked_hour_is_the_first_that_suits_everybody(level: int) -> None:
    env = Meetings(difficulty=level)
    for index in range(20):
        env.reset(options={"index": index})
        task = env.episode.task
        booking = task.gold_calls[-1].arguments
        earliest = int(task.request.split("from ")[1].split()[0])
        busy: set[int] = set()
        for guest in booking["person_ids"]:
            busy |= set(task.state["people"][guest]["busy"])
        free = [hour for hour in HOURS if hour >= earliest and hour not in busy]
        assert free[0] == booking["hour"]
        assert len(booking["person_ids"]) == level + 1


def test_calendars_read_after_the_booking_do_not_count() -> None:
    env = Meetings()
    env.reset(options={"index": 0})
    *lookups_and_readings, booking = env.episode.task.gold_calls
    readings = [call for call in lookups_and_readings if call.name == "get_busy"]
    terms = play(env, [readings[0], booking, readings[1], "Done."])
    assert terms["calendars_read"] == 0.5


def test_a_refused_booking_does_not_end_the_reading() -> None:
    env = Meetings()
    env.reset(options={"index": 0})
    booking = env.episode.task.gold_calls[-1]
    refused = ToolCall("book_meeting", {**booking.arguments, "hour": 3})
    readings = [call for call in env.episode.task.gold_calls if call.name == "get_busy"]
    terms = play(env, [refused, *readings, booking, "Done."])
    assert terms["calendars_read"] == 1.0


def test_tasks_are_drawn_from_their_generator_alone() -> None:
    env = Meetings()
    one = env.make_task(np.random.default_rng(7), "train", 2)
    other = env.make_task(np.random.default_rng(7), "train", 2)
    assert one == other
    assert env.make_task(np.random.default_rng(7), "evaluate", 2).state["people"].keys() != one.state["people"].keys()
