"""Environments with one fault each, and the sound one they are made from."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any, Literal

import numpy as np

from trace_gym import Fact, RewardRule, Task, ToolCall, ToolEnv, ToolError, tool
from trace_gym.env.episode import Episode
from trace_gym.env.seeding import numbers_of_split, task_rng

State = dict[str, Any]


class Sound(ToolEnv):
    """Shelves: tell how many boxes stand on some shelves, and empty them."""

    system_prompt = "You keep shelves. Look each shelf up, empty it, then tell how many boxes it held, without a call."

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf.

        Args:
            shelf_id: like F123
        """
        if shelf_id not in state["shelves"]:
            raise ToolError(f"no shelf {shelf_id}.")
        return {"shelf_id": shelf_id, "boxes": state["shelves"][shelf_id]}

    @tool(kind="write")
    def clear(self, state: State, shelf_id: str, how: Literal["all", "half"]) -> Any:
        """Clear a shelf.

        Args:
            shelf_id: like F123
            how: all or half
        """
        boxes = self.count(state, shelf_id)["boxes"]
        state["shelves"][shelf_id] = 0 if how == "all" else boxes // 2
        return {"shelf_id": shelf_id, "left": state["shelves"][shelf_id]}

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Asks for one shelf more at each level."""
        numbers = rng.choice(numbers_of_split(3, split), size=difficulty + 2, replace=False)
        shelves = {f"F{number}": int(rng.integers(100, 999)) for number in numbers}
        asked = list(shelves)[:difficulty]
        gold: list[ToolCall | str] = []
        for shelf in asked:
            gold += [ToolCall("count", {"shelf_id": shelf}), ToolCall("clear", {"shelf_id": shelf, "how": "all"})]
        facts = tuple(Fact(str(shelves[shelf]), about=shelf) for shelf in asked)
        said = " ".join(f"{fact.about} held {fact.value}." for fact in facts)
        return Task(f"Empty {' and '.join(asked)} and tell me the boxes.", {"shelves": shelves}, (*gold, said), facts)


# --- randomness ------------------------------------------------------------------------------------------------------


class GlobalRandom(Sound):
    """Draws from Python's global generator."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "mood": random.random()}


class GlobalNumpy(Sound):
    """Draws from NumPy's global generator."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "mood": float(np.random.rand())}


class Clock(Sound):
    """Shows the time."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "at": time.time()}


class Counter(Sound):
    """Counts its episodes."""

    _numbers = itertools.count()

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "episode": next(self._numbers)}


class SetOrder(Sound):
    """Shows the members of a set in its own order, which changes with the process."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "shelves": list({f"a{k}" for k in range(20)})}


class TextHash(Sound):
    """Shows hash() of a text."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "key": hash(observation) % 1000}


class SeedIgnored(Sound):
    """Always the same task."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(task_rng(split, 0, difficulty), split, difficulty)


class SeedUnused(Sound):
    """reset does not hand its seed on."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return super().reset(options=options)


class SharedState(Sound):
    """Keeps what happens in the class."""

    _seen: State = {}  # noqa: RUF012

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf.

        Args:
            shelf_id: like F123
        """
        if shelf_id not in state["shelves"]:
            raise ToolError(f"no shelf {shelf_id}, the last one was {self._seen.get('shelf', 'none')}.")
        return super().count(state, shelf_id)

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        type(self)._seen["steps"] = type(self)._seen.get("steps", 0) + 1
        if self.episode.turns > 1:
            info["steps"] = type(self)._seen.pop("steps")
        return observation, reward, terminated, truncated, info


class StaleInstance(Sound):
    """Carries the last episode's prompt into the next."""

    _last = ""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        before, self._last = self._last, observation
        return observation, {**info, "before": before}


# --- Gymnasium -------------------------------------------------------------------------------------------------------


class NoneInfo(Sound):
    """Puts None into info."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "note": None}


class OddInfo(Sound):
    """Puts what is not JSON into info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "shelves": {1, 2}}


class BytesObserved(Sound):
    """Returns bytes from reset."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation.encode(), info


class NoInfo(Sound):
    """Returns the observation alone from reset."""

    def reset(self, **kwargs: Any) -> Any:
        super().reset(**kwargs)
        return self.episode.task.request


# --- tasks -----------------------------------------------------------------------------------------------------------


class TupleState(Sound):
    """Keeps a tuple in the state."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        task.state["order"] = (1, 2)
        return task


class SplitIgnored(Sound):
    """Draws the identifiers of every split from the same numbers."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, "train", difficulty)


class SameTasks(Sound):
    """Has the same tasks in every split."""

    def reset(self, **kwargs: Any) -> Any:
        split, self.split = self.split, "train"
        try:
            return super().reset(**kwargs)
        finally:
            self.split = split


class Unsolvable(Sound):
    """Asks for a fact that no gold message states."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, (*task.gold[:-1], "Done."), task.facts)


class TooLong(Sound):
    """Leaves fewer turns than its own solution takes."""

    max_turns = 5


class OnlyTheFirstLevel(Sound):
    """Cannot be solved beyond the first level."""

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "easy": float(len(episode.task.facts) == 1)}


# --- tools -----------------------------------------------------------------------------------------------------------

_BARE = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "",
        "parameters": {"type": "object", "properties": {"shelf_id": {}}, "required": ["shelf_id"]},
    },
}
_WIDE = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "Count.",
        "parameters": {
            "type": "object",
            "properties": {"shelf_id": {"type": "string"}, "aisle": {"type": "integer"}},
            "required": ["shelf_id", "aisle"],
        },
    },
}


class Undescribed(Sound):
    """A tool without description, an argument without type."""

    @tool(kind="read", schema=_BARE)
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)


class LyingSchema(Sound):
    """The schema asks for an argument that the tool does not take."""

    @tool(kind="read", schema=_WIDE)
    def count(self, state: State, shelf_id: str) -> Any:
        return Sound.count(self, state, shelf_id)

    @tool(kind="write")
    def clear(self, state: State, shelf_id: str, how: Literal["all", "half"]) -> Any:
        """Clear a shelf."""
        state["shelves"][shelf_id] = 0
        return "done"


class CrashingTool(Sound):
    """Raises KeyError for an unknown identifier."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        return {"boxes": state["shelves"][shelf_id]}


class WritingRead(Sound):
    """A read tool that leaves a mark."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        state["counted"] = state.get("counted", 0) + 1
        return super().count(state, shelf_id)


class IdleWrite(Sound):
    """A write tool that changes nothing."""

    @tool(kind="write")
    def note(self, state: State, how: Literal["a", "b"]) -> str:
        """Take a note."""
        return "noted"


# --- robustness ------------------------------------------------------------------------------------------------------


class AsciiOnly(Sound):
    """Cannot take a turn that is not ASCII."""

    def step(self, action: str) -> Any:
        action.encode("ascii")
        return super().step(action)


class StrictJson(Sound):
    """Parses the turn itself, and trips over what is no JSON."""

    def step(self, action: str) -> Any:
        if "{" in action:
            import json

            json.loads(action.replace("<tool_call>", "").replace("</tool_call>", ""))
        return super().step(action)


class FragileTool(Sound):
    """A tool that fails on very long texts."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        if len(shelf_id) > 5000:
            raise MemoryError("too long")
        return super().count(state, shelf_id)


class Endless(Sound):
    """Never ends by itself, whatever the turn limit."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, _, info = super().step(action)
        self.episode.over = terminated
        return observation, reward, terminated, False, info


class StepsOn(Sound):
    """Answers steps after the end."""

    def step(self, action: str) -> Any:
        if self._episode is not None and self.episode.over:
            return "", 0.0, True, False, {}
        return super().step(action)


class OpenLists(Sound):
    """Hands out its own list of messages."""

    def _info(self) -> dict[str, Any]:
        return {**super()._info(), "messages": self.episode.messages, "tools": self._schemas}


# --- rewards ---------------------------------------------------------------------------------------------------------


class OutOfRange(Sound):
    """Pays more than 1."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward * 2, terminated, truncated, info


class PaysEarly(Sound):
    """Pays for every step."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward if terminated or truncated else 0.01, terminated, truncated, info


class Negative(Sound):
    """Fines a failure."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        lost = (terminated or truncated) and reward == 0
        return observation, -1.0 if lost else reward, terminated, truncated, info


class BlindToDamage(Sound):
    """Does not see what else was changed."""

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "no_collateral": 1.0}


class PaysForNames(Sound):
    """Pays for calling the right tools, whatever their arguments."""

    reward_rule = RewardRule(weights={"names": 0.8}, joint=0.2)

    def terms(self, episode: Episode) -> dict[str, float]:
        wanted = [call.name for call in episode.task.gold_calls]
        called = [record.call.name for record in episode.calls]
        return {**super().terms(episode), "names": float(called[: len(wanted)] == wanted)}


class PaysForClaims(Sound):
    """Pays for saying that it was done."""

    reward_rule = RewardRule(weights={"polite": 0.5}, joint=0.5)

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "polite": float(any("." in text for text in episode.said))}


class PaysForTrying(Sound):
    """Pays for one write on what the customer names, before anything was read."""

    reward_rule = RewardRule(weights={"outcome": 0.5}, joint=0.5)


class PaysForTime(Sound):
    """Pays for staying to the last turn."""

    reward_rule = RewardRule(weights={"patient": 0.5}, joint=0.5)

    def terms(self, episode: Episode) -> dict[str, float]:
        patient = episode.turns >= self.max_turns or episode.communicated()
        return {**super().terms(episode), "patient": float(patient)}


# --- leaks -----------------------------------------------------------------------------------------------------------


class AnswerObserved(Sound):
    """Tells the answer in the request."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        hint = ", ".join(fact.value for fact in task.facts)
        self.system_prompt = f"{Sound.system_prompt} (The answer is {hint}.)"
        return task


class AnswerInInfo(Sound):
    """Tells the answer in info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "debug": [fact.value for fact in self.episode.task.facts]}


class GoldInInfo(Sound):
    """Shows the gold calls in info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "plan": [call.to_json() for call in self.episode.task.gold_calls]}


class AnswerInSchema(Sound):
    """Gives the answer as an example in a tool's description."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        info["tools"][0]["function"]["description"] += f" For example {self.episode.task.facts[0].value}."
        return observation, info


class TermsEarly(Sound):
    """Shows the reward terms at every step."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "reward_terms": self.terms(self.episode)}


# --- learnability ----------------------------------------------------------------------------------------------------


class NoSignal(Sound):
    """Asks for so much that whoever errs now and then is never paid."""

    max_turns = 60

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, split, difficulty + 16)


class EasierWhenHarder(Sound):
    """The levels are upside down."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, split, 4 - difficulty)


BROKEN: dict[type[ToolEnv], str] = {
    GlobalRandom: "determinism.global_rng",
    GlobalNumpy: "determinism.global_rng",
    Clock: "determinism.clock",
    Counter: "determinism.same_seed",
    SetOrder: "determinism.process",
    TextHash: "determinism.process",
    SeedIgnored: "determinism.seed",
    SeedUnused: "determinism.seed",
    SharedState: "determinism.instances",
    StaleInstance: "determinism.same_seed",
    NoneInfo: "gymnasium.info",
    OddInfo: "gymnasium.info",
    BytesObserved: "gymnasium.check_env",
    NoInfo: "gymnasium.check_env",
    TupleState: "tasks.json",
    SplitIgnored: "splits.disjoint",
    SameTasks: "splits.disjoint",
    Unsolvable: "solution.oracle",
    TooLong: "solution.oracle",
    OnlyTheFirstLevel: "solution.oracle",
    Undescribed: "schema.described",
    LyingSchema: "schema.honest",
    CrashingTool: "schema.honest",
    WritingRead: "schema.kinds",
    IdleWrite: "schema.kinds",
    AsciiOnly: "robustness.text",
    StrictJson: "robustness.text",
    FragileTool: "robustness.arguments",
    Endless: "robustness.limit",
    StepsOn: "robustness.end",
    OpenLists: "robustness.isolation",
    OutOfRange: "reward.range",
    PaysEarly: "reward.range",
    Negative: "reward.range",
    BlindToDamage: "reward.collateral",
    PaysForNames: "adversary.names_only",
    PaysForClaims: "adversary.claim",
    PaysForTrying: "adversary.write_first",
    PaysForTime: "adversary.spam",
    AnswerObserved: "leak.observation",
    AnswerInInfo: "leak.info",
    GoldInInfo: "leak.info",
    AnswerInSchema: "leak.schema",
    TermsEarly: "leak.terms",
    NoSignal: "learnability.signal",
    EasierWhenHarder: "learnability.difficulty",
}
"""The check that must name each fault."""
