"""The error model.

`UserError` is the one exception a command turns into a single sentence and a non-zero exit code: it names the
value, what was expected, and what to do. `ToolError` is what a tool raises to refuse a call; the environment turns
it into an observation, because a bad rollout is data, not a crash. Anything else is a bug and keeps its traceback.
"""


class UserError(Exception):
    """Input that cannot be used; the message is one sentence a user can act on.

    Example:
        >>> from trace_gym import make_env
        >>> make_env("trace/ServiceDesk-v1")
        Traceback (most recent call last):
        trace_gym.errors.UserError: Unknown environment id 'trace/ServiceDesk-v1'; did you mean 'trace/ServiceDesk-v0'?
    """


class TaskError(UserError):
    """A task that an environment has drawn cannot be used; the message tells the environment's author what to fix.

    Example:
        >>> from trace_gym import Task, ToolCall
        >>> from trace_gym.env.episode import goal_state
        >>> goal_state(Task("Hello", {}, gold=(ToolCall("fly"),)), {})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        trace_gym.errors.TaskError: A gold call names 'fly', but the tools are ...
    """


class ToolError(Exception):
    """A tool refuses a call; the message becomes the observation.

    Example:
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> _ = env.reset(seed=0)
        >>> env.tools["get_order"](env.episode.state, {"order_id": "W0"})
        Traceback (most recent call last):
        trace_gym.errors.ToolError: no order W0.
    """


class InvalidCallError(ToolError):
    """The arguments of a call do not satisfy the tool's schema.

    Example:
        >>> from trace_gym import make_env
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> env.tools["get_order"]({}, {})
        Traceback (most recent call last):
        trace_gym.errors.InvalidCallError: Invalid call of get_order: 'order_id' is a required property.
    """
