"""Reading tool calls out of an assistant's turn."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trace_gym.env.parsing import MAX_TURN_CHARS, BadCall, parse_turn, render_call
from trace_gym.env.types import ToolCall

from ..helpers import call

GET = call("get_order", order_id="W12")
BODY = '{"name": "get_order", "arguments": {"order_id": "W12"}}'
OTHER = call("list_items", kind="lamp")
OTHER_BODY = '{"name": "list_items", "arguments": {"kind": "lamp"}}'

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
call_pieces = st.sampled_from(
    [
        "<tool_call>",
        "</tool_call>",
        "```json\n",
        "```",
        BODY,
        '{"name":',
        '"arguments":{}',
        "[",
        "]",
        "{",
        "}",
        ",",
        " ",
    ]
)


def only(text: str) -> ToolCall | BadCall:
    """The one call of a turn."""
    turn = parse_turn(text)
    assert len(turn.calls) == 1, turn
    return turn.calls[0]


def refusal(text: str) -> str:
    """Why the one call of a turn is bad."""
    found = only(text)
    assert isinstance(found, BadCall), found
    return found.reason


def tagged(body: str) -> str:
    return f"<tool_call>{body}</tool_call>"


@pytest.mark.parametrize(
    "text",
    [
        tagged(BODY),
        f"<tool_call>\n{BODY}\n</tool_call>",
        f"<tool_call>{BODY}",
        f"```json\n{BODY}\n```",
        f"```\n{BODY}\n```",
        f"```json\n{BODY}",
        BODY,
        f"[{BODY}]",
        tagged(f"[{BODY}]"),
        '{"name": "get_order", "parameters": {"order_id": "W12"}}',
        tagged('{"name": "get_order", "parameters": {"order_id": "W12"}}'),
        tagged('{"name": "get_order", "arguments": "{\\"order_id\\": \\"W12\\"}"}'),
        tagged('{"name": "get_order", "arguments": " {\\"order_id\\": \\"W12\\"}\\n"}'),
        '{"arguments": {"order_id": "W12"}, "name": "get_order"}',
        '{"id": "x", "type": "function", "name": "get_order", "arguments": {"order_id": "W12"}}',
    ],
)
def test_every_wrapping_gives_the_call(text: str) -> None:
    turn = parse_turn(text)
    assert turn.calls == (GET,)
    assert turn.message == ""


@pytest.mark.parametrize(
    "text",
    [
        tagged(BODY) + tagged(OTHER_BODY),
        f"{tagged(BODY)}\n{tagged(OTHER_BODY)}",
        f"<tool_call>{BODY}<tool_call>{OTHER_BODY}",
        tagged(f"{BODY}\n{OTHER_BODY}"),
        tagged(f"[{BODY}, {OTHER_BODY}]"),
        f"[{BODY}, {OTHER_BODY}]",
        f"{BODY}\n{OTHER_BODY}",
        f"```json\n{BODY}\n```\n```json\n{OTHER_BODY}\n```",
        f"```json\n[{BODY}, {OTHER_BODY}]\n```",
    ],
)
def test_several_calls_keep_their_order(text: str) -> None:
    assert parse_turn(text).calls == (GET, OTHER)


@pytest.mark.parametrize("text", [f"Let me look. {tagged(BODY)}", f"Let me look.\n```json\n{BODY}\n```"])
def test_text_around_a_call_is_the_message(text: str) -> None:
    turn = parse_turn(text)
    assert (turn.calls, turn.message) == ((GET,), "Let me look.")


def test_text_around_a_bare_call_is_the_message() -> None:
    turn = parse_turn(f"First. {BODY} Then.")
    assert turn.calls == (GET,)
    assert turn.message.split() == ["First.", "Then."]


@pytest.mark.parametrize(
    "text",
    [
        "Your order is on its way.",
        "",
        '{"status": "pending", "total": 12}',
        '{"name": "Mia Lee", "email": "mia@mail.com"}',
        'Your record is {"name": "Mia"} and [1, 2].',
        '```json\n{"total": 12}\n```',
        "```python\nprint(1)\n```",
        "Smile :-{ and [brackets",
        '["name", "arguments"]',
        '{"name": "broken", "arguments": {"a": 1',
    ],
)
def test_what_is_no_call_stays_a_message(text: str) -> None:
    turn = parse_turn(text)
    assert turn.calls == ()
    assert turn.message == text.strip()


def test_call_after_ordinary_json_is_found() -> None:
    assert parse_turn(f'I saw {{"total": 12}}. {BODY}').calls == (GET,)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ('{"name": "a", "arguments": {', "not valid JSON"),
        ("get_order(W12)", "not valid JSON"),
        ("3", "JSON object, got int"),
        ("null", "JSON object, got NoneType"),
        ("{}", '"name"'),
        ('{"name": ""}', '"name"'),
        ('{"name": 3, "arguments": {}}', '"name"'),
        ('{"name": "a", "arguments": [1]}', "must be a JSON object, got list"),
        ('{"name": "a", "arguments": null}', "must be a JSON object, got NoneType"),
        ('{"name": "a", "arguments": "{"}', "not valid JSON"),
        ('{"name": "a", "arguments": "{} please"}', "not valid JSON"),
        ('{"name": "a", "arguments": "[1]"}', "must be a JSON object, got list"),
        ('{"name": "a", "arguments": {"x": 1, "x": 2}}', "repeats a key"),
        ('{"name": "a", "name": "b", "arguments": {}}', "repeats a key"),
        ('{"name": "a", "arguments": {"x": NaN}}', "NaN, which is not JSON"),
        ('{"name": "a", "arguments": {"x": Infinity}}', "Infinity, which is not JSON"),
        ('{"name": "a", "arguments": {"x": -Infinity}}', "-Infinity, which is not JSON"),
    ],
)
def test_a_faulty_call_says_why(body: str, reason: str) -> None:
    found = refusal(tagged(body))
    assert reason in found
    assert found.endswith(".")


def test_a_call_without_arguments_has_none() -> None:
    assert only(tagged('{"name": "a"}')) == call("a")
    assert only(tagged('{"name": "a", "arguments": ""}')) == call("a")


def test_good_calls_before_a_broken_one_are_kept() -> None:
    first, second = parse_turn(tagged(BODY + " {")).calls
    assert first == GET
    assert isinstance(second, BadCall)


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_beyond_floats_never_becomes_infinity(number: str) -> None:
    found = only(tagged(f'{{"name": "a", "arguments": {{"x": {number}}}}}'))
    assert isinstance(found, BadCall)


def test_a_number_with_too_many_digits_is_refused() -> None:
    assert "not valid JSON" in refusal(tagged(f'{{"name": "a", "arguments": {{"x": {"9" * 5000}}}}}'))


@pytest.mark.parametrize("opening", ["[", "{", '{"name":', '{"name":"a","arguments":['])
@pytest.mark.parametrize("wrap", ["<tool_call>{}", "```json\n{}", '"name" {}'])
@pytest.mark.parametrize("length", [60_000, 100_000])
def test_deep_nesting_does_not_crash(opening: str, wrap: str, length: int) -> None:
    text = wrap.replace("{}", opening * (length // len(opening)))
    turn = parse_turn(text)
    assert all(isinstance(found, BadCall) for found in turn.calls)


def test_deep_nesting_is_named() -> None:
    assert "nested too deeply" in refusal("<tool_call>" + "[" * 60_000)


@pytest.mark.parametrize("text", ["a" * 2**20, tagged("[" * 2**20), BODY * 20_000, "[" * 100_000])
def test_a_huge_turn_is_refused_in_one_sentence(text: str) -> None:
    turn = parse_turn(text)
    assert turn.message == ""
    assert f"{len(text)} characters; at most {MAX_TURN_CHARS} are read" in refusal(text)


def test_the_longest_turn_is_still_read() -> None:
    assert parse_turn("a" * MAX_TURN_CHARS).message == "a" * MAX_TURN_CHARS


@pytest.mark.parametrize("text", ["\ud800", f"{BODY}\udfff", tagged('{"name": "\ud800", "arguments": {}}')])
def test_lone_surrogates_do_not_crash(text: str) -> None:
    turn = parse_turn(text)
    assert turn.calls or turn.message


@pytest.mark.parametrize("value", ["café", "日本語", "🛒", "a\nb", 'quote " and \\', "\u2028"])
def test_unicode_arguments_survive(value: str) -> None:
    assert only(render_call(call("a", x=value))) == call("a", x=value)


@pytest.mark.parametrize("value", ["<tool_call>", "</tool_call>", "```json\n{}\n```", BODY, tagged(BODY)])
def test_arguments_that_look_like_wrapping_survive(value: str) -> None:
    assert parse_turn(render_call(call("a", x=value))).calls == (call("a", x=value),)


@given(st.text() | st.lists(call_pieces, max_size=12).map("".join) | st.text(alphabet='{}[]":,nameargut<>/_`\n \\'))
@example("\ud800<tool_call>")
@example('{"name": "a", "arguments": "\ud800"}')
def test_parsing_never_raises(text: str) -> None:
    turn = parse_turn(text)
    assert all(isinstance(found, (ToolCall, BadCall)) for found in turn.calls)
    assert turn.calls or turn.message == text.strip()


@given(st.text(min_size=1), st.dictionaries(st.text(), json_values, max_size=4))
def test_rendered_calls_are_read_back(name: str, arguments: dict[str, Any]) -> None:
    turn = parse_turn(render_call(ToolCall(name, arguments)))
    assert (turn.calls, turn.message) == ((ToolCall(name, arguments),), "")


@given(st.lists(st.dictionaries(st.text(), json_values, max_size=2), min_size=1, max_size=4))
def test_several_rendered_calls_are_read_back(several: list[dict[str, Any]]) -> None:
    calls = tuple(ToolCall("tool", arguments) for arguments in several)
    assert parse_turn("".join(map(render_call, calls))).calls == calls


def is_ordinary(value: dict[str, Any]) -> bool:
    """Whether a JSON object neither looks like a call nor holds the tag that makes anything one."""
    return "name" not in value and "<tool_call>" not in json.dumps(value)


@given(st.dictionaries(st.text(), json_values, max_size=3).filter(is_ordinary))
def test_ordinary_json_stays_a_message(value: dict[str, Any]) -> None:
    turn = parse_turn(json.dumps(value))
    assert (turn.calls, turn.message) == ((), json.dumps(value))
