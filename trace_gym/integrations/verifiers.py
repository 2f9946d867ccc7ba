"""verifiers (its v1 API): a tool environment as a taskset, the environment playing the user.

The taskset's id is `trace-verifiers`; model and environment exchange whole turns as text, so that any harness that
chats will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import verifiers.v1 as vf
from verifiers.v1.harnesses.null import NullHarnessConfig
from verifiers.v1.runtimes import SubprocessConfig

from trace_gym.env.registration import make_env
from trace_gym.integrations.conversation import Conversation
from trace_gym.integrations.tool_prompt import tool_prompt


class ToolEnvTasksetConfig(vf.TasksetConfig):
    """Which tasks."""

    env_id: str = "trace/ServiceDesk-v0"
    """A registered `ToolEnv`; `module:ns/Name-v0` imports the module first."""
    split: str = "train"
    """One of `trace_gym.SPLITS`."""
    difficulty: int = 1
    """Difficulty of the environment."""
    tasks: int = 100
    """How many tasks, the first of the split."""


class ToolEnvData(vf.TaskData):
    """What makes the task anew."""

    env_id: str
    env_kwargs: dict[str, Any]
    index: int


class ToolEnvTask(vf.Task[ToolEnvData]):
    """One task of the environment."""


class ToolEnvTaskset(vf.Taskset[ToolEnvTask, ToolEnvTasksetConfig]):
    """The first tasks of a split."""

    def load(self) -> Iterator[ToolEnvTask]:
        """Yields the tasks.

        Raises:
            UserError: If the environment cannot be made.
        """
        config = self.config
        kwargs = {"split": config.split, "difficulty": config.difficulty}
        env = make_env(config.env_id, **kwargs)
        for index in range(config.tasks):
            request, _ = env.reset(options={"index": index})
            data = ToolEnvData(
                name=f"{config.env_id}#{config.split}/{index}",
                prompt=request,
                system_prompt=tool_prompt(env),
                env_id=config.env_id,
                env_kwargs=kwargs,
                index=index,
            )
            yield ToolEnvTask(data, config.task)


class ToolEnvConfig(vf.EnvConfig):
    """Who plays."""

    player: vf.AgentConfig = vf.AgentConfig(harness=NullHarnessConfig(id="null"), runtime=SubprocessConfig())
    """The agent; by default a plain chat loop on this machine."""


class ToolEnvEnv(vf.Env[ToolEnvConfig]):
    """Plays one episode: the agent's replies go to the environment, its observations come back as user turns."""

    async def run(self, task: Any, agents: Any) -> None:
        """Plays the episode and records its reward, and each term of it as a metric.

        Args:
            task: The task that verifiers chose.
            agents: Who plays it.
        """
        conversation = Conversation(make_env(task.data.env_id, **task.data.env_kwargs))
        conversation.begin(index=task.data.index)
        async with agents.player.interaction(task) as interaction:
            segment = await interaction.turn()
            while not segment.terminated:
                observation = conversation.say(segment.last_reply)
                if conversation.over:
                    break
                segment = await interaction.turn(observation)

        interaction.trace.record_reward("reward", conversation.finish())
        for name, value in conversation.info["reward_terms"].items():
            interaction.trace.record_metric(name, value)
