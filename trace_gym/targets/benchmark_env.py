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
OUR_SPLITS = SPLITS[:3]
"""Our division of the official training tasks: `mine`, `train` and `evaluate`."""
_SHARES = (0.4, 0.3, 0.3)
"""Share of the official training tasks in each of `OUR_SPLITS`."""


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
        """Runs one call as the benchmark does.

        Args:
            call: The call, as parsed.

        Returns:
            What the model reads, and whether it is an error.
        """
        ...

    def snapshot(self) -> Json:
        """Returns what differs from the initial state, as a JSON value."""
        ...

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the parts of the benchmark's score, each in [0, 1]; the reward is their product.

        Args:
            episode: The finished episode.
        """
        ...


class BenchmarkEnv(ToolEnv):
    """Base class of benchmark targets, which have a fixed list of tasks in official splits.

    `mine`, `train` and `evaluate` divide the official training tasks (40, 30 and 30 %); `official_train` is all of
    them, `test` the official test tasks, and `all` both. Where a benchmark has no official split, all its tasks count
    as training tasks and there is no `test`. Calls are not validated here: how the benchmark answers them is what
    counts.

    Example:
        >>> class Silent:
        ...     def reply(self, message):
        ...         return "", True
        >>> class Lamp:
        ...     lit = False
        ...
        ...     def call(self, call):
        ...         self.lit = True
        ...         return "It is on.", False
        ...
        ...     def snapshot(self):
        ...         return {"lit": self.lit}
        ...
        ...     def terms(self, episode):
        ...         return {"lit": float(self.lit)}
        >>> class Lamps(BenchmarkEnv):
        ...     def official(self):
        ...         return {"train": ["hall", "attic"], "test": ["cellar"]}
        ...
        ...     def all_tools(self):
        ...         parameters = {"type": "object", "properties": {}}
        ...         schema = {"function": {"name": "switch", "parameters": parameters}}
        ...         return {"switch": self.benchmark_tool(schema, "write")}
        ...
        ...     def load_task(self, name):
        ...         return Task(f"Light the {name}.", {}, (ToolCall("switch", {}), "Done."), name=name)
        ...
        ...     def open_world(self, task):
        ...         return Lamp()
        ...
        ...     def user_of(self, task, world):
        ...         return Silent()
        >>> env = Lamps(split="all")
        >>> env.task_count
        3
        >>> env.reset(options={"index": 2})[0]
        'Light the cellar.'
        >>> for turn in env.oracle():
        ...     observation, reward, terminated, truncated, info = env.step(turn)
        >>> reward, info["reward_terms"]
        (1.0, {'lit': 1.0, 'in_time': 1.0})
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
            split: One of `splits`.
            task_id: The benchmark's name of a task, which is then the environment's only one, whatever the split.
            max_turns: Assistant turns after which the episode is truncated, >= 1; the class's own by default.
            **kwargs: Arguments of `ToolEnv`.

        Raises:
            UserError: If the benchmark is not installed.
            ValueError: If an argument is out of range.
        """
        super().__init__(split=split, **kwargs)
        if max_turns is not None:
            # True would pass for a limit of one turn
            if isinstance(max_turns, bool) or not isinstance(max_turns, int) or max_turns < 1:
                raise ValueError(f"max_turns must be an integer >= 1, got {max_turns!r}.")
            self.max_turns = max_turns

        if task_id is None:
            self.task_names = self._names_of(split)
        else:
            self.task_names = [self._known(task_id)]
        self._world: World | None = None

    @abstractmethod
    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the task names of each official split: `train`, and `test` if there is one."""
        raise NotImplementedError

    @abstractmethod
    def load_task(self, name: str) -> Task:
        """Returns one task.

        Args:
            name: The benchmark's name for the task.
        """
        raise NotImplementedError

    @abstractmethod
    def open_world(self, task: Task) -> World:
        """Returns the task's initial state, in which calls can be made.

        Args:
            task: The task of the new episode.
        """
        raise NotImplementedError

    @abstractmethod
    def user_of(self, task: Task, world: World) -> User:
        """Returns the user whom the assistant talks to.

        Args:
            task: The task of the new episode.
            world: The benchmark's state during this episode, where a user's own tools act.
        """
        raise NotImplementedError

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns the messages the episode starts with; the last one is the user's.

        Args:
            task: The task of the new episode.
        """
        return [{"role": "system", "content": self.system_prompt}, {"role": "user", "content": task.request}]

    @property
    def world(self) -> World:
        """The benchmark's state during the current episode; there is none before the first `reset`."""
        assert self._world is not None
        return self._world

    @property
    def task_count(self) -> int:
        """How many tasks the split has."""
        return len(self.task_names)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws one of the tasks.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: Not used: `names` already holds the tasks of the environment's split.
            difficulty: Not used: a benchmark's tasks come in one level.
        """
        return self.load_task(self.task_names[int(rng.integers(len(self.task_names)))])

    def draw_task(self, index: int, difficulty: int) -> Task:
        """Returns the task at `index` of the split.

        Args:
            index: The task's number in the split, >= 0.
            difficulty: Not used: a benchmark's tasks come in one level.
        """
        # listed, not drawn: every task of the split comes once before any comes twice
        return self.load_task(self.task_names[index])

    def begin(self, task: Task) -> Episode:
        """Opens the benchmark's state.

        Args:
            task: The task of the new episode.
        """
        self._world = self.open_world(task)
        user = self.user_of(task, self._world)
        # state and goal stay empty: the world holds the state, and the benchmark's own rules do the scoring
        return Episode(task=task, state={}, goal={}, user=user, messages=self.opening(task))

    def run_call(self, episode: Episode, call: ToolCall | BadCall) -> CallRecord:
        """Hands a call to the benchmark unchanged; only text that does not parse as a call is refused here.

        Args:
            episode: The current episode.
            call: The call, as parsed.
        """
        if isinstance(call, BadCall):
            return super().run_call(episode, call)

        # unknown tools and wrong arguments go through, too: a model reads the benchmark's own error
        text, error = self.world.call(call)
        kind = "unknown"
        if call.name in self.tools:
            kind = self.tools[call.name].kind
        return CallRecord(call, text, error, kind)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the parts of the benchmark's score, and `in_time`: 0 if the turn limit fails the episode.

        Args:
            episode: The finished episode.
        """
        late = episode.truncated and self.late_is_failed
        return {**self.world.terms(episode), "in_time": float(not late)}

    def snapshot(self) -> Json:
        """Returns what differs from the task's initial state."""
        return self.world.snapshot()

    def benchmark_tool(self, schema: Mapping[str, Json], kind: str) -> Tool:
        """Makes a tool from a benchmark's function schema; running it makes the call in the current world.

        Args:
            schema: The benchmark's OpenAI function schema.
            kind: What the benchmark says the tool does to the state; anything but `write` counts as `read`.
        """
        body = schema["function"]
        name = body["name"]

        def run(state: dict[str, Json], /, **arguments: Json) -> str:
            text, error = self.world.call(ToolCall(name, arguments))
            if error:
                raise ToolError(text)
            return text

        # copied: the benchmark's schemas are shared by all environments of this process
        parameters = copy_json(body["parameters"])
        description = body.get("description", "")
        if kind == "write":
            return Tool(name, description, parameters, "write", run)
        return Tool(name, description, parameters, "read", run)

    def _names_of(self, split: str) -> list[str]:
        """The tasks of a split, in the benchmark's order."""
        official = self.official()
        train = list(official["train"])
        test = list(official.get("test", ()))
        if split in OUR_SPLITS:
            return split_tasks(train, split)

        names = {OFFICIAL_TRAIN: train, OFFICIAL_TEST: test, ALL: [*train, *test]}[split]
        if not names:
            ours = ", ".join(OUR_SPLITS)
            raise ValueError(f"{type(self).__name__} has no official {split!r} tasks; use one of {ours}.")
        return names

    def _known(self, task_id: str) -> str:
        """Checks that the benchmark has a task, in whatever split."""
        names = list(itertools.chain.from_iterable(self.official().values()))
        if task_id not in names:
            # a benchmark may have a thousand tasks: the first few show what their names look like
            raise ValueError(f"Unknown task {task_id!r}; expected one of {', '.join(names[:3])} ... {names[-1]}.")
        return task_id


def split_tasks(names: Sequence[str], split: str) -> list[str]:
    """Returns our `split` of a benchmark's training tasks.

    The splits are disjoint, always the same, and each is spread over the whole list: benchmarks often list related
    tasks next to one another.

    Args:
        names: The training tasks, in the benchmark's order.
        split: One of `OUR_SPLITS`.

    Returns:
        The chosen tasks, in the benchmark's order.

    Example:
        >>> tasks = [str(number) for number in range(10)]
        >>> [split_tasks(tasks, split) for split in OUR_SPLITS]
        [['0', '6', '8', '9'], ['3', '4', '7'], ['1', '2', '5']]
    """
    # seeded by the list's length alone, so that each environment and process divides a benchmark alike
    order = np.random.default_rng(np.random.SeedSequence([len(names), 5336])).permutation(len(names))
    bounds = np.rint(np.cumsum((0.0, *_SHARES)) * len(names)).astype(int)

    place = OUR_SPLITS.index(split)
    chosen = sorted(order[bounds[place] : bounds[place + 1]])
    return [names[number] for number in chosen]
