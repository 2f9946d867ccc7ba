"""The error model.

`UserError` is the one exception a command turns into a single sentence and a non-zero exit code: it names the
value, what was expected, and what to do. `ToolError` is what a tool raises to refuse a call; the environment turns
it into an observation, because a bad rollout is data, not a crash. Anything else is a bug and keeps its traceback.
"""


class UserError(Exception):
    """Input that cannot be used; the message is one sentence a user can act on."""


class TaskError(UserError):
    """A task that an environment has drawn cannot be used; the message tells its author what to mend."""


class ToolError(Exception):
    """A tool refuses a call; the message becomes the observation."""


class InvalidCallError(ToolError):
    """The arguments of a call do not satisfy the tool's schema."""
