"""A policy behind any OpenAI-compatible chat endpoint, over plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from trace_gym.errors import UserError
from trace_gym.llm.client import ChatEndpoint
from trace_gym.llm.messages import action_of, chat_messages
from trace_gym.rollouts.policy import TurnRequest


class OpenAIChatPolicy:
    """Asks `POST {base_url}/chat/completions`, with native tool calls where the endpoint returns them."""

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        temperature: float = 1.0,
        max_tokens: int = 512,
        workers: int = 8,
        timeout: float = 120.0,
        retries: int = 3,
    ) -> None:
        """Makes the policy.

        Args:
            model: the model's name at the endpoint.
            base_url: such as `http://127.0.0.1:8000/v1`; the key is read from `OPENAI_API_KEY`.
            temperature: sampling temperature, >= 0.
            max_tokens: longest turn, in tokens.
            workers: requests in flight.
            timeout: seconds a request may take.
            retries: tries after a failed request, with growing pauses.
        """
        self.policy_id = model
        self._endpoint = ChatEndpoint(model, base_url, timeout=timeout, retries=retries)
        self._body = {"temperature": temperature, "max_tokens": max_tokens}
        self._workers = workers

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the endpoint's turn for each request.

        Raises:
            UserError: if the endpoint cannot be reached or refuses after all retries.
        """
        seeds = [int(request.rng.integers(2**31)) for request in requests]
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            return list(pool.map(self._ask, requests, seeds))

    def adapter_of(self, key: int) -> str:
        """There are no adapters."""
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Nothing is kept."""

    def _ask(self, request: TurnRequest, seed: int) -> str:
        body = {**self._body, "seed": seed, "messages": chat_messages(request.messages)}
        if request.tools:
            body["tools"] = request.tools
        message = self._endpoint.complete(body)
        try:
            return action_of(message)
        except (KeyError, TypeError, AttributeError):
            raise UserError(
                f"The model {self.policy_id!r} answered with tool calls of no known form: {json.dumps(message)[:120]}."
            ) from None
