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
# both are looked for only in a question or after a "please", as a plain report contains the same words
_CONFIRM = re.compile(
    r"\b(?:confirm|proceed|go ahead|shall i|should i|is that (?:ok|okay|correct|right)|yes/no|agree)\b"
)
_IDENTITY = re.compile(
    r"\b(?:name|email|e-mail|zip|user id|userid|identity|verify|order|reservation|confirmation|phone|number|details|"
    r"information|account|date of birth|id)\b"
)
_MOST_STEPS = 8
"""Rounds of tool calls that an LLM user may make before it answers."""


class ScriptedTau2User:
    """Plays a scenario by fixed rules, without a model or randomness.

    It states why it calls. Asked for particulars, it tells everything it knows about itself at once; asked to confirm,
    it says yes; asked to do something on its phone, it does so and reports what it saw. At any other message it says
    the next thing it was told to want, while there is one. It leaves when it has nothing more to say, at a farewell, or
    when it is transferred.

    Example:
        >>> from types import SimpleNamespace
        >>> without_phone = SimpleNamespace(env=SimpleNamespace(user_tools=None))
        >>> persona = Persona("Cancel my trip.", known=("My name is Mia Li.",), wishes=(), unknown=())
        >>> user = ScriptedTau2User(persona, without_phone)
        >>> user.reply("What is your name?")
        ('My name is Mia Li.', False)
        >>> user.reply("It is cancelled.")
        ('###STOP###', True)
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
        # first, since a farewell or a transfer may still contain a question
        lowered = message.lower()
        if _TRANSFERRED.search(lowered):
            return TRANSFER, True
        if _FAREWELL.search(lowered):
            return STOP, True

        shown_by_phone = self._handset.follow(message)
        if shown_by_phone:
            return "I did that. " + " ".join(shown_by_phone), False

        is_asked = "?" in message or "please" in lowered
        if is_asked and self._known and _IDENTITY.search(lowered):
            known = " ".join(self._known)
            self._known = []
            return known, False
        if is_asked and _CONFIRM.search(lowered):
            return "Yes, please go ahead.", False

        if self._wishes:
            return self._wishes.pop(0), False
        if self._known:
            return self._known.pop(0), False
        # what it does not know is of use to nobody who has not asked
        if is_asked and self._unknown:
            return self._unknown.pop(0), False
        return STOP, True


class LLMTau2User:
    """Plays a scenario with a language model, in the benchmark's own words and with the user's own tools."""

    def __init__(self, scenario: Any, world: Tau2World, endpoint: ChatClient, settings: dict[str, Json]) -> None:
        """Prepares the user.

        Args:
            scenario: The benchmark's user scenario.
            world: The episode's state, where the user's own tools act.
            endpoint: The model that plays the user.
            settings: Settings of each request, such as its temperature.
        """
        self._world = world
        self._endpoint = endpoint
        self._settings = settings

        self._tools: list[dict[str, Json]] = []
        toolkit = world.env.user_tools
        if toolkit is not None:
            self._tools = [tool.openai_schema for tool in toolkit.get_tools().values()]

        guide = "simulation_guidelines.md"
        if self._tools:
            guide = "simulation_guidelines_tools.md"
        # the wording of the benchmark's own user simulator, so that scores are comparable
        prompt = f"{data_text('user_simulator', guide)}\n\n<scenario>\n{scenario}\n</scenario>"
        self._messages: list[dict[str, Json]] = [{"role": "system", "content": prompt}]

    def reply(self, message: str) -> tuple[str, bool]:
        """Asks the model for the reply, after up to 8 rounds of tool calls, which are run.

        Args:
            message: What the assistant said, any text.

        Raises:
            UserError: If the endpoint fails.
        """
        # some endpoints refuse an empty message
        self._messages.append({"role": "user", "content": message or " "})
        for _ in range(_MOST_STEPS):
            body: dict[str, Json] = {**self._settings, "messages": chat_messages(self._messages)}
            # and some an empty list of tools
            if self._tools:
                body["tools"] = self._tools
            answer = self._endpoint.complete(body)
            calls = _calls(answer.get("tool_calls"))
            if not calls:
                break
            self._run(answer, calls)

        # a model can write half a surrogate pair, which cannot be sent back to it
        text = str(answer.get("content") or "").encode("utf-8", "replace").decode()
        self._messages.append({"role": "assistant", "content": text})
        return text, any(token in text for token in (STOP, TRANSFER, OUT_OF_SCOPE))

    def _run(self, answer: dict[str, Any], calls: Sequence[tuple[str, ToolCall]]) -> None:
        """Runs the model's calls and adds them, with their results, to its conversation."""
        native_calls = []
        results = []
        for identifier, call in calls:
            text, _ = self._world.user_call(call)
            function = {"name": call.name, "arguments": dict(call.arguments)}
            native_calls.append({"id": identifier, "type": "function", "function": function})
            results.append({"role": "tool", "tool_call_id": identifier, "name": call.name, "content": text})

        content = answer.get("content") or ""
        self._messages.append({"role": "assistant", "content": content, "tool_calls": native_calls})
        self._messages += results


class Nobody:
    """Solo mode's user: messages reach nobody.

    Example:
        >>> Nobody().reply("Which line is it?")
        ('There is no user here; call tools, and `done` when the ticket is solved.', False)
    """

    def reply(self, message: str) -> tuple[str, bool]:
        """Returns a reminder that only calls count; the episode goes on.

        Args:
            message: What the assistant said, any text.
        """
        return "There is no user here; call tools, and `done` when the ticket is solved.", False


def _calls(rows: Any) -> list[tuple[str, ToolCall]]:
    """Reads native tool calls with their identifiers; entries that do not name a function are skipped."""
    if not isinstance(rows, list):
        return []

    calls = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        function = row.get("function")
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            call = ToolCall(function["name"], _object(function.get("arguments")))
            calls.append((str(row.get("id") or ""), call))
    return calls


def _object(arguments: Any) -> dict[str, Json]:
    """Reads a native call's arguments; anything but a JSON object counts as no arguments."""
    # a JSON text by the protocol, but some endpoints send the object itself
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return {}
    if isinstance(arguments, dict):
        return arguments
    return {}
