"""`ToolEnv`, the one environment contract: a conversation with a user, with tools, as a Gymnasium environment."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.error import ResetNeeded

from trace_gym.env.candidates import candidate_calls, candidate_messages
from trace_gym.env.episode import CallRecord, Episode, goal_state
from trace_gym.env.parsing import BadCall, Turn, parse_turn, render_call
from trace_gym.env.reward import RewardRule, state_terms
from trace_gym.env.reward_terms import rule_of, terms_of
from trace_gym.env.seeding import SPLITS, task_rng
from trace_gym.env.spaces import AssistantTurn, Utf8Text
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool, tools_of
from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.env.user import ScriptedUser
from trace_gym.errors import ToolError

MAX_INDEX = 2**31
"""Task indices of an endless split are drawn below this."""


class ToolEnv(gym.Env[str, str]):
    """Base class of every tool environment.

    The action is the assistant's whole turn as text; tool calls in it are executed, a turn without one is a message
    to the user. The observation is the text that is new since the last turn. `info` carries `messages` (OpenAI chat
    messages so far), `tools` (OpenAI function schemas), `split`, `index`, and at the end `reward_terms` and `success`.
    The reward, in [0, 1], is paid at the end of the episode.

    A subclass gives `system_prompt`, methods marked with `@tool`, and `make_task`; methods marked with `@reward_term`
    add to the reward.

    Example:
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> observation, info = env.reset(seed=0)
        >>> for turn in env.oracle():
        ...     observation, reward, terminated, truncated, info = env.step(turn)
        >>> reward, terminated, info["success"]
        (1.0, True, True)
    """

    metadata: dict[str, Any] = {  # noqa: RUF012  as Gymnasium declares it
        "render_modes": ["ansi"],
        "render_fps": 4,
    }
    system_prompt: str = "You are a helpful customer-service agent."
    """The system message, which includes the company's guidelines."""
    reward_rule: RewardRule = RewardRule()
    """How the terms add up; a class that declares reward terms and leaves this alone gets the rule they imply."""
    max_turns: int = 12
    """Assistant turns after which the episode is truncated."""
    max_difficulty: int = 3
    """The highest difficulty level; the lowest is 1."""
    splits: ClassVar[tuple[str, ...]] = SPLITS
    """The splits there are tasks of."""
    disjoint_splits: ClassVar[tuple[str, ...]] = SPLITS
    """Those of them that share no task."""
    waivers: ClassVar[Mapping[str, str]] = {}
    """Checks (see `trace-gym check`) this environment cannot pass, each with the reason; for benchmarks as they are."""

    def __init__(self, *, split: str = "train", difficulty: int = 1, render_mode: str | None = None) -> None:
        """Makes an environment over the tasks of one split.

        Args:
            split: One of `splits`.
            difficulty: 1 to `max_difficulty`; `reset(options={"difficulty": ...})` overrides it for one episode.
            render_mode: None or `"ansi"`.

        Raises:
            ValueError: If an argument is out of range.
        """
        if split not in self.splits:
            raise ValueError(f"Unknown split {split!r}; expected one of {', '.join(self.splits)}.")
        self.split = split
        self.difficulty = self._checked_difficulty(difficulty)
        self.render_mode = render_mode

        self.tools: dict[str, Tool] = {}
        self._schemas: list[dict[str, Json]] = []
        self._shown_schemas: list[dict[str, Json]] = []
        self._shown_messages: list[dict[str, Json]] = []
        self.use_tools(self.all_tools().values())

        self._terms = terms_of(self)
        # a rule that the class states itself wins over the one its terms imply
        if self._terms and type(self).reward_rule is ToolEnv.reward_rule:
            self.reward_rule = rule_of(self._terms)
        self.action_space = AssistantTurn(self._schemas)
        self.observation_space = Utf8Text()
        self._episode: Episode | None = None
        self._index = -1

    @abstractmethod
    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws one task.

        Args:
            rng: The task's own generator; all randomness must come from it.
            split: Identifiers must come from this split only (`numbers_of_split`).
            difficulty: 1 to `max_difficulty`.
        """
        raise NotImplementedError

    def all_tools(self) -> dict[str, Tool]:
        """Returns every tool there may be, by name; an episode may offer fewer (`use_tools`)."""
        return tools_of(self)

    def use_tools(self, tools: Iterable[Tool]) -> None:
        """Offers exactly these tools from here on.

        Args:
            tools: Some of `all_tools`.
        """
        self.tools = {tool.name: tool for tool in tools}
        self._schemas = [tool.schema for tool in self.tools.values()]
        # copied, since callers may modify what they are shown
        self._shown_schemas = copy_json(self._schemas)

    def draw_task(self, index: int, difficulty: int) -> Task:
        """Returns a task of the environment's split.

        Args:
            index: Its number in the split.
            difficulty: 1 to `max_difficulty`.
        """
        return self.make_task(task_rng(self.split, index, difficulty), self.split, difficulty)

    def begin(self, task: Task) -> Episode:
        """Sets up an attempt at a task.

        Args:
            task: The problem.
        """
        return Episode(
            task=task,
            state=copy_json(task.state),
            goal=goal_state(task, self.tools),
            user=ScriptedUser(task.answers),
            messages=[
                {"role": "system", "content": self.system_prompt},
                {"role": "user", "content": task.request},
            ],
        )

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether the calls just run end the episode; here only the user ends it.

        Args:
            episode: The current one.
        """
        return False

    def snapshot(self) -> Json:
        """Returns the current state as a JSON value that is equal when the states are."""
        return copy_json(self.episode.state)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Computes the reward terms of a finished episode.

        Args:
            episode: It must be over.

        Returns:
            A number in [0, 1] by name.
        """
        own = {name: term(episode) for name, term in self._terms.items()}
        return {
            **own,
            **state_terms(episode.task.state, episode.goal, episode.state),
            "communicated": episode.communicated(),
        }

    @property
    def episode(self) -> Episode:
        """The current episode, for reward terms and scoring; policies never see it.

        Raises:
            ResetNeeded: Before the first `reset`.
        """
        if self._episode is None:
            raise ResetNeeded("Call reset() before using the episode.")
        return self._episode

    @property
    def schemas(self) -> list[dict[str, Json]]:
        """The tools as OpenAI function schemas."""
        return self._schemas

    @property
    def task_count(self) -> int | None:
        """How many tasks the split has; None when they are drawn without end."""
        return None

    @property
    def index(self) -> int:
        """The current task's number in the split, -1 before the first `reset`."""
        return self._index

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: Seeds `np_random`, from which the task index is drawn when `options` names none.
            options: `index` (task number in the split, >= 0) and `difficulty` are understood.

        Returns:
            The user's first message, and `info`.

        Raises:
            ValueError: If an option is unknown or out of range.
        """
        super().reset(seed=seed)
        options = dict(options or {})
        # drawn only if none is named: a drawn index advances np_random, which later resets draw from
        if "index" in options:
            index = self._checked_index(options.pop("index"))
        else:
            index = self._drawn_index()
        difficulty = self._checked_difficulty(options.pop("difficulty", self.difficulty))
        if options:
            raise ValueError(f"Unknown reset options {sorted(options)}; expected index and difficulty.")

        task = self.draw_task(index, difficulty)
        self._index = index
        # copied for each episode, since callers may modify what they are shown
        self._shown_schemas = copy_json(self._schemas)
        self._shown_messages = []
        self._episode = self.begin(task)
        return str(self._episode.messages[-1]["content"]), self._info()

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Takes one assistant turn; see Gymnasium's `Env.step`.

        Args:
            action: The whole turn, any text.

        Returns:
            Observation, reward, terminated, truncated and `info`.

        Raises:
            ResetNeeded: If the episode is over or was never started.
            TypeError: If `action` is not text.
        """
        if self._episode is None or self._episode.over:
            raise ResetNeeded("The episode is over; call reset() before step().")
        if not isinstance(action, str):
            raise TypeError(f"An action is the assistant's turn as text, got {type(action).__name__}.")
        episode = self._episode
        episode.turns += 1

        turn = parse_turn(action)
        if turn.calls:
            observation = self._run_calls(episode, action, turn)
            terminated = self.ended_by_calls(episode)
        else:
            observation, terminated = self._speak(episode, turn.message)
        truncated = episode.truncated = not terminated and episode.turns >= self.max_turns
        episode.over = terminated or truncated

        info = self._info()
        reward = 0.0
        if episode.over:
            terms = self.terms(episode)
            reward = self.reward_rule.total(terms)
            info["reward_terms"] = terms
            info["success"] = reward >= 1.0 - 1e-9
        return observation, reward, terminated, truncated, info

    def oracle(self) -> list[str]:
        """Returns the gold solution of the current task as actions."""
        actions: list[str] = []
        for turn in self.episode.task.gold:
            if isinstance(turn, ToolCall):
                actions.append(render_call(turn))
            else:
                actions.append(turn)
        return actions

    def candidate_calls(self) -> list[ToolCall]:
        """Returns a finite set of calls that make sense for the current task, the gold calls among them."""
        return candidate_calls(self.episode.task, self.tools)

    def candidate_messages(self) -> list[str]:
        """Returns a finite set of messages that make sense for the current task, the gold ones among them."""
        return candidate_messages(self.episode.task)

    def render(self) -> str | None:
        """Returns the conversation as text when `render_mode` is `"ansi"`."""
        if self.render_mode != "ansi":
            return None
        return "\n".join(f"{message['role']}: {message['content']}" for message in self.episode.messages)

    def run_call(self, episode: Episode, call: ToolCall | BadCall) -> CallRecord:
        """Runs one call; a fault or a refusal becomes its result.

        Args:
            episode: The current one.
            call: As parsed.
        """
        if isinstance(call, BadCall):
            return CallRecord(ToolCall("invalid", {}), f"Error: {call.reason}", True, "unknown")
        tool = self.tools.get(call.name)
        if tool is None:
            known = ", ".join(self.tools)
            return CallRecord(call, f"Error: there is no tool {call.name[:80]!r}; there are: {known}.", True, "unknown")
        try:
            return CallRecord(call, tool(episode.state, call.arguments), False, tool.kind)
        except ToolError as refusal:
            return CallRecord(call, f"Error: {refusal}", True, tool.kind)

    def _run_calls(self, episode: Episode, action: str, turn: Turn) -> str:
        """Runs the calls of a turn and appends them to the conversation; returns their results."""
        rows = []
        results = []
        for number, call in enumerate(turn.calls):
            record = self.run_call(episode, call)
            episode.calls.append(record)
            identifier = f"call_{episode.turns}_{number}"
            function = {"name": record.call.name, "arguments": dict(record.call.arguments)}
            rows.append({"id": identifier, "type": "function", "function": function})
            results.append(
                {
                    "role": "tool",
                    "tool_call_id": identifier,
                    "name": record.call.name,
                    "content": record.result,
                    "error": record.error,
                }
            )
        episode.messages.append({"role": "assistant", "content": turn.message, "tool_calls": rows, "raw": action})
        episode.messages.extend(results)
        return "\n".join(record.result for record in episode.calls[-len(turn.calls) :])

    def _speak(self, episode: Episode, message: str) -> tuple[str, bool]:
        """Tells the user something; returns the reply and whether the conversation is over."""
        episode.said.append(message)
        episode.messages.append({"role": "assistant", "content": message})
        reply, over = episode.user.reply(message)
        episode.messages.append({"role": "user", "content": reply})
        return reply, over

    def _info(self) -> dict[str, Any]:
        # only what is new is copied: a long conversation would make every step slower
        self._shown_messages.extend(map(_copied, self.episode.messages[len(self._shown_messages) :]))
        return {
            "messages": list(self._shown_messages),
            "tools": list(self._shown_schemas),
            "split": self.split,
            "index": self._index,
        }

    def _drawn_index(self) -> int:
        count = self.task_count
        if count is None:
            count = MAX_INDEX
        return int(self.np_random.integers(count))

    def _checked_index(self, index: Any) -> int:
        if isinstance(index, bool) or not isinstance(index, (int, np.integer)) or index < 0:
            raise ValueError(f"index must be an integer and must be >= 0, got {index!r}.")
        if self.task_count is not None and index >= self.task_count:
            raise ValueError(f"index must be below {self.task_count}, the tasks of split {self.split!r}, got {index}.")
        return int(index)

    def _checked_difficulty(self, difficulty: Any) -> int:
        if isinstance(difficulty, bool) or not isinstance(difficulty, (int, np.integer)):
            raise ValueError(f"difficulty must be an integer, got {difficulty!r}.")
        if not 1 <= difficulty <= self.max_difficulty:
            raise ValueError(f"difficulty must be 1 to {self.max_difficulty}, got {difficulty}.")
        return int(difficulty)


def _copied(message: dict[str, Json]) -> dict[str, Json]:
    """Copies a message to the bottom; most have one level."""
    if "tool_calls" not in message:
        return dict(message)
    return {**message, "tool_calls": copy_json(message["tool_calls"])}


def tool_kinds(env: ToolEnv) -> Mapping[str, str]:
    """Returns whether each tool reads or writes.

    Args:
        env: An environment.

    Example:
        >>> from trace_gym import make_env
        >>> tool_kinds(make_env("trace/ServiceDesk-v0"))["cancel_order"]
        'write'
    """
    return {name: tool.kind for name, tool in env.tools.items()}
