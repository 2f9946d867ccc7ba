"""Choosing between the two routers on held-out emitted prompts, and keeping the choice in `router.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.files import write_json
from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.policies.adapters import BASE, AdapterBank, Chooser
from trace_trainers.routing.classifier import LetterClassifier
from trace_trainers.routing.features import FeatureRouter
from trace_trainers.routing.prompts import RoutingPrompt, emitted_prompts, prompt_of

SCHEMA = "trace-gym/router"
VERSION = 1


class Router(Protocol):
    """Chooses a capability per prompt: its number, or -1 for none. Deterministic; decides from the first message."""

    kind: str

    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the choice for each prompt."""
        ...


def build_router(
    bank: AdapterBank, envs: Mapping[str, ToolEnv], descriptions: Sequence[str], out: Path, *, prompts: int
) -> Router:
    """Builds both routers, compares them on held-out emitted prompts, writes `router.json`, returns the better.

    Args:
        bank: the base; adapters are switched off while routing.
        envs: emitted environment by capability name, in the adapters' order.
        descriptions: of the capabilities, in the same order.
        out: where `router.json` goes; the gate's parameters go beside it, as `.npz`.
        prompts: prompts per environment, for training and again for the comparison.
    """
    names = list(envs)
    with bank.using(BASE) as base:
        gate = FeatureRouter(base, bank.tokenizer)
        gate.fit(emitted_prompts(envs, prompts, held_out=False))
        routers: list[Router] = [LetterClassifier(base, bank.tokenizer, descriptions), gate]
        held_out = emitted_prompts(envs, prompts, held_out=True)
        scores = {router.kind: _score(router.route(held_out), held_out) for router in routers}
    best = max(routers, key=lambda router: scores[router.kind]["accuracy"])
    np.savez(out.with_suffix(".npz"), **gate.parameters)  # type: ignore[arg-type]
    write_json(
        out,
        {
            "schema": SCHEMA,
            "version": VERSION,
            "chosen": best.kind,
            "capabilities": names,
            "held_out_prompts": len(held_out),
            "routers": scores,
        },
    )
    return best


def chooser(bank: AdapterBank, router: Router, names: Sequence[str]) -> Chooser:
    """Turns a router into a chooser of adapter names."""

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        with bank.using(BASE):
            picked = router.route([prompt_of(request) for request in requests])
        return [names[i] if i >= 0 else BASE for i in picked]

    return choose


def _score(chosen: Sequence[int], prompts: Sequence[RoutingPrompt]) -> dict[str, Any]:
    right = sum(choice == prompt.label for choice, prompt in zip(chosen, prompts, strict=True))
    return {"accuracy": right / len(prompts), "right": right, "n": len(prompts), "abstained": list(chosen).count(-1)}
