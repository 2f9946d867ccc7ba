"""A base model with several LoRA adapters, and the policy that chooses one for each conversation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from peft import PeftModel

from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.backends import make_backend
from trace_trainers.policies.chat_policy import ChatPolicy
from trace_trainers.policies.loading import fingerprint
from trace_trainers.policies.token_policy import TokenPolicy

BASE = ""
"""The adapter name that stands for the base alone."""
_READABLE_VERSIONS = (1, 2)
"""Versions of `trace_adapter.json` that can be read; the fields used here are the same in both."""

Chooser = Callable[[Sequence[TurnRequest]], list[str]]
"""Returns an adapter name for each conversation, given the request for its first turn."""


class AdapterBank:
    """One base model with several adapters loaded side by side.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
        >>> bank.names
        []
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Starts with the base alone.

        Args:
            model: A causal LM without adapters.
            tokenizer: Its tokenizer.
        """
        self.tokenizer = tokenizer
        self.model = model
        self.names: list[str] = []
        self.fingerprint = fingerprint(model)

    def load(self, name: str, folder: Path) -> None:
        """Loads a PEFT folder as an adapter.

        Args:
            name: The adapter's name in this bank.
            folder: Contains `adapter_config.json` and, if `trace-gym train` made it, `trace_adapter.json`.

        Raises:
            UserError: If the adapter is missing, damaged, or was trained on another base.
        """
        if not (folder / "adapter_config.json").exists():
            raise UserError(f"The adapter folder {str(folder)!r} has no adapter_config.json; expected a PEFT folder.")
        self._check_origin(folder)

        # PEFT reports a damaged or foreign adapter with any of these, often followed by a list of every tensor
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

    def drop(self, name: str) -> None:
        """Unloads an adapter; the last one cannot be unloaded.

        Args:
            name: The adapter.
        """
        self.names.remove(name)
        # an adapter that is switched on cannot be deleted without a warning
        self.model.set_adapter(self.names[0])
        self.model.delete_adapter(name)
        self.model.eval()

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[Any]:
        """Switches to an adapter, or to the base alone, for a `with` block.

        Args:
            name: An adapter, or `BASE`.

        Yields:
            The model.
        """
        if not isinstance(self.model, PeftModel):
            yield self.model
        elif name == BASE:
            with self.model.disable_adapter():
                yield self.model
        else:
            self.model.set_adapter(name)
            yield self.model

    def make_policy(self, params: SamplingParams, *, policy_id: str) -> TokenPolicy:
        """Makes a policy that samples with whichever adapter is switched on when it acts.

        Args:
            params: The sampling settings.
            policy_id: Written into trajectories.
        """
        backend = make_backend(self.model, self.tokenizer, params)
        return ChatPolicy(backend, self.tokenizer, params, policy_id=policy_id)

    def _check_origin(self, folder: Path) -> None:
        """Refuses an adapter that was trained on another base, as far as the folder says so."""
        path = folder / "trace_adapter.json"
        # an adapter from elsewhere names no fingerprint; PEFT still checks its shapes
        if not path.exists():
            return

        record = read_json(path)
        version = None
        if isinstance(record, dict):
            version = record.get("version")
        if version not in _READABLE_VERSIONS:
            readable = " or ".join(map(str, _READABLE_VERSIONS))
            raise UserError(
                f"{path}: version {version!r}, this program reads version {readable}; train the adapter anew."
            )

        trained_on = record.get("base_fingerprint")
        if trained_on != self.fingerprint:
            raise UserError(
                f"The adapter {str(folder)!r} was trained on another base (fingerprint {trained_on}, this base has "
                f"{self.fingerprint}); load it with the model it was trained on."
            )


class AdapterPolicy:
    """Chooses an adapter at the start of each conversation and stays with it.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
        >>> AdapterPolicy(bank, fixed(BASE), SamplingParams(), policy_id="base").policy_id
        'base'
    """

    def __init__(self, bank: AdapterBank, choose: Chooser, params: SamplingParams, *, policy_id: str) -> None:
        """Makes one policy per adapter, and one for the base.

        Args:
            bank: The base and its adapters.
            choose: Chooses the adapter of each new conversation.
            params: The sampling settings.
            policy_id: Written into trajectories.
        """
        self.policy_id = policy_id
        self._bank = bank
        self._choose = choose
        self._adapter_of: dict[int, str] = {}
        # a policy each: the keys and values of one adapter mean nothing to another
        self._policies: dict[str, TokenPolicy] = {}
        for name in (BASE, *bank.names):
            self._policies[name] = bank.make_policy(params, policy_id=policy_id)

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        new_requests = [request for request in requests if request.key not in self._adapter_of]
        if new_requests:
            for request, name in zip(new_requests, self._choose(new_requests), strict=True):
                self._adapter_of[request.key] = name

        # adapter by adapter, as the model has one switched on at a time
        turns: dict[int, str] = {}
        for name, policy in self._policies.items():
            own_requests = [request for request in requests if self._adapter_of[request.key] == name]
            if not own_requests:
                continue
            with self._bank.using(name):
                for request, turn in zip(own_requests, policy.act(own_requests), strict=True):
                    turns[request.key] = turn
        return [turns[request.key] for request in requests]

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that serves an episode.

        Args:
            key: The episode.
        """
        return self._adapter_of.get(key, BASE)

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes.

        Args:
            keys: Episodes that are over.
        """
        for key in keys:
            name = self._adapter_of.pop(key, None)
            if name is not None:
                self._policies[name].finish([key])


def fixed(name: str) -> Chooser:
    """Returns a chooser that always takes one adapter.

    Args:
        name: The adapter, or `BASE`.

    Example:
        >>> fixed("error_recovery")([])
        []
    """
    return lambda requests: [name] * len(requests)
