"""Pictures of every pane: light and dark, 100 and 150 per cent, in three worlds.

    python -m tests.desktop.screenshots OUT [PANE ...]

Look at them; they are kept out of the source tree. Further wishes by environment: SCENES, SCALES, FONT.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.desktop.scenes import SCENES, scene

_SETTLE_MS = 900


def main(out: Path, panes: list[str]) -> int:
    """Take all pictures: a process for each scale, since Qt reads the scale once."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = os.environ.get("SCENES", " ".join(SCENES)).split()
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder, scene(name, Path(folder)) as world:
            for scale in os.environ.get("SCALES", "1 1.5").split():
                env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale, "LC_ALL": "C.UTF-8"}
                command = [sys.executable, "-m", "tests.desktop.screenshots", "--take", str(out), name, scale]
                code = subprocess.call([*command, str(world.agent.socket), *panes], env=env)
                if code:
                    return code
    return 0


def take(out: Path, name: str, scale: str, socket: Path, panes: list[str]) -> int:
    """Take the pictures of one world at one scale."""
    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QFont
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from statusapp_desktop.app import Desktop
    from statusapp_desktop.panes import PANES
    from statusapp_desktop.tokens import DARK, LIGHT

    app = QApplication(["statusapp"])
    if font := os.environ.get("FONT"):
        app.setFont(QFont(font, 10))
    with tempfile.TemporaryDirectory() as folder:
        desktop = Desktop(app, socket, QSettings(f"{folder}/desktop.ini", QSettings.Format.IniFormat))
        desktop.start(hidden=False)
        desktop.window.resize(1180, 760)
        while not desktop.desk.mirror.is_live(desktop.desk.now()):
            QTest.qWait(50)
        if desktop.window.current == "first":
            for words, tokens in (("light", LIGHT), ("dark", DARK)):
                desktop.theme.use(tokens)
                QTest.qWait(_SETTLE_MS)
                desktop.window.grab().save(str(out / f"first-{name}-{words}-{scale}.png"))
        for pane in PANES:
            subjects = [""] if not panes else [p.partition("=")[2] for p in panes if p.partition("=")[0] == pane.key]
            for number, subject in enumerate(subjects):
                desktop.window.open(pane.key, subject)
                for words, tokens in (("light", LIGHT), ("dark", DARK)):
                    desktop.theme.use(tokens)
                    QTest.qWait(_SETTLE_MS)
                    extra = f"-{number}" if number else ""
                    desktop.window.grab().save(str(out / f"{pane.key}{extra}-{name}-{words}-{scale}.png"))
        desktop.end()
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--take":
        sys.exit(take(Path(sys.argv[2]), sys.argv[3], sys.argv[4], Path(sys.argv[5]), sys.argv[6:]))
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
