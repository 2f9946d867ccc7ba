"""Mining and validating blueprints."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.synthesis.blueprint import check_blueprint
from trace_gym.synthesis.mine import camel, mine_blueprint
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk, python

_DIGEST = """
import hashlib, json, sys
from pathlib import Path
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.synthesis.mine import mine_blueprint
corpus = Corpus.from_file(Path(sys.argv[1]))
tables = [table for table in label_corpus(corpus) if table.capability.archetype]
assert len(tables) == 6
for table in tables:
    blueprint = mine_blueprint(table, corpus)
    print(table.capability.name, hashlib.sha256(json.dumps(blueprint).encode()).hexdigest())
"""


def test_six_blueprints_are_mined(mined: dict[str, dict[str, Any]]) -> None:
    assert len(mined) == 6
    for name, plan in mined.items():
        check_blueprint(plan)
        assert plan["capability"]["name"] == name
        assert 3 <= len(plan["tools"]) <= 7
        assert set(plan["roles"]["tools"]) <= {tool["name"] for tool in plan["tools"]}


def test_tools_keep_the_targets_names_and_schemas(
    mined: dict[str, dict[str, Any]], desk_trajectories: list[Trajectory]
) -> None:
    own = {schema["function"]["name"]: schema for schema in desk_trajectories[0].tools}
    for plan in mined.values():
        assert all(tool["schema"] == own[tool["name"]] for tool in plan["tools"])


def test_names_follow_the_target(mined: dict[str, dict[str, Any]]) -> None:
    plan = mined["error_recovery"]
    assert plan["env_id"] == "trace/ServiceDeskErrorRecovery-v0"
    assert plan["class_name"] == "ServiceDeskErrorRecovery"
    assert plan["folder"] == "service_desk_error_recovery"
    assert plan["target"] == "trace/ServiceDesk-v0"


def test_roles_are_those_of_the_desk(mined: dict[str, dict[str, Any]]) -> None:
    roles = {name: plan["roles"] for name, plan in mined.items()}
    assert roles["multi_step_completion"]["action"] == "set_shipping"
    assert roles["error_recovery"]["fixed"] == "priority"
    assert roles["argument_grounding"]["path"] == ["payments", 0, "payment_id"]
    assert roles["structured_selection"]["constraint"] == ["color"]
    assert {case["action"]: case["allowed"] for case in roles["precondition_verification"]["cases"]} == {
        "cancel_order": ["pending"],
        "return_order": ["delivered"],
    }
    assert {case["field"] for case in roles["result_reporting"]["cases"]} == {"total", "status"}


def test_requests_hold_no_identifier(mined: dict[str, dict[str, Any]]) -> None:
    for plan in mined.values():
        requests = [
            text for roles in (plan["roles"], *plan["roles"].get("cases", ())) for text in roles.get("requests", ())
        ]
        assert requests
        assert not any(c.isdigit() for text in requests for c in text)


def test_mining_does_not_depend_on_the_process(
    mined: dict[str, dict[str, Any]], desk_trajectories: list[Trajectory], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("desk") / "t.jsonl"
    path.write_text("".join(json.dumps(t.to_json()) + "\n" for t in desk_trajectories))
    assert len({python(_DIGEST, str(path), hash_seed=seed) for seed in (1, 2)}) == 1


def test_material_that_does_not_fit_is_one_sentence() -> None:
    talk = Talk("x").call("set_a", "ok", a="word").trajectory()
    corpus = Corpus.from_trajectories([talk])
    table = label_corpus(corpus)[0]
    with pytest.raises(UserError, match=r"No environment for 'precondition_verification'.*'precondition_check'"):
        mine_blueprint(table, corpus)


def removed(*path: str) -> Callable[[dict[str, Any]], None]:
    def edit(plan: dict[str, Any]) -> None:
        for part in path[:-1]:
            plan = plan[part]
        del plan[path[-1]]

    return edit


def replaced(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    def edit(plan: Any) -> None:
        for part in path[:-1]:
            plan = plan[part]
        plan[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (removed("roles"), "at blueprint: 'roles' is a required property"),
        (replaced("Desk", "env_id"), "at env_id: 'Desk' does not match"),
        (replaced("trace/x-v0", "env_id"), "at env_id"),
        (replaced("../up", "folder"), "at folder"),
        (replaced("no class", "class_name"), "at class_name"),
        (replaced(1, "version"), "at version: 2 was expected"),
        (replaced("x", "surprise"), "'surprise' was unexpected"),
        (replaced([], "tools"), "at tools"),
        (replaced("both", "tools", 0, "kind"), r"at tools\.0\.kind: 'both' is not one of"),
        (replaced("drop table", "tools", 1, "name"), r"at tools\.1\.name"),
        (replaced({"kind": "blob"}, "tools", 0, "result"), r"at tools\.0\.result\.kind: 'blob'"),
        (replaced('x"""\nimport os', "capability", "name"), r"at capability\.name"),
        (replaced("roulette", "archetype"), "Unknown archetype 'roulette'; expected one of precondition_check"),
        (removed("capability", "description"), "at capability: 'description' is a required property"),
    ],
)
def test_an_invalid_blueprint_names_the_place(blueprint: dict[str, Any], edit: Any, message: str) -> None:
    edit(blueprint)
    with pytest.raises(UserError, match=message):
        check_blueprint(blueprint)


def test_camel_case_keeps_capitals() -> None:
    assert [camel(text) for text in ("service_desk", "ServiceDesk", "tau2/airline", "gpt-4.1")] == [
        "ServiceDesk",
        "ServiceDesk",
        "Tau2Airline",
        "Gpt41",
    ]
