"""Many questions at once: the cache, the order of answers, and an endpoint that does not play along."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import Answer as Sent
from model_server import ModelServer, completion

from trace_gym import UserError
from trace_gym.llm.account import Account
from trace_gym.llm.asking import Asker
from trace_gym.llm.cache import AnswerCache
from trace_gym.llm.client import ChatClient, Usage
from trace_gym.llm.question import Answer, Question

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def question(number: int, seed: int = 1) -> Question:
    return Question({"messages": [{"role": "user", "content": str(number)}], "seed": seed}, SCHEMA)


def number_in(body: dict[str, Any]) -> int:
    return int(body["messages"][0]["content"])


def doubled(body: dict[str, Any]) -> Sent:
    return completion(json.dumps({"n": 2 * number_in(body)}))


@pytest.fixture
def server(local_endpoints: None) -> Iterator[ModelServer]:
    with contextlib.closing(ModelServer()) as made:
        made.instead = doubled
        yield made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, none of which is taken."""
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


def asker(server: ModelServer, folder: Path, *, workers: int = 4, retries: int = 0) -> Asker:
    client = ChatClient("m", server.url, retries=retries)
    return Asker(client, AnswerCache(folder), workers=workers)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_answers_come_in_the_order_of_the_questions(server: ModelServer, tmp_path: Path) -> None:
    asking = asker(server, tmp_path, workers=8)
    answers = asking.ask([question(number) for number in range(40)])

    assert [answer.value["n"] for answer in answers] == list(range(0, 80, 2))
    assert server.busiest > 1


def test_what_the_cache_holds_is_not_asked(server: ModelServer, tmp_path: Path) -> None:
    first = asker(server, tmp_path).ask([question(1), question(2)])
    again = asker(server, tmp_path)

    assert again.ask([question(2), question(1)]) == first[::-1]
    assert len(server.asked) == 2
    assert (again.account.cached, again.account.usage.requests) == (2, 0)


def test_equal_questions_are_asked_once(server: ModelServer, tmp_path: Path) -> None:
    done: list[int] = []
    answers = asker(server, tmp_path).ask([question(3)] * 5, done.append)

    assert [answer.value["n"] for answer in answers] == [6] * 5
    assert len(server.asked) == 1
    assert sum(done) == 5


@pytest.mark.parametrize(
    "other",
    [
        Question({**question(1).body, "seed": 2}, SCHEMA),
        Question({**question(1).body, "temperature": 0.5}, SCHEMA),
        Question(question(2).body, SCHEMA),
        Question(question(1).body, {**SCHEMA, "description": "a number"}),
        Question(question(1).body, SCHEMA, "other"),
    ],
    ids=["seed", "sampling", "messages", "schema", "name"],
)
def test_whatever_differs_is_another_question(other: Question) -> None:
    assert other.digest("m") != question(1).digest("m")


def test_another_model_is_another_question() -> None:
    assert question(1).digest("m") != question(1).digest("n")


def test_an_answer_is_a_file_named_by_the_request(server: ModelServer, tmp_path: Path) -> None:
    asker(server, tmp_path).ask([question(1)])

    digest = question(1).digest("m")
    assert files(tmp_path) == [tmp_path / digest[:2] / f"{digest}.json"]
    kept = json.loads(files(tmp_path)[0].read_text(encoding="utf-8"))
    assert kept == {
        "schema": "trace-gym/llm-answer",
        "version": 1,
        "request": digest,
        "model": "m",
        "answer": {"n": 2},
        "fault": "",
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "\ufffd{",
        lambda text: text.replace('"version": 1', '"version": 9'),
        lambda text: text.replace('"n": 2', '"n": "two"'),
        lambda text: text.replace('"fault": ""', '"fault": 3'),
        lambda text: text.replace('"request": "', '"request": "0'),
        lambda text: "[" * 100_000,
    ],
    ids=["empty", "cut", "list", "garbage", "version", "form", "fault", "request", "deep"],
)
def test_a_damaged_file_is_asked_anew(damage: Any, server: ModelServer, tmp_path: Path) -> None:
    asker(server, tmp_path).ask([question(1)])
    path = files(tmp_path)[0]
    whole = path.read_text(encoding="utf-8")
    path.write_text(damage(whole), encoding="utf-8")

    again = asker(server, tmp_path)
    assert again.ask([question(1)])[0].value == {"n": 2}
    assert (len(server.asked), again.account.damaged) == (2, 1)
    assert path.read_text(encoding="utf-8") == whole


def test_an_invalid_answer_is_kept_with_its_fault(server: ModelServer, tmp_path: Path) -> None:
    server.instead = lambda body: completion("Sure!") if number_in(body) == 1 else doubled(body)
    asking = asker(server, tmp_path)
    bad, good = asking.ask([question(1), question(2)])

    assert "it is not JSON" in bad.fault
    assert (bad.is_usable, bad.is_refused, good.value) == (False, False, {"n": 4})
    assert (asking.account.invalid, asking.account.refused) == (1, 0)
    assert asker(server, tmp_path).ask([question(1)]) == [bad]
    # the first one was asked twice, the second time with its fault named
    assert len(server.asked) == 3


@pytest.mark.parametrize("content", ["[" * 5000, "9" * 5000, '{"n": NaN}', '{"n": 1e400}', ""])
def test_strange_answers_are_invalid_and_no_crash(content: str, server: ModelServer, tmp_path: Path) -> None:
    server.instead = lambda body: completion(content)
    answer = asker(server, tmp_path).ask([question(1)])[0]

    assert not answer.is_usable
    assert answer.fault.count("\n") == 0


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_refused_request_is_data_and_asked_again_next_time(
    status: int, server: ModelServer, tmp_path: Path
) -> None:
    server.instead = lambda body: (status, "text/plain", b"too long") if number_in(body) == 1 else doubled(body)
    asking = asker(server, tmp_path)
    bad, good = asking.ask([question(1), question(2)])

    assert (bad.is_refused, good.value) == (True, {"n": 4})
    assert "too long" in bad.fault
    assert (asking.account.invalid, asking.account.refused) == (0, 1)
    assert len(files(tmp_path)) == 1

    server.instead = doubled
    assert asker(server, tmp_path).ask([question(1)])[0].value == {"n": 2}


def test_an_answer_that_is_no_completion_is_refused_too(server: ModelServer, tmp_path: Path) -> None:
    server.instead = lambda body: (200, "text/html", b"<html>") if number_in(body) == 1 else doubled(body)

    assert [answer.is_refused for answer in asker(server, tmp_path).ask([question(1), question(2)])] == [True, False]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_an_endpoint_that_refuses_everything_is_one_sentence(count: int, server: ModelServer, tmp_path: Path) -> None:
    server.instead = lambda body: (400, "text/plain", b"no structured output here")

    with pytest.raises(UserError, match="status 400: no structured output here; the answers so far are kept in"):
        asker(server, tmp_path, workers=2).ask([question(number) for number in range(count)])
    assert len(server.asked) <= 16


def test_an_endpoint_that_goes_down_loses_nothing(server: ModelServer, tmp_path: Path, pauses: list[float]) -> None:
    server.instead = lambda body: (503, "text/plain", b"down") if number_in(body) >= 10 else doubled(body)
    questions = [question(number) for number in range(20)]
    with pytest.raises(UserError) as stop:
        asker(server, tmp_path, retries=1).ask(questions)

    assert "status 503: down; the answers so far are kept in" in str(stop.value)
    assert str(stop.value).endswith("and the same command goes on from there.")
    assert len(files(tmp_path)) == 10

    server.instead = doubled
    before = len(server.asked)
    answers = asker(server, tmp_path).ask(questions)
    assert [answer.value["n"] for answer in answers] == list(range(0, 40, 2))
    assert len(server.asked) - before == 10


def test_an_endpoint_that_is_not_there_is_one_sentence(local_endpoints: None, tmp_path: Path) -> None:
    gone = Asker(ChatClient("m", "http://127.0.0.1:9/v1", retries=0), AnswerCache(tmp_path))

    with pytest.raises(UserError, match="cannot be reached"):
        gone.ask([question(number) for number in range(30)])


def test_a_limit_of_requests_is_waited_for(server: ModelServer, tmp_path: Path, pauses: list[float]) -> None:
    limited = {number: 2 for number in range(6)}
    server.more_headers = {"Retry-After": "3"}

    def answer(body: dict[str, Any]) -> Sent:
        limited[number_in(body)] -= 1
        return (429, "text/plain", b"slow down") if limited[number_in(body)] >= 0 else doubled(body)

    server.instead = answer
    asking = asker(server, tmp_path, retries=3)
    answers = asking.ask([question(number) for number in range(6)])

    assert [answer.value["n"] for answer in answers] == [0, 2, 4, 6, 8, 10]
    assert pauses == [3.0] * 12
    assert asking.account.usage.requests == 6


def test_a_limit_that_stays_is_one_sentence(server: ModelServer, tmp_path: Path, pauses: list[float]) -> None:
    server.instead = lambda body: (429, "text/plain", b"quota used up")

    with pytest.raises(UserError, match="status 429: quota used up; the answers so far are kept"):
        asker(server, tmp_path, retries=2).ask([question(1)])


def test_a_folder_that_cannot_be_written_is_one_sentence(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(UserError, match="cannot be written"):
        asker(server, tmp_path / "file").ask([question(1)])


def test_halves_of_characters_are_kept_in_answers(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    asked = Question({"messages": [{"role": "user", "content": "\ud800"}]}, {"type": "string"})
    cache.put("m", asked, Answer("a\udfff"))

    assert cache.get("m", asked) == Answer("a\udfff")


def test_tokens_and_cost_are_counted_for_what_was_asked(server: ModelServer, tmp_path: Path) -> None:
    asker(server, tmp_path).ask([question(1)])
    asking = asker(server, tmp_path)
    asking.ask([question(number) for number in range(4)])

    assert asking.account.text(price_in=1000.0, price_out=5000.0) == (
        "4 questions, 1 answered by the cache; 3 requests, 300 prompt and 30 completion tokens, cost 0.45"
    )


def test_without_a_price_there_is_no_cost() -> None:
    assert "cost" not in Account(usage=Usage(1, 2, 3)).text()
    assert Account(usage=Usage(1, 2_000_000, 3)).text(price_in=1.5).endswith("cost 3.00")
