from __future__ import annotations

import json
from typing import Any

import pytest
from chat_server import Answer, ChatServer

from trace_gym import make_env
from trace_gym.targets.tau2.persona import Persona, first_person, sentences
from trace_gym.targets.tau2.users import ScriptedTau2User


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("You want to cancel your trip.", "I want to cancel my trip."),
        ("You're sure the agent told you so.", "I'm sure the agent told me so."),
        ("Ask what it allows you to take with you.", "Ask what it allows me to take with me."),
        ("You are Anya.\n\nYour user id is: anya_5901.", "I am Anya. My user id is: anya_5901."),
    ],
)
def test_instructions_become_words(told: str, said: str):
    assert first_person(told) == said


def test_sentences_are_parted():
    assert sentences("You are Ann. You live in Rome.\nYour zip is 7.") == (
        "I am Ann.",
        "I live in Rome.",
        "My zip is 7.",
    )
    assert sentences(None) == ()


@pytest.fixture
def phone():
    env = make_env("trace/Tau2Telecom-v0", split="all")
    env.reset(options={"index": 0})
    return env


@pytest.fixture
def user(phone) -> ScriptedTau2User:
    persona = Persona("I call.", ("I am Ann.", "My zip is 7."), ("I want the cheap one.",), ("I lost my number.",))
    return ScriptedTau2User(persona, phone.world)


def test_it_tells_who_it_is_when_asked_then_what_it_wants(user):
    assert user.reply("May I have your name and zip code?") == ("I am Ann. My zip is 7.", False)
    assert user.reply("Shall I proceed?") == ("Yes, please go ahead.", False)
    assert user.reply("Which one do you like?") == ("I want the cheap one.", False)
    assert user.reply("And your old number?") == ("I lost my number.", False)
    assert user.reply("Is there anything else?") == ("###STOP###", True)


def test_it_leaves_at_a_farewell_and_when_transferred(user):
    assert user.reply("Goodbye.") == ("###STOP###", True)
    assert user.reply("YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.") == ("###TRANSFER###", True)


@pytest.mark.parametrize(
    ("message", "called"),
    [
        ("Please turn on airplane mode.", ["toggle_airplane_mode"]),
        ("Please turn off airplane mode.", []),  # it is off
        ("Use toggle_roaming().", ["toggle_roaming"]),
        ("Could you restart your phone? Then run a speed test.", ["reboot_device", "run_speed_test"]),
        ('Use grant_app_permission(app_name="messaging", permission="sms").', ["grant_app_permission"]),
        ("Please grant the messaging app the storage permission.", ["grant_app_permission"]),
        ("Set the network mode to 4G only.", ["set_network_mode_preference"]),
        ("What does the status bar show?", ["check_status_bar"]),
        ("Please remove the SIM card and insert it again.", ["reseat_sim_card"]),
        ("I will look into it.", []),
        ("Is airplane mode on?", ["check_status_bar"]),
        ("Is your mobile data turned off?", ["check_network_status"]),
        ("Could you check whether data saver mode is on?", ["check_data_restriction_status"]),
        ("Please check if Wi-Fi calling is enabled.", ["check_wifi_calling_status"]),
        ("Did you already reset the APN settings?", ["check_apn_settings"]),
        ("Do not turn off mobile data.", []),
        ("Please don't use toggle_data yet.", []),
        ("I have enabled data roaming on our side.", []),
        ("I will turn on roaming for you now.", []),
        ("Have you tried to reboot your phone?", []),
        ("Please turn off mobile data if it is on.", ["toggle_data"]),
        ("If airplane mode is off, switch airplane mode on.", ["toggle_airplane_mode"]),
        ("If that does not help, restart your phone.", ["reboot_device"]),
        ("Make sure that data saver is on.", ["toggle_data_saver_mode"]),
        ("Now, I need you to disable mobile data.", ["toggle_data"]),
        ("You can turn Wi-Fi on in the settings.", ["toggle_wifi"]),
        ("Let's switch data roaming on.", ["toggle_roaming"]),
    ],
)
def test_it_does_on_its_phone_what_it_is_asked(phone, user, message: str, called: list[str]):
    phone.world.env.user_tools.turn_airplane_mode_off()
    phone.world.calls.clear()
    reply, _ = user.reply(message)
    assert [call.name for call in phone.world.calls] == called
    assert all(call.requestor == "user" for call in phone.world.calls)
    assert reply.startswith("I did that. ") is bool(called)


def test_arguments_reach_the_phone(phone, user):
    user.reply("Please grant the messaging app the storage permission.")
    assert phone.world.calls[-1].arguments == {"app_name": "messaging", "permission": "storage"}


def test_a_model_can_play_the_customer_and_use_its_phone():
    told = iter(
        [
            {"role": "assistant", "content": "My data is slow."},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "run_speed_test", "arguments": "{}"}}
                ],
            },
            {"role": "assistant", "content": "It says no connection."},
            {"role": "assistant", "content": "Fine. ###STOP###"},
        ]
    )

    def answer(body: dict[str, Any]) -> Answer:
        return 200, "application/json", json.dumps({"choices": [{"message": next(told)}]}).encode()

    server = ChatServer(answer)
    try:
        env = make_env("trace/Tau2Telecom-v0", split="all", user_model="m", user_base_url=server.url)
        _, info = env.reset(options={"index": 0})
        assert info["messages"][-1]["content"] == "My data is slow."
        assert env.step("Please run a speed test.")[0] == "It says no connection."
        assert [(call.name, call.requestor) for call in env.world.calls] == [("run_speed_test", "user")]
        _, _, terminated, _, _ = env.step("All right then.")
        assert terminated
    finally:
        server.close()
    first = server.asked[0]
    assert first["model"] == "m"
    assert "###STOP###" in first["messages"][0]["content"]
    assert env.world.task.user_scenario.instructions.reason_for_call[:40] in first["messages"][0]["content"]
    assert "run_speed_test" in {tool["function"]["name"] for tool in first["tools"]}
    assert server.asked[2]["messages"][-1]["role"] == "tool"


@pytest.mark.parametrize(
    "calls",
    [
        [{"id": "1", "type": "function", "function": {"name": None, "arguments": "{}"}}],
        [{"id": "1", "type": "function", "function": {}}],
        [{"id": "1"}],
        ["x"],
        "x",
        {"a": 1},
    ],
)
def test_what_is_no_call_of_a_model_is_left_out(calls: Any):
    def answer(body: dict[str, Any]) -> Answer:
        message = {"role": "assistant", "content": "Hi \ud83d ###STOP###", "tool_calls": calls}
        return 200, "application/json", json.dumps({"choices": [{"message": message}]}).encode()

    server = ChatServer(answer)
    try:
        env = make_env("trace/Tau2Telecom-v0", split="all", user_model="m", user_base_url=server.url)
        said, info = env.reset(options={"index": 0})
        assert said == info["messages"][-1]["content"] == "Hi ? ###STOP###"
        assert env.step("Hello?")[2] is True  # it wanted to leave with its first words, and does with its second
    finally:
        server.close()
