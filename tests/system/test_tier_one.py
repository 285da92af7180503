"""Tier 1 from end to end: PagerDuty is away, a phone is texted, its answer acknowledges, and all threads say so."""

from pathlib import Path

from statusapp_agent.demo.pagerduty_model import PagerDutyModel
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.demo.slack_model import SlackModel
from statusapp_agent.demo.slack_service import SlackService
from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN, TwilioModel
from statusapp_agent.demo.twilio_service import TwilioService
from tests.support.agent_process import AgentProcess, eventually
from tests.support.mail_server import MailServer
from tests.support.settings_text import ENV, KEY, channel, monitor, settings
from tests.support.targets import targets

ANA = "+15551230000"
OTHERS = """
[[channels]]
name = "slack-ops"
kind = "slack"
bot_token = {{ env = "SLACK_BOT_TOKEN" }}
channel = "C0123ABCD"
api_url = "{slack}"

[[channels]]
name = "mail-ops"
kind = "email"
host = "127.0.0.1"
port = {mail}
security = "none"
from = "StatusApp <statusapp@example.org>"
to = ["ops@example.org"]

[[channels]]
name = "sms-primary"
kind = "sms"
provider = "twilio"
account_sid = "{account}"
auth_token = {{ env = "TWILIO_TOKEN" }}
from = "{sender}"
to = "oncall:primary"
api_url = "{twilio}"

[[people]]
name = "Ana"
phone = "{ana}"

[[rotations]]
name = "primary"
layers = [{{ people = ["Ana"] }}]

[[tiers]]
name = "1"
notify = [
  {{ channel = "pd" }},
  {{ channel = "slack-ops" }},
  {{ channel = "mail-ops" }},
  {{ channel = "sms-primary", when = "unacknowledged", after = "2s" }},
]
"""


async def test_pagerduty_is_away_and_everybody_still_knows_until_all_is_closed(tmp_path: Path) -> None:
    texts = TwilioModel()
    texts.lives[ANA] = ["delivered"]
    async with (
        targets(http=1) as world,
        PagerDutyService(PagerDutyModel(frozenset({KEY}))) as pagerduty,
        SlackService(SlackModel()) as slack,
        TwilioService(texts) as twilio,
        MailServer() as mail,
    ):
        others = OTHERS.format(
            slack=slack.api_url, mail=mail.port, account=ACCOUNT, sender=MAGIC_SENDER, twilio=twilio.url, ana=ANA
        )
        web = world.by_name["web-0"]
        text = settings(channel(pagerduty.url), others, monitor("web-0", web.settings(), tier="1"))
        env = {**ENV, "SLACK_BOT_TOKEN": "xoxb-stand-in-token", "TWILIO_TOKEN": TOKEN}
        async with AgentProcess(tmp_path, text, env) as agent:

            async def incident():
                found = await agent.incidents()
                return found[-1] if found else None

            def status_is(wanted: str):
                async def look():
                    now = await incident()
                    return now is not None and now["status"] == wanted

                return look

            await agent.until("web-0", "up")
            await pagerduty.stop()
            await world.put("web-0", up=False)
            await twilio.until(lambda: len(texts.sent(ANA)) == 1, 20)
            assert "Reply ACK 1" in texts.sent(ANA)[0].body
            await eventually("chat and mail know", lambda: slack.model.roots() and mail.mails)

            await twilio.answer(ANA, "ack 1")
            await eventually("her answer takes it", status_is("acknowledged"), 30)
            taken = await incident()
            assert (taken["acknowledged_by"], taken["acknowledged_via"]) == ("Ana", "SMS")
            (root,) = slack.model.roots()
            thread = lambda: " ".join(each.words for each in slack.model.thread(root.ts))  # noqa: E731
            await eventually("the thread says who", lambda: "Ana" in thread())
            await eventually("so does the mail", lambda: len(mail.mails) == 2)

            await pagerduty.start()
            await world.put("web-0", up=True)
            await eventually("the recovery closes it", status_is("resolved"), 20)
            await eventually("the thread ends", lambda: len(slack.model.thread(root.ts)) == 2)
            await eventually("the mail ends", lambda: len(mail.mails) == 3)
            await twilio.until(lambda: len(texts.sent(ANA)) == 3, 30)
            first, *later = [each for _, each in mail.mails]
            assert {each["In-Reply-To"] for each in later} == {first["Message-ID"]}
            assert [each.body.split(" #1")[0].split()[-1] for each in texts.sent(ANA)] == ["DOWN", "ACK", "UP"]
            assert pagerduty.incidents(open_only=True) == []

            async def at_rest():
                rows = (await incident())["deliveries"]
                return all(row["state"] != "pending" for row in rows)

            await eventually("nothing is left to be told", at_rest, 60)
            assert pagerduty.incidents(open_only=True) == []
