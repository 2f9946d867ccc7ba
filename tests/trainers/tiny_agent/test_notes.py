"""Demonstrations that quote the record they use."""

from __future__ import annotations

import json
from typing import Any

from trace_trainers.policies.loading import load_tokenizer
from trace_trainers.tiny_agent.notes import noted

from trace_gym import make_env


def test_a_note_quotes_the_record_that_its_call_uses(demonstrations):
    notes = 0
    for messages, _ in demonstrations:
        for message in noted(messages):
            if message["role"] == "assistant" and message.get("tool_calls") and message["content"]:
                quoted = json.loads(message["content"])
                assert list(quoted.values())[-1] in message["tool_calls"][0]["function"]["arguments"].values()
                notes += 1
    assert notes > 3


def test_a_note_changes_nothing_but_the_content_of_a_call(demonstrations):
    for messages, _ in demonstrations:
        for before, after in zip(messages, noted(messages), strict=True):
            if before.get("tool_calls"):
                assert {**after, "content": before["content"]} == before
            else:
                assert after == before


def test_what_a_refusal_recommends_is_not_quoted():
    def call(payment_id: str) -> dict[str, Any]:
        function = {"name": "refund_order", "arguments": {"order_id": "W12", "payment_id": payment_id}}
        return {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}

    listed = '[{"kind":"card","payment_id":"P12"},{"kind":"voucher","payment_id":"P34"}]'
    messages = [
        {"role": "tool", "content": listed},
        call("P12"),
        {"role": "tool", "content": "Error: no P12 left: take P34."},
        call("P34"),
        {"role": "tool", "content": '{"order_id":"W12","refunded_to":"P34"}'},
        call("P34"),
    ]

    contents = [message["content"] for message in noted(messages) if message["role"] == "assistant"]
    assert contents == ['{"kind":"card","payment_id":"P12"}', "", '{"kind":"voucher","payment_id":"P34"}']


def test_the_user_does_not_hear_a_note():
    env = make_env("trace/ServiceDesk-v0", split="demo")
    env.reset(options={"index": 0})
    note = '{"kind":"card","state":"active","payment_id":"P1234"}'
    env.step(note + '<tool_call>{"name":"get_order","arguments":{"order_id":"W1"}}</tool_call>')

    assert env.episode.said == []
    assert env.episode.messages[-2]["content"] == note


def test_a_turn_with_a_note_is_parsed_and_rendered_as_it_was_sampled():
    tokenizer = load_tokenizer("tiny")
    turn = (
        '{"kind":"card","state":"active","payment_id":"P1234"}'
        '<tool_call>{"name":"refund_order","arguments":{"order_id":"W1234","payment_id":"P1234"}}</tool_call>'
    )
    start = "<|user|>Refund W1234.<|end|><|assistant|>"
    message = tokenizer.parse_response(tokenizer(turn + "<|end|>").input_ids, prefix=start)

    assert message["content"] + "<tool_call>" in turn
    user = {"role": "user", "content": "Refund W1234."}
    assert tokenizer.apply_chat_template([user, message], tokenize=False) == start + turn + "<|end|>"
