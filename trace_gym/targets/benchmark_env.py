"""`BenchmarkEnv`: a published benchmark behind the one contract; its own code keeps the state and runs the calls."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from trace_gym.env.episode import CallRecord, Episode
from trace_gym.env.parsing import BadCall
from trace_gym.env.seeding import SPLITS
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import Tool
from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.env.user import User
from trace_gym.errors import ToolError

OFFICIAL_TRAIN, OFFICIAL_TEST, ALL = "official_train", "test", "all"
_SHARES = (0.4, 0.3, 0.3)
"""Of the official training tasks, in the order of `OUR_SPLITS`."""
OUR_SPLITS = SPLITS[:3]


class World(Protocol):
    """A benchmark's state during one episode.

    Example:
        >>> class Counter:
        ...     def __init__(self):
        ...         self.count = 0
        ...
        ...     def call(self, call):
        ...         self.count += 1
        ...         return str(self.count), False
        ...
        ...     def snapshot(self):
        ...         return {"count": self.count}
        ...
        ...     def terms(self, episode):
        ...         return {"counted": float(self.count > 0)}
        >>> Counter().call(ToolCall("count", {}))
        ('1', False)
    """

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call as the benchmark does; returns what the model reads and whether it is an error.

        Args:
            call: The call, as parsed.
        """
        ...

    def snapshot(self) -> Json:
        """Returns what differs from the initial state, as a JSON value."""
        ...

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the parts of the benchmark's score, each in [0, 1]; the reward is their product.

        Args:
            episode: The current one.
        """
        ...


class BenchmarkEnv(ToolEnv):
    """Base class of benchmark targets: a fixed list of tasks, official splits and ours inside the training one.

    `mine`, `train` and `evaluate` part the official training tasks (40, 30 and 30 %); `official_train` is all of
    those, `test` the official test tasks, `all` both. Where a benchmark has no official split, all its tasks count as
    training ones and there is no `test`. Calls are not validated here: what the benchmark makes of them is what counts.
    """

    splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, OFFICIAL_TRAIN, OFFICIAL_TEST, ALL)
    disjoint_splits: ClassVar[tuple[str, ...]] = (*OUR_SPLITS, OFFICIAL_TEST)
    max_difficulty = 1
    max_turns = 50
    late_is_failed: ClassVar[bool] = True
    """Whether the benchmark fails an episode that reaches the turn limit, whatever its state."""

    def __init__(
        self, *, split: str = "train", task_id: str | None = None, max_turns: int | None = None, **kwargs: Any
    ):
        """Makes an environment over the tasks of one split, or over one task.

        Args:
            split: See the class.
            task_id: The benchmark's name of a task; the environment then has no other, whatever the split.
            max_turns: Assistant turns after which the episode is truncated; the class's own by default.
            **kwargs: Of `ToolEnv`.

        Raises:
            UserError: If the benchmark is not installed.
            ValueError: If an argument is out of range.
        """
        super().__init__(split=split, **kwargs)
        if max_turns is not None:
            if isinstance(max_turns, bool) or not isinstance(max_turns, int) or max_turns < 1:
                raise ValueError(f"max_turns must be an integer >= 1, got {max_turns!r}.")
            self.max_turns = max_turns
        if task_id is None:
            self.names = self._names(split)
        else:
            self.names = [self._known(task_id)]
        self._world: World | None = None

    @abstractmethod
    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the task names by official split: `train`, and `test` where there is one."""
        raise NotImplementedError

    @abstractmethod
    def load_task(self, name: str) -> Task:
        """Returns a task by its benchmark's name.

        Args:
            name: The task, by its benchmark's name.
        """
        raise NotImplementedError

    @abstractmethod
    def open_world(self, task: Task) -> World:
        """Returns the task's initial state, ready to be called.

        Args:
            task: The problem.
        """
        raise NotImplementedError

    @abstractmethod
    def user_of(self, task: Task, world: World) -> User:
        """Returns who the assistant talks to.

        Args:
            task: The problem.
            world: The benchmark's state during this episode.
        """
        raise NotImplementedError

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns the messages the episode starts with; the last is the user's.

        Args:
            task: The problem.
        """
        return [{"role": "system", "content": self.system_prompt}, {"role": "user", "content": task.request}]

    @property
    def world(self) -> World:
        """The benchmark's state; only between `reset` and the next."""
        assert self._world is not None
        return self._world

    @property
    def task_count(self) -> int:
        """How many tasks the split has."""
        return len(self.names)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws one of the tasks.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up.
        """
        return self.load_task(self.names[int(rng.integers(len(self.names)))])

    def draw_task(self, index: int, difficulty: int) -> Task:
        """Returns the task at `index` of the split.

        Args:
            index: Its number in the split.
            difficulty: The level, from 1 up.
        """
        return self.load_task(self.names[index])

    def begin(self, task: Task) -> Episode:
        """Opens the benchmark's state.

        Args:
            task: The problem.
        """
        self._world = self.open_world(task)
        user = self.user_of(task, self._world)
        return Episode(task=task, state={}, goal={}, user=user, messages=self.opening(task))

    def run_call(self, episode: Episode, call: ToolCall | BadCall) -> CallRecord:
        """Hands a call to the benchmark as it is; only what is no call at all is refused here.

        Args:
            episode: The current one.
            call: The call, as parsed.
        """
        if isinstance(call, BadCall):
            return super().run_call(episode, call)
        tool = self.tools.get(call.name)
        text, error = self.world.call(call)
        return CallRecord(call, text, error, "unknown" if tool is None else tool.kind)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the parts of the benchmark's score, and whether the conversation came to its end in time.

        Args:
            episode: The current one.
        """
        late = episode.truncated and self.late_is_failed
        return {**self.world.terms(episode), "in_time": float(not late)}

    def snapshot(self) -> Json:
        """Returns what differs from the task's initial state."""
        return self.world.snapshot()

    def benchmark_tool(self, schema: Mapping[str, Json], kind: str) -> Tool:
        """Makes a tool of a benchmark's function schema; by itself it runs on the current world.

        Args:
            schema: The benchmark's OpenAI function schema.
            kind: `read` or `write`.
        """
        body = schema["function"]
        name = body["name"]

        def run(state: dict[str, Json], /, **arguments: Json) -> str:
            text, error = self.world.call(ToolCall(name, arguments))
            if error:
                raise ToolError(text)
            return text

        # the benchmark's schemas are shared by all environments
        parameters = copy_json(body["parameters"])
        return Tool(name, body.get("description", ""), parameters, "write" if kind == "write" else "read", run)

    def _names(self, split: str) -> list[str]:
        official = self.official()
        train = list(official["train"])
        test = list(official.get("test", ()))
        if split in OUR_SPLITS:
            return part(train, split)

        names = {OFFICIAL_TRAIN: train, OFFICIAL_TEST: test, ALL: [*train, *test]}[split]
        if not names:
            ours = ", ".join(OUR_SPLITS)
            raise ValueError(f"{type(self).__name__} has no official {split!r} tasks; use one of {ours}.")

        return names

    def _known(self, task_id: str) -> str:
        names = list(itertools.chain.from_iterable(self.official().values()))
        if task_id not in names:
            raise ValueError(f"Unknown task {task_id!r}; known are {', '.join(names[:3])} ... {names[-1]}.")
        return task_id


def part(names: Sequence[str], split: str) -> list[str]:
    """Returns our `split` of a benchmark's training tasks: fixed, disjoint, mixed over the list's order.

    Args:
        names: The training tasks, in the benchmark's order.
        split: One of `OUR_SPLITS`.
    """
    order = np.random.default_rng(np.random.SeedSequence([len(names), 5336])).permutation(len(names))
    bounds = np.rint(np.cumsum((0.0, *_SHARES)) * len(names)).astype(int)
    place = OUR_SPLITS.index(split)
    return [names[i] for i in sorted(order[bounds[place] : bounds[place + 1]])]
