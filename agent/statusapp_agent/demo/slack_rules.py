"""The limits of a message in Slack, as its Block Kit reference has them: a fault by Slack's own word. Pure.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any

_TEXT, _BLOCKS, _IN_BLOCKS = 40_000, 50, 13_000
_HEADER, _SECTION, _FIELDS, _FIELD, _ELEMENTS, _BUTTON, _URL, _ACTION = 150, 3_000, 10, 2_000, 10, 75, 3_000, 255
_KEYS = {
    "header": {"type", "text", "block_id"},
    "section": {"type", "text", "fields", "block_id", "accessory", "expand"},
    "context": {"type", "elements", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "divider": {"type", "block_id"},
}


def fault_of_message(arguments: dict[str, Any]) -> str | None:
    """Return why a message would be refused, None if it would be taken."""
    text, blocks = arguments.get("text"), arguments.get("blocks") or []
    if not text:
        # Slack takes blocks alone; without a text nobody reads the notification, so it is refused here.
        return "no_text"
    if not isinstance(text, str) or len(text) > _TEXT:
        return "msg_too_long"
    if not isinstance(blocks, list) or len(blocks) > _BLOCKS:
        return "invalid_blocks"
    if not all(_is_sound(block) for block in blocks):
        return "invalid_blocks"
    if sum(len(said) for block in blocks for said in _texts(block)) > _IN_BLOCKS:
        return "msg_blocks_too_long"
    metadata = arguments.get("metadata")
    if metadata is not None and not ({"event_type", "event_payload"} <= set(metadata)):
        return "invalid_metadata_format"
    return None


def _is_sound(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in _KEYS or set(block) - _KEYS[block["type"]]:
        return False
    match block["type"]:
        case "header":
            return _sound_text(block.get("text"), _HEADER, ("plain_text",))
        case "section":
            return _sound_section(block)
        case "context":
            elements = block.get("elements")
            return _listed(elements, _ELEMENTS) and all(_sound_text(each, _FIELD) for each in elements or ())
        case "actions":
            elements = block.get("elements")
            return _listed(elements, 25) and all(_sound_button(each) for each in elements or ())
        case _:
            return True


def _sound_section(block: dict[str, Any]) -> bool:
    text, fields = block.get("text"), block.get("fields")
    if text is None and fields is None:
        return False
    if text is not None and not _sound_text(text, _SECTION):
        return False
    return fields is None or (_listed(fields, _FIELDS) and all(_sound_text(each, _FIELD) for each in fields))


def _sound_button(element: Any) -> bool:
    if not isinstance(element, dict) or element.get("type") != "button":
        return False
    url, action = element.get("url", "https://x"), element.get("action_id", "")
    web = isinstance(url, str) and len(url) <= _URL and url.startswith(("http://", "https://"))
    return web and len(action) <= _ACTION and _sound_text(element.get("text"), _BUTTON, ("plain_text",))


def _sound_text(said: Any, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(said, dict) or said.get("type") not in kinds:
        return False
    text, more = said.get("text"), {"emoji"} if said["type"] == "plain_text" else {"verbatim"}
    return isinstance(text, str) and 0 < len(text) <= most and not set(said) - {"type", "text", *more}


def _listed(said: Any, most: int) -> bool:
    return isinstance(said, list) and 0 < len(said) <= most


def _texts(block: dict[str, Any]) -> list[str]:
    parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return [each["text"] if isinstance(each, dict) else each for each in texts if each]
