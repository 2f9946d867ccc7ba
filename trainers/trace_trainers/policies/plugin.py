"""What `trace-gym rollout`, which imports no torch itself, finds through the `trace_gym.policies` entry points."""

from __future__ import annotations

from pathlib import Path

from trace_gym.rollouts.policy import Policy
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.allocator import keep_freed_memory
from trace_trainers.engine.hf.grouped_attention import use_grouped_attention
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer


def make(model: str, adapter: Path | None, params: SamplingParams) -> Policy:
    """Makes a policy that runs a model in this process, with or without an adapter.

    Args:
        model: `tiny`, a local folder, or a Hugging Face model id.
        adapter: A PEFT folder, or None for the model alone.
        params: The sampling settings.

    Raises:
        UserError: If the model or the adapter cannot be loaded.
    """
    keep_freed_memory()
    # the tokenizer comes first: it loads fast, and a model without a chat template fails there
    tokenizer = load_tokenizer(model)
    base = load_model(model)
    if params.fast:
        use_grouped_attention(base)

    bank = AdapterBank(base, tokenizer)
    name = BASE
    if adapter is not None:
        name = adapter.name
        bank.load(name, adapter)
    return AdapterPolicy(bank, fixed(name), params, policy_id=model)
