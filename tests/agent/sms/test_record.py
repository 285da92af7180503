"""What is remembered of an SMS channel comes back from the database as it was, retired or not."""

from statusapp_agent.boot import _read_record
from statusapp_agent.channels.sms import SmsChannel
from statusapp_agent.core.model import Channel, Spent, Usage
from statusapp_agent.core.state import ChannelRecord
from statusapp_agent.store.state_store import _record_body
from tests.support.texting import START, twilio_settings


def test_a_record_comes_back_with_its_purse_its_replies_and_its_settings():
    settings = twilio_settings("https://api.twilio.com")
    kind = SmsChannel()
    channel = Channel("sms", "sms", settings, budget=kind.budget(settings), keeps_open=False)
    usage = Usage("2026-11", 7, (Spent(START, "nas", 2),), START)
    record = ChannelRecord("sms~1", channel, retired=True, usage=usage, replies=("SM1", "SM2"))
    assert _read_record("sms~1", _record_body(record), {"sms": kind}) == record
