"""Analytics, patterns, reports and the audit log over the real socket: one number everywhere."""

import json
from datetime import timedelta

from statusapp_shared.audit import AuditView
from statusapp_shared.history import HistoryView
from statusapp_shared.measures import MeasuredView
from statusapp_shared.patterns import PatternsView, WhatIfView
from statusapp_shared.protocol import Items
from statusapp_shared.reports import ReportView
from tests.agent.api.test_routes import problem
from tests.support.agent_on_socket import OnSocket


async def some_past(agent: OnSocket, client):
    await agent.checked("nas", "=refused <b>&</b> | `x`")
    await client.post("/v1/incidents/1/acknowledge")
    await agent.checked("nas")
    await agent.engine.flush()


async def test_every_figure_and_every_group(agent: OnSocket, client):
    await some_past(agent, client)
    for by in ("tag", "weekday", "cause", "channel"):
        view = MeasuredView.model_validate_json((await client.get(f"/v1/analytics?by={by}&zone=Asia/Tokyo")).content)
        assert (view.incidents, view.zone, len(view.groups)) == (1, "Asia/Tokyo", 1)
        assert list(view.group_counts) == [view.groups[0].key]
        assert sum(each.incidents for each in view.trend) == 1
        assert view.counts.paged == 1
        assert view.counts.page_s.count == 1
        assert view.before.incidents == 0
        assert view.before.mtta_s is None
    (nas,) = [each for each in view.availability if each.monitor == "nas"]
    assert nas.outages == 1
    await problem(await client.get("/v1/analytics?zone=Mars"), 422, "zone")


async def test_a_report_says_the_figures_of_analytics(agent: OnSocket, client):
    await some_past(agent, client)
    later = agent.engine.clock.now() + timedelta(days=40)
    for rhythm in ("weekly", "monthly", "quarterly"):
        at = (later if rhythm != "quarterly" else later + timedelta(days=92)).isoformat().replace("+", "%2B")
        view = ReportView.model_validate_json((await client.get(f"/v1/reports/{rhythm}?at={at}&zone=UTC")).content)
        since, until = (each.isoformat().replace("+", "%2B") for each in (view.since, view.until))
        same = await client.get(f"/v1/analytics?since={since}&until={until}&by=monitor&zone=UTC")
        mine = json.loads(view.figures.model_dump_json())
        for name in ("incidents", "mtta_s", "mttr_s", "mttd_s", "counts", "groups", "availability", "trend"):
            assert mine[name] == same.json()[name], (rhythm, name)
        assert view.title in view.text
        assert view.title in view.html
        assert "http" not in view.html  # nothing is fetched from elsewhere
    await problem(await client.get("/v1/reports/yearly"), 422, "invalid")


async def test_a_young_agent_reviews_what_is_running(agent: OnSocket, client):
    await some_past(agent, client)
    for rhythm in ("weekly", "monthly", "quarterly"):
        view = ReportView.model_validate_json((await client.get(f"/v1/reports/{rhythm}?zone=UTC")).content)
        assert view.title.endswith(", so far")
        assert [each.number for each in view.incidents] == [1]
        assert view.until <= agent.engine.clock.now()


async def test_a_cause_is_text_in_a_report_and_no_markup(agent: OnSocket, client):
    await some_past(agent, client)
    began = agent.engine.clock.now()
    at = (began + timedelta(days=7)).isoformat().replace("+", "%2B")
    view = ReportView.model_validate_json((await client.get(f"/v1/reports/weekly?at={at}&zone=UTC")).content)
    assert [each.number for each in view.incidents] == [1]
    assert "<b>" not in view.html
    assert "&lt;b&gt;" in view.html
    assert "\\<b\\>&\\</b\\> \\| \\`x\\`" in view.text
    assert "nobody" not in view.html.split("Incidents</h2>")[1].split("What the figures")[0]


async def test_patterns_and_what_if(agent: OnSocket, client):
    await some_past(agent, client)
    assert PatternsView.model_validate_json((await client.get("/v1/patterns")).content).items == []
    found = WhatIfView.model_validate_json((await client.get("/v1/monitors/nas/what-if?failures=2")).content)
    assert (found.checks, len(found.outages), len(found.outages_then)) == (2, 1, 0)
    assert found.sentence.startswith("With failures = 2 instead of 1 you would have had no outage, not 1.")
    await problem(await client.get("/v1/monitors/none/what-if"), 404, "no_monitor")


async def test_the_audit_log_in_pages(agent: OnSocket, client):
    await some_past(agent, client)
    everything = Items[AuditView].model_validate_json((await client.get("/v1/audit")).content).items
    assert everything[-1].deed == "acknowledge"
    rest = (await client.get(f"/v1/audit?after={everything[0].id}&limit=1000")).json()["items"]
    assert [line["id"] for line in rest] == [line.id for line in everything[1:]]
    assert len((await client.get("/v1/audit?limit=1")).json()["items"]) == 1


async def test_sums_by_the_hour_and_the_day(agent: OnSocket, client):
    await some_past(agent, client)
    samples = agent.engine.writer.samples
    while await agent.engine.writer.on_samples(samples.pack, agent.engine.clock.now() + timedelta(hours=2)):
        pass
    for grain in ("hour", "day"):
        answer = await client.get(f"/v1/monitors/nas/history?grain={grain}")
        view = HistoryView.model_validate_json(answer.content)
        assert sum(each.up for each in view.items) == 1
        assert sum(each.down for each in view.items) == 1
        assert view.items[0].slowest_ms is not None
    assert (await client.get("/v1/monitors/backup/history")).json()["items"] == []
