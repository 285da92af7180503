"""A real agent that tells Slack, a mail server and a webhook: what people read there from the outage to its end."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from statusapp_agent.demo.slack_model import SlackModel
from statusapp_agent.demo.slack_service import SlackService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.mail_server import MailServer
from tests.support.settings_text import monitor, settings
from tests.support.targets import Targets, targets
from tests.support.web_target import WebTarget

TOKEN = "xoxb-stand-in-token"
CHANNELS = """
[[channels]]
name = "slack-ops"
kind = "slack"
bot_token = {{ env = "SLACK_BOT_TOKEN" }}
channel = "C0123ABCD"
mention = "<!subteam^S0123ABC>"
api_url = "{slack}"

[[channels]]
name = "slack-flat"
kind = "slack"
webhook_url = {{ env = "SLACK_WEBHOOK" }}

[[channels]]
name = "mail-ops"
kind = "email"
host = "127.0.0.1"
port = {mail}
security = "none"
from = "StatusApp <statusapp@example.org>"
to = ["ops@example.org", "boss@example.org"]

[[channels]]
name = "hook"
kind = "webhook"
url = {{ env = "WEBHOOK_URL" }}
secret = {{ env = "WEBHOOK_SECRET" }}
"""
ALL = ["slack-ops", "slack-flat", "mail-ops", "hook"]
FLAT = "T0/B0/flat"


@dataclass
class Scene:
    agent: AgentProcess
    world: Targets
    slack: SlackService
    mail: MailServer
    hook: WebTarget

    @property
    def thread(self):
        roots = [each for each in self.slack.model.roots() if each.channel == "C0123ABCD"]
        return self.slack.model.thread(roots[0].ts) if roots else []


@contextlib.asynccontextmanager
async def scene(folder: Path, told: list[str], *, http: int = 1, burst: float = 5.0) -> AsyncIterator[Scene]:
    model = SlackModel(channels=("C0123ABCD", "C0FLAT"), webhooks={FLAT: "C0FLAT"}, burst=burst)
    async with targets(http=http) as world, SlackService(model) as slack, MailServer() as mail, WebTarget() as hook:
        env = {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_WEBHOOK": slack.webhook_url(FLAT),
            "WEBHOOK_URL": f"{hook.url}/very-secret-path",
            "WEBHOOK_SECRET": "a-signing-secret-of-this-test",
        }
        text = settings(
            CHANNELS.format(slack=slack.api_url, mail=mail.port),
            *(
                monitor(name, target.settings(), channels=told, runbook=f"https://wiki.lan/{name}")
                for name, target in world.by_name.items()
            ),
        )
        async with AgentProcess(folder, text, env) as agent:
            await agent.until("web-0", "up")
            yield Scene(agent, world, slack, mail, hook)


async def opened(now: Scene) -> dict:
    async def look():
        found = await now.agent.incidents()
        return found[-1] if found else None

    return await eventually("an incident", look)


async def test_sl01_sl02_ml01_one_thread_in_chat_and_mail_over_a_kill_and_a_note(tmp_path: Path) -> None:
    async with scene(tmp_path, ALL) as now:
        await now.world.put("web-0", up=False)
        await now.mail.until(lambda: len(now.mail.mails) == 1)
        incident = await opened(now)
        await eventually("slack knows", lambda: len(now.slack.model.messages) == 2)
        root = next(each for each in now.slack.model.roots() if each.channel == "C0123ABCD")
        assert set(root.called) == {"!subteam^S0123ABC"}
        assert "https://wiki.lan/web-0" in root.words
        await eventually("all are delivered", lambda: delivered(now, "trigger", 4))
        await now.agent.kill()
        await now.agent.restart()
        await now.agent.post(f"/incidents/{incident['id']}/notes", text="it is the cable")
        await eventually("the note is in the thread", lambda: len(now.thread) == 1)
        await now.agent.post(f"/incidents/{incident['id']}/acknowledge")
        await eventually("the acknowledgement is in the thread", lambda: len(now.thread) == 2)
        await now.world.put("web-0", up=True)
        await eventually("the end is in the thread", lambda: len(now.thread) == 3, 15)
        await eventually("all are delivered", lambda: delivered(now, "resolve", 4))
        assert "it is the cable" in now.thread[0].text
        assert "Acknowledged by" in now.thread[1].text
        assert now.thread[2].broadcast
        assert "Resolved: web-0" in root.words
        assert [each for each in now.slack.model.roots() if each.channel == "C0123ABCD"] == [root]
        flat = [each.text for each in now.slack.model.messages if each.channel == "C0FLAT"]
        assert len(flat) == 4
        mails = [mail for _, mail in now.mail.mails]
        assert len(mails) == 4
        assert len({mail["Message-ID"] for mail in mails}) == 4
        assert {mail["References"] for mail in mails[1:]} == {mails[0]["Message-ID"]}
        assert {mail["Subject"].removeprefix("Re: ") for mail in mails} == {"[StatusApp] web-0 #1"}
        archive = mails[3].get_body(("plain",)).get_content()
        for part in ("it is the cable", "slack-ops: delivered", "Resolved", "confirmed after"):
            assert part in archive
        posted = [asked.json for asked in now.hook.asked]
        assert [each["type"].removeprefix("statusapp.") for each in posted] == [
            "trigger", "update", "acknowledge", "resolve",
        ]  # fmt: skip
        for name in (*now.agent.env.values(), "very-secret-path"):
            assert name not in now.agent.err
            assert name not in now.agent.out
        assert "Traceback" not in now.agent.err


async def delivered(now: Scene, action: str, times: int) -> bool:
    incident = (await now.agent.incidents())[-1]
    found = [each for each in incident["deliveries"] if each["action"] == action]
    return len(found) == times and all(each["state"] == "delivered" for each in found)


async def test_a_test_of_each_channel_walks_the_real_road_and_says_each_step(tmp_path: Path) -> None:
    async with scene(tmp_path, ALL) as now:
        steps = {}
        for name in ALL:
            started = await now.agent.post(f"/channels/{name}/test")

            async def over(started=started):
                found = await now.agent.get(f"/incidents/{started['incident_id']}")
                rest = all(each["state"] == "delivered" for each in found["deliveries"])
                return found if found["status"] == "resolved" and len(found["deliveries"]) == 2 and rest else None

            found = await eventually(f"the test of {name} is over", over)
            steps[name] = [each["reason"] for each in found["deliveries"]]
        assert steps["slack-ops"] == [
            "signed in as statusapp in Home; @oncall exists; posted to C0123ABCD",
            "told in the thread; the message is up to date",
        ]
        assert steps["slack-flat"] == ["posted by the webhook"] * 2
        assert steps["mail-ops"] == ["taken by 127.0.0.1 (without encryption) for all 2 recipients"] * 2
        assert steps["hook"] == ["taken by 127.0.0.1 (200)"] * 2


async def test_m4_m5_faults_of_each_service_delay_or_break_its_channel_alone(tmp_path: Path) -> None:
    async with scene(tmp_path, ALL) as now:
        now.slack.model.rooms["C0123ABCD"].archived = True
        now.mail.data += ["451 greylisted"]
        now.hook.answers = [(500, b"", {})]
        await now.world.put("web-0", up=False)
        await eventually("the hook is told at the second try", lambda: len(now.hook.asked) == 2)
        await now.mail.until(lambda: len(now.mail.mails) == 1)
        assert now.hook.asked[0].headers["webhook-id"] == now.hook.asked[1].headers["webhook-id"]
        broken = await now.agent.get("/channels/slack-ops")
        assert broken["status"] == "broken"
        assert "the channel is archived" in broken["reason"]
        assert len(now.slack.asked("chat.postMessage")) == 1
        # Once it is mended and tested, the open incident is told there after all.
        now.slack.model.rooms["C0123ABCD"].archived = False
        await now.agent.post("/channels/slack-ops/test")
        await eventually("it is told", lambda: any("DOWN: web-0" in each.words for each in now.slack.model.roots()))


@pytest.mark.slow
async def test_sl05_thirty_outages_at_once_leave_one_message_a_second_and_all_are_told(tmp_path: Path) -> None:
    """The stand-in takes two at once and then one a second; more it answers with 429."""
    async with scene(tmp_path, ["slack-ops"], http=30, burst=2) as now:
        names = list(now.world.by_name)
        for name in names:
            await now.agent.until(name, "up")
        for name in names:
            await now.world.put(name, up=False)

        def told(word: str) -> bool:
            words = "\n".join(each.words for each in now.slack.model.messages)
            return all(f"{word}: {name} #" in words or f"{word}: {name}'" in words for name in names)

        await eventually("all are told", lambda: told("DOWN"), 20)
        assert {each.status for each in now.slack.asked("chat.postMessage")} == {200}
        roots = now.slack.model.roots()
        assert len(roots) <= 10
        for name in names:
            await now.world.put(name, up=True)

        async def ended() -> bool:
            incidents = await now.agent.incidents()
            return all(
                each["status"] == "resolved" and all(one["state"] == "delivered" for one in each["deliveries"])
                for each in incidents
            )

        await eventually("all ends are told", ended, 60)
        assert {each.status for each in now.slack.asked("chat.postMessage")} == {200}
        assert len(now.slack.model.roots()) == len(roots)
