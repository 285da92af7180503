"""A real agent and PagerDuty's REST side, case by case, each judged at the stand-in; names follow the catalogue."""

from pathlib import Path

from tests.support.pagerduty_play import play


async def test_rs01_an_acknowledgement_on_the_phone_is_ours_within_a_look(tmp_path: Path) -> None:
    async with play(tmp_path) as now:
        await now.breaks()
        there = await now.made()
        created = await now.until("it is verified", lambda each: each["pagerduty"] and each["pagerduty"]["verified"])
        assert created["pagerduty"]["id"] == there.id
        assert created["pagerduty"]["url"].endswith(there.id)
        now.rest.by_hand(there.id, "acknowledge", "PANA001")
        acked_at = there.acknowledged[0][0]
        ours = await now.until("it is acknowledged", lambda each: each["status"] == "acknowledged", 4)
        assert (ours["acknowledged_by"], ours["acknowledged_via"]) == ("Ana Lindt", "PagerDuty")
        assert ours["acknowledged_at"][:23] == acked_at.isoformat()[:23]
        line = await now.seen("acknowledged")
        assert line["source"] == "pagerduty"
        # What came from there is not sent back.
        assert [each.action for each in now.there.journal] == ["trigger"]
        await now.recovers()
        await now.seen("closed")
        assert there.status == "resolved"
