"""TRL: a class for `GRPOTrainer(environment_factory=...)`, rows for its dataset, and the reward function.

TRL makes the tool calls of a turn one by one, so that each is a turn here; it ends the rollout at the first turn
without one, which therefore reaches the environment only when the reward is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trace_gym.env.registration import make_env
from trace_gym.integrations.conversation import Conversation
from trace_gym.integrations.signatures import typed_method

_TAKEN = frozenset({"reset", "get_reward"})


def environment(env_id: str, **kwargs: Any) -> type:
    """Makes the class to hand to `environment_factory`: one typed, documented method a tool, and `reset`.

    Args:
        env_id: A registered `ToolEnv`.
        **kwargs: Of the environment, such as `split` and `difficulty`.

    Raises:
        UserError: If the environment cannot be made.
        ValueError: If a tool's or an argument's name cannot be a method's or a parameter's.
    """

    def __init__(self: Any) -> None:  # noqa: N807
        self._conversation = Conversation(make_env(env_id, **kwargs))

    def reset(self: Any, seed: int | None = None, index: int | None = None, **row: Any) -> str:
        """Starts the episode that the row of the dataset names and returns the user's first message."""
        request: str = self._conversation.begin(seed=seed, index=index)
        return request

    def call(self: Any, name: str, arguments: dict[str, Any]) -> str:
        result: str = self._conversation.call(name, arguments)
        return result

    # made once here too: its tools become methods, which TRL reads off the class
    env = make_env(env_id, **kwargs)
    members: dict[str, Any] = {"__init__": __init__, "reset": reset, "__doc__": type(env).__doc__}
    for name, tool in env.tools.items():
        if name in _TAKEN or name.startswith("_") or not name.isidentifier():
            raise ValueError(f"Tool {name!r} of {env_id} cannot be a method of a TRL environment; rename the tool.")
        members[name] = typed_method(tool.schema, call)

    return type(type(env).__name__, (), members)


def rows(env_id: str, count: int, *, first: int = 0, **kwargs: Any) -> list[dict[str, Any]]:
    """Returns dataset rows: the system prompt, an empty user message that `reset` fills, and the task's index.

    The generations of one row share its task.

    Args:
        env_id: A registered `ToolEnv`.
        count: Number of rows, one task each.
        first: The first task's number in the split.
        **kwargs: Of the environment.

    Raises:
        UserError: If the environment cannot be made.
    """
    system = make_env(env_id, **kwargs).system_prompt
    prompt = [{"role": "system", "content": system}, {"role": "user", "content": ""}]
    return [{"prompt": prompt, "index": first + i} for i in range(count)]


def reward(completions: Sequence[Any], environments: Sequence[Any], **columns: Any) -> list[float]:
    """The reward function: says each rollout's last message to its environment and returns what the episode paid.

    Args:
        completions: Each rollout's messages.
        environments: The instance that each rollout played.
        **columns: The dataset's other columns, not used.
    """
    return [_settle(messages, played._conversation) for messages, played in zip(completions, environments, strict=True)]


def _settle(messages: Sequence[dict[str, Any]], conversation: Conversation) -> float:
    last: dict[str, Any] = {}
    if messages:
        last = messages[-1]

    # TRL stops at a turn without calls and never shows it to the environment
    if last.get("role") == "assistant" and not last.get("tool_calls"):
        conversation.say(str(last.get("content") or ""))
    return conversation.finish()
