"""Reading a settings file: each broken one says what is wrong and where; a sound one becomes core values."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.core.model import Severity, Step, When
from statusapp_agent.kinds import ChannelKind, CheckKind, discover
from statusapp_agent.settings import Settings, SettingsError, from_documents, read_settings
from tests.support.kinds import CHANNELS, CHECKS

BROKEN = sorted(Path(__file__).parent.glob("invalid-*.toml"))
_EXPECT = re.compile(r"# expect line (\d+): (.*)")

WHOLE = """
[agent]
region = "home"
canaries = []

[[channels]]
name = "ring"
kind = "bell"
integration_key = { env = "KEY" }

[[tiers]]
name = "x"
notify = [
  { channel = "ring" },
  { kind = "bell", when = "unacknowledged", after = "5m" },
]

[[monitors]]
name = "router"
kind = "door"
address = "192.0.2.1"
interval = "500ms"
tier = "x"

[[monitors]]
name = "nas"
kind = "door"
address = "192.0.2.2"
depends_on = ["router"]
channels = ["ring"]
severity = "warning"
settings = { name = "back" }

[[maintenance]]
name = "night"
monitors = ["nas"]
days = ["sat", "sun"]
start = "02:30"
duration = "1h"
timezone = "Europe/Berlin"
"""


def read(text: str, file: str = "settings.toml", **options) -> Settings:
    return read_settings(text, file, CHECKS, CHANNELS, **options)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_says_what_is_wrong_and_where(path: Path) -> None:
    text = path.read_text()
    line, sentence = _EXPECT.match(text).groups()
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert [(fault.line, fault.message) for fault in caught.value.faults] == [(int(line), sentence)]
    assert caught.value.faults[0].file == "settings.toml"


def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    with pytest.raises(SettingsError) as caught:
        read('[[monitors]]\nname = "a"\nkind = "door"\nfailures = 0\nrecoverys = 2\n[agent]\nregoin = "x"\n')
    assert [(f.line, f.key, f.nearest) for f in caught.value.faults] == [
        (1, "address", None),
        (4, "failures", None),
        (5, "recoverys", "recoveries"),
        (7, "regoin", "region"),
    ]


def test_many_faults_are_counted_rather_than_listed() -> None:
    with pytest.raises(SettingsError) as caught:
        read("".join(f"k{number} = 1\n" for number in range(150)))
    assert len(caught.value.faults) == 101
    assert "50 more" in caught.value.faults[-1].message


def test_a_sound_file_becomes_core_values() -> None:
    settings = read(WHOLE, region="host")
    assert settings.agent.region == "home"
    assert settings.agent.canaries == ()
    router, nas = settings.monitors["router"].value, settings.monitors["nas"].value
    assert (router.interval_s, router.timeout_s, router.retry_interval_s, router.failures) == (0.5, 1.0, 0.5, 1)
    assert (nas.interval_s, nas.timeout_s, nas.retry_interval_s, nas.failures) == (120.0, 10.0, 10.0, 1)
    assert (nas.severity, nas.channels, nas.depends_on) == (Severity.WARNING, ("ring",), ("router",))
    assert (router.target, nas.target) == ("192.0.2.1 router", "192.0.2.2 back")
    assert settings.tiers["x"].value.notify == (Step(channel="ring"), Step(None, "bell", When.UNACKNOWLEDGED, 300.0))
    window = settings.maintenance["night"].value
    assert (window.days, window.start_minute, window.duration_s) == ((5, 6), 150, 3600.0)
    assert settings.channels["ring"].value.max_per_minute == 30
    assert set(settings.tiers_in_force()) == {"1", "2", "3", "x"}
    assert settings.warnings == ()


def test_an_empty_file_has_the_defaults() -> None:
    settings = read("", region="host")
    assert (settings.agent.region, settings.agent.canaries, settings.agent.storm_threshold) == ("host", None, 20)


def test_a_default_that_is_written_leaves_no_trace_in_the_document() -> None:
    text = '[[monitors]]\nname = "a"\nkind = "door"\naddress = "x"\ninterval = "120s"\nfailures = 1\nrecoveries = 2\n'
    assert read(text).monitors["a"].document == {"name": "a", "kind": "door", "address": "x"}


def test_what_is_a_default_elsewhere_is_kept_where_the_kind_has_its_own() -> None:
    text = '[[monitors]]\nname = "a"\nkind = "door"\naddress = "x"\ninterval = "60s"\nfailures = 3\n'
    assert read(text).monitors["a"].document == {
        "name": "a", "kind": "door", "address": "x", "interval": "1m", "failures": 3,
    }  # fmt: skip


BELL = '[[channels]]\nname = "ring"\nkind = "bell"\nintegration_key = '


def test_a_plain_secret_goes_to_the_vault_with_a_warning() -> None:
    settings = read(BELL + '"s3cr3t-canary"')
    assert settings.secrets["channels/ring/integration_key"].reveal() == "s3cr3t-canary"
    assert settings.channels["ring"].document["integration_key"] == {"vault": True}
    assert len(settings.warnings) == 1
    assert "line 4" in settings.warnings[0]
    assert "moved to the vault" in settings.warnings[0]
    assert "s3cr3t-canary" not in repr(settings)


def test_a_secret_of_the_environment_stays_a_reference() -> None:
    settings = read(BELL + '{ env = "KEY" }', environment={"KEY": "abcdef"})
    assert settings.secrets["channels/ring/integration_key"].reveal() == "abcdef"
    assert settings.channels["ring"].document["integration_key"] == {"env": "KEY"}
    assert read(BELL + '{ env = "KEY" }').secrets == {}
    path = "channels/ring/integration_key"
    assert read(BELL + '{ env = "KEY" }', given={path: "from the client"}).secrets[path].reveal() == "from the client"


def test_a_secret_file_is_beside_the_settings_file() -> None:
    settings = read(BELL + '{ file = "keys/ring" }', file="/etc/statusapp/settings.toml")
    assert settings.channels["ring"].document["integration_key"] == {"file": "/etc/statusapp/keys/ring"}


def test_a_plain_secret_is_in_no_fault() -> None:
    with pytest.raises(SettingsError) as caught:
        read(BELL + '["s3cr3t-canary"]\nregion = 3')
    assert len(caught.value.faults) == 2
    assert "s3cr3t-canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("", "nobody is told when"),
        ('tier = "1"', "no channel exists that tier"),
        ("channels = []", "nobody is told when"),
        ('timeout = "4m"', "longer than the interval"),
        ('degraded_above = "20s"', "nothing is ever degraded"),
    ],
)
def test_what_is_allowed_but_doubtful_is_warned_of(keys: str, words: str) -> None:
    settings = read(f'[[monitors]]\nname = "a"\nkind = "door"\naddress = "x"\n{keys}\n')
    assert any(words in warning for warning in settings.warnings)


def test_names_of_known_settings_may_be_used() -> None:
    known = read(WHOLE)
    text = '[[monitors]]\nname = "b"\nkind = "door"\naddress = "x"\ntier = "x"\ndepends_on = ["nas"]\n'
    assert set(read(text, known=known).monitors) == {"b"}
    with pytest.raises(SettingsError):
        read(text)


def test_a_broken_element_is_not_complained_of_where_it_is_used() -> None:
    text = BELL.replace("bell", "gong") + '{ env = "K" }\n'
    text += '[[monitors]]\nname = "a"\nkind = "door"\naddress = "x"\nchannels = ["ring"]\n'
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert [fault.line for fault in caught.value.faults] == [3]


@pytest.mark.parametrize(
    "text",
    ["a" * 1_048_577, "a = " + "[" * 5000, "a = " + "9" * 5000, "a = " + "{a=" * 5000, "\x00", 'a = "\\ud800"'],
)
def test_hostile_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(SettingsError):
        read(text)


@given(st.text(alphabet="[]{}=\"'#.,\n \\abkind1_:-", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SettingsError):
        assert read("[[monitors]]\nname = 'a'\nkind = 'door'\n" + text).monitors


def test_stored_documents_load_without_the_bad_ones() -> None:
    documents = read(WHOLE).documents()
    documents["monitors"][0]["address"] = 3
    documents["channels"].append({"name": "old", "kind": "gone"})
    settings = from_documents(documents, CHECKS, CHANNELS)
    assert set(settings.monitors) == {"nas"}
    assert set(settings.channels) == {"ring"}
    sentences = " ".join(fault.message for fault in settings.faults)
    assert "address" in sentences
    assert "'gone'" in sentences
    assert '"router"' in sentences


def test_a_stored_circle_is_cut() -> None:
    documents = read(WHOLE).documents()
    documents["monitors"][0]["depends_on"] = ["nas"]
    settings = from_documents(documents, CHECKS, CHANNELS)
    assert [entry.value.depends_on for entry in settings.monitors.values()] == [(), ()]
    assert "circle" in settings.faults[0].message


def test_the_kinds_of_this_version_read_what_they_are_documented_to_take() -> None:
    from statusapp_agent import checks

    text = """
[[monitors]]
name = "nas-web"
kind = "http"
url = "https://nas.lan/"
expect_status = [200, "2xx"]
password = { env = "P" }
username = "u"

[[monitors]]
name = "ssh"
kind = "tcp"
host = "nas.lan"
port = 22

[[monitors]]
name = "router"
kind = "ping"
host = "192.168.1.1"

[[monitors]]
name = "nas.lan"
kind = "dns"

[[monitors]]
name = "certificate"
kind = "tls"
host = "nas.lan"
warn_before = "14d"

[[monitors]]
name = "backup"
kind = "heartbeat"
every = "1h"
grace = "5m"
"""
    settings = read_settings(text, "s.toml", discover(checks, CheckKind), CHANNELS)
    assert len(settings.monitors) == 6
    assert settings.monitors["nas.lan"].value.target == "nas.lan A"
    again = from_documents(settings.documents(), discover(checks, CheckKind), CHANNELS)
    assert again == settings
    assert again.faults == ()


def test_a_pagerduty_channel_reads_as_documented() -> None:
    from statusapp_agent import channels

    text = """
[[channels]]
name = "pagerduty-prod"
kind = "pagerduty"
integration_key = { env = "PD_KEY" }
region = "us"
events_url = "https://events.pagerduty.com"
api_key = { env = "PD_API_KEY" }
api_url = "https://api.pagerduty.com"
from_email = "me@example.org"
auto_resolve = true
max_per_minute = 100

[[channels]]
name = "sms-primary"
kind = "sms"
"""
    kinds = discover(channels, ChannelKind)
    paging = text.split("\n\n", maxsplit=1)[0]
    assert read_settings(paging, "s.toml", CHECKS, kinds).channels["pagerduty-prod"].value.max_per_minute == 100
    known = {name: kind for name, kind in kinds.items() if name != "sms"}
    with pytest.raises(SettingsError, match="there is no channel kind 'sms' in this version; there are: "):
        read_settings(text, "s.toml", CHECKS, known)
