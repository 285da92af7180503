"""What the story of the demo stands on: the settings of its agent, and that agent as a process of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from statusapp_agent.demo.twilio_model import ACCOUNT, MAGIC_SENDER, TOKEN

MONITOR = "web-shop"
PHONE = "+15551230000"
LONGEST_WAIT_S = 30.0
_SECRETS = {
    "STATUSAPP_DEMO_KEY": "demo0000000000000000000000000key",
    "STATUSAPP_DEMO_SLACK": "xoxb-stand-in-token",
    "STATUSAPP_DEMO_TWILIO": TOKEN,
}
"""What the stand-ins take; none of it opens anything else."""


class StoryError(Exception):
    """The story did not go as it must; the text says where it stopped."""


_SETTINGS = """\
[agent]
region = "this machine"
canaries = []

[[channels]]
name = "pagerduty"
kind = "pagerduty"
integration_key = {{ env = "STATUSAPP_DEMO_KEY" }}
events_url = "{pagerduty}"

[[channels]]
name = "slack-ops"
kind = "slack"
bot_token = {{ env = "STATUSAPP_DEMO_SLACK" }}
channel = "C0123ABCD"
api_url = "{slack}"

[[channels]]
name = "sms-primary"
kind = "sms"
provider = "twilio"
account_sid = "{account}"
auth_token = {{ env = "STATUSAPP_DEMO_TWILIO" }}
from = "{sender}"
to = "oncall:primary"
api_url = "{twilio}"

[[people]]
name = "Ana"
phone = "{phone}"

[[rotations]]
name = "primary"
layers = [{{ people = ["Ana"] }}]

[[tiers]]
name = "1"
notify = [
  {{ channel = "pagerduty" }},
  {{ channel = "slack-ops" }},
  {{ channel = "sms-primary", when = "unacknowledged", after = "{after}ms" }},
]

[[monitors]]
name = "{monitor}"
kind = "http"
url = "{shop}"
interval = "{interval}ms"
retry_interval = "{interval}ms"
timeout = "5s"
failures = 3
recoveries = 2
tier = "1"
runbook = "https://wiki.example/shop"
"""


def settings_text(shop: str, pagerduty: str, slack: str, twilio: str, pace: float) -> str:
    """Return the settings of the story's agent, with every service at its stand-in."""
    return _SETTINGS.format(
        shop=shop,
        pagerduty=pagerduty,
        slack=slack,
        twilio=twilio,
        account=ACCOUNT,
        sender=MAGIC_SENDER,
        phone=PHONE,
        monitor=MONITOR,
        interval=interval_ms(pace),
        after=round(escalates_after_s(pace) * 1000),
    )


def escalates_after_s(pace: float) -> float:
    """Return how long the story waits for an acknowledgement before it texts."""
    return max(1.0, round(4 * pace, 1))


def interval_ms(pace: float) -> int:
    """Return how often the shop is checked."""
    return max(200, int(1000 * min(1.0, pace)))


@contextlib.asynccontextmanager
async def running_agent(folder: Path, settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run a real agent as a process of its own while inside; end it and wait for its end."""
    file, sock = folder / "settings.toml", folder / "agent.sock"
    await asyncio.to_thread(file.write_text, settings, "utf-8")
    command = [sys.executable, "-m", "statusapp_agent.cli.entry"]
    if getattr(sys, "frozen", False):
        command = [sys.executable]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("agent", "run", "--data-dir", str(folder / "data"), "--socket", str(sock), "--settings", str(file)),
        "--log-level",
        "error",
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **_SECRETS, "STATUSAPP_VAULT": "file"},
    )
    try:
        await _ready(process)
        transport = httpx.AsyncHTTPTransport(uds=str(sock))
        async with httpx.AsyncClient(transport=transport, base_url="http://statusapp", trust_env=False) as api:
            yield api
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    if process.stdout is None:
        raise StoryError("the agent has no output")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), LONGEST_WAIT_S)
    except TimeoutError:
        raise StoryError("the agent did not start") from None
    if not line.startswith(b"ready "):
        raise StoryError("the agent did not start; its reason stands above")
