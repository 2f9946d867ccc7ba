"""Rendering turn by turn gives what rendering the whole conversation would, and templates that cannot are refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from trace_trainers.engine.chat import ChatRenderer

from trace_gym.errors import UserError

USER = {"role": "user", "content": "Hello"}
TOOL = {"type": "function", "function": {"name": "find_order", "description": "Finds.", "parameters": {}}}
TURNS = "{% for m in messages %}<|user|>{{ m.content }}<|end|>{% endfor %}"
OPENING = "{% if add_generation_prompt %}<|assistant|>{% endif %}"


def tokenizer_with(tiny: Any, template: str) -> Any:
    tokenizer = copy.deepcopy(tiny[1])
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("ended", [True, False])
def test_a_continuation_closes_the_turn_and_opens_the_next(tiny: Any, ended: bool) -> None:
    tokenizer = tiny[1]
    renderer = ChatRenderer(tokenizer)
    ids = renderer.prompt([USER], [])
    said = tokenizer("Hi there", add_special_tokens=False).input_ids
    if ended:
        said = [*said, tokenizer.eos_token_id]
    ids += said + renderer.continuation([{"role": "user", "content": "Bye"}], ended=ended)

    whole = [USER, {"role": "assistant", "content": "Hi there"}, {"role": "user", "content": "Bye"}]
    expected = tokenizer.apply_chat_template(whole, tokenize=False, add_generation_prompt=True)
    assert tokenizer.decode(ids) == expected


def test_our_own_keys_do_not_reach_the_template(tiny: Any) -> None:
    renderer = ChatRenderer(
        tokenizer_with(tiny, "{{ messages[0].keys() | list }}<|end|>{{ messages[-1].content }}<|end|>")
    )
    message = {**USER, "raw": "x", "error": "y", "requestor": "user", "tool_call_id": "call_0"}

    text = renderer.tokenizer.decode(renderer.prompt([message], []))
    assert "tool_call_id" in text
    assert not any(key in text for key in ("raw", "error", "requestor"))
    assert set(message) > {"raw", "error"}, "the message itself is left as it is"


@pytest.mark.parametrize("system", [[], [{"role": "system", "content": "Be brief."}]])
def test_a_template_without_tools_gets_them_in_the_system_message(tiny: Any, system: list[Any]) -> None:
    renderer = ChatRenderer(tokenizer_with(tiny, TURNS + OPENING))
    text = renderer.tokenizer.decode(renderer.prompt([*system, USER], [TOOL]))

    before, _, after = text.partition("find_order")
    assert "Hello" in after
    assert ("Be brief." in before) == bool(system)
    assert text.count("<|user|>") == 2, "the system message and the user's"


def test_a_template_with_tools_is_left_alone(tiny: Any) -> None:
    renderer = ChatRenderer(tokenizer_with(tiny, "{{ tools[0].function.name if tools }}" + TURNS + OPENING))

    assert renderer.tokenizer.decode(renderer.prompt([USER], [TOOL])) == "find_order<|user|>Hello<|end|><|assistant|>"


def test_without_tools_nothing_is_added(tiny: Any) -> None:
    renderer = ChatRenderer(tokenizer_with(tiny, TURNS + OPENING))

    assert renderer.tokenizer.decode(renderer.prompt([USER], [])) == "<|user|>Hello<|end|><|assistant|>"


def test_a_tokenizer_without_a_template_is_refused(tiny: Any) -> None:
    with pytest.raises(UserError, match="has no chat template; use an instruct model"):
        ChatRenderer(tokenizer_with(tiny, ""))


def test_a_template_whose_turns_have_no_end_is_refused(tiny: Any) -> None:
    with pytest.raises(UserError, match=r"does not end a turn with '<\|end\|>'"):
        ChatRenderer(tokenizer_with(tiny, "{% for m in messages %}{{ m.content }}\n{% endfor %}"))


def test_a_template_that_rewrites_earlier_turns_is_refused(tiny: Any) -> None:
    renderer = ChatRenderer(tokenizer_with(tiny, "{{ messages | length }}" + TURNS + OPENING))

    with pytest.raises(UserError, match="rewrites earlier turns"):
        renderer.continuation([USER], ended=True)
