"""The policy behind an OpenAI-compatible endpoint, against a local server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from chat_server import Answer, ChatServer

from trace_gym import UserError
from trace_gym.env.parsing import BadCall, parse_turn
from trace_gym.env.seeding import episode_rng
from trace_gym.rollouts.openai_chat import OpenAIChatPolicy
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.policy import TurnRequest

from ..helpers import DESK, call, desk


class Endpoint(ChatServer):
    """A local server that answers with what a test sets."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        super().__init__(self._next)

    def _next(self, body: dict[str, Any]) -> Answer:
        status, value = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return status, "application/json", value if isinstance(value, bytes) else json.dumps(value).encode()

    def says(self, content: str | None, *calls: dict[str, Any]) -> None:
        message = {"role": "assistant", "content": content, "tool_calls": list(calls) or None}
        self.answers = [(200, {"choices": [{"message": message}]})]


@pytest.fixture
def endpoint(local_endpoints: None) -> Iterator[Endpoint]:
    with contextlib.closing(Endpoint()) as made:
        yield made


def policy(endpoint: Endpoint, **kwargs: Any) -> OpenAIChatPolicy:
    return OpenAIChatPolicy("m", endpoint.url, retries=0, **kwargs)


def request(index: int = 0) -> TurnRequest:
    env = desk()
    _, info = env.reset(options={"index": index})
    return TurnRequest(index, info["messages"], info["tools"], episode_rng(0, "train", index, 0), env)


def function(name: str, arguments: Any) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}


def test_text_is_the_turn(endpoint: Endpoint) -> None:
    endpoint.says("Which order is it?")
    assert policy(endpoint).act([request()]) == ["Which order is it?"]


def test_an_empty_message_is_an_empty_turn(endpoint: Endpoint) -> None:
    endpoint.says(None)
    assert policy(endpoint).act([request()]) == [""]


def test_tool_calls_become_calls(endpoint: Endpoint) -> None:
    endpoint.says("Let me look.", function("get_order", '{"order_id": "W1"}'), function("list_items", {"kind": "mug"}))
    turn = parse_turn(policy(endpoint).act([request()])[0])
    assert turn.calls == (call("get_order", order_id="W1"), call("list_items", kind="mug"))
    assert turn.message == "Let me look."


@pytest.mark.parametrize("arguments", ["", None, "{}"])
def test_a_call_without_arguments_has_none(endpoint: Endpoint, arguments: Any) -> None:
    endpoint.says(None, function("get_order", arguments))
    assert parse_turn(policy(endpoint).act([request()])[0]).calls == (call("get_order"),)


@pytest.mark.parametrize("arguments", ["{broken", "[1]", "3", '"text"'])
def test_faulty_arguments_reach_the_environment_as_a_bad_call(endpoint: Endpoint, arguments: str) -> None:
    endpoint.says(None, function("get_order", arguments))
    asked = request()
    turn = policy(endpoint).act([asked])[0]
    assert isinstance(parse_turn(turn).calls[0], BadCall)
    assert asked.env.step(turn)[0].startswith("Error: ")


def test_the_request_is_what_the_chat_api_knows(endpoint: Endpoint) -> None:
    endpoint.says("Done.")
    asked = request()
    order = next(iter(asked.env.episode.state["orders"]))
    asked.env.step(f'<tool_call>{{"name": "get_order", "arguments": {{"order_id": "{order}"}}}}</tool_call>')
    asked.messages = list(asked.env.episode.messages)
    policy(endpoint, temperature=0.5, max_tokens=7).act([asked])
    (sent,) = endpoint.asked
    assert (sent["path"], sent["model"], sent["temperature"], sent["max_tokens"]) == (
        "/v1/chat/completions",
        "m",
        0.5,
        7,
    )
    assert [schema["function"]["name"] for schema in sent["tools"]] == list(asked.env.tools)
    known = {"role", "content", "tool_calls", "tool_call_id", "name"}
    assert all(set(message) <= known for message in sent["messages"])
    assert sent["messages"][2]["tool_calls"][0]["function"]["arguments"] == json.dumps({"order_id": order})
    assert endpoint.headers[0]["Authorization"] == "Bearer key"


def test_turns_come_in_the_order_of_the_requests(endpoint: Endpoint) -> None:
    endpoint.answers = [(200, {"choices": [{"message": {"content": str(n)}}]}) for n in range(4)]
    assert policy(endpoint, workers=1).act([request(n) for n in range(4)]) == ["0", "1", "2", "3"]
    assert [sent["messages"][1]["content"] for sent in endpoint.asked] == [
        request(n).messages[1]["content"] for n in range(4)
    ]


def test_the_seed_comes_from_the_episode(endpoint: Endpoint) -> None:
    endpoint.says("Done.")
    for index in (0, 0, 1):
        policy(endpoint).act([request(index)])
    first, again, other = [sent["seed"] for sent in endpoint.asked]
    assert first == again != other


def test_an_episode_is_played_through_the_endpoint(endpoint: Endpoint) -> None:
    endpoint.says("Done.")
    (found,) = play_batch([desk()], policy(endpoint), [Job(0)], seed=0, env_id=DESK)
    assert (found.policy, found.success) == ("m", False)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_one_sentence_and_not_repeated(endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [(status, {"error": "unknown model"})]
    with pytest.raises(UserError, match=f"for model 'm', answered with status {status}: .*unknown model"):
        OpenAIChatPolicy("m", endpoint.url, retries=3).act([request()])
    assert len(endpoint.asked) == 1


def test_a_failing_endpoint_is_asked_again(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    endpoint.answers = [(500, {}), (429, {}), (200, {"choices": [{"message": {"content": "Hi"}}]})]
    assert OpenAIChatPolicy("m", endpoint.url, retries=3).act([request()]) == ["Hi"]
    assert len(endpoint.asked) == 3
    assert len(pauses) == 2


def test_an_endpoint_that_keeps_failing_is_one_sentence(endpoint: Endpoint) -> None:
    endpoint.answers = [(503, b"overloaded")]
    with pytest.raises(UserError, match="for model 'm', answered with status 503: overloaded"):
        policy(endpoint).act([request()])


@pytest.mark.parametrize("value", [{}, {"choices": []}, [], {"choices": [{"message": None}]}, {"error": "x"}])
def test_an_answer_of_another_kind_is_one_sentence(endpoint: Endpoint, value: Any) -> None:
    endpoint.answers = [(200, value)]
    with pytest.raises(UserError, match="for model 'm'"):
        policy(endpoint).act([request()])


def test_an_unreachable_endpoint_is_one_sentence(endpoint: Endpoint) -> None:
    endpoint.close()
    with pytest.raises(UserError, match="cannot be reached"):
        policy(endpoint).act([request()])
    endpoint.__init__()  # type: ignore[misc]  # so that the fixture has something to close
