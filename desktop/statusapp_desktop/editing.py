"""Changing one monitor or channel: its table of the settings file, judged and taken over by the agent."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import tomli_w
from PySide6.QtCore import QObject

from statusapp_desktop.desk import Desk
from statusapp_desktop.link import Refusal
from statusapp_shared.protocol import FaultView, KindsView

Noun = Literal["monitors", "channels"]
Faults = Callable[[list[FaultView], str], None]
"""Called with every fault and the sentence over all of them; no fault and no sentence when all is well."""


class Editing(QObject):
    """The agent is the only judge: what it says of a dry run stands beside the fields."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tries = 0

    def kinds(self, then: Callable[[KindsView], None]) -> None:
        """Ask for all kinds and their schemas."""
        self._desk.ask("GET", "/kinds", self, lambda answer: then(KindsView.model_validate(answer)))

    def documents(self, then: Callable[[dict[str, Any]], None]) -> None:
        """Ask for the settings; secrets in them are only references."""
        self._desk.ask("GET", "/settings", self, lambda answer: then(tomllib.loads(answer["text"])))

    def document(self, noun: Noun, name: str, then: Callable[[dict[str, Any]], None]) -> None:
        """Ask for the table of one monitor or channel; an empty one when there is none."""

        def found(whole: Mapping[str, Any]) -> None:
            then(next((dict(each) for each in whole.get(noun, ()) if each.get("name") == name), {}))

        self.documents(found)

    def judge(self, noun: Noun, document: Mapping[str, Any], said: Faults) -> None:
        """Let the agent judge without doing anything; only the answer to the last question counts."""
        self._tries += 1
        number = self._tries

        def last(faults: list[FaultView], sentence: str) -> None:
            if number == self._tries:
                said(faults, sentence)

        self._send(noun, [document], last, dry_run=True)

    def save(self, noun: Noun, documents: Iterable[Mapping[str, Any]], said: Faults) -> None:
        """Let the agent take tables over, all or none."""
        self._tries += 1  # a judgement that is still under way is of no interest any more
        self._send(noun, list(documents), said, dry_run=False)

    def _send(self, noun: Noun, documents: list[Mapping[str, Any]], said: Faults, *, dry_run: bool) -> None:
        body = {"text": tomli_w.dumps({noun: documents}), "file": "window", "dry_run": dry_run}

        def failed(refusal: Refusal) -> None:
            said(list(refusal.faults), refusal.sentence)

        self._desk.link.ask(
            "POST", "/settings", owner=self, then=lambda _answer: said([], ""), failed=failed, body=body
        )
