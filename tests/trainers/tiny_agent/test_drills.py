"""Drills in reading records."""

from __future__ import annotations

import json

from trace_trainers.tiny_agent.drills import drill


def test_a_drill_asks_for_every_record_once_in_words_that_fit_no_other():
    names = set()
    for index in range(40):
        _, listed, *asked = drill(index)
        records = json.loads(listed["content"])
        names.update(list(record)[-1] for record in records)

        wishes = [message["content"] for message in asked[::2]]
        answers = [json.loads(message["content"]) for message in asked[1::2]]
        assert len(set(wishes)) == len(wishes) == len(records)
        assert sorted(map(str, answers)) == sorted(map(str, records))

        for wish, answer in zip(wishes, answers, strict=True):
            first, second = wish.split(", ")
            assert first == next(iter(answer.values()))
            if "state" in answer:
                assert second == answer["state"]
            else:
                assert (second == "sold out") == (answer["stock"] == 0)
    assert names == {"item_id", "payment_id"}


def test_a_drill_depends_on_its_number_alone():
    assert drill(3) == drill(3) != drill(4)
