"""An episode as the environment sees it, with a stand-in for the process that runs ToolSandbox."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolCall
from trace_gym.targets.toolsandbox.channel import ClosedError
from trace_gym.targets.toolsandbox.world import MOST_CALLS, SandboxWorld


class Process:
    """Answers each request by what is being done; dies at the first it has no answer for."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {"calls": None, "say": {}, "hear": {}, "end": {}, **answers}
        self.asked: list[dict[str, Any]] = []
        self.closed = 0

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        if request["do"] not in self.answers:
            raise ClosedError("has ended")
        if request["do"] == "calls" and self.answers["calls"] is None:
            return {"results": [{"text": row["name"].upper(), "error": False} for row in request["calls"]]}
        answer: dict[str, Any] = self.answers[request["do"]]
        return answer

    def close(self) -> None:
        self.closed += 1


def world_of(process: Process, messages: int = 30) -> SandboxWorld:
    return SandboxWorld(process, ["look", "send"], messages)  # type: ignore[arg-type]


def calls(*names: str) -> list[ToolCall]:
    return [ToolCall(name, {"n": number}) for number, name in enumerate(names)]


def results(world: SandboxWorld, made: list[ToolCall]) -> list[tuple[str, bool]]:
    world.prepare(made)
    return [world.call(call) for call in made]


def test_the_calls_of_a_turn_run_together_and_answer_in_order() -> None:
    process = Process()
    assert results(world_of(process), calls("look", "send", "look")) == [
        ("LOOK", False),
        ("SEND", False),
        ("LOOK", False),
    ]
    (request,) = process.asked
    assert [row["arguments"] for row in request["calls"]] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_identifiers_of_calls_are_unique_in_the_episode() -> None:
    process = Process()
    world = world_of(process)
    for _ in range(3):
        results(world, calls("look", "send"))
    identifiers = [row["id"] for request in process.asked for row in request["calls"]]
    assert len(set(identifiers)) == len(identifiers) == 6


def test_a_tool_that_is_not_there_is_answered_here_and_moves_no_other_result() -> None:
    process = Process()
    first, second, third = results(world_of(process), calls("look", "fly", "send"))
    assert (first, third) == (("LOOK", False), ("SEND", False))
    assert second == ("Error: there is no tool 'fly'; there are: look, send.", True)
    assert [row["name"] for row in process.asked[0]["calls"]] == ["look", "send"]


def test_a_turn_of_unknown_tools_alone_asks_nothing_and_shortens_their_names() -> None:
    process = Process()
    ((text, failed),) = results(world_of(process), calls("x" * 5000))
    assert failed
    assert len(text) < 200
    assert process.asked == []


@pytest.mark.parametrize("count", [MOST_CALLS, MOST_CALLS + 1])
def test_more_calls_than_can_be_run_in_every_order_are_refused_whole(count: int) -> None:
    process = Process()
    found = results(world_of(process), calls(*["look"] * count))
    is_refused = count > MOST_CALLS
    assert [error for _, error in found] == [is_refused] * count
    assert len(process.asked) == int(not is_refused)
    assert found[0][0].startswith(f"Error: at most {MOST_CALLS} calls") == is_refused


def test_calls_to_tools_that_are_not_there_do_not_count_towards_the_limit() -> None:
    found = results(world_of(Process()), calls(*["look"] * MOST_CALLS, "fly"))
    assert [error for _, error in found] == [False] * MOST_CALLS + [True]


def test_the_first_fault_stays_and_nothing_is_asked_after_it() -> None:
    process = Process()
    del process.answers["say"]
    world = world_of(process)
    assert world.talk("Hello.", "Hi.", False) is True
    assert world.fault == "the sandbox has ended; the episode cannot be solved any more."
    asked = len(process.asked)
    assert results(world, calls("look")) == [(f"Error: {world.fault}", True)]
    assert world.terms(None) == {"similarity": 0.0, "perfect": 0.0}  # type: ignore[arg-type]
    assert len(process.asked) == asked
    assert process.closed == 1


def test_an_answer_that_lacks_results_is_an_error_to_read() -> None:
    found = results(world_of(Process(calls={"results": [{"text": 3, "error": 0}]})), calls("look", "send"))
    assert found[0] == ("3", False)
    assert found[1][1] is True


@pytest.mark.parametrize(("count", "over"), [(3, False), (4, True), (5, True)])
def test_the_conversation_is_over_at_the_scenarios_limit(count: int, over: bool) -> None:
    world = world_of(Process(hear={"count": count}), messages=4)
    assert world.talk("Hello.", "Hi.", False) is over
    assert world.exhausted is over


def test_a_user_who_leaves_is_recorded_and_says_nothing_more() -> None:
    process = Process()
    assert world_of(process).talk("Half \ud83d a pair.", "never said", True) is True
    assert process.asked == [{"do": "say", "text": "Half ? a pair."}, {"do": "end"}]


@pytest.mark.parametrize(
    ("similarity", "shown", "perfect"),
    [(1.0, 1.0, 1.0), (1.0 - 1e-12, 1.0, 1.0), (0.5, 0.5, 0.0), (-0.1, 0.0, 0.0), (1.5, 1.0, 1.0)],
)
def test_the_score_is_between_zero_and_one_and_asked_for_once(similarity: float, shown: float, perfect: float) -> None:
    process = Process(score={"similarity": similarity}, changes={"changes": {"setting": 1}})
    world = world_of(process)
    terms = world.terms(None)  # type: ignore[arg-type]
    assert terms == {"similarity": pytest.approx(shown), "perfect": perfect}
    terms["similarity"] = 9.0
    assert world.terms(None)["similarity"] == pytest.approx(shown)  # type: ignore[arg-type]
    assert [request["do"] for request in process.asked] == ["changes", "score"]
    assert process.closed == 1
    # the tables are those that were there when the process ended
    assert world.snapshot() == {"setting": 1}
