"""Merging the capabilities' adapters into one, by the ways that PEFT has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.training import trained_or_base
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.policies.adapters import AdapterBank, AdapterPolicy, fixed

_MERGED = "merged"


def merging(name: str, title: str, way: str, settings: Mapping[str, Any]) -> Method:
    """Returns the method that merges in one way.

    Args:
        name: The method's name.
        title: What it does.
        way: PEFT's `combination_type`.
        settings: Its settings and their defaults.

    Example:
        >>> merging("cat", "adapters side by side", "cat", {"weight": 1.0}).tuned_on
        'emitted'
    """
    return Method(
        name,
        title,
        partial(_make_agent, name, way),
        {"learning_rate": 0.0, **settings},
        needs_mining=True,
        needs_adapters=True,
        tuned_on="emitted",
    )


def merge(bank: AdapterBank, names: Sequence[str], way: str, settings: Settings, seed: int) -> str:
    """Adds the merged adapter to a bank, and returns its name.

    Args:
        bank: The bank; the adapters are loaded in it.
        names: The adapters.
        way: PEFT's `combination_type`.
        settings: `weight` of each adapter, and `density` where the way prunes.
        seed: Seeds what DARE drops.
    """
    more = {}
    if "density" in settings:
        more["density"] = settings["density"]
    # DARE drops at random, from torch's global generator
    torch.manual_seed(seed)
    bank.model.add_weighted_adapter(
        list(names), [float(settings["weight"])] * len(names), _MERGED, combination_type=way, **more
    )
    bank.model.eval()
    bank.names.append(_MERGED)
    return _MERGED


def _make_agent(name: str, way: str, lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    trained = trained_or_base(lab, settings, share, name)
    if isinstance(trained, Agent):
        return trained

    def make_policy(played: Played) -> AdapterPolicy:
        bank = _loaded(lab, trained.folders)
        merged = merge(bank, list(trained.folders), way, settings, lab.seed)
        return AdapterPolicy(bank, fixed(merged), params, policy_id=name)

    return Agent(name, make_policy, trained.budget)


def _loaded(lab: Lab, folders: Mapping[str, Path]) -> AdapterBank:
    bank = lab.bank()
    for name, folder in folders.items():
        bank.load(name, folder)
    return bank
