"""Edits of a record: each does what it says, together as alone, and leaves the record as it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trace_gym.capabilities.repair.apply import apply
from trace_gym.capabilities.repair.edits import (
    ABSENT,
    Close,
    Cut,
    Drop,
    Edit,
    Finish,
    Insert,
    Move,
    Say,
    SetArgument,
    Unsay,
)
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.places import Place
from trace_gym.trajectories.record import Trajectory


def made(name: str, number: str, **arguments: Any) -> dict[str, Any]:
    return {"id": number, "function": {"name": name, "arguments": arguments}}


def record() -> Trajectory:
    return Trajectory(
        "shop",
        "7",
        [
            {"role": "user", "content": "Cancel W1 and W2."},
            {"role": "assistant", "content": "", "tool_calls": [made("cancel", "a", order="W1"), made("look", "b")]},
            {"role": "tool", "content": "done", "tool_call_id": "a"},
            {"role": "tool", "content": "W2", "tool_call_id": "b"},
            {"role": "assistant", "content": "", "tool_calls": [made("cancel", "c", order="W3", reason="none")]},
            {"role": "tool", "content": "done", "tool_call_id": "c"},
            {"role": "assistant", "content": "All cancelled."},
            {"role": "user", "content": "Bye."},
        ],
        0.0,
        False,
    )


def told(*edits: Edit) -> list[str]:
    """The episode with edits, a line a message; calls with their arguments."""
    lines = []
    for message in apply(record(), edits).messages:
        calls = [
            f"{one['function']['name']}({', '.join(map(str, one['function']['arguments'].values()))})"
            for one in message.get("tool_calls") or []
        ]
        lines.append(f"{message['role'][0]}: {' '.join([message['content'], *calls]).strip()}".strip())
    return lines


WHOLE = told()


def without(*places: int) -> list[str]:
    return [line for number, line in enumerate(WHOLE) if number not in places]


def test_no_edit_changes_nothing() -> None:
    assert apply(record(), []).messages == record().messages


def test_a_dropped_call_takes_its_result_along() -> None:
    assert told(Drop(Place(4))) == without(4, 5)
    assert told(Drop(Place(1, 0))) == [WHOLE[0], "a: look()", *WHOLE[3:]]
    assert told(Drop(Place(1, 0)), Drop(Place(1, 1))) == without(1, 2, 3)


def test_arguments_are_set_and_taken_away() -> None:
    assert told(SetArgument(Place(4), "order", "W2"))[4] == "a: cancel(W2, none)"
    assert told(SetArgument(Place(4), "order", "W2"), SetArgument(Place(4), "reason", ABSENT))[4] == "a: cancel(W2)"


@pytest.mark.parametrize(
    ("after", "before"), [(-1, 0), (0, 1), (1, 4), (2, 4), (3, 4), (4, 6), (6, 7), (7, 8)], ids=str
)
def test_a_call_is_inserted_behind_the_results_of_its_place(after: int, before: int) -> None:
    lines = told(Insert(after, ToolCall("pay", {"order": "W2"})))
    assert lines == [*WHOLE[:before], "a: pay(W2)", "t:", *WHOLE[before:]]


def test_inserted_calls_stand_in_the_order_of_their_numbers() -> None:
    lines = told(Insert(0, ToolCall("second", {}), number=2), Insert(0, ToolCall("first", {}), "user", 1))
    assert lines[1:5] == ["u: first()", "t:", "a: second()", "t:"]


def test_an_inserted_call_survives_when_what_it_stands_behind_is_dropped() -> None:
    assert told(Drop(Place(4)), Insert(5, ToolCall("pay", {}))) == [*WHOLE[:4], "a: pay()", "t:", *WHOLE[6:]]


def test_a_moved_call_takes_its_changed_arguments_along() -> None:
    lines = told(Move(Place(1, 0), 4), SetArgument(Place(1, 0), "order", "W9"))
    assert lines == [WHOLE[0], "a: look()", *WHOLE[3:6], "a: cancel(W9)", "t:", *WHOLE[6:]]


def test_a_statement_is_part_of_the_last_message() -> None:
    assert told(Say("It cost 5."))[6] == "a: All cancelled. It cost 5."
    assert told(Say("It cost 5."), Say("And 6."), Unsay(6))[6] == "a: It cost 5. And 6."


def test_a_statement_comes_before_a_last_message_that_is_a_call() -> None:
    trajectory = record()
    del trajectory.messages[6:]
    messages = apply(trajectory, [Say("It cost 5.")]).messages
    assert [message["content"] for message in messages[4:5]] == ["It cost 5."]
    assert messages[5]["tool_calls"]


def test_starting_over_keeps_what_came_before() -> None:
    pay = Insert(0, ToolCall("pay", {}), number=0)
    lines = told(Cut(0), pay, Close(0, "Paid.", False, 1), Close(0, "Bye.", True, 2))
    assert lines == [WHOLE[0], "a: pay()", "t:", "a: Paid.", "u:", "a: Bye."]


def test_an_episode_can_be_brought_to_its_end() -> None:
    assert told(Finish("###STOP###")) == [*WHOLE, "u: ###STOP###"]


def test_turns_are_written_out_for_environments_that_replay_them_as_text() -> None:
    trajectory = record()
    trajectory.messages[4]["raw"] = "old"
    edited = apply(trajectory, [SetArgument(Place(4), "order", "W2"), Insert(5, ToolCall("pay", {"order": "W2"}))])
    assert edited.turns()[1] == '<tool_call>{"name":"cancel","arguments":{"order":"W2","reason":"none"}}</tool_call>'
    assert edited.turns()[2] == '<tool_call>{"name":"pay","arguments":{"order":"W2"}}</tool_call>'


def test_text_beside_a_dropped_call_is_not_a_turn_of_its_own() -> None:
    trajectory = record()
    trajectory.messages[4] |= {"raw": "note <tool_call>...", "content": "note"}
    assert len(apply(trajectory, [Drop(Place(4))]).turns()) == len(trajectory.turns()) - 1


def test_the_record_is_left_as_it_was() -> None:
    trajectory = record()
    before = copy.deepcopy(trajectory.messages)
    apply(trajectory, [Drop(Place(4)), SetArgument(Place(1, 0), "order", "W9"), Say("5."), Unsay(6), Finish("end")])
    assert trajectory.messages == before
