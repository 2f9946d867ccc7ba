"""The clock that makes AgentDojo's records repeat, on environments of our own."""

from __future__ import annotations

import datetime
import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.targets.agentdojo.clock import Clock, in_order

START = datetime.datetime(2024, 5, 15, 10)
SECOND = datetime.timedelta(seconds=1)


def stamped(field: str, moment: datetime.datetime | None = None) -> SimpleNamespace:
    return SimpleNamespace(**{field: moment or datetime.datetime.now()})


@pytest.fixture
def office() -> Any:
    """An environment with a mailbox, a drive and a calendar; its newest record is a mail in the trash."""
    return SimpleNamespace(
        inbox=SimpleNamespace(
            emails={"1": stamped("timestamp", START - SECOND)}, trash={"2": stamped("timestamp", START)}
        ),
        cloud_drive=SimpleNamespace(files={"1": stamped("last_modified", START - 5 * SECOND)}),
        calendar=SimpleNamespace(events={"1": SimpleNamespace(participants=["z", "a"])}),
    )


def test_each_new_record_is_a_second_after_the_newest_one(office: Any) -> None:
    clock = Clock(office)
    for number in range(1, 4):
        office.inbox.emails[f"new{number}"] = stamped("timestamp")
        clock.settle(office)
        assert office.inbox.emails[f"new{number}"].timestamp == START + number * SECOND


def test_records_that_were_there_keep_their_time_wherever_they_go(office: Any) -> None:
    clock = Clock(office)
    office.inbox.trash["1"] = office.inbox.emails.pop("1")
    clock.settle(office)
    clock.settle(office)
    assert [mail.timestamp for mail in office.inbox.trash.values()] == [START, START - SECOND]
    assert office.cloud_drive.files["1"].last_modified == START - 5 * SECOND


def test_a_file_that_is_changed_again_gets_a_new_time(office: Any) -> None:
    clock = Clock(office)
    for number in (1, 2):
        office.cloud_drive.files["1"].last_modified = datetime.datetime.now()
        clock.settle(office)
        assert office.cloud_drive.files["1"].last_modified == START + number * SECOND


def test_people_of_a_new_event_stand_in_order_and_those_of_others_as_they_were(office: Any) -> None:
    clock = Clock(office)
    office.calendar.events["2"] = SimpleNamespace(participants=["y", "x"])
    clock.settle(office)
    assert office.calendar.events["2"].participants == ["x", "y"]
    # only once: whom a later call adds stands last
    office.calendar.events["2"].participants.append("b")
    clock.settle(office)
    assert [event.participants for event in office.calendar.events.values()] == [["z", "a"], ["x", "y", "b"]]


@pytest.mark.parametrize("parts", [{}, {"inbox": None, "cloud_drive": None, "calendar": None}])
def test_an_environment_without_records_has_nothing_to_settle(parts: dict[str, Any]) -> None:
    environment = SimpleNamespace(**parts)
    clock = Clock(environment)
    clock.settle(environment)
    assert vars(environment) == parts


def test_two_environments_that_do_the_same_show_the_same(office: Any) -> None:
    shown = []
    for _ in range(2):
        environment = SimpleNamespace(cloud_drive=SimpleNamespace(files={"1": stamped("last_modified", START)}))
        clock = Clock(environment)
        environment.cloud_drive.files["2"] = stamped("last_modified")
        clock.settle(environment)
        shown.append(environment.cloud_drive.files["2"].last_modified)
    assert shown[0] == shown[1]


def refusal(complaints: list[str]) -> str:
    rows = [f"participants.{number}\n  {complaint}" for number, complaint in enumerate(complaints)]
    return "\n".join(["2 validation errors", *rows])


@given(st.lists(st.text("abc @.", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=5), st.integers(0, 9))
def test_whatever_order_people_are_refused_in_the_message_is_one(complaints: list[str], seed: int) -> None:
    shuffled = list(complaints)
    random.Random(seed).shuffle(shuffled)
    assert in_order(refusal(shuffled)) == in_order(refusal(complaints))
    assert in_order(in_order(refusal(complaints))) == in_order(refusal(complaints))
    assert sorted(in_order(refusal(complaints)).split()) == sorted(refusal(complaints).split())


@pytest.mark.parametrize(
    "text", ["", "no such file", "participants.x\n  a", "participants.0", "title\n  a\nparticipants\n  b", "é\n\n  x"]
)
def test_other_refusals_stay_as_they_are(text: str) -> None:
    assert in_order(text) == text
