"""Every key of a TOML text has its line, whatever stands in the values."""

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from statusapp_agent.settings.locate import Path, locate

TRICKY = '''# [not] = "a key"
a = 1
b.c = "x # no comment"
"quoted \\u0041" = """
d = 1
[[e]] \\""" still text"""
lit = \'\'\'
f = 2\'\'\'
list = [ # first
  1, "]", [
    2 ],
  { g = 3, h = { i = 4 } },
]

[[t]]
name = "one"
[t.sub]
k = 1
[[t]]
name = "two"
[[t.deep]]
z = 2024-01-01T00:00:00Z
[ x . "y.z" ]
last = true'''


def test_keys_are_found_between_texts_lists_and_tables() -> None:
    places = locate(TRICKY)
    expected = {
        ("a",): 2,
        ("b", "c"): 3,
        ("quoted A",): 4,
        ("lit",): 7,
        ("list",): 9,
        ("list", 2, 0): 11,
        ("list", 3, "g"): 12,
        ("list", 3, "h", "i"): 12,
        ("t", 0): 15,
        ("t", 0, "sub", "k"): 18,
        ("t", 1, "name"): 20,
        ("t", 1, "deep", 0, "z"): 22,
        ("x", "y.z"): 23,
        ("x", "y.z", "last"): 24,
    }
    assert {path: places.lines.get(path) for path in expected} == expected
    assert ("d",) not in places.lines
    assert ("f",) not in places.lines
    assert places.line(("t", 1, "missing")) == 19
    assert places.line(("nowhere",)) is None


values = st.recursive(
    st.integers(-9, 9) | st.text(max_size=12) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), values, max_size=5), st.booleans())
def test_every_key_of_any_document_is_found(document: dict[str, Any], several_lines: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=several_lines)
    found = locate(text).lines
    for path in _keys(tomllib.loads(text)):
        assert path in found
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@given(st.text(alphabet="[]{}=\"'#.,\n \\ab1", max_size=60))
def test_text_that_is_no_toml_ends_the_walk_without_more(text: str) -> None:
    assert all(line >= 1 for line in locate(text).lines.values())


def _keys(value: Any, at: Path = ()) -> list[Path]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in pairs for path in ((*at, key), *_keys(inner, (*at, key)))]
