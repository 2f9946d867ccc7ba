"""The chat client against a local server that misbehaves in every way we have seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chat_server import Answer, ChatServer

from trace_gym import UserError
from trace_gym.llm.client import ChatClient

BODY = {"messages": [{"role": "user", "content": "Hi"}]}
SCHEMA = {
    "type": "object",
    "properties": {"label": {"enum": ["P", "L"]}},
    "required": ["label"],
    "additionalProperties": False,
}


class Server(ChatServer):
    """Answers with what a test lists, the last answer again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        super().__init__(self._next)

    def _next(self, body: dict[str, Any]) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def says(self, *contents: str, usage: Any = None) -> None:
        self.answers = [ok({"choices": [{"message": {"content": text}}], "usage": usage}) for text in contents]


def ok(value: Any) -> Answer:
    return 200, "application/json", json.dumps(value).encode()


@pytest.fixture
def server(local_endpoints: None) -> Iterator[Server]:
    with contextlib.closing(Server()) as made:
        yield made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, none of which is taken."""
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


def client(server: Server, **options: Any) -> ChatClient:
    return ChatClient("m", server.url, **{"retries": 0, **options})


def test_a_message_comes_back_as_it_was_sent(server: Server) -> None:
    server.says("Hello")

    assert client(server).complete(BODY)["content"] == "Hello"
    assert server.asked[0]["model"] == "m"
    assert server.asked[0]["messages"] == BODY["messages"]


def test_the_key_comes_from_the_environment_or_the_argument(server: Server) -> None:
    server.says("Hello")
    client(server).complete(BODY)
    client(server, api_key="other").complete(BODY)

    assert [headers["Authorization"] for headers in server.headers] == ["Bearer key", "Bearer other"]


def test_without_a_key_something_is_sent_all_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    server.says("Hello")

    assert client(server).complete(BODY)["content"] == "Hello"


def test_any_setting_reaches_the_endpoint(server: Server) -> None:
    server.says("Hello")
    client(server).complete({**BODY, "seed": 3, "chat_template_kwargs": {"enable_thinking": False}})

    assert server.asked[0]["seed"] == 3
    assert server.asked[0]["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_told_at_once(server: Server, status: int) -> None:
    server.answers = [(status, "application/json", b'{"error": "no such model"}')]

    with pytest.raises(UserError, match=rf"asked for model 'm', answered with status {status}: .*no such model"):
        client(server, retries=3).complete(BODY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_failure_that_may_pass_is_tried_again(server: Server, pauses: list[float], status: int) -> None:
    server.answers = [(status, "text/plain", b"later"), ok({"choices": [{"message": {"content": "Hello"}}]})]

    assert client(server, retries=1).complete(BODY)["content"] == "Hello"
    assert len(server.asked) == 2
    assert len(pauses) == 1


def test_the_pause_that_the_endpoint_names_is_kept(server: Server, pauses: list[float]) -> None:
    server.more_headers = {"Retry-After": "7"}
    server.answers = [(429, "text/plain", b"later"), ok({"choices": [{"message": {"content": "Hello"}}]})]
    client(server, retries=1).complete(BODY)

    assert pauses == [7.0]


def test_retries_are_bounded(server: Server, pauses: list[float]) -> None:
    server.answers = [(503, "text/plain", b"overloaded")]

    with pytest.raises(UserError, match="answered with status 503: overloaded"):
        client(server, retries=2).complete(BODY)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "but nothing"),
        (b"<html><body>Bad gateway</body></html>", "but <html><body>Bad gateway"),
        (b'{"choices": [', 'but {"choices": \\['),
        (b"[]", r"but \[\]"),
        (b"null", "but null"),
        (b'{"choices": []}', "no chat completion"),
        (b'{"choices": [{}]}', "no chat completion"),
        (b'{"choices": [{"message": null}]}', "without a message"),
        (b'{"choices": [{"message": "Hi"}]}', "without a message"),
        (b'{"error": {"message": "out of memory"}}', "out of memory"),
    ],
)
def test_an_answer_that_is_no_completion_is_one_sentence(server: Server, body: bytes, shown: str) -> None:
    server.answers = [(200, "application/json", body)]

    with pytest.raises(UserError, match=shown) as refusal:
        client(server).complete(BODY)
    assert str(refusal.value).count("\n") == 0


def test_half_an_answer_is_asked_for_again(server: Server) -> None:
    server.answers = [
        (200, "application/json", b'{"choices": ['),
        ok({"choices": [{"message": {"content": "Hello"}}]}),
    ]

    assert client(server, retries=1).complete(BODY)["content"] == "Hello"


def test_a_long_answer_is_cut_in_the_message(server: Server) -> None:
    server.answers = [(500, "text/html", b"x" * 100_000)]

    with pytest.raises(UserError) as refusal:
        client(server).complete(BODY)
    assert len(str(refusal.value)) < 500


def test_an_endpoint_that_is_not_there_is_one_sentence(server: Server) -> None:
    gone = ChatClient("m", "http://127.0.0.1:9/v1", retries=0)

    with pytest.raises(UserError, match=r"127\.0\.0\.1:9/v1/chat/completions, .* cannot be reached"):
        gone.complete(BODY)


def test_an_endpoint_that_hangs_is_one_sentence(server: Server) -> None:
    server.answers = [ok({})]
    server.delay = 1.0

    with pytest.raises(UserError, match="did not answer in time"):
        client(server, timeout=0.1).complete(BODY)


def test_tokens_are_counted(server: Server) -> None:
    server.says("Hello", usage={"prompt_tokens": 11, "completion_tokens": 3})
    asking = client(server)
    asking.complete(BODY)
    asking.complete(BODY)

    assert (asking.usage.requests, asking.usage.prompt_tokens, asking.usage.completion_tokens) == (2, 22, 6)
    assert asking.usage.total_tokens == 28


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "many"}, {"prompt_tokens": True}])
def test_usage_of_another_kind_counts_nothing(server: Server, usage: Any) -> None:
    server.says("Hello", usage=usage)
    asking = client(server)
    asking.complete(BODY)

    assert (asking.usage.requests, asking.usage.total_tokens) == (1, 0)


def test_many_threads_may_use_one_client(server: Server) -> None:
    server.says("Hello", usage={"prompt_tokens": 1, "completion_tokens": 1})
    asking = client(server)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: asking.complete(BODY)["content"], range(24)))

    assert answers == ["Hello"] * 24
    assert asking.usage.total_tokens == 48


def test_tasks_of_an_event_loop_may_use_it(server: Server) -> None:
    server.says("Hello", usage={"prompt_tokens": 1, "completion_tokens": 1})
    asking = client(server)

    async def ask_all() -> list[dict[str, Any]]:
        return await asyncio.gather(*(asking.acomplete(BODY) for _ in range(5)))

    assert [message["content"] for message in asyncio.run(ask_all())] == ["Hello"] * 5
    assert asking.usage.requests == 5


def test_faults_are_the_same_in_an_event_loop(server: Server) -> None:
    server.answers = [(404, "text/plain", b"no such model")]

    with pytest.raises(UserError, match="status 404: no such model"):
        asyncio.run(client(server).acomplete(BODY))


def test_structured_output_is_asked_for_and_parsed(server: Server) -> None:
    server.says('{"label": "P"}')

    assert client(server).complete_json(BODY, SCHEMA, name="label") == {"label": "P"}
    sent = server.asked[0]["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "label", "schema": SCHEMA}}


@pytest.mark.parametrize("text", ["```json\n{}\n```\n", "```\n{}\n```", "```JSON {} ```", " ```json{}``` "])
def test_json_in_a_fence_is_json(server: Server, text: str) -> None:
    server.says(text.replace("{}", '{"label": "P"}'))
    assert client(server).complete_json(BODY, SCHEMA) == {"label": "P"}
    assert len(server.asked) == 1


def test_a_fence_without_an_end_is_no_json(server: Server) -> None:
    server.says("```json" + "\n" * 20_000 + "x")
    with pytest.raises(UserError, match="it is not JSON"):
        client(server).complete_json(BODY, SCHEMA)


def test_a_model_that_answers_otherwise_is_told_once(server: Server) -> None:
    server.says('{"label": "maybe"}', '{"label": "L"}')

    assert client(server).complete_json(BODY, SCHEMA) == {"label": "L"}
    said, complaint = server.asked[1]["messages"][-2:]
    assert said == {"role": "assistant", "content": '{"label": "maybe"}'}
    assert "at label, 'maybe' is not one of ['P', 'L']" in complaint["content"]


@pytest.mark.parametrize(("text", "fault"), [("Sure!", "it is not JSON"), ("{}", "'label' is a required property")])
def test_a_model_that_keeps_answering_otherwise_is_one_sentence(server: Server, text: str, fault: str) -> None:
    server.says(text)

    with pytest.raises(UserError, match=rf"gave no valid 'answer' in two tries: .*{fault}"):
        client(server).complete_json(BODY, SCHEMA)
    assert len(server.asked) == 2


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(UserError, match=r"pip install 'trace-gym\[openai\]'"):
        ChatClient("m", "http://127.0.0.1:9/v1")
