"""The search: what it finds is necessary and sufficient, and what it does not find has a name."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from trace_gym.capabilities.repair.apply import apply
from trace_gym.capabilities.repair.edits import Drop, Edit, Insert, Say, SetArgument
from trace_gym.capabilities.repair.search import (
    NO_REFERENCE,
    NOT_EXECUTABLE,
    PASSES,
    REFERENCE_FAILS,
    REPAIRED,
    repair,
)
from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.places import Place
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, conversation
from trace_gym.trajectories.solution import Solution


def cancel(order: str) -> ToolCall:
    return ToolCall("cancel", {"order": order})


def pay(order: str, amount: int) -> ToolCall:
    return ToolCall("pay", {"order": order, "amount": amount})


def episode(*calls: ToolCall, said: str = "Done.", facts: tuple[str, ...] = ()) -> Trajectory:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Please."}]
    for number, one in enumerate(calls):
        function = {"name": one.name, "arguments": dict(one.arguments)}
        messages.append({"role": "assistant", "content": "", "tool_calls": [{"id": str(number), "function": function}]})
        messages.append({"role": "tool", "content": "ok", "tool_call_id": str(number)})
    messages.append({"role": "assistant", "content": said})
    return Trajectory("shop", "7", messages, 0.0, False, facts=[Fact(fact) for fact in facts])


def shop(*wanted: ToolCall, keeps_order: bool = False) -> Execution:
    """An evaluator that compares the final state, a multiset of writes, or their sequence."""

    def state(calls: list[tuple[str, dict[str, Any]]]) -> list[str]:
        writes = [f"{name} {sorted(arguments.items())}" for name, arguments in calls if name != "look"]
        return writes if keeps_order else sorted(writes)

    def grade(trajectory: Trajectory) -> Grade:
        said, calls = conversation(trajectory)
        is_right = state([(name, dict(arguments)) for name, arguments, _ in calls]) == state(
            [(one.name, dict(one.arguments)) for one in wanted]
        )
        is_told = all(fact.stated_in(said) for fact in trajectory.facts)
        return Grade(trajectory, float(is_right and is_told))

    return Execution(grade, lambda _: Solution.of_turns([*wanted, "Done."]), lambda name, _: name != "look")


@pytest.mark.parametrize(
    ("played", "wanted", "edits"),
    [
        ([cancel("W1")], [cancel("W1"), cancel("W2")], [Insert(1, cancel("W2"), number=2)]),
        ([cancel("W1"), cancel("W3")], [cancel("W1")], [Drop(Place(3))]),
        ([pay("W1", 5)], [pay("W1", 6)], [SetArgument(Place(1), "amount", 6)]),
        ([pay("W1", 5), cancel("W2")], [cancel("W2"), pay("W3", 5)], [SetArgument(Place(1), "order", "W3")]),
        ([], [cancel("W1")], [Insert(0, cancel("W1"))]),
        ([ToolCall("look", {}), cancel("W1")], [], [Drop(Place(3))]),
    ],
)
def test_the_smallest_repair_is_found(played: list[ToolCall], wanted: list[ToolCall], edits: list[Edit]) -> None:
    verdict = repair(episode(*played), shop(*wanted))
    assert (verdict.status, list(verdict.edits)) == (REPAIRED, edits)


def test_every_edit_is_necessary_and_all_together_suffice() -> None:
    played = [pay("W1", 5), cancel("W9"), cancel("W3"), ToolCall("look", {})]
    wanted = [cancel("W2"), pay("W1", 7), cancel("W3"), pay("W4", 1)]
    trajectory = episode(*played, facts=("41", "42"), said="It is 41.")
    execution = shop(*wanted)
    verdict = repair(trajectory, execution)
    assert verdict.status == REPAIRED
    assert len(verdict.edits) == 4
    for size in range(len(verdict.edits)):
        for some in itertools.combinations(verdict.edits, size):
            assert execution.grade(apply(trajectory, some)).reward == 0
    assert execution.grade(apply(trajectory, verdict.edits)).reward == 1


def test_what_was_not_told_is_told() -> None:
    verdict = repair(episode(cancel("W1"), facts=("42",)), shop(cancel("W1")))
    assert verdict.edits == (Say("42."),)


def test_an_order_that_matters_is_put_right() -> None:
    played = [cancel("W1"), pay("W2", 5)]
    verdict = repair(episode(*played), shop(*reversed(played), keeps_order=True))
    assert [type(edit).__name__ for edit in verdict.edits] == ["Move"]


def test_a_refused_call_is_none() -> None:
    trajectory = episode(cancel("W1"))
    trajectory.messages[2]["error"] = True
    verdict = repair(trajectory, shop(cancel("W1"), cancel("W1")))
    # the evaluator counts every call: both are to be made, and the refused one is not
    assert sorted(type(edit).__name__ for edit in verdict.edits) == ["Drop", "Insert", "Insert"]


def test_an_episode_that_passes_today_needs_no_repair() -> None:
    verdict = repair(episode(cancel("W1")), shop(cancel("W1")))
    assert (verdict.status, verdict.edits, verdict.evaluations) == (PASSES, (), 1)


def test_a_reference_that_does_not_pass_is_the_evaluators_fault() -> None:
    execution = Execution(
        lambda trajectory: Grade(trajectory, 0.0), lambda _: Solution.of_turns([cancel("W1")]), lambda *_: True
    )
    assert repair(episode(), execution).status == REFERENCE_FAILS


def test_without_a_reference_there_is_nothing_to_repair_by() -> None:
    execution = Execution(lambda trajectory: Grade(trajectory, 0.0), lambda _: None, lambda *_: True)
    assert repair(episode(), execution).status == NO_REFERENCE


def test_an_episode_that_cannot_be_played_is_data() -> None:
    def refuse(_: Trajectory) -> Grade:
        raise UserError("no such task")

    verdict = repair(episode(), Execution(refuse, lambda _: None, lambda *_: True))
    assert (verdict.status, verdict.reason) == (NOT_EXECUTABLE, "no such task")


def test_the_search_is_bounded() -> None:
    wanted = [cancel(f"W{number}") for number in range(90)]
    verdict = repair(episode(), shop(*wanted))
    assert verdict.status == REPAIRED
    assert verdict.evaluations <= 400
