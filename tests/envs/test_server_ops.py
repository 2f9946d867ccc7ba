"""Server operations: when a service starts, what touching without looking costs, and what its tasks are like."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("trace_envs")

from trace_envs.server_ops import CAUSES, REPAIRS, ServerOps

from trace_gym import ToolCall, ToolError
from trace_gym.env.parsing import render_call


def state(error: str = "disk full", below: str = "up") -> dict[str, Any]:
    """S1 is down and depends on S2."""
    services = {
        "S1": {"status": "down", "depends_on": ["S2"], "error": error},
        "S2": {"status": below, "depends_on": [], "error": ""},
    }
    return {"services": services}


def tool_that_repairs(cause: str) -> Any:
    return getattr(ServerOps(), REPAIRS[cause])


def test_a_check_shows_the_service() -> None:
    shown = ServerOps().check(state(), service_id="S1")
    assert shown == {"service_id": "S1", "status": "down", "depends_on": ["S2"], "error": "disk full"}
    with pytest.raises(ToolError, match="no service S9"):
        ServerOps().check(state(), service_id="S9")


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_one_repair(cause: str) -> None:
    for other in CAUSES:
        given = state(error=other)
        if other == cause:
            assert tool_that_repairs(cause)(given, service_id="S1") == {"service_id": "S1", "status": "up"}
            assert given["services"]["S1"]["status"] == "up"
            continue
        with pytest.raises(ToolError, match=f"S1 cannot start: {other}"):
            tool_that_repairs(cause)(given, service_id="S1")
        assert given == state(error=other)


@pytest.mark.parametrize("cause", CAUSES)
def test_nothing_starts_above_a_service_that_is_down(cause: str) -> None:
    given = state(error=cause, below="down")
    with pytest.raises(ToolError, match="it depends on S2, which is down"):
        tool_that_repairs(cause)(given, service_id="S1")
    assert given == state(error=cause, below="down")


def test_any_repair_starts_a_service_whose_dependencies_are_up_again() -> None:
    given = state(error="dependency down")
    ServerOps().restart(given, service_id="S1")
    assert given["services"]["S1"]["error"] == ""


def test_restarting_what_is_up_leaves_a_trace() -> None:
    given = state()
    ServerOps().restart(given, service_id="S2")
    ServerOps().restart(given, service_id="S2")
    assert given["services"]["S2"]["restarts"] == 2


def finished(env: ServerOps, calls: list[ToolCall], reply: str) -> tuple[float, dict[str, float]]:
    """Plays an episode to its end and returns the reward and its terms."""
    for call in calls:
        env.step(render_call(call))
    _, reward, terminated, _, info = env.step(reply)
    assert terminated
    return reward, info["reward_terms"]


def test_repairing_without_looking_is_worth_nothing() -> None:
    env = ServerOps()
    env.reset(options={"index": 0})
    *calls, reply = env.episode.task.gold
    writes = [call for call in calls if isinstance(call, ToolCall) and call.name != "check"]
    reward, terms = finished(env, writes, str(reply))
    assert terms["outcome"] == 1.0
    assert terms["looked_first"] == 0.0
    assert reward == 0.0


def test_touching_a_healthy_service_is_collateral_damage() -> None:
    env = ServerOps()
    env.reset(options={"index": 0})
    task = env.episode.task
    services = task.state["services"]
    healthy = next(name for name, service in services.items() if service["status"] == "up")
    extra = [ToolCall("check", {"service_id": healthy}), ToolCall("restart", {"service_id": healthy})]
    reward, terms = finished(env, [*task.gold_calls, *extra], str(task.gold[-1]))
    assert terms["looked_first"] == 1.0
    assert terms["no_collateral"] == 0.0
    assert reward < 1.0


def test_naming_the_whole_chain_names_no_cause() -> None:
    env = ServerOps()
    env.reset(options={"index": 0})
    task = env.episode.task
    chain = [call.arguments["service_id"] for call in task.gold_calls if call.name == "check"]
    _, terms = finished(env, list(task.gold_calls), f"The cause was {' or '.join(chain)}.")
    assert terms["communicated"] == 0.0


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_chain_gets_longer_and_its_lowest_service_has_the_cause(level: int) -> None:
    env = ServerOps(difficulty=level)
    for index in range(20):
        env.reset(options={"index": index})
        services = env.episode.task.state["services"]
        down = {name: service for name, service in services.items() if service["status"] == "down"}
        assert len(down) == level + 1
        causes = [service["error"] for service in down.values() if service["error"] in CAUSES]
        assert len(causes) == 1
