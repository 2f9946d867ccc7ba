"""tau2-bench's own way from a task to a reward: its constructors, its environment, its evaluators."""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.upstream import data_folder, module


@contextlib.contextmanager
def data_under_upstream_names() -> Iterator[None]:
    """Lets the benchmark's own constructors find their data, unpacked; for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        for source in (data_folder() / "domains").glob("*/*"):
            if not source.is_file():
                continue
            data = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
            name = source.name.removesuffix(".gz")
            name = name.removesuffix(".txt") + ".md" if name.endswith(".txt") else name
            target = Path(folder) / source.parent.name / name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
        with contextlib.ExitStack() as stack:
            for domain in domains.DOMAINS:
                _point(stack, module(f"domains.{domain}.environment"), Path(folder) / domain)
            yield


def _point(stack: contextlib.ExitStack, code: Any, folder: Path) -> None:
    for name, value in list(vars(code).items()):
        if name.endswith(("_PATH", "_PATH_FULL", "_PATH_SMALL")) and isinstance(value, Path):
            stack.callback(setattr, code, name, value)
            setattr(code, name, folder / value.name)


def constructor(domain: str) -> Any:
    """The benchmark's own `get_environment` of a domain."""
    code = module(f"domains.{domain}.environment")
    return code.get_environment_manual_policy if domain == "telecom" else code.get_environment


def transcript(said: Sequence[str], calls: Sequence[Any], answers: Sequence[str]) -> list[Any]:
    """Writes what was said, called and answered as the benchmark's messages; upstream compares the answers."""
    message = module("data_model.message")
    rows: list[Any] = [message.AssistantMessage(role="assistant", content=text) for text in said if text.strip()]
    for number, (call, answer) in enumerate(zip(calls, answers, strict=True)):
        own = call.model_copy(update={"id": str(number)}, deep=True)
        kind = message.AssistantMessage if call.requestor == "assistant" else message.UserMessage
        rows.append(kind(role=call.requestor, content=None, tool_calls=[own]))
        rows.append(message.ToolMessage(id=own.id, role="tool", content=answer, requestor=call.requestor))
    return rows


def reward(
    domain: str, task: Any, said: Sequence[str], calls: Sequence[Any], answers: Sequence[str], *, solo: bool = False
) -> float:
    """The benchmark's reward: the product of its evaluators over the task's basis, as its own `ALL` combines them."""
    messages, criteria = transcript(said, calls, answers), task.evaluation_criteria
    basis = {str(kind.value) for kind in criteria.reward_basis}
    environment = module("evaluator.evaluator_env").EnvironmentEvaluator
    total = 1.0
    if basis & {"DB", "ENV_ASSERTION"}:
        total *= environment.calculate_reward(
            environment_constructor=constructor(domain), task=task, full_trajectory=messages, solo_mode=solo
        ).reward
    if "ACTION" in basis:
        evaluator = module("evaluator.evaluator_action").ActionEvaluator
        total *= evaluator.calculate_reward(task=task, full_trajectory=messages).reward
    if "COMMUNICATE" in basis:
        evaluator = module("evaluator.evaluator_communicate").CommunicateEvaluator
        total *= evaluator.calculate_reward(task=task, full_trajectory=messages).reward
    return float(total)


os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
