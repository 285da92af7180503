import httpx
import pytest

from statusapp_agent.wire.faults import WireFault
from statusapp_agent.wire.redirect import guard, next_request


def follow(location: str, *, status: int = 302, method: str = "GET", url: str = "https://nas.lan/a/b") -> httpx.Request:
    request = httpx.Request(
        method,
        url,
        headers={
            "Authorization": "Bearer t",
            "X-Api-Key": "k",
            "User-Agent": "statusapp/1",
            "Content-Type": "text/plain",
        },
        content=b"body" if method != "GET" else b"",
    )
    return next_request(request, httpx.Response(status, headers={"Location": location}))


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/c", "https://nas.lan/c"),
        ("c?x=1#top", "https://nas.lan/a/c?x=1"),
        ("//other.lan/", "https://other.lan/"),
        ("http://other.lan:8080/x", "http://other.lan:8080/x"),
        ("https://user:pass@nas.lan/", "https://nas.lan/"),
    ],
)
def test_it_leads_where_it_says(location: str, url: str):
    following = follow(location)
    assert str(following.url) == url
    assert following.headers["host"] == following.url.netloc.decode()


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://x/",
        "unix:/run/x",
        "javascript:1",
        "ftp://nas.lan/",
        "data:,x",
        "http://",
        "https://[::1",
        "http://x:99999/",
        "http://x:0/",
    ],
)
def test_it_leads_nowhere_else(location: str):
    with pytest.raises(WireFault) as caught:
        follow(location)
    assert caught.value.error == "redirect"


def test_the_same_origin_keeps_credentials():
    assert follow("/c").headers["authorization"] == "Bearer t"
    assert follow("https://nas.lan/x", url="http://nas.lan/").headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "location", ["https://other.lan/", "http://nas.lan/", "https://nas.lan:8443/", "https://nas.lan.evil.example/"]
)
def test_another_origin_gets_no_secret(location: str):
    headers = follow(location).headers
    assert "authorization" not in headers
    assert "x-api-key" not in headers
    assert headers["user-agent"] == "statusapp/1"


@pytest.mark.parametrize(
    ("status", "method", "after", "content"),
    [
        (303, "PUT", "GET", b""),
        (302, "POST", "GET", b""),
        (307, "POST", "POST", b"body"),
        (308, "PUT", "PUT", b"body"),
        (301, "PUT", "PUT", b"body"),
        (303, "HEAD", "HEAD", b"body"),
    ],
)
def test_the_method_follows_the_status(status: int, method: str, after: str, content: bytes):
    following = follow("/c", status=status, method=method)
    assert (following.method, following.content) == (after, content)
    assert ("content-type" in following.headers) is (content != b"")


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1"])
@pytest.mark.parametrize("first", ["192.168.1.1", "93.184.216.34", None])
def test_no_redirect_leads_inside(first: str | None, inside: str):
    assert not guard(first)(inside)


def test_a_check_that_points_inside_may_stay_there():
    assert guard("127.0.0.1")("::1")
    assert guard("169.254.1.1")("169.254.1.2")
    assert not guard("169.254.1.1")("127.0.0.1")
    assert guard("127.0.0.1")("192.168.1.1")
