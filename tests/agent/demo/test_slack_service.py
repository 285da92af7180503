"""The stand-in for Slack is strict: what it takes, Slack takes, and it says no in Slack's own words."""

import pytest

from statusapp_agent.demo.faults import Garbage, Status
from statusapp_agent.demo.slack_model import SlackModel
from statusapp_agent.demo.slack_rules import fault_of_message
from statusapp_agent.demo.slack_service import HOOKS, Muddled, SlackService
from statusapp_agent.outbound import make_client

TOKEN = "xoxb-stand-in-token"
ROOM = "C0123ABCD"


def post(model, now_s=0.0, token=TOKEN, **arguments):
    return model.call("chat.postMessage", token, {"channel": ROOM, "text": "x", **arguments}, now_s).body


def section(text, **more):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"token": ""}, "not_authed"),
        ({"token": "xoxb-other"}, "invalid_auth"),
        ({"channel": "#ops"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
def test_it_refuses_in_slacks_words(arguments, error):
    assert post(SlackModel(), **arguments) == {"ok": False, "error": error}


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3001),
        section(""),
        section("x", colour="red"),
        {"type": "section"},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}]},
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}, "url": "javascript:x"}],
        },
        {"type": "video"},
        "text",
    ],
)
def test_it_knows_the_limits_of_blocks(block):
    assert fault_of_message({"text": "x", "blocks": [block]}) == "invalid_blocks"


def test_a_room_has_a_burst_and_then_one_a_second():
    model = SlackModel(burst=2)
    assert [post(model, 0.0)["ok"] for _ in range(3)] == [True, True, False]
    assert model.call("chat.postMessage", TOKEN, {"channel": ROOM, "text": "x"}, 0.5).headers == {"Retry-After": "1"}
    assert post(model, 1.5)["ok"]
    assert not post(model, 1.6)["ok"]


def test_a_reply_hangs_on_a_root_and_never_on_a_reply():
    model = SlackModel()
    root = post(model)["ts"]
    reply = post(model, thread_ts=root)["ts"]
    assert post(model, thread_ts=reply)["error"] == "thread_not_found"
    assert [each.ts for each in model.thread(root)] == [reply]


def test_a_scope_that_is_missing_is_named():
    model = SlackModel(tokens={TOKEN: frozenset({"chat:write"})})
    said = model.call("conversations.history", TOKEN, {"channel": ROOM}, 0.0).body
    assert said == {"ok": False, "error": "missing_scope", "needed": "channels:history", "provided": "chat:write"}


def test_history_shows_metadata_only_when_it_is_asked_for_and_no_silent_replies():
    model = SlackModel()
    root = post(model, 100.0, metadata={"event_type": "e", "event_payload": {"a": "b"}})["ts"]
    post(model, 101.0, thread_ts=root)
    loud = post(model, 102.0, thread_ts=root, reply_broadcast=True)["ts"]
    asked = {"channel": ROOM, "oldest": "50", "include_all_metadata": "true"}
    shown = model.call("conversations.history", TOKEN, asked, 103.0).body["messages"]
    assert [each["ts"] for each in shown] == [loud, root]
    assert shown[1]["metadata"]["event_payload"] == {"a": "b"}
    assert model.call("conversations.history", TOKEN, {"channel": ROOM, "oldest": "103"}, 103.0).body["messages"] == []
    assert "metadata" not in model.call("conversations.history", TOKEN, {"channel": ROOM}, 103.0).body["messages"][0]


def test_an_edit_changes_one_message_of_this_channel():
    model = SlackModel(channels=(ROOM, "C0OTHER"))
    root = post(model)["ts"]
    edit = {"channel": ROOM, "ts": root, "text": "y"}
    assert model.call("chat.update", TOKEN, edit, 0.0).body["ok"]
    assert (model.messages[0].text, model.messages[0].edits) == ("y", ["x"])
    assert model.call("chat.update", TOKEN, {**edit, "channel": "C0OTHER"}, 0.0).body["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("path", "payload", "status", "said"),
    [
        ("T0/B0/stand-in", {"text": "x"}, 200, "ok"),
        ("T0/B0/other", {"text": "x"}, 404, "no_service"),
        ("T0/B0/stand-in", {}, 400, "no_text"),
        ("T0/B0/stand-in", None, 400, "invalid_payload"),
    ],
)
def test_a_webhook_answers_with_text(path, payload, status, said):
    reply = SlackModel().hook(path, payload, 0.0)
    assert (reply.status, reply.body) == (status, said)


async def test_it_serves_and_misbehaves_on_request():
    async with SlackService() as slack, make_client(proxies={}) as http:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        slack.faults.add("chat.postMessage", Muddled("fatal_error"), Garbage(taken=False), Status(503))

        async def say():
            told = {"channel": ROOM, "text": "x"}
            return await http.post(f"{slack.api_url}/chat.postMessage", json=told, headers=headers)

        assert (await say()).json() == {"ok": False, "error": "fatal_error"}
        assert len(slack.model.messages) == 1
        assert "<html>" in (await say()).text
        assert (await say()).status_code == 503
        assert len(slack.model.messages) == 1
        assert (await say()).json()["ok"]
        shown = await http.get(f"{slack.api_url}/users.info?user=U0123ABC", headers=headers)
        assert shown.json()["user"]["name"] == "ann"
        assert (await http.post(slack.webhook_url(), json={"text": "x"})).text == "ok"
        assert [each.error for each in slack.asked("chat.postMessage")] == ["fatal_error", None, None, None]
        assert len(slack.asked(HOOKS)) == 1
