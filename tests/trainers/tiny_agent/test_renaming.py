"""Demonstrations under other identifiers."""

from __future__ import annotations

import json
import re
from typing import Any

from trace_trainers.tiny_agent.renaming import renamed


def numbers(messages: list[dict[str, Any]]) -> list[str]:
    """Every identifier that is heard or said, in order."""

    text = "\n".join(str(message["content"]) + str(message.get("raw", "")) for message in messages[1:])
    return re.findall(r"(?<=[WIP])\d{4}", text)


def test_renaming_is_consistent_and_keeps_identifiers_apart(demonstrations):
    for index, (messages, _) in enumerate(demonstrations):
        pairs = set(zip(numbers(messages), numbers(renamed(messages, index)), strict=True))

        assert len({old for old, _ in pairs}) == len(pairs)
        assert len({new for _, new in pairs}) == len(pairs)


def test_renaming_changes_numbers_of_identifiers_alone(demonstrations):

    hidden = re.compile(r"(?<=[WIP])\d{4}|\d\d(?=@mail)")
    for index, (messages, _) in enumerate(demonstrations):
        before, after = json.dumps(messages), json.dumps(renamed(messages, index))
        assert hidden.sub("#", after) == hidden.sub("#", before)
        assert after != before


def test_a_call_and_its_text_are_renamed_alike(demonstrations):
    for index, (messages, _) in enumerate(demonstrations):
        for message in renamed(messages, index):
            for call in message.get("tool_calls") or []:
                for value in call["function"]["arguments"].values():
                    assert str(value) in message["raw"]


def test_renaming_spreads_over_all_digit_sums(demonstrations):
    def sums(conversations: list[list[dict[str, Any]]]) -> list[float]:
        found = [sum(map(int, number)) % 4 for messages in conversations for number in set(numbers(messages))]
        return [found.count(place) / len(found) for place in range(4)]

    before = [messages for messages, _ in demonstrations]
    after = [renamed(messages, 100 * index + again) for index, messages in enumerate(before) for again in range(4)]
    assert max(sums(before)) == 1.0
    assert min(sums(after)) > 0.15


def test_renaming_depends_on_the_number_alone(demonstrations):
    messages, _ = demonstrations[0]

    assert renamed(messages, 3) == renamed(messages, 3) != renamed(messages, 4)
