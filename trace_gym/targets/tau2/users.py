"""Who the assistant talks to in tau2-bench: a scripted user, an LLM in the benchmark's own role, or nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from trace_gym.env.types import Json, ToolCall
from trace_gym.llm.client import ChatClient
from trace_gym.llm.messages import chat_messages
from trace_gym.targets.tau2.handset import Handset
from trace_gym.targets.tau2.persona import Persona
from trace_gym.targets.tau2.upstream import data_text
from trace_gym.targets.tau2.world import Tau2World

STOP, TRANSFER, OUT_OF_SCOPE = "###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###"
"""What ends a conversation when the user says it; the benchmark's own tokens."""
GREETING = "Hi! How can I help you today?"
"""The assistant's first words, which the benchmark puts there."""
_FAREWELL = re.compile(r"\b(?:good ?bye|have a (?:great|nice|good|wonderful) (?:day|trip|one|flight))\b")
_TRANSFERRED = re.compile(r"\bbeing transferred to (?:a |an )?human\b")
_CONFIRM = re.compile(
    r"\b(?:confirm|proceed|go ahead|shall i|should i|is that (?:ok|okay|correct|right)|yes/no|agree)\b"
)
_IDENTITY = re.compile(
    r"\b(?:name|email|e-mail|zip|user id|userid|identity|verify|order|reservation|confirmation|phone|number|details|"
    r"information|account|date of birth|id)\b"
)
_MOST_STEPS = 8


class ScriptedTau2User:
    """Plays a scenario by fixed rules: no model, no randomness.

    It states why it calls; asked for particulars it gives what it knows of itself, at once; asked to confirm it says
    yes; at any other message it says the next thing it was told to want, as long as there is one. Asked to do something
    on its phone it does it and reports what it saw. It leaves when it has nothing more to say, at a farewell, or when
    it is transferred.
    """

    def __init__(self, persona: Persona, world: Tau2World) -> None:
        """Prepares the user.

        Args:
            persona: What the user can say.
            world: The episode's state, where the user's own tools act.
        """
        self._known = list(persona.known)
        self._wishes = list(persona.wishes)
        self._unknown = list(persona.unknown)
        self._handset = Handset(world)

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns the reply to an assistant's message, and whether the conversation is over.

        Args:
            message: What the assistant said, any text.
        """
        lowered = message.lower()
        if _TRANSFERRED.search(lowered):
            return TRANSFER, True
        if _FAREWELL.search(lowered):
            return STOP, True

        done = self._handset.follow(message)
        if done:
            return "I did that. " + " ".join(done), False
        asked = "?" in message or "please" in lowered

        if asked and self._known and _IDENTITY.search(lowered):
            told = " ".join(self._known)
            self._known = []
            return told, False

        if asked and _CONFIRM.search(lowered):
            return "Yes, please go ahead.", False
        for left in (self._wishes, self._known, self._unknown if asked else []):
            if left:
                return left.pop(0), False

        return STOP, True


class LLMTau2User:
    """Plays a scenario with a language model, in the benchmark's own words and with the user's own tools."""

    def __init__(self, scenario: Any, world: Tau2World, endpoint: ChatClient, settings: dict[str, Json]) -> None:
        """Prepares the user.

        Args:
            scenario: The benchmark's user scenario.
            world: The episode's state, where the user's own tools act.
            endpoint: The model.
            settings: Of each request.
        """
        kit = world.env.user_tools
        if kit is None:
            self._tools = []
        else:
            self._tools = [tool.openai_schema for tool in kit.get_tools().values()]
        if self._tools:
            guide = "simulation_guidelines_tools.md"
        else:
            guide = "simulation_guidelines.md"
        told = f"{data_text('user_simulator', guide)}\n\n<scenario>\n{scenario}\n</scenario>"
        self._messages: list[dict[str, Json]] = [{"role": "system", "content": told}]
        self._world = world
        self._endpoint = endpoint

        self._settings = settings

    def reply(self, message: str) -> tuple[str, bool]:
        """Asks the model for the reply; its tool calls are run, up to 8 rounds of them.

        Args:
            message: What the assistant said, any text.

        Raises:
            UserError: If the endpoint fails.
        """
        self._messages.append({"role": "user", "content": message or " "})
        for _ in range(_MOST_STEPS):
            body: dict[str, Json] = {**self._settings, "messages": chat_messages(self._messages)}
            answer = self._endpoint.complete(body | ({"tools": self._tools} if self._tools else {}))
            calls = _calls(answer.get("tool_calls"))
            if not calls:
                break
            self._run(answer, calls)

        # no halves of characters
        text = str(answer.get("content") or "").encode("utf-8", "replace").decode()
        self._messages.append({"role": "assistant", "content": text})
        return text, any(token in text for token in (STOP, TRANSFER, OUT_OF_SCOPE))

    def _run(self, answer: dict[str, Any], calls: Sequence[tuple[str, ToolCall]]) -> None:
        rows = []
        results = []
        for identifier, call in calls:
            text, _ = self._world.user_call(call)
            function = {"name": call.name, "arguments": dict(call.arguments)}
            rows.append({"id": identifier, "type": "function", "function": function})
            results.append({"role": "tool", "tool_call_id": identifier, "name": call.name, "content": text})

        self._messages += [{"role": "assistant", "content": answer.get("content") or "", "tool_calls": rows}, *results]


class Nobody:
    """Solo mode's user: a message reaches nobody, and nothing comes back."""

    def reply(self, message: str) -> tuple[str, bool]:
        """Says that only calls count.

        Args:
            message: What the assistant said, any text.
        """
        return "There is no user here; call tools, and `done` when the ticket is solved.", False


def _calls(rows: Any) -> list[tuple[str, ToolCall]]:
    """Reads native tool calls with their identifiers; what names no function is none."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            function = row.get("function")
        else:
            function = None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            found.append((str(row.get("id") or ""), ToolCall(function["name"], _object(function.get("arguments")))))
    return found


def _object(arguments: Any) -> dict[str, Json]:
    """Reads a native call's arguments; what is no JSON object becomes none."""
    try:
        if isinstance(arguments, str):
            value = json.loads(arguments)
        else:
            value = arguments
    except ValueError:
        return {}
    if isinstance(value, dict):
        return value
    return {}
