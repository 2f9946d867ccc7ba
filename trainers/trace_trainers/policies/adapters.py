"""A base model with several LoRA adapters, and the policy that picks one per conversation."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from peft import PeftModel

from trace_gym.errors import UserError
from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.policies.hf import HFPolicy
from trace_trainers.policies.loading import fingerprint

BASE = ""
"""The adapter name that stands for the base alone."""


class AdapterBank:
    """One base, its adapters loaded beside each other."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Args: model, tokenizer: the base."""
        self.tokenizer = tokenizer
        self.model = model
        self.names: list[str] = []
        self._fingerprint = fingerprint(model)

    def load(self, name: str, folder: Path) -> None:
        """Loads the PEFT folder `folder` as `name`.

        Raises:
            UserError: if it is missing, damaged, or was trained on another base.
        """
        if not (folder / "adapter_config.json").exists():
            raise UserError(f"The adapter folder {str(folder)!r} has no adapter_config.json; expected a PEFT folder.")
        record = folder / "trace_adapter.json"
        if record.exists():
            found = json.loads(record.read_text(encoding="utf-8"))
            if found.get("version") != 1:
                raise UserError(f"{record}: version {found.get('version')!r}, this program reads version 1.")
            trained_on = found.get("base_fingerprint")
            if trained_on != self._fingerprint:
                raise UserError(
                    f"The adapter {str(folder)!r} was trained on another base (fingerprint {trained_on}, this base has "
                    f"{self._fingerprint}); load it with the model it was trained on."
                )
        try:
            if isinstance(self.model, PeftModel):
                self.model.load_adapter(str(folder), adapter_name=name)
            else:
                self.model = PeftModel.from_pretrained(self.model, str(folder), adapter_name=name)
        except (ValueError, RuntimeError, KeyError, OSError) as error:
            reason = str(error).splitlines()[0][:200]
            raise UserError(f"The adapter {str(folder)!r} does not fit this base: {reason}.") from None
        self.model.eval()
        self.names.append(name)

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[Any]:
        """Gives the model with adapter `name`, or the base alone."""
        if not isinstance(self.model, PeftModel):
            yield self.model
        elif name == BASE:
            with self.model.disable_adapter():
                yield self.model
        else:
            self.model.set_adapter(name)
            yield self.model


Chooser = Callable[[Sequence[TurnRequest]], list[str]]
"""Names the adapter of each conversation, from its first turn."""


class AdapterPolicy:
    """Chooses an adapter once per conversation and keeps to it."""

    def __init__(
        self,
        bank: AdapterBank,
        choose: Chooser,
        *,
        policy_id: str,
        temperature: float,
        max_new_tokens: int,
        max_context: int = 4096,
        fast: bool = False,
    ) -> None:
        """Args: bank: base and adapters. choose: names adapters. The rest as in `HFPolicy`."""
        self.policy_id = policy_id
        self._bank, self._choose = bank, choose
        self._chosen: dict[int, str] = {}
        self._policies = {
            name: HFPolicy(
                bank.model,
                bank.tokenizer,
                policy_id=policy_id,
                temperature=temperature,
                max_new_tokens=max_new_tokens,
                max_context=max_context,
                fast=fast,
            )
            for name in [BASE, *bank.names]
        }

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request, adapter by adapter."""
        fresh = [request for request in requests if request.key not in self._chosen]
        if fresh:
            self._chosen.update(zip((r.key for r in fresh), self._choose(fresh), strict=True))
        turns: dict[int, str] = {}
        for name, policy in self._policies.items():
            mine = [request for request in requests if self._chosen[request.key] == name]
            if mine:
                with self._bank.using(name):
                    turns.update(zip((r.key for r in mine), policy.act(mine), strict=True))
        return [turns[request.key] for request in requests]

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that serves an episode."""
        return self._chosen.get(key, BASE)

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes."""
        for key in keys:
            name = self._chosen.pop(key, None)
            if name is not None:
                self._policies[name].finish([key])


def fixed(name: str) -> Chooser:
    """A chooser that always takes `name`."""
    return lambda requests: [name] * len(requests)
