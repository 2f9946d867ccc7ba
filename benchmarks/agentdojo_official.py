"""AgentDojo's own pipeline and checks on given turns, beside which our environments are held."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import Any

from trace_gym.env.types import ToolCall
from trace_gym.targets.agentdojo import suites, upstream
from trace_gym.targets.agentdojo.env import AgentDojoEnv

Turn = Sequence[ToolCall] | str
"""Calls made at once, or the message that ends the episode."""


def run(env: AgentDojoEnv, turns: Sequence[Turn]) -> tuple[bool, bool, list[str]]:
    """What AgentDojo itself makes of the turns: utility, whether the injection succeeded, and what its tools return."""
    base = upstream.module("agent_pipeline.base_pipeline_element").BasePipelineElement
    types, calls = upstream.module("types"), upstream.module("functions_runtime").FunctionCall
    executor = upstream.module("agent_pipeline.tool_execution").ToolsExecutor()
    texts: list[str] = []

    def said(text: str, rows: Any = None) -> Any:
        content = [types.text_content_block_from_string(text)]
        return types.ChatAssistantMessage(role="assistant", content=content, tool_calls=rows)

    class Scripted(base):  # type: ignore[misc, valid-type]
        def query(self, query: str, runtime: Any, env: Any, messages: Any = (), extra_args: Any = None) -> Any:
            messages = []
            for number, turn in enumerate(turns, 1):
                if isinstance(turn, str):
                    messages.append(said(turn))
                    break
                arguments = [(call.name, json.loads(json.dumps(dict(call.arguments)))) for call in turn]
                messages.append(said("", [calls(function=name, args=args) for name, args in arguments]))
                if number > 15:  # the most rounds its loop runs
                    break
                before = len(messages)
                messages = list(executor.query(query, runtime, env, messages)[3])
                texts.extend(m["error"] or types.get_text_content_as_str(m["content"]) for m in messages[before:])
            return query, runtime, env, messages, {}

    name, threat = env.episode.task.name, env._threat
    suite = suites.suite_of(env.version, env.suite)
    injected = {} if threat is None else dict(suites.injections(env.version, env.suite, name, threat))
    goal = None if threat is None else suite.injection_tasks[threat.injection_task]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        utility, hijacked = suite.run_task_with_pipeline(Scripted(), suite.user_tasks[name], goal, injected)
    return utility, hijacked, texts
