"""TRACE Gym: Gymnasium environments that train the capabilities an LLM agent lacks.

Example:
    >>> import trace_gym
    >>> env = trace_gym.make_env("trace/ServiceDesk-v0")
    >>> observation, info = env.reset(seed=0)
    >>> for action in env.oracle():
    ...     observation, reward, terminated, truncated, info = env.step(action)
    >>> reward
    1.0
"""

from trace_gym.env.discovery import discover
from trace_gym.env.facts import Fact
from trace_gym.env.registration import make_env, register_env
from trace_gym.env.reward import RewardRule
from trace_gym.env.reward_terms import reward_term
from trace_gym.env.seeding import SPLITS
from trace_gym.env.task import Answer, Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import tool
from trace_gym.env.types import ToolCall
from trace_gym.errors import ToolError, UserError
from trace_gym.synthesis.load import register_folder
from trace_gym.targets import IDS

__version__ = "0.2.0"

__all__ = [
    "SPLITS",
    "Answer",
    "Fact",
    "RewardRule",
    "Task",
    "ToolCall",
    "ToolEnv",
    "ToolError",
    "UserError",
    "discover",
    "make_env",
    "register_env",
    "register_folder",
    "reward_term",
    "tool",
]

for _env_id, (_entry_point, _kwargs) in IDS.items():
    register_env(_env_id, _entry_point, **_kwargs)
