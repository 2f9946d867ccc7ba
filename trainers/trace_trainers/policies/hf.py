"""A Hugging Face model as a policy: batched over episodes, its KV cache kept from turn to turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.engine.sampler import BatchSampler, Row, common_prefix
from trace_trainers.policies.loading import eos_ids


class HFPolicy:
    """Samples assistant turns from a causal LM in this process."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        policy_id: str,
        temperature: float = 1.0,
        max_new_tokens: int = 128,
        max_context: int = 4096,
    ) -> None:
        """Makes the policy.

        Args:
            model: the causal LM, adapters included; put into eval mode while it acts.
            tokenizer: its tokenizer, with a chat template.
            policy_id: written into trajectories.
            temperature: 0 for greedy.
            max_new_tokens: longest turn.
            max_context: a conversation that has grown to this many tokens gets turns of one token.
        """
        self.policy_id = policy_id
        self.transcripts: dict[int, Row] = {}
        self.model, self._tokenizer = model, tokenizer
        self._renderer = ChatRenderer(tokenizer)
        self._eos = eos_ids(model, tokenizer)
        self._temperature, self._max_new, self._max_context = temperature, max_new_tokens, max_context
        self._sampler: BatchSampler | None = None
        self._order: list[int] = []
        self._seen: dict[int, int] = {}

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the model's next turn for each request; requests of one batch must start together."""
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                return self._act(requests)
        finally:
            self.model.train(training)

    def adapter_of(self, key: int) -> str:
        """The policy does not know adapters; `AdapterPolicy` does."""
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets the cache once every episode of the batch is over; `transcripts` stay until the next batch."""
        for key in keys:
            self._seen.pop(key, None)
        if not self._seen:
            self._sampler, self._order = None, []

    def _act(self, requests: Sequence[TurnRequest]) -> list[str]:
        if self._sampler is None:
            self._sampler = BatchSampler(self.model, self._tokenizer.pad_token_id, self._eos)
            self._order = [request.key for request in requests]
            self.transcripts = {r.key: Row(self._renderer.prompt(r.messages, r.tools)) for r in requests}
            prompts = [self.transcripts[key].prompt for key in self._order]
            shared = common_prefix(prompts)
            self._sampler.share(prompts[0][:shared], len(prompts))
            chunks = [prompt[shared:] for prompt in prompts]
        else:
            keys = [request.key for request in requests]
            self._sampler.keep([self._order.index(key) for key in keys])
            self._order = keys
            chunks = [self._continue(request) for request in requests]
        rows = [self.transcripts[key] for key in self._order]
        logits = self._sampler.feed(chunks)
        self._seen = {request.key: len(request.messages) for request in requests}
        room = [self._max_context - len(row.prompt) - len(row.completion) for row in rows]
        turns = self._sampler.generate(
            logits,
            rows,
            [request.rng for request in requests],
            temperature=self._temperature,
            max_new_tokens=[max(1, min(self._max_new, left)) for left in room],
        )
        return [
            self._tokenizer.decode(turn, skip_special_tokens=False).removesuffix(self._tail(turn)) for turn in turns
        ]

    def _continue(self, request: TurnRequest) -> list[int]:
        """Returns the ids that are new since this episode's last sampled turn, and records them."""
        row = self.transcripts[request.key]
        fresh = [m for m in request.messages[self._seen[request.key] :] if m["role"] != "assistant"]
        ids = self._renderer.continuation(fresh, ended=row.completion[-1] in self._eos)
        row.add_environment(ids)
        return ids

    def _tail(self, turn: list[int]) -> str:
        if turn and turn[-1] in self._eos:
            tail: str = self._tokenizer.decode(turn[-1:], skip_special_tokens=False)
            return tail
        return ""
