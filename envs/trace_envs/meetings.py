"""Meetings: an office assistant finds an hour that suits everybody and books it. A model to copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Fact, Task, ToolCall, ToolEnv, ToolError, reward_term, tool
from trace_gym.env.episode import CallRecord
from trace_gym.env.seeding import numbers_of_split

State = dict[str, Any]
HOURS = range(8, 19)
NAMES = ("Ada", "Bela", "Chen", "Dana", "Emil", "Fatou", "Goro", "Hana", "Ines", "Jon", "Kofi", "Lena")


class Meetings(ToolEnv):
    """Book the first hour at which everybody asked for is free."""

    system_prompt = (
        "You are an office assistant. Look every person up by name, read all their calendars, then book the first hour "
        "from the requested one on at which nobody is busy. Book once. Then tell the hour, without a tool call."
    )

    @tool(kind="read")
    def find_person(self, state: State, name: str) -> Any:
        """Get a person's id.

        Args:
            name: First name
        """
        for person_id, person in state["people"].items():
            if person["name"] == name:
                return {"person_id": person_id}
        raise ToolError(f"nobody is called {name}.")

    @tool(kind="read")
    def get_busy(self, state: State, person_id: str) -> Any:
        """Get the hours at which a person is busy.

        Args:
            person_id: Like E1234
        """
        return {"person_id": person_id, "busy": _person(state, person_id)["busy"]}

    @tool(kind="write")
    def book_meeting(self, state: State, person_ids: list[str], hour: int) -> Any:
        """Book a meeting.

        Args:
            person_ids: Everybody who takes part
            hour: 8 to 18
        """
        for person_id in person_ids:
            _person(state, person_id)
        if hour not in HOURS or not person_ids:
            raise ToolError("a meeting needs people and an hour from 8 to 18.")
        state["meetings"][f"{' '.join(sorted(set(person_ids)))} at {hour}"] = "booked"
        return {"booked": hour}

    @reward_term(weight=0.2)
    def calendars_read(self, calls: list[CallRecord], goal: State) -> float:
        """The share of the guests whose calendar was read before the first booking."""
        read: set[str] = set()
        for record in calls:
            if record.call.name == "book_meeting" and not record.error:
                break
            if record.call.name == "get_busy" and not record.error:
                read.add(record.call.arguments["person_id"])

        guests = next(iter(goal["meetings"])).split(" at ")[0].split()
        return sum(guest in read for guest in guests) / len(guests)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws a team, of whom one more than `difficulty` are to meet.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up.
        """
        names = [str(name) for name in rng.permutation(NAMES)[: difficulty + 3]]
        numbers = rng.choice(numbers_of_split(4, split), size=len(names), replace=False)
        # the answer; the hours before it clash
        hour = int(rng.integers(10, 18))
        earliest = int(rng.integers(8, hour))
        people: State = {}

        for name, number in zip(names, numbers, strict=True):
            others = [h for h in HOURS if h != hour]
            busy = rng.choice(others, size=int(rng.integers(2, 6)), replace=False)
            people[f"E{number}"] = {"name": name, "busy": sorted(int(h) for h in busy)}

        guests = list(people)[: difficulty + 1]
        # somebody is busy then
        for clash in range(earliest, hour):
            person = people[guests[int(rng.integers(len(guests)))]]
            person["busy"] = sorted({*person["busy"], clash})

        called = [people[guest]["name"] for guest in guests]
        return Task(
            request=f"Please book a meeting of {', '.join(called[:-1])} and {called[-1]}, as early as possible from "
            f"{earliest} o'clock on.",
            state={"people": people, "meetings": {}},
            gold=(
                *(ToolCall("find_person", {"name": name}) for name in called),
                *(ToolCall("get_busy", {"person_id": guest}) for guest in guests),
                ToolCall("book_meeting", {"person_ids": guests, "hour": hour}),
                f"The meeting is at {hour}.",
            ),
            facts=(Fact(str(hour)),),
        )


def _person(state: State, person_id: str) -> State:
    if person_id not in state["people"]:
        raise ToolError(f"no person {person_id}.")
    person: State = state["people"][person_id]
    return person
