"""Cases from a corpus: what attempts at one task saw together, and which tasks can be replayed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import label_corpus
from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.synthesis.cases.collect import collect_cases, levels_of
from trace_gym.synthesis.cases.world import observe
from trace_gym.synthesis.synthesizers.cases import CasesSynthesizer
from trace_gym.trajectories.record import Trajectory

from ...helpers import Talk, call

KINDS = {"get_order": "read", "cancel": "write", "ship": "write"}
LOOK = call("get_order", order_id="W12")
CANCEL = call("cancel", order_id="W12")


def talk(request: str = "Cancel W12 if pending.") -> Talk:
    return Talk(request, KINDS)


def cases_of(gold: Sequence[ToolCall], talks: Sequence[Talk], facts: Sequence[Fact] = ()) -> list[Any]:
    trajectories = [
        each.trajectory(gold=list(gold), facts=list(facts), task_id="7", trial=n) for n, each in enumerate(talks)
    ]
    corpus = Corpus.from_trajectories(trajectories)
    table = next(table for table in label_corpus(corpus) if table.capability.name == "precondition_verification")
    return collect_cases(table, corpus)


def looked() -> Talk:
    return talk().call("get_order", {"status": "pending"}, order_id="W12")


def test_what_one_attempt_saw_serves_all() -> None:
    blind = talk().call("cancel", {"status": "cancelled"}, order_id="W12").say("Done.")
    [case] = cases_of([LOOK, CANCEL], [blind, looked().say("Hm.")])
    assert case["tables"] == {"get_order": {"<<0>>": {"status": "pending"}}}
    assert [step["name"] for step in case["gold"]] == ["get_order", "cancel"]
    assert case["request"] == "Cancel <<0>> if pending."


def test_a_record_that_was_changed_before_is_not_what_the_user_came_with() -> None:
    late = talk().call("cancel", "ok", order_id="W12").call("get_order", {"status": "cancelled"}, order_id="W12")
    assert observe([late.attempt()]).tables == {}
    assert observe([late.attempt(), looked().attempt()]).tables == {"get_order": {"W12": {"status": "pending"}}}


def test_a_task_whose_reads_nobody_made_is_left_out() -> None:
    assert cases_of([LOOK, CANCEL], [talk().call("cancel", "ok", order_id="W12").say("Done.")]) == []


def test_a_refusal_that_the_solution_meets_must_have_been_seen() -> None:
    tried = call("ship", order_id="W12", speed="express")
    remedy = call("ship", order_id="W12", speed="bike")
    assert cases_of([LOOK, tried, remedy], [looked().say("Done.")]) == []

    seen = looked().call("ship", "Error: full, use bike.", error=True, order_id="W12", speed="express").say("Sorry.")
    [case] = cases_of([LOOK, tried, remedy], [seen])
    [refusal] = case["refusals"].values()
    assert refusal == {"message": "full, use bike.", "once": False}


def test_what_is_told_when_asked_is_an_answer() -> None:
    asked = talk("Cancel my order if pending.").say("Which one?", "It is W12.")
    [case] = cases_of([LOOK, CANCEL], [asked.call("get_order", {"status": "pending"}, order_id="W12").say("Done.")])
    assert case["answers"] == ["It is <<0>>."]


def test_the_closing_words_tell_every_fact() -> None:
    [case] = cases_of([LOOK], [looked().say("No.")], [Fact("pending", ("shipped",), "W12")])
    assert case["reply"] == "<<0>>: pending."


def test_levels_overlap_and_get_longer() -> None:
    assert levels_of([{}] * 4) == [[0, 1], [0, 1, 2, 3], [2, 3]]
    assert levels_of([{}]) == [[0], [0], [0]]


def test_too_few_tasks_are_one_sentence(desk_trajectories: list[Trajectory]) -> None:
    corpus = Corpus.from_trajectories(desk_trajectories[:2])
    tables = [table for table in label_corpus(corpus) if table.capability.archetype]
    assert len(tables) == 6
    for table in tables:
        with pytest.raises(UserError, match=r"No environment for .* expected at least 3; .* --synthesizer logs\."):
            CasesSynthesizer().synthesize(table, corpus)
