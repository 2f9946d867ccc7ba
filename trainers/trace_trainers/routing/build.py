"""Building routers, choosing the better one on held-out emitted prompts, and saving it in `router.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError
from trace_gym.files import read_versioned, write_json
from trace_trainers.policies.adapters import BASE, AdapterBank
from trace_trainers.routing.classifier import LetterClassifier
from trace_trainers.routing.features import FeatureRouter
from trace_trainers.routing.prompts import RoutingPrompt, digest_of, emitted_prompts
from trace_trainers.routing.router import ABSTAINS, Router

SCHEMA = "trace-gym/router"
VERSION = 3
ROUTERS: dict[str, type[Router]] = {
    LetterClassifier.kind: LetterClassifier,
    FeatureRouter.kind: FeatureRouter,
}
"""The kinds of routers; of equally accurate ones the first is taken."""


@dataclass(frozen=True)
class RouterPlan:
    """What a router is built from.

    Example:
        >>> RouterPlan({}, {}, prompts=8).prompts
        8
    """

    envs: Mapping[str, ToolEnv]
    """Emitted environment by capability, in the adapters' order."""
    descriptions: Mapping[str, str]
    """Description by capability."""
    prompts: int
    """Prompts per environment, for training and again for the comparison."""

    def origin(self, bank: AdapterBank, learned_from: Sequence[RoutingPrompt]) -> dict[str, Any]:
        """Returns what a saved router must have been built from so that it can be used again.

        Args:
            bank: Provides the base's fingerprint.
            learned_from: The prompts that the router is trained on.
        """
        capabilities = []
        for name in self.envs:
            capabilities.append({"name": name, "description": self.descriptions[name]})

        return {
            "base_fingerprint": bank.fingerprint,
            "capabilities": capabilities,
            "prompts_per_environment": self.prompts,
            # the ids of environments do not tell whether their folders were emitted anew
            "prompts_sha256": digest_of(learned_from),
        }


def load_or_build(bank: AdapterBank, plan: RouterPlan, path: Path) -> tuple[Router, bool]:
    """Loads the router in `router.json` if it was built from the same plan and base, else builds it.

    Args:
        bank: The base; adapters are switched off while routing.
        plan: The environments and descriptions to build it from.
        path: `router.json`; the parameters are saved beside it.

    Returns:
        The router, and whether it was loaded.
    """
    learned_from = emitted_prompts(plan.envs, plan.prompts, held_out=False)
    origin = plan.origin(bank, learned_from)
    if path.exists():
        try:
            record = _read_record(path)
            if all(record.get(key) == value for key, value in origin.items()):
                return load_router(path, bank), True
        except UserError:
            # an older or damaged file counts as none: everything in it can be computed again
            pass
    return _build(bank, plan, path, origin, learned_from), False


def prompts_of(path: Path, default: int) -> int:
    """Returns how many prompts per environment a saved router was built from.

    Args:
        path: `router.json`.
        default: The number where there is no readable file.
    """
    try:
        return int(_read_record(path)["prompts_per_environment"])
    except (UserError, TypeError, ValueError):
        return default


def load_router(path: Path, bank: AdapterBank) -> Router:
    """Loads a saved router; nothing is trained.

    Args:
        path: `router.json`.
        bank: The base it was built for.

    Raises:
        UserError: If the file holds something else, has another version, is damaged, or belongs to another base.
    """
    record = _read_record(path)
    if record["base_fingerprint"] != bank.fingerprint:
        raise UserError(
            f"{path}: the router was built for another base (fingerprint {record['base_fingerprint']}, this base has "
            f"{bank.fingerprint}); load it with the model it was built for."
        )
    descriptions = [capability["description"] for capability in record["capabilities"]]
    with bank.using(BASE) as base:
        return ROUTERS[record["chosen"]].load(path.parent, base, bank.tokenizer, descriptions)


def capabilities_of(path: Path) -> list[str]:
    """Returns the capabilities that a saved router chooses from, in the order of its choices.

    Args:
        path: `router.json`.

    Raises:
        UserError: If the file holds something else, or has another version.
    """
    return [capability["name"] for capability in _read_record(path)["capabilities"]]


def router_scores(path: Path) -> dict[str, dict[str, Any]]:
    """Returns each router's score on held-out prompts, by kind.

    Args:
        path: `router.json`.

    Raises:
        UserError: If the file holds something else, or has another version.
    """
    scores: dict[str, dict[str, Any]] = _read_record(path)["routers"]
    return scores


def _build(
    bank: AdapterBank, plan: RouterPlan, path: Path, origin: Mapping[str, Any], learned_from: list[RoutingPrompt]
) -> Router:
    held_out = emitted_prompts(plan.envs, plan.prompts, held_out=True)
    descriptions = [plan.descriptions[name] for name in plan.envs]
    with bank.using(BASE) as base:
        features = FeatureRouter(base, bank.tokenizer)
        features.fit(learned_from)
        routers: list[Router] = [LetterClassifier(base, bank.tokenizer, descriptions), features]
        scores = {router.kind: _score(router.route(held_out), held_out) for router in routers}

    best = max(routers, key=lambda router: scores[router.kind]["accuracy"])
    # all of them, so that another choice needs no training
    for router in routers:
        router.save(path.parent)
    # last: where router.json is, its parameters are
    write_json(
        path,
        {
            "schema": SCHEMA,
            "version": VERSION,
            "chosen": best.kind,
            **origin,
            "held_out_prompts": len(held_out),
            "routers": scores,
        },
    )
    return best


def _read_record(path: Path) -> dict[str, Any]:
    advice = "delete it, and the next `trace-gym run` or `trace-gym evaluate` builds the router anew"
    record = read_versioned(path, SCHEMA, VERSION, advice=advice)
    if record.get("chosen") not in ROUTERS:
        raise UserError(
            f"{path}: the router is of the kind {record.get('chosen')!r}, expected one of {', '.join(ROUTERS)}."
        )
    missing = sorted({"base_fingerprint", "capabilities", "prompts_per_environment", "routers"} - set(record))
    if missing:
        raise UserError(f"{path}: it has no {missing[0]!r}; delete it, and the router is built anew.")
    return record


def _score(choices: Sequence[int], prompts: Sequence[RoutingPrompt]) -> dict[str, Any]:
    right = sum(choice == prompt.label for choice, prompt in zip(choices, prompts, strict=True))
    return {
        "accuracy": right / len(prompts),
        "right": right,
        "n": len(prompts),
        "abstained": list(choices).count(ABSTAINS),
    }
