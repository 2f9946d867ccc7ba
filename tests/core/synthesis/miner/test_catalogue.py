"""What trajectories reveal about a target's tools."""

from __future__ import annotations

from typing import Any

import jsonschema

from trace_gym.capabilities.attempt import Attempt
from trace_gym.synthesis.miner.catalogue import ToolSamples, build_catalogue, infer_schema, missing_text, result_shape
from trace_gym.trajectories.record import Trajectory

from ...helpers import Talk

SCHEMA = {
    "type": "function",
    "function": {"name": "shown", "description": "d", "parameters": {"type": "object", "properties": {}}},
}


def catalogue(*trajectories: Trajectory, schemas: Any = ()) -> dict[str, ToolSamples]:
    return build_catalogue(trajectories, [Attempt(t, t.gold) for t in trajectories], schemas)


def samples(talk: Talk, name: str) -> ToolSamples:
    return catalogue(talk.trajectory())[name]


def test_called_and_shown_tools_are_collected() -> None:
    talk = (
        Talk("x").call("get_a", key="1").call("set_a", key="2").call("set_a", "no", error=True, key="3").call("think")
    )
    found = catalogue(talk.trajectory(tools=[SCHEMA]))
    assert list(found) == ["shown", "get_a", "set_a"]
    assert [(t.kind, len(t.calls), len(t.refused)) for t in found.values()] == [
        ("write", 0, 0),
        ("read", 1, 0),
        ("write", 1, 1),
    ]
    assert found["set_a"].argument_values("key") == ["2", "3"]


def test_a_tool_that_only_ever_failed_is_unknown() -> None:
    assert catalogue(Talk("x").call("gte_a", "no such tool", error=True).trajectory()) == {}


def test_the_targets_own_schemas_win() -> None:
    talk = Talk("x").call("shown", a=1)
    assert catalogue(talk.trajectory())["shown"].schema != SCHEMA
    assert catalogue(talk.trajectory(), schemas=[SCHEMA])["shown"].schema == SCHEMA
    assert catalogue(talk.trajectory(tools=[SCHEMA]))["shown"].schema == SCHEMA


def test_schemas_are_inferred_from_calls() -> None:
    talk = Talk("x")
    talk.call("set_a", order_id="W1", n=1, rows=["a"], who={"name": "a", "age": 3}, flag=True)
    talk.call("set_a", order_id="W2", n=2.5, rows=[], who={"name": "b"})
    body = infer_schema("set_a", talk.attempt().calls)["function"]
    assert (body["name"], body["description"]) == ("set_a", "Set a.")
    assert body["parameters"]["required"] == ["order_id", "n", "rows", "who"]
    types = {name: schema.get("type") for name, schema in body["parameters"]["properties"].items()}
    assert types == {"order_id": "string", "n": "number", "rows": "array", "who": "object", "flag": "boolean"}
    assert body["parameters"]["properties"]["who"]["required"] == ["name"]
    validator = jsonschema.Draft202012Validator(body["parameters"])
    assert all(validator.is_valid(dict(event.call.arguments)) for event in talk.attempt().calls)


def test_results_that_repeat_an_argument_are_marked() -> None:
    talk = Talk("x")
    for n in range(3):
        talk.call("get_a", {"key": f"W{n}23", "n": n}, key=f"W{n}23")
    shape = result_shape(samples(talk, "get_a"))
    assert shape["fields"]["key"] == {"kind": "argument", "name": "key"}


def test_texts_with_arguments_become_templates() -> None:
    talk = Talk("x").call("set_a", "W12 is set.", key="W12").call("set_a", "W34 is set.", key="W34")
    assert result_shape(samples(talk, "set_a")) == {"kind": "template", "text": "{key} is set."}


def test_a_tool_never_called_says_done() -> None:
    assert result_shape(ToolSamples("a", "write", SCHEMA)) == {"kind": "constant", "value": "Done."}


def test_refusals_become_templates() -> None:
    talk = Talk("x").call("get_a", key="W99").call("get_a", "Error: no W12 here", error=True, key="W12")
    talk.call("get_a", "Error: Invalid call of get_a: x.", error=True, key="W13")
    assert missing_text(samples(talk, "get_a")) == "no {key} here"
    assert missing_text(samples(Talk("x").call("get_a", key="1"), "get_a")) == "nothing found for {key}."
