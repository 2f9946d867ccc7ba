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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trace_gym import ToolEnv, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall

_ORDER = re.compile(r"W\d+")
_EMAIL = re.compile(r"\w+@mail\.com")
_VERBS = {
    "cancel": ("ancel", "call it off", "all off"),
    "return": ("eturn", "send", "ake back", "take W"),
    "exchange": ("xchange", "nstead", "wap"),
    "refund": ("efund", "Pay "),
    "ship": ("hip", "hurry", "sooner", "peed"),
}
_KINDS = ("lamp", "mug", "chair", "desk", "rug", "shelf")
_FIELDS = {
    "gross": ("ow much", "price", "cost"),
    "status": ("far along", "become"),
}
_TELLS = {"gross": "cost", "status": "is"}


@dataclass(frozen=True)
class Macro:
    """One script, by what it does.

    Example:
        >>> Macro(looks=True, writes=True).name
        'looks, writes'
    """

    looks: bool
    """Whether it looks every order up first."""
    writes: bool
    """Whether it makes the change that is asked for, whatever it saw; else it names the status and refuses."""
    matches: bool = False
    """Whether it matches words; else it takes the first of several values."""
    retries: str = ""
    """Which value named by a refusal it tries next: `first` or `last`."""
    tells: str = ""
    """`keyword` tells the field a keyword points to, `all` reads whole records out."""
    speed: str = "express"
    """The speed it always takes."""

    @property
    def name(self) -> str:
        """The script in words."""
        words = ["looks" if self.looks else "does not look", "writes" if self.writes else "refuses"]
        if self.matches:
            words.append("matches words")
        if self.retries:
            words.append(f"retries with the {self.retries}")
        if self.tells:
            words.append(f"tells {self.tells}")
        if self.writes:
            words.append(self.speed)
        return ", ".join(words[:2] if self == Macro(self.looks, self.writes) else words)


def macros() -> list[Macro]:
    """Returns every script."""
    found: list[Macro] = []
    for looks, writes, matches in itertools.product((True, False), (True, False), (False, True)):
        for retries, tells in itertools.product(("", "first", "last"), ("", "all", "keyword")):
            # words are matched to retry and to tell as well
            if not matches and (retries or tells == "keyword"):
                continue
            for speed in ("express", "priority", "courier") if writes else ("express",):
                found.append(Macro(looks, writes, matches, retries, tells, speed))
    return found


def play(env: ToolEnv, macro: Macro) -> bool:
    """Plays a script on the task that an environment stands at, and returns whether it is solved.

    Args:
        env: The service desk, after `reset`.
        macro: The script.
    """
    script = _turns(env, macro, env.episode.task.request)
    answer: str | None = None
    for _ in range(env.max_turns):
        turn = script.send(answer)
        text = render_call(turn) if isinstance(turn, ToolCall) else turn
        answer, _, terminated, truncated, info = env.step(text)
        if terminated or truncated:
            return bool(info["success"])
    return False


def _turns(env: ToolEnv, macro: Macro, request: str) -> Iterator[Any]:
    """Yields a script's turns and receives what came of each; the last one is said to the customer."""
    if not _ORDER.search(request):
        answer = yield "Which order is it?"
        request = f"{request} {_ORDER.search(str(answer)).group()}"  # type: ignore[union-attr]

    said: list[str] = []
    listing: list[dict[str, Any]] = []
    for part in request.split(" Also: "):
        wanted = re.sub(r"Leave W\d+ alone|W\d+ is fine", "", part)
        verb = next((verb for verb, words in _VERBS.items() if any(word in wanted for word in words)), "ask")
        field = next((field for field, words in _FIELDS.items() if any(word in wanted for word in words)), "")
        for order in _ORDER.findall(wanted):
            record: dict[str, Any] = {}
            if macro.looks:
                record = json.loads((yield ToolCall("get_order", {"order_id": order})))
            if verb != "ask" and not macro.writes:
                said.append(f"{order} is {record.get('status', 'not possible')}.")
            elif verb != "ask":
                listing = yield from _rows(verb, wanted, request, listing)
                value = _value(macro, verb, listing, f"{wanted} {record.get('paid', '')}", wanted)
                result = str((yield _write(verb, order, value)))
                if macro.retries and result.startswith("Error"):
                    named = [
                        name
                        for name in re.findall(r"[IP]\d+|express|priority|courier|van|bike", result)
                        if name != value
                    ]
                    yield _write(verb, order, named[0 if macro.retries == "first" else -1])
                said.append(f"{order} is done.")
            if record and macro.tells == "all":
                said.append(f"{order}: {record['status']}, {record['net']}, {record['gross']}.")
            elif record and macro.tells == "keyword" and field:
                said.append(f"{order} {_TELLS[field]} {record[field]}.")
    yield " ".join(said) or "Done."


def _rows(verb: str, part: str, request: str, known: list[dict[str, Any]]) -> Iterator[Any]:
    """Looks up what a change chooses from."""
    if verb == "exchange":
        kind = next(kind for kind in _KINDS if re.search(rf"\b{kind}\b", part))
        return json.loads((yield ToolCall("list_items", {"kind": kind})))
    if verb == "refund":
        email = _EMAIL.search(request)
        assert email is not None
        return json.loads((yield ToolCall("get_user", {"email": email.group()})))
    return known


def _value(macro: Macro, verb: str, rows: list[dict[str, Any]], context: str, request: str) -> str:
    """The value that a change gets: the first, or that of the row that shares most words with the context."""
    if verb == "ship":
        return macro.speed
    if verb in ("cancel", "return"):
        return ""
    name = "item_id" if verb == "exchange" else "payment_id"
    if not macro.matches:
        return str(rows[0][name])
    # what the customer names counts more than what the record holds
    words = [*re.findall(r"\w+", request) * 2, *re.findall(r"\w+", context)]
    best = max(rows, key=lambda row: sum(words.count(str(cell)) for cell in row.values()))
    return str(best[name])


def _write(verb: str, order: str, value: str) -> ToolCall:
    tool, argument = {
        "cancel": ("cancel_order", ""),
        "return": ("return_order", ""),
        "ship": ("set_shipping", "speed"),
        "exchange": ("exchange_item", "item_id"),
        "refund": ("refund_order", "payment_id"),
    }[verb]
    arguments = {"order_id": order}
    if argument:
        arguments[argument] = value
    return ToolCall(tool, arguments)


def success(macro: Macro, difficulty: int, tasks: int) -> float:
    """Returns a script's success on the held-out split, in percent.

    Args:
        macro: The script.
        difficulty: 1 to 3.
        tasks: On how many tasks.
    """
    env = make_env("trace/ServiceDesk-v0", split="evaluate", difficulty=difficulty)
    solved = 0
    for index in range(tasks):
        env.reset(options={"index": index})
        solved += play(env, macro)
    return 100 * solved / tasks


def main() -> None:
    """Prints the best scripts of each sort, by difficulty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=600)
    parser.add_argument("--most", type=int, default=5, help="scripts of each sort to print, best first")
    args = parser.parse_args()

    for matches, title in ((False, "decides nothing"), (True, "matches words")):
        rows = []
        for macro in macros():
            if macro.matches == matches:
                rows.append((macro.name, [success(macro, level, args.tasks) for level in (1, 2, 3)]))
        rows.sort(key=lambda row: -max(row[1]))
        print(f"| a script that {title} | level 1 | level 2 | level 3 |\n|---|---|---|---|")
        for name, figures in rows[: args.most]:
            print(f"| {name} | " + " | ".join(f"{figure:.1f} %" for figure in figures) + " |")
        print()


if __name__ == "__main__":
    main()
