"""The described request of any HTTP gateway: templates by `string.Template`, filled in without breaking out. Pure."""

import ipaddress
import json
import re
from collections.abc import Mapping
from string import Template
from urllib.parse import quote, quote_plus, urlsplit

from statusapp_agent.origin import is_loopback

NAMES = frozenset({"to", "text", "from", "token", "tag"})


def _checked(text: str) -> str:
    template = Template(text)
    if not template.is_valid():
        raise ValueError("a $ stands before a name, such as $text; write $$ for a dollar sign itself")
    if unknown := sorted(set(template.get_identifiers()) - NAMES):
        raise ValueError(f"there is no ${unknown[0]}; there are ${', $'.join(sorted(NAMES))}")
    return text


def gateway_url(text: str) -> str:
    """Return the template of a URL: https anywhere, http at home alone; raise ValueError with a sentence."""
    stripped = _checked(text.strip())
    try:
        parts = urlsplit(stripped)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host or "$" in parts.netloc or not stripped.isprintable():
        raise ValueError("write the whole URL of the gateway, like http://192.168.1.20:8080/send")
    if " " in stripped or "@" in parts.netloc:
        raise ValueError("a URL has neither spaces nor a user name in it; credentials go into auth_token and headers")
    if parts.scheme == "http" and not at_home(host):
        raise ValueError("http:// sends texts and tokens in clear, so it is only for hosts of your own network")
    return stripped


def at_home(host: str) -> bool:
    """Whether a host of a URL is on this machine or in the home network, by its looks."""
    bare = host.strip("[]").lower()
    try:
        return ipaddress.ip_address(bare).is_private or is_loopback(bare)
    except ValueError:
        return is_loopback(bare) or "." not in bare or bare.endswith((".lan", ".local", ".home.arpa", ".internal"))


def gateway_body(text: str) -> str:
    """Return the template of a body; raise ValueError with a sentence."""
    checked = _checked(text)
    if checked.lstrip().startswith(("{", "[")):
        try:
            json.loads(Template(checked).substitute(dict.fromkeys(NAMES, "0")))
        except ValueError:
            raise ValueError('this begins like JSON and is none; put the names into quotes, like "$text"') from None
    return checked


def gateway_header(text: str) -> str:
    """Return the template of a header's value; raise ValueError with a sentence."""
    if not text.isprintable():
        raise ValueError("a header is one line of printable characters")
    return _checked(text)


def pattern(text: str) -> str:
    """Return a regular expression; raise ValueError with a sentence for what is none."""
    try:
        re.compile(text)
    except re.error as fault:
        raise ValueError(f"this is no regular expression: {fault}") from None
    return text


def filled_url(template: str, values: Mapping[str, str]) -> str:
    """Return a URL with its values escaped."""
    return Template(template).substitute({name: quote(value, safe="") for name, value in values.items()})


def filled_body(template: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return a body with its values escaped as its form needs, and its content type."""
    if template.lstrip().startswith(("{", "[")):
        escaped = {name: json.dumps(value)[1:-1] for name, value in values.items()}
        return Template(template).substitute(escaped), "application/json"
    if template.lstrip().startswith("<"):
        marks = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
        plain = {name: "".join(marks.get(c, c) for c in value) for name, value in values.items()}
        return Template(template).substitute(plain), "application/xml"
    escaped = {name: quote_plus(value) for name, value in values.items()}
    return Template(template).substitute(escaped), "application/x-www-form-urlencoded"


def filled_header(template: str, values: Mapping[str, str]) -> str:
    """Return a header's value, in one line."""
    return Template(template).substitute({name: " ".join(value.split()) for name, value in values.items()})
