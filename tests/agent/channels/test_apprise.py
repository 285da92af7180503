"""The apprise channel with the real library, before a real web server on loopback."""

import asyncio
import contextlib
import importlib
import logging
from dataclasses import replace

import pytest

from statusapp_agent.channels import apprise as module
from statusapp_agent.channels.apprise import MISSING, AppriseChannel, AppriseSettings, mark, text
from statusapp_agent.core.model import Action, Again, Delivered, Refused
from statusapp_agent.telling import read
from tests.support.channel_tools import channel_tools
from tests.support.notices import notice
from tests.support.web_target import WebTarget

# The library imports all its services at once, and one of them a module of Python that is to go.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SETTINGS = AppriseSettings(urls={"env": "URLS"})


@contextlib.asynccontextmanager
async def apprise(*paths, timeout_s=5.0):
    async with WebTarget() as target:
        urls = [f"json://127.0.0.1:{target.port}/{path}" for path in paths or ("secret-token",)]
        async with channel_tools(timeout_s, urls="\n".join(urls)) as tools:
            channel = AppriseChannel()

            async def tell(told, **more):
                return await channel.deliver(told, SETTINGS, replace(tools, **more))

            yield target, urls, tell


async def test_it_tells_through_the_library():
    async with apprise() as (target, _, tell):
        outcome = await tell(notice())
        assert outcome.detail == "taken by apprise for json (not verified)"
        posted = target.asked[0].json
        assert posted["title"] == "DOWN: nas-web"
        assert posted["type"] == "failure"
        assert "nas.lan refused the connection; nothing listens there (#7)" in posted["message"]
        await tell(notice("resolve", incident={**notice()["incident"], "status": "resolved"}))
        assert target.asked[1].json["type"] == "success"
        assert Action.CHANGE not in AppriseChannel.actions


async def test_what_did_not_work_is_tried_again_and_who_was_reached_is_left_alone():
    async with apprise("one", "two") as (target, urls, tell):
        target.answers = [(500, b"secret-token", {}), (200, b"", {})]
        first = await tell(notice())
        assert isinstance(first, Again)
        assert first.maybe_sent
        assert first.slow
        assert first.reason == "apprise: json did not take it, and apprise does not say why"
        assert len(first.receipt["done"]) == 1
        assert set(first.receipt["done"]) < {mark(url) for url in urls}
        second = await tell(notice(), so_far=first.receipt)
        assert isinstance(second, Delivered)
        assert len(target.asked) == 3


async def test_a_service_that_hangs_is_not_waited_for_and_holds_up_nobody():
    async with apprise(timeout_s=1.0) as (target, _, tell):
        target.hang = True
        outcome = await tell(notice())
        assert isinstance(outcome, Again)
        assert "may still arrive" in outcome.reason


async def test_nothing_secret_is_told_or_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with apprise() as (target, _, tell):
        target.answers = [(403, b"secret-token", {})]
        outcome = await tell(notice())
        assert "secret-token" not in outcome.reason
        assert "secret-token" not in caplog.text


@pytest.mark.parametrize("url", ["nonsense://x", "dbus://", "syslog://"])
async def test_an_address_that_apprise_does_not_know_is_refused(url):
    async with channel_tools(2.0, urls=url) as tools:
        outcome = await AppriseChannel().deliver(notice(), SETTINGS, tools)
    assert isinstance(outcome, Refused)
    assert outcome.channel_broken


async def test_without_the_library_one_sentence_says_what_to_install(monkeypatch):
    def missing(_name):
        raise ImportError

    # The library is here, and cannot be taken away from a running process in another way.
    monkeypatch.setattr(module.importlib, "import_module", missing)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _name: None)
    async with channel_tools(2.0, urls="json://127.0.0.1:1/") as tools:
        outcome = await AppriseChannel().deliver(notice(), SETTINGS, tools)
    assert outcome == Refused(MISSING, channel_broken=True)
    assert AppriseChannel().inspect(SETTINGS)[0].text == MISSING
    assert "statusapp[apprise]" in MISSING


def test_it_is_honest_and_names_the_services():
    assert importlib.import_module("apprise")
    assert "arrive twice" in AppriseChannel().inspect(SETTINGS)[0].text
    for name in ("ntfy", "Gotify", "Pushover", "Telegram", "Discord", "Matrix"):
        assert name in AppriseChannel.description
    assert AppriseChannel().inspect_secret("urls", "hello", SETTINGS)[0].error
    assert len(text(read(notice(reason="x" * 9000, incident={"cause": "y" * 9000})))) <= 900


async def test_many_that_hang_do_not_pile_up():
    async with apprise(timeout_s=0.7) as (target, _, tell):
        target.hang = True
        outcomes = await asyncio.gather(*(tell(notice()) for _ in range(18)))
        assert sum("still hang" in each.reason for each in outcomes) == 2
