"""`CaseEnv`, the base of environments that are made of real tasks."""

from __future__ import annotations

import numpy as np

from trace_gym.env.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.reward import RewardRule
from trace_gym.env.task import Answer, Task
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthetic.blueprint import load_blueprint
from trace_gym.synthetic.cases import Case, instantiate
from trace_gym.synthetic.env import SyntheticEnv
from trace_gym.synthetic.exercised import EXERCISED, subject
from trace_gym.synthetic.task_builder import Part, TaskBuilder

# emitted modules import these from here
__all__ = ["CaseEnv", "load_blueprint"]


class CaseEnv(SyntheticEnv):
    """Rewards exercising one capability on real tasks that take it, with other identifiers and amounts.

    `reward = no_collateral * (0.4 * exercised + 0.6 * exercised * outcome * communicated * conduct)`.

    A subclass gives the blueprint, whose `roles` hold the `cases` and name what they `exercise`, and the tools.

    Example:
        >>> CaseEnv.reward_rule.weights["exercised"]
        0.4
    """

    # a task may take more than the one capability; most of the signal must not wait for the others
    reward_rule = RewardRule(weights={"exercised": 0.4}, joint=0.6, gates=("no_collateral",))
    max_turns = 16

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws one of the level's cases, and its values.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up: cases of longer solutions.
        """
        roles = self.blueprint["roles"]
        numbers = roles["levels"][difficulty - 1]
        case = instantiate(roles["cases"][numbers[int(rng.integers(len(numbers)))]], rng, split)
        builder = TaskBuilder(self.blueprint, rng, split)
        builder.state.update(tables=case["tables"], refusals=case["refusals"])
        self._add_unseen(builder, case)

        gold: list[ToolCall | str] = []
        if case["answers"]:
            gold.append("Could you tell me more?")
        for call in case["gold"]:
            gold.append(ToolCall(call["name"], call["arguments"]))
        return Task(
            request=case["request"],
            state=builder.state,
            gold=(*gold, case["reply"]),
            facts=tuple(Fact(fact["value"], tuple(fact["unless"]), fact["about"]) for fact in case["facts"]),
            # whatever is asked gets the next answer, as in the log
            answers=tuple(Answer(("?",), answer) for answer in case["answers"]),
            private={
                "needs": (self.blueprint["capability"]["name"],),
                "kinds": {tool["name"]: tool["kind"] for tool in self.blueprint["tools"]},
            },
        )

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Is not used: a case is a whole task.

        Args:
            builder: Builds the task's state.
            difficulty: The level, from 1 up.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("A case is a whole task.")

    def exercised(self, episode: Episode) -> float:
        """Returns how far the capability was exercised, by the predicate that the blueprint names.

        Args:
            episode: A finished episode.
        """
        return EXERCISED[self.blueprint["roles"]["exercises"]](episode)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Computes the reward terms, `conduct` among them: whatever the solution reads before a write is read first.

        Args:
            episode: A finished episode.

        Returns:
            Values in [0, 1] by name.
        """
        return {**super().terms(episode), "conduct": float(_reads_as_the_solution(episode))}

    def _add_unseen(self, builder: TaskBuilder, case: Case) -> None:
        """Gives the records that the user names and nobody in the logs looked up what a look-up would show."""
        for tool in self.blueprint["tools"]:
            table: dict[str, Json] = builder.state["tables"].get(tool["name"], {})
            forms = {_form(key) for key in table}
            arguments = list(tool["arguments"])
            if tool["kind"] != "read" or len(arguments) != 1:
                continue
            for word in case["request"].replace(",", " ").split():
                name = word.strip(".?!;:()\"'")
                if _form(name) in forms and name not in table and any(map(str.isdigit, name)):
                    builder.add_record(tool["name"], {arguments[0]: name})


def _form(text: str) -> str:
    return "".join("9" if character.isdigit() else character for character in text)


def _reads_as_the_solution(episode: Episode) -> bool:
    """Whether every record that the solution reads before it writes to it was read before it was written to."""
    kinds = episode.task.private["kinds"]
    wanted: set[str] = set()
    for call in episode.task.gold_calls:
        if kinds.get(call.name) == "read":
            wanted.add(subject(call))

    seen: set[str] = set()
    for record in episode.calls:
        name = subject(record.call)
        if record.kind == "read" and not record.error:
            seen.add(name)
        elif record.kind == "write" and name in wanted and name not in seen:
            return False
    return True
