"""The Slack channel on a real socket before the strict stand-in; names follow the catalogue of cases."""

import asyncio
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from statusapp_agent.channels.slack import SlackChannel, SlackSettings
from statusapp_agent.core.model import Action, Again, Delivered, Person, Refused
from statusapp_agent.demo.faults import Garbage, Hang, ResetAfter, ResetBefore, Status
from statusapp_agent.demo.slack_model import SlackModel
from statusapp_agent.demo.slack_rules import fault_of_message
from statusapp_agent.demo.slack_service import HOOKS, Muddled, SlackService
from statusapp_agent.slack.message import digest, reply, root, thread_digest
from statusapp_agent.telling import read
from tests.support.channel_tools import channel_tools
from tests.support.notices import change, notice

TOKEN = "xoxb-stand-in-token"
BOT = {"bot_token": {"env": "SLACK_BOT_TOKEN"}, "channel": "C0123ABCD"}
HOOK = {"webhook_url": {"env": "SLACK_WEBHOOK"}}
OVER = {"status": "resolved", "resolved_at": "2026-11-24T12:10:00+00:00", "resolved_by": "statusapp"}


class Teller:
    """A channel as the courier uses it: remembers the receipt of the page, tries with what was kept before."""

    def __init__(self, slack, tools, settings, gap_s=0.01):
        self.slack, self.tools, self.settings = slack, tools, settings
        self.channel = SlackChannel(gap_s)
        self.opening = {}
        self.tags = 0

    async def tell(self, told, **tools):
        self.tags += 1
        with_tag = {"tag": f"t{self.tags}", "opening": self.opening, **tools}
        outcome = await self.channel.deliver(told, self.settings, replace(self.tools, **with_tag))
        if isinstance(outcome, Delivered) and told["action"] in ("trigger", "test"):
            self.opening = outcome.receipt
        return outcome


@contextlib.asynccontextmanager
async def teller(model=None, *, timeout_s=5.0, gap_s=0.01, hook=False, token=TOKEN, **settings):
    async with SlackService(model) as slack:
        fields = {"webhook_url": slack.webhook_url()} if hook else {"bot_token": token}
        async with channel_tools(timeout_s, **fields) as tools:
            made = SlackSettings(**(HOOK if hook else BOT), api_url=slack.api_url, **settings)
            yield Teller(slack, tools, made, gap_s)


def incident(**changed):
    return {**notice()["incident"], **changed}


def ack():
    return notice("acknowledge", by="ann", via="desktop", incident=incident(status="acknowledged"))


def over(**more):
    return notice("resolve", reason="2 good checks", incident=incident(**OVER), **more)


def page(number, **changed):
    monitor = {**notice()["monitor"], "name": f"web-{number}"}
    return notice(incident=incident(id=f"id{number}", number=number), monitor=monitor, **changed)


async def test_sl01_one_message_edited_in_place_and_a_thread_whose_end_is_broadcast():
    async with teller() as now:
        posted = await now.tell(notice())
        assert isinstance(posted, Delivered)
        root = now.slack.model.roots()[0]
        assert posted.receipt == {"channel": "C0123ABCD", "ts": root.ts, "shared": False}
        assert "DOWN: nas-web" in root.words
        assert "https://wiki.lan/nas" in root.words
        await now.tell(ack())
        assert "Acknowledged: nas-web" in root.words
        await now.tell(notice("update", reason="note by ann: it is the cable"))
        ended = await now.tell(over())
        assert ended.detail == "told in the thread; the message is up to date"
        assert "Resolved: nas-web" in root.words
        assert len(root.edits) == 2
        assert now.slack.model.roots() == [root]
        thread = now.slack.model.thread(root.ts)
        assert [each.text.split(" ", 1)[1] for each in thread] == [
            "Acknowledged by ann via desktop (nas-web #7)",
            "Note by ann: it is the cable (nas-web #7)",
            "Resolved after 10 min: 2 good checks (nas-web #7)",
        ]
        assert [each.broadcast for each in thread] == [False, False, True]


async def test_sl01_a_page_once_more_goes_into_the_same_thread():
    async with teller(mention="S0123ABC") as now:
        first = await now.tell(notice())
        again = await now.tell(notice(reason="the snooze is over"))
        assert again.receipt == first.receipt
        assert len(now.slack.model.roots()) == 1
        reply = now.slack.model.thread(first.receipt["ts"])[0]
        assert reply.broadcast
        assert reply.called == ["!subteam^S0123ABC", "!subteam^S0123ABC"]  # in the text and in the block


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "channel_not_found", "is_archived"])
async def test_sl03_a_no_in_a_200_is_a_no_and_breaks_the_channel(error):
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", Status(200, json.dumps({"ok": False, "error": error}).encode()))
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert error in outcome.reason
        assert now.slack.model.messages == []


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "some_new_word"])
async def test_sl03_what_is_wrong_with_one_message_does_not_break_the_channel(error):
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", Status(200, json.dumps({"ok": False, "error": error}).encode()))
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert not outcome.channel_broken
        assert error in outcome.reason


@pytest.mark.parametrize("error", ["<!channel> xoxb", 7, "", None, "A" * 500])
async def test_s13_what_is_no_word_of_slacks_is_not_shown(error):
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", Status(200, json.dumps({"ok": False, "error": error}).encode()))
        assert await now.tell(notice()) == Refused("Slack refused the message (no reason that Slack has a word for)")


async def test_sl03_a_wrong_token_is_never_shown():
    async with teller(token="xoxb-not-known-here") as now:
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert "invalid_auth" in outcome.reason
        assert "not-known" not in outcome.reason


async def test_sl04_a_429_holds_the_channel_for_as_long_as_slack_says():
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", Status(429, b"", {"Retry-After": "30"}))
        assert await now.tell(notice()) == Again("Slack asks for fewer messages (429)", 30.0, hold_channel=True)


async def test_sl05_thirty_at_once_leave_one_a_second_and_together():
    async with teller(SlackModel(burst=2), gap_s=1.0) as now:
        tasks = []
        for number in range(30):
            tasks.append(asyncio.create_task(now.tell(page(number), opening={})))
            await asyncio.sleep(0.1)
        outcomes = await asyncio.gather(*tasks)
        assert all(isinstance(each, Delivered) for each in outcomes)
        roots = now.slack.model.roots()
        assert len(roots) <= 5
        assert {each.status for each in now.slack.asked("chat.postMessage")} == {200}
        told = "\n".join(each.words for each in roots)
        assert all(f"web-{number} " in told or f"web-{number}'" in told for number in range(30))
        assert {each.receipt["ts"] for each in outcomes} == {root.ts for root in roots}


async def test_sl05_what_shares_a_message_is_told_by_name_in_its_thread_and_edits_nobody_elses():
    async with teller(gap_s=0.2) as now:
        outcomes = await asyncio.gather(*(now.tell(page(number), opening={}) for number in range(4)))
        shared = [each.receipt for each in outcomes if each.receipt["shared"]]
        assert len(shared) == 3
        ends = [over(monitor={"name": f"web-{number}"}) for number in (1, 2, 3)]
        ended = await asyncio.gather(*(now.tell(each, opening=shared[0]) for each in ends))
        assert {each.detail for each in ended} == {"told in the thread"}
        thread = now.slack.model.thread(shared[0]["ts"])
        assert len(thread) <= 2
        assert all(f"web-{number} #7: Resolved" in "".join(each.words for each in thread) for number in (1, 2, 3))
        assert all(not root.edits for root in now.slack.model.roots())


async def test_sl05_a_line_that_is_too_long_is_not_waited_for():
    async with teller(gap_s=20.0, timeout_s=1.0) as now:
        assert isinstance(await now.tell(notice("test")), Delivered)
        outcome = await now.tell(notice("test"), opening={})
        assert isinstance(outcome, Again)
        assert "waits for its turn" in outcome.reason
        assert not outcome.maybe_sent
        assert outcome.after_s > 15


@pytest.mark.parametrize("wrong", ["@oncall", "oncall", "#ops", "<!subteam^>", "", "@here", "<script>"])
def test_sl07_a_mention_that_calls_nobody_is_refused_when_saved(wrong):
    with pytest.raises(ValueError, match="subteam") as refused:
        SlackSettings(**BOT, mention=wrong)
    if wrong == "@oncall":
        assert "would be shown by Slack and call nobody" in str(refused.value)


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("S0123ABC", "<!subteam^S0123ABC>"),
        ("<!subteam^S0123ABC|@oncall>", "<!subteam^S0123ABC>"),
        ("<@U0123ABC>, <!here>", "<@U0123ABC> <!here>"),
        ("oncall:primary", "oncall:primary"),
    ],
)
def test_sl07_ids_are_taken_in_all_their_forms(written, wire):
    assert SlackSettings(**BOT, mention=written).mention == wire


async def test_sl07_the_id_form_is_on_the_wire_and_only_a_page_calls():
    async with teller(mention="<!subteam^S0123ABC>") as now:
        await now.tell(notice())
        await now.tell(ack())
        root = now.slack.model.roots()[0]
        assert now.slack.asked("chat.postMessage")[0].arguments["text"].startswith("<!subteam^S0123ABC> ")
        assert now.slack.model.thread(root.ts)[0].called == []


async def test_sl07_who_is_on_call_is_called_by_id_and_who_cannot_be_is_named():
    people = {"primary": [Person("Ann"), Person("Bob", slack_id="U0123ABC")], "night": [Person("Cy")], "empty": []}
    async with teller(mention="oncall:primary oncall:night oncall:empty") as now:
        await now.tell(notice(), on_call=lambda rotation: people[rotation])
        root = now.slack.model.roots()[0]
        assert set(root.called) == {"@U0123ABC"}
        assert "Cy is on call in night, without a Slack id; nobody is on call in empty" in root.words


async def test_sl07_a_test_looks_whether_the_mention_exists():
    async with teller(mention="<!subteam^S0123ABC> <@U0123ABC>") as now:
        tested = await now.tell(notice("test", purpose="test"))
        assert tested.detail == ("signed in as statusapp in Home; @oncall exists; @ann exists; posted to C0123ABCD")
        now.slack.model.left.add("U0123ABC")
        left = await now.tell(notice("test", purpose="test"), opening={})
        assert "U0123ABC has left this workspace" in left.reason
        now.slack.model.groups.clear()
        refused = await now.tell(notice("test", purpose="test"), opening={})
        assert isinstance(refused, Refused)
        assert "S0123ABC is no user group of this workspace" in refused.reason
        assert len(now.slack.model.messages) == 1


async def test_sl07_a_test_says_what_it_may_not_look_at():
    model = SlackModel(tokens={TOKEN: frozenset({"chat:write"})})
    async with teller(model, mention="<!subteam^S0123ABC>") as now:
        tested = await now.tell(notice("test", purpose="test"))
        assert "not checked (the app lacks the scope usergroups:read)" in tested.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"no_service"), (410, b"channel_is_archived"), (403, b"action_prohibited"), (404, b""), (403, b"<html>")],
)
async def test_sl08_a_dead_webhook_is_not_tried_again(status, body):
    async with teller(hook=True) as now:
        now.slack.faults.add(HOOKS, Status(status, body))
        outcome = await now.tell(notice())
        assert isinstance(outcome, Refused)
        assert outcome.channel_broken
        assert str(status) in outcome.reason
        assert "make a new one" in outcome.reason
        assert "<" not in outcome.reason


async def test_a_webhook_posts_flat_messages_and_no_second_end():
    async with teller(hook=True, mention="<!subteam^S0123ABC>") as now:
        await now.tell(notice())
        await now.tell(ack())
        await now.tell(over())
        repeated = await now.tell(over() | {"reason": "once more: a try may arrive late"})
        assert repeated.detail.startswith("not repeated")
        await now.tell(change())
        words = [each.words for each in now.slack.model.roots()]
        assert ["DOWN" in words[0], "Acknowledged" in words[1], "Resolved" in words[2], "new disk" in words[3]] == [
            True
        ] * 4
        assert now.slack.model.roots()[0].called[0] == "!subteam^S0123ABC"


async def test_a_webhook_joins_what_waits():
    async with teller(hook=True, gap_s=0.2) as now:
        outcomes = await asyncio.gather(*(now.tell(page(number), opening={}) for number in range(8)), now.tell(over()))
        assert all(isinstance(each, Delivered) for each in outcomes)
        assert len(now.slack.model.messages) == 2
        assert "8 messages at once" in now.slack.model.messages[1].words


@pytest.mark.parametrize(
    ("url", "part"),
    [("http://hooks.slack.com/services/T/B/X", "in clear"), ("https://hooks.slack.com/", "not complete"), ("x", "not")],
)
async def test_a_webhook_address_that_cannot_be_right_is_refused_when_saved_and_when_used(url, part):
    channel, settings = SlackChannel(), SlackSettings(**HOOK)
    found = channel.inspect_secret("webhook_url", url, settings)
    assert found[0].error
    assert part in found[0].text
    async with channel_tools(1.0, webhook_url=url) as tools:
        outcome = await channel.deliver(notice(), settings, tools)
    assert isinstance(outcome, Refused)
    assert outcome.channel_broken


def test_settings_say_which_road_and_what_a_webhook_cannot_do():
    for wrong in ({}, {**BOT, **HOOK}, {"bot_token": {"env": "X"}}, {**HOOK, "channel": "C0123ABCD"}):
        with pytest.raises(ValueError, match="bot_token"):
            SlackSettings(**wrong)
    with pytest.raises(ValueError, match="not its name"):
        SlackSettings(bot_token={"env": "X"}, channel="#ops")
    channel = SlackChannel()
    assert "no thread, no edit" in channel.inspect(SlackSettings(**HOOK))[0].text
    assert channel.inspect(SlackSettings(**BOT)) == []
    assert "no thread, no edit" in SlackChannel.description
    for token in ("xoxp-1-2", "xapp-1", "hello"):
        assert channel.inspect_secret("bot_token", token, SlackSettings(**BOT))[0].error
    assert channel.inspect_secret("bot_token", f" {TOKEN}\n", SlackSettings(**BOT)) == []


KEYS = st.sampled_from(["id", "name", "at", "text", "number", "status", "latency_ms", "url", "channel", "target"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@examples(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*notice(), "story", "told"]), ANYTHING), st.sampled_from(list(Action)))
def test_sl10_every_notice_makes_messages_that_slack_takes(parts, action):
    told = read({**notice(), **parts, "action": action.value})
    for made in (root(told), reply(told), reply(told, named=True), digest([told] * 40), thread_digest([told] * 40)):
        assert fault_of_message(made.fields()) is None
        json.dumps(made.fields(), allow_nan=False)


HOSTILE = "<!channel> <@U0123ABC> & <http://evil.lan|click> *bold* " + "x" * 6000


async def test_sl10_hostile_and_huge_texts_stay_within_the_limits_and_call_nobody():
    huge = "<&>" * 20_000
    told = notice(
        incident=incident(cause=HOSTILE),
        monitor={**notice()["monitor"], "name": HOSTILE, "target": huge, "notes": huge, "tags": [huge] * 90},
        dependents=[huge] * 500,
        children=["<!here>"] * 500,
        region=HOSTILE,
        check={**notice()["check"], "message": huge, "error": huge},
    )
    async with teller() as now:
        assert isinstance(await now.tell(told), Delivered)
        for action in ("acknowledge", "update", "resolve"):
            assert isinstance(await now.tell(told | {"action": action, "reason": HOSTILE, "by": HOSTILE}), Delivered)
        assert len(now.slack.model.messages) == 4
        assert [each.called for each in now.slack.model.messages] == [[]] * 4
        assert all("<http" not in each.words for each in now.slack.model.messages)
        sections = [block for each in now.slack.model.messages for block in each.blocks if block["type"] == "section"]
        texts = [text for block in sections for text in (block.get("text"), *block.get("fields", ())) if text]
        assert all(text["verbatim"] for text in texts)  # no bare address or @channel becomes more than text
        assert {each.arguments["parse"] for each in now.slack.asked("chat.update")} == {"none"}


async def test_sl10_a_digest_of_huge_texts_stays_within_the_limits():
    async with teller(gap_s=0.3) as now:
        outcomes = await asyncio.gather(*(now.tell(page(n) | {"reason": HOSTILE}, opening={}) for n in range(60)))
        told = [page(n) | {"incident": incident(id=f"x{n}", cause="<&>" * 9_000)} for n in range(60)]
        outcomes += await asyncio.gather(*(now.tell(each, opening={}) for each in told))
        assert all(isinstance(each, Delivered) for each in outcomes)
        assert any("more" in each.words for each in now.slack.model.messages)


@pytest.mark.parametrize("fault", [ResetAfter(), Muddled("fatal_error"), Muddled("internal_error"), Garbage()])
async def test_sl11_a_root_whose_answer_was_lost_is_found_and_not_posted_twice(fault):
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", fault)
        lost = await now.tell(notice(), tag="same")
        assert isinstance(lost, Again)
        assert lost.maybe_sent
        told = notice(at=_now())
        found = await now.tell(told, tag="same", maybe_sent=True)
        assert found.receipt["ts"] == now.slack.model.roots()[0].ts
        assert len(now.slack.model.messages) == 1


async def test_sl11_a_message_of_several_that_is_found_again_is_still_nobodys_to_edit():
    async with teller(gap_s=0.2) as now:
        now.slack.faults.add("chat.postMessage", None, ResetAfter())
        pages = [page(number, at=_now()) for number in range(4)]
        lost = await asyncio.gather(*(now.tell(each, opening={}, tag=f"p{n}") for n, each in enumerate(pages)))
        assert [isinstance(each, Again) for each in lost] == [False, True, True, True]
        again = [now.tell(each, opening={}, tag=f"p{n}", maybe_sent=True) for n, each in enumerate(pages) if n]
        found = await asyncio.gather(*again)
        assert len(now.slack.model.messages) == 2
        assert {(each.receipt["ts"], each.receipt["shared"]) for each in found} == {
            (now.slack.model.messages[1].ts, True)
        }


async def test_sl11_what_never_arrived_is_posted():
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", ResetBefore())
        assert isinstance(await now.tell(notice(), tag="same"), Again)
        assert isinstance(await now.tell(notice(at=_now()), tag="same", maybe_sent=True), Delivered)
        assert len(now.slack.model.messages) == 1


async def test_sl11_without_the_scope_there_is_at_most_one_duplicate():
    model = SlackModel(tokens={TOKEN: frozenset({"chat:write"})})
    async with teller(model) as now:
        now.slack.faults.add("chat.postMessage", ResetAfter())
        assert isinstance(await now.tell(notice(), tag="same"), Again)
        assert isinstance(await now.tell(notice(at=_now()), tag="same", maybe_sent=True), Delivered)
        assert len(now.slack.model.messages) == 2


async def test_sl11_a_reply_whose_answer_was_lost_is_found_in_the_thread():
    async with teller() as now:
        await now.tell(notice())
        now.slack.faults.add("chat.postMessage", ResetAfter())
        assert (await now.tell(ack(), tag="same")).maybe_sent
        assert isinstance(await now.tell(ack() | {"at": _now()}, tag="same", maybe_sent=True), Delivered)
        assert len(now.slack.model.messages) == 2
        assert "Acknowledged" in now.slack.model.roots()[0].words


async def test_a_half_told_end_is_not_told_twice():
    async with teller() as now:
        await now.tell(notice())
        now.slack.faults.add("chat.update", Status(503))
        half = await now.tell(over(), tag="same")
        assert isinstance(half, Again)
        assert half.receipt["done"] == ["reply"]
        whole = await now.tell(over(), tag="same", so_far=half.receipt)
        assert isinstance(whole, Delivered)
        assert len(now.slack.model.messages) == 2
        assert "Resolved" in now.slack.model.roots()[0].words


async def test_an_end_after_a_lost_page_finds_its_message_and_closes_it():
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", ResetAfter())
        began = _now()
        assert isinstance(await now.tell(notice(incident=incident(began_at=began))), Again)
        told = over() | {"incident": incident(**OVER, began_at=began), "at": began}
        assert isinstance(await now.tell(told), Delivered)
        assert len(now.slack.model.roots()) == 1
        assert "Resolved" in now.slack.model.roots()[0].words
        repeated = await now.tell(told | {"reason": "once more: it may arrive late"}, opening={})
        assert isinstance(repeated, Delivered)


async def test_a_deleted_message_gets_a_successor():
    async with teller() as now:
        first = await now.tell(notice())
        now.slack.model.delete(first.receipt["ts"])
        ended = await now.tell(over())
        assert isinstance(ended, Delivered)
        assert "Resolved: nas-web" in now.slack.model.roots()[0].words


async def test_a_message_that_may_not_be_edited_is_told_in_the_thread_all_the_same():
    async with teller() as now:
        await now.tell(notice())
        now.slack.faults.add("chat.update", Status(200, b'{"ok":false,"error":"edit_window_closed"}'))
        ended = await now.tell(over())
        assert isinstance(ended, Delivered)
        assert "could not be edited (edit_window_closed)" in ended.detail


async def test_no_answer_in_time_is_one_that_may_have_arrived():
    async with teller(timeout_s=1.0) as now:
        now.slack.faults.add("chat.postMessage", Hang(taken=True))
        outcome = await now.tell(notice())
        assert isinstance(outcome, Again)
        assert outcome.maybe_sent


@pytest.mark.parametrize("status", [404, 403, 302, 500, 503])
async def test_what_slack_never_answers_is_tried_again(status):
    async with teller() as now:
        now.slack.faults.add("chat.postMessage", Status(status, b"<html>hotel</html>"))
        outcome = await now.tell(notice())
        assert isinstance(outcome, Again)
        assert "<html>" not in outcome.reason


def _now():
    return datetime.now(UTC).isoformat()
