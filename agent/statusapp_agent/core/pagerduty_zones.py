"""Names of time zones as PagerDuty's schedules take them: its list is shorter than the IANA database.

PagerDuty documents the zones of Rails' ActiveSupport::TimeZone; names that the IANA database keeps for old times' sake
(US/Eastern, Europe/Kyiv against Europe/Kiev) are refused there.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LIST = """
Pacific/Midway Pacific/Pago_Pago Pacific/Honolulu America/Juneau America/Los_Angeles America/Tijuana America/Denver
America/Phoenix America/Chihuahua America/Mazatlan America/Chicago America/Regina America/Mexico_City
America/Monterrey America/Guatemala America/New_York America/Indiana/Indianapolis America/Bogota America/Lima
America/Halifax America/Caracas America/La_Paz America/Santiago America/St_Johns America/Sao_Paulo
America/Argentina/Buenos_Aires America/Montevideo America/Guyana America/Puerto_Rico America/Godthab America/Asuncion
Atlantic/South_Georgia Atlantic/Azores Atlantic/Cape_Verde Europe/Dublin Europe/London Europe/Lisbon Africa/Casablanca
Africa/Monrovia Etc/UTC Europe/Belgrade Europe/Bratislava Europe/Budapest Europe/Ljubljana Europe/Prague
Europe/Sarajevo Europe/Skopje Europe/Warsaw Europe/Zagreb Europe/Brussels Europe/Copenhagen Europe/Madrid Europe/Paris
Europe/Amsterdam Europe/Berlin Europe/Zurich Europe/Rome Europe/Stockholm Europe/Vienna Africa/Algiers
Europe/Bucharest Africa/Cairo Europe/Helsinki Europe/Kiev Europe/Riga Europe/Sofia Europe/Tallinn Europe/Vilnius
Europe/Athens Europe/Istanbul Europe/Minsk Asia/Jerusalem Africa/Harare Africa/Johannesburg Europe/Kaliningrad
Europe/Moscow Europe/Volgograd Europe/Samara Asia/Kuwait Asia/Riyadh Africa/Nairobi Asia/Baghdad Asia/Tehran
Asia/Muscat Asia/Baku Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Yekaterinburg Asia/Karachi Asia/Tashkent Asia/Kolkata
Asia/Kathmandu Asia/Almaty Asia/Dhaka Asia/Colombo Asia/Rangoon Asia/Novosibirsk Asia/Bangkok Asia/Jakarta
Asia/Krasnoyarsk Asia/Shanghai Asia/Chongqing Asia/Hong_Kong Asia/Urumqi Asia/Kuala_Lumpur Asia/Singapore Asia/Taipei
Australia/Perth Asia/Irkutsk Asia/Ulaanbaatar Asia/Seoul Asia/Tokyo Asia/Yakutsk Australia/Darwin Australia/Adelaide
Australia/Melbourne Australia/Sydney Australia/Canberra Australia/Brisbane Australia/Hobart Asia/Vladivostok
Pacific/Guam Pacific/Port_Moresby Asia/Magadan Asia/Srednekolymsk Pacific/Guadalcanal Pacific/Noumea Pacific/Fiji
Asia/Kamchatka Pacific/Majuro Pacific/Auckland Pacific/Tongatapu Pacific/Fakaofo Pacific/Chatham Pacific/Apia
"""
_KNOWN = tuple(_LIST.split())
# Where several zones have the same rules today, what people mean by the old name.
_MEANT = {
    "US/Eastern": "America/New_York",
    "US/Central": "America/Chicago",
    "US/Mountain": "America/Denver",
    "US/Arizona": "America/Phoenix",
    "US/Pacific": "America/Los_Angeles",
    "US/Alaska": "America/Juneau",
    "US/Hawaii": "Pacific/Honolulu",
    "Canada/Eastern": "America/New_York",
    "Canada/Pacific": "America/Los_Angeles",
    "Europe/Kyiv": "Europe/Kiev",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Saigon": "Asia/Bangkok",
    "GB": "Europe/London",
    "NZ": "Pacific/Auckland",
    "Japan": "Asia/Tokyo",
    "PRC": "Asia/Shanghai",
    "Singapore": "Asia/Singapore",
    "Turkey": "Europe/Istanbul",
    "Israel": "Asia/Jerusalem",
    "Eire": "Europe/Dublin",
}
_UTC = frozenset(
    {"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "UCT", "Etc/UCT"}
)
_SAMPLES = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=7 * week) for week in range(2 * 53)]
"""Weekly for two years: every zone that agrees on all of them agrees on when a turn begins."""


def canonical(name: str) -> str | None:
    """Return the name under which PagerDuty knows a zone, None when there is none: somebody has to choose then."""
    plain = name.strip().removeprefix(":").removeprefix("posix/")
    if plain in _UTC:
        return "Etc/UTC"
    if plain in _KNOWN:
        return plain
    if plain in _MEANT:
        return _MEANT[plain]
    offsets = _offsets(plain)
    if offsets is None:
        return None
    same = [known for known in _KNOWN if _offsets(known) == offsets]
    area = plain.partition("/")[0]
    return next((known for known in same if known.startswith(f"{area}/")), next(iter(same), None))


def _offsets(name: str) -> list[timedelta | None] | None:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return [zone.utcoffset(at.astimezone(zone)) for at in _SAMPLES]
