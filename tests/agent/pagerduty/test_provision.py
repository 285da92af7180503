"""Provisioning, judged at a strict stand-in: what is there afterwards, and what is not there twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from statusapp_agent.core.pagerduty_zones import canonical
from statusapp_agent.core.provisioning import Verb, Wish, summary
from statusapp_agent.demo.faults import ResetAfter, ResetBefore, Status
from statusapp_agent.demo.pagerduty_service import PagerDutyService
from statusapp_agent.pagerduty.client import Credential, RestClient
from statusapp_agent.pagerduty.host_zone import host_zone
from statusapp_agent.pagerduty.provision import CannotError, Outcome, Provision, people_of
from tests.support.pagerduty_scene import START, TOKEN, TestClock, account_of, service

PEOPLE = ["ana@example.org", "ben@example.org"]


@pytest.fixture
async def there() -> AsyncIterator[PagerDutyService]:
    async with service(TestClock()) as started:
        yield started


async def provision(
    there: PagerDutyService, *, known_key: str = "", reuse: bool = False, dry: bool = False
) -> tuple[Outcome, list[str]]:
    kept: list[str] = []

    async def store(key: str) -> None:
        kept.append(key)

    async with httpx.AsyncClient(trust_env=False) as http:
        client = RestClient(http, Credential(there.url, TOKEN, "ana@example.org"))
        people = await people_of(client, PEOPLE)
        wish = Wish("StatusApp pd", "StatusApp on call", "StatusApp escalation", people, "Europe/Berlin")
        run = Provision(client, wish, known_key, START, reuse=reuse)
        return (Outcome(await run.plan()) if dry else await run.run(store)), kept


def written(there: PagerDutyService) -> list[tuple[str, str]]:
    assert there.rest is not None
    return [(each.method, each.path) for each in there.rest.journal if each.method != "GET"]


async def test_a_dry_run_changes_nothing_and_says_what_it_would(there: PagerDutyService) -> None:
    outcome, kept = await provision(there, dry=True)
    assert (written(there), kept) == ([], [])
    assert [each.verb for each in outcome.items] == [*[Verb.CREATE] * 4, Verb.STORE]
    assert outcome.items[1].detail == "0 min StatusApp on call, 15 min Ben Ode, 30 min Ana Lindt and Ben Ode"
    assert summary(outcome.items) == "4 to make, 0 found; the key goes into the agent's vault."


async def test_pv01_pv04_everything_is_made_as_it_should_be(there: PagerDutyService) -> None:
    outcome, kept = await provision(there)
    assert outcome.done
    account, rest = account_of(there), there.rest
    assert rest is not None
    made = next(each for each in account.services.values() if each.name == "StatusApp pd")
    assert kept == [made.integration_key]
    assert (made.auto_resolve_timeout, made.acknowledgement_timeout, made.urgency) == (None, 1800, "high")
    policy = account.policies[made.policy]
    assert [level.delay_min for level in policy.levels] == [15, 15, 30]
    assert policy.num_loops <= 9
    bodies = {each.path: each.body for each in rest.journal if each.method == "POST"}
    assert {"auto_resolve_timeout", "acknowledgement_timeout"} <= set(bodies["/services"]["service"])
    assert "escalation_rule_assignment_strategy" not in bodies["/escalation_policies"]["escalation_policy"]
    assert bodies["/schedules"]["schedule"]["time_zone"] == "Europe/Berlin"
    assert account.schedules[policy.levels[0].targets[0]].name == "StatusApp on call"


async def test_a_second_run_finds_it_all_and_makes_nothing(there: PagerDutyService) -> None:
    _, kept = await provision(there)
    before = written(there)
    again, kept_again = await provision(there)
    assert (again.done, kept_again, written(there)) == (True, kept, before)
    by_key, _ = await provision(there, known_key=kept[0])
    assert by_key.done
    assert written(there) == before


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("fault", [ResetAfter(), ResetBefore(), Status(500, b"{}")])
async def test_it_resumes_after_a_failure_and_never_makes_anything_twice(
    there: PagerDutyService, number: int, fault: object
) -> None:
    assert there.rest is not None
    there.rest.faults_on_writes.add(*[None] * number, fault)
    first, _ = await provision(there)
    if not first.done:
        failed = next(each for each in first.items if each.state == "failed")
        assert failed.noun.value in summary(first.items)
        assert [each.state for each in first.items].count("done") == number
        second, _ = await provision(there)
        assert second.done
    account = account_of(there)
    names = [each.name for each in (*account.services.values(), *account.policies.values())]
    names += [each.name for each in account.schedules.values()]
    assert len(names) == len(set(names)) == 6
    assert isinstance(fault, ResetAfter) == first.done


@pytest.mark.parametrize("status", [402, 400])
async def test_pv02_a_small_plan_is_explained_and_what_exists_is_offered(there: PagerDutyService, status: int) -> None:
    account = account_of(there)
    account.most_schedules = account.most_policies = 1
    account.limit_status = status
    outcome, kept = await provision(there)
    assert (outcome.done, outcome.reusable, kept) == (False, ("Home on call",), [])
    assert "allows 1 schedules" in summary(outcome.items)
    assert summary(outcome.items).endswith("Nothing was made.")
    assert len(account.services) == 1
    planned, _ = await provision(there, reuse=True, dry=True)
    assert planned.items[1].verb is Verb.CHANGE
    reused, kept = await provision(there, reuse=True)
    assert reused.done
    made = next(each for each in account.services.values() if each.name == "StatusApp pd")
    assert (kept, made.policy) == ([made.integration_key], "PPOLICY")
    assert [level.delay_min for level in account.policies["PPOLICY"].levels] == [15, 15, 30]
    assert (len(account.policies), len(account.schedules)) == (1, 1)


async def test_a_service_that_closes_by_itself_is_changed_where_it_is_reused(there: PagerDutyService) -> None:
    key = account_of(there).services["PSERVIC"].integration_key
    outcome, kept = await provision(there, known_key=key)
    assert (outcome.done, kept) == (True, [key])
    assert account_of(there).services["PSERVIC"].auto_resolve_timeout is None
    assert written(there) == [("PUT", "/services/PSERVIC")]


async def test_somebody_whom_pagerduty_does_not_know_is_named(there: PagerDutyService) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        client = RestClient(http, Credential(there.url, TOKEN, "ana@example.org"))
        with pytest.raises(CannotError, match="no user who@"):
            await people_of(client, ["who@example.org"])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("UTC", "Etc/UTC"),
        ("US/Eastern", "America/New_York"),
        ("Europe/Kyiv", "Europe/Kiev"),
        ("Asia/Kolkata", "Asia/Kolkata"),
        ("Europe/Vaduz", "Europe/Belgrade"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("Antarctica/Troll", None),
        ("Nowhere/Land", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_dr07_zones_have_the_names_that_pagerduty_takes(name: str, known: str | None) -> None:
    assert canonical(name) == known


def test_dr07_the_zone_of_this_computer(tmp_path: Path) -> None:
    assert host_zone({"TZ": ":US/Eastern"}, tmp_path) == "US/Eastern"
    assert host_zone({}, tmp_path) is None
    target = tmp_path / "zoneinfo" / "Europe" / "Kyiv"
    target.parent.mkdir(parents=True)
    target.touch()
    (tmp_path / "localtime").symlink_to(target)
    assert host_zone({}, tmp_path) == "Europe/Kyiv"
    (tmp_path / "timezone").write_text("Etc/UTC\n", "utf-8")
    assert host_zone({}, tmp_path) == "Etc/UTC"
