"""What scripts earn at the service desk that decide nothing, or only match words: `python -m benchmarks.desk_cheats`.

Every script knows the desk's tools, and by keywords which of them a request is about. None reads what a record means:
whether a status allows something, which speed a region takes, what is in stock. The ones that match words take, of
several values, the one whose row shares most words with what the customer and the order's record say; after a refusal
they try again with a value that the refusal names; and they tell the field that a keyword points to.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym import ToolEnv, make_env
from trace_gym.env.types import ToolCall
from trace_gym.testbed.planted import rendered

LEVELS = (1, 2, 3)

_ORDER = re.compile(r"W\d+")
_EMAIL = re.compile(r"\w+@mail\.com")
_NAMED_VALUE = re.compile(r"[IP]\d+|express|priority|courier|van|bike")
_LEFT_ALONE = re.compile(r"Leave W\d+ alone|W\d+ is fine")
_KINDS = re.compile(r"\b(lamp|mug|chair|desk|rug|shelf)\b")
_VERBS = {
    "cancel": ("ancel", "call it off", "all off"),
    "return": ("eturn", "send", "ake back", "take W"),
    "exchange": ("xchange", "nstead", "wap"),
    "refund": ("efund", "Pay "),
    "ship": ("hip", "hurry", "sooner", "peed"),
}
"""By which parts of words a script knows what to do; their capitals are left out."""
_FIELDS = {
    "gross": ("ow much", "price", "cost"),
    "status": ("far along", "become"),
}
"""By which parts of words a script knows what to tell."""
_TELLS = {"gross": "cost", "status": "is"}
_TOOLS = {
    "cancel": ("cancel_order", ""),
    "return": ("return_order", ""),
    "ship": ("set_shipping", "speed"),
    "exchange": ("exchange_item", "item_id"),
    "refund": ("refund_order", "payment_id"),
}
"""The tool that does it, and the argument it takes besides the order."""


@dataclass(frozen=True)
class Script:
    """One script, by what it does.

    Example:
        >>> Script(looks=True, writes=True, matches=True, retries="last").name
        'looks, writes, matches words, retries with the last, ships express'
    """

    looks: bool
    """Whether it looks every order up first."""
    writes: bool
    """Whether it makes the change that is asked for, whatever it saw; else it names the status and refuses."""
    matches: bool = False
    """Whether it matches words; else it takes the first of several values."""
    retries: str = ""
    """Which value named by a refusal it tries next: `first` or `last`; empty for none."""
    tells: str = ""
    """`keyword` tells the field that a keyword points to, `all` reads whole records out; empty tells nothing."""
    speed: str = "express"
    """The speed it always takes."""

    @property
    def name(self) -> str:
        """The script in words."""
        parts = {
            "looks": self.looks,
            "does not look": not self.looks,
            "writes": self.writes,
            "refuses": not self.writes,
            "matches words": self.matches,
            f"retries with the {self.retries}": bool(self.retries),
            "tells by keyword": self.tells == "keyword",
            "tells all": self.tells == "all",
            f"ships {self.speed}": self.writes,
        }
        return ", ".join(words for words, is_so in parts.items() if is_so)


def scripts(matches: bool) -> list[Script]:
    """Returns every script of one sort.

    Args:
        matches: Whether they match words.
    """
    # to try what a refusal names, and to tell what is asked for, takes matching words as well
    retries: tuple[str, ...] = ("",)
    tells: tuple[str, ...] = ("", "all")
    if matches:
        retries = ("", "first", "last")
        tells = ("", "all", "keyword")

    found: list[Script] = []
    for looks, retry, tell in itertools.product((True, False), retries, tells):
        for speed in ("express", "priority", "courier"):
            found.append(Script(looks, True, matches, retry, tell, speed))
        found.append(Script(looks, False, matches, retry, tell))
    return found


def play(env: ToolEnv, script: Script) -> bool:
    """Plays a script on the task that an environment stands at, and returns whether it is solved.

    Args:
        env: The service desk, after `reset`.
        script: The script.
    """
    turns = _turns(script, env.episode.task.request)
    turn = next(turns)
    while True:
        observation, _, terminated, truncated, info = env.step(rendered(turn))
        if terminated or truncated:
            return bool(info["success"])
        turn = turns.send(observation)


def success(script: Script, difficulty: int, tasks: int) -> float:
    """Returns on what share of the held-out split's first tasks a script succeeds.

    Args:
        script: The script.
        difficulty: 1 to 3.
        tasks: On how many tasks.
    """
    env = make_env("trace/ServiceDesk-v0", split="evaluate", difficulty=difficulty)
    solved = 0
    for index in range(tasks):
        env.reset(options={"index": index})
        solved += play(env, script)
    return solved / tasks


def _turns(script: Script, request: str) -> Generator[ToolCall | str, str, None]:
    """Yields a script's turns, and is sent what came of each; the last one closes the conversation."""
    if not _ORDER.search(request):
        answer = yield "Which order is it?"
        request = f"{request} {_found(_ORDER, answer)}"

    said: list[str] = []
    for part in request.split(" Also: "):
        wanted = _LEFT_ALONE.sub("", part)
        for order_id in _ORDER.findall(wanted):
            said += yield from _serve(script, order_id, wanted, request)
    yield " ".join(said) or "Done."


def _serve(script: Script, order_id: str, wanted: str, request: str) -> Generator[ToolCall, str, list[str]]:
    """Does what is wanted for one order, and returns the sentences to close with."""
    record: dict[str, Any] = {}
    if script.looks:
        record = json.loads((yield ToolCall("get_order", {"order_id": order_id})))

    said: list[str] = []
    verb = _meant(wanted, _VERBS)
    if verb and script.writes:
        yield from _change(script, verb, order_id, wanted, request, str(record.get("paid", "")))
        said.append(f"{order_id} is done.")
    elif verb:
        said.append(f"{order_id} is {record.get('status', 'not possible')}.")

    field = _meant(wanted, _FIELDS)
    if record and script.tells == "all":
        said.append(f"{order_id}: {record['status']}, {record['net']}, {record['gross']}.")
    elif record and script.tells == "keyword" and field:
        said.append(f"{order_id} {_TELLS[field]} {record[field]}.")
    return said


def _change(
    script: Script, verb: str, order_id: str, wanted: str, request: str, paid: str
) -> Generator[ToolCall, str, None]:
    """Makes the change, and perhaps a second attempt after a refusal."""
    value = ""
    if verb == "ship":
        value = script.speed
    elif verb == "exchange":
        listed = yield ToolCall("list_items", {"kind": _found(_KINDS, wanted)})
        value = _chosen(script, "item_id", json.loads(listed), wanted, paid)
    elif verb == "refund":
        listed = yield ToolCall("get_user", {"email": _found(_EMAIL, request)})
        value = _chosen(script, "payment_id", json.loads(listed), wanted, paid)

    result = yield _write(verb, order_id, value)
    if script.retries and result.startswith("Error"):
        named = _NAMED_VALUE.findall(result)
        others = [name for name in named if name != value]
        if script.retries == "last":
            others.reverse()
        yield _write(verb, order_id, others[0])


def _chosen(script: Script, column: str, rows: list[dict[str, Any]], wanted: str, paid: str) -> str:
    """Chooses the first row, or the one that shares most words with the request and the order's record."""
    if not script.matches:
        return str(rows[0][column])

    # what the customer names counts more than what the record holds
    words = re.findall(r"\w+", wanted) * 2 + [paid]
    shared_by_value: dict[str, int] = {}
    for row in rows:
        shared_by_value[str(row[column])] = sum(words.count(str(cell)) for cell in row.values())
    return max(shared_by_value, key=lambda value: shared_by_value[value])


def _write(verb: str, order_id: str, value: str) -> ToolCall:
    tool, argument = _TOOLS[verb]
    arguments = {"order_id": order_id}
    if argument:
        arguments[argument] = value
    return ToolCall(tool, arguments)


def _meant(text: str, words_by_meaning: Mapping[str, tuple[str, ...]]) -> str:
    """Returns the first meaning that has a keyword in a text; empty if none has."""
    for meaning, words in words_by_meaning.items():
        if any(word in text for word in words):
            return meaning
    return ""


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match is not None, text
    return match.group()


def main() -> None:
    """Prints the best scripts of each sort, by difficulty."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk_cheats", description=__doc__)
    parser.add_argument("--tasks", type=int, default=600, help="tasks of each level")
    parser.add_argument("--most", type=int, default=5, help="scripts of each sort to print, best first")
    args = parser.parse_args()

    for matches, title in ((False, "decides nothing"), (True, "matches words")):
        rows: list[tuple[str, list[float]]] = []
        for script in scripts(matches):
            rows.append((script.name, [success(script, level, args.tasks) for level in LEVELS]))
        rows.sort(key=lambda row: -max(row[1]))

        print(f"| a script that {title} | level 1 | level 2 | level 3 |\n|---|---|---|---|")
        for name, shares in rows[: args.most]:
            print(f"| {name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
        print(flush=True)


if __name__ == "__main__":
    main()
