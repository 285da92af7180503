"""Webhooks into a real agent, with and without a REST key."""

import hashlib
import hmac
import json
from pathlib import Path

import httpx

from tests.support.agent_process import eventually
from tests.support.pagerduty_play import WEBHOOK_SECRET, Play, play
from tests.support.programs import free_port


async def tell(now: Play, port: int, kind: str, status: str, secret: str = WEBHOOK_SECRET) -> int:
    """Send a signed event about the first incident there; return the status of the answer."""
    there = now.kept()[0]
    event = {
        "id": f"E-{kind}",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": now.rest.now().isoformat(),
        "agent": {"id": "PANA001", "type": "user_reference", "summary": "Ana Lindt"},
        "client": None,
        "data": {"id": there.id, "type": "incident", "number": 1, "status": status, "incident_key": there.key},
    }
    body = json.dumps({"event": event}, ensure_ascii=False).encode()
    signature = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    async def listens() -> httpx.Response | None:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
                headers = {"X-PagerDuty-Signature": signature, "X-Webhook-Id": f"hook-{kind}-{secret}"}
                return await http.post(f"http://127.0.0.1:{port}/", content=body, headers=headers)
        except httpx.ConnectError:
            return None

    return (await eventually("the listener is there", listens)).status_code


def listening(port: int) -> str:
    return f'webhook_listen = "127.0.0.1:{port}"\nwebhook_secret = {{ env = "PD_WEBHOOK_SECRET" }}\n'


async def test_wh01_without_a_rest_key_an_event_is_all_there_is_and_it_counts(tmp_path: Path) -> None:
    port = free_port()
    async with play(tmp_path, more=listening(port)) as now:
        await now.agent.apply(now.agent.settings.replace('api_key = { env = "PD_API_KEY" }\n', ""))
        await now.breaks()
        await now.made()
        await now.until("it is told", lambda each: each["pagerduty"])
        assert await tell(now, port, "incident.acknowledged", "acknowledged", "wrong") == 403
        assert (await now.incident())["status"] == "open"
        assert await tell(now, port, "incident.acknowledged", "acknowledged") == 202
        ours = await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged")
        assert ours["acknowledged_by"] == "Ana Lindt"
        assert [each.path for each in now.rest.journal if "/incidents/" in each.path] == []


async def test_wh01_with_a_rest_key_an_event_is_a_reason_to_look_at_once(tmp_path: Path) -> None:
    port = free_port()
    async with play(tmp_path, more=listening(port)) as now:
        await now.agent.apply(now.agent.settings.replace('sync_interval = "1s"', 'sync_interval = "300s"'))
        await now.breaks()
        there = await now.made()
        await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        assert await tell(now, port, "incident.acknowledged", "acknowledged") == 202
        await now.seen("acknowledged", 5)
        ours = await now.incident()
        assert ours["status"] == "acknowledged"
        assert len([each for each in ours["timeline"] if each["kind"] == "acknowledged"]) == 1
