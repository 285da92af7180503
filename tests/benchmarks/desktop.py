"""The desktop on a real agent: from the start of its process to its tray icon, and what it holds in memory.

    python -m tests.benchmarks.desktop [--monitors 20] [--runs 5]

Offscreen, where there is no tray: so the window is open with the overview, and a display's own share is missing.
"""

import argparse
import os
import subprocess
import sys
import time

from tests.benchmarks._figures import goal, machine, percentile, table
from tests.benchmarks._process import AgentProcess, agent, memory
from tests.benchmarks._settings import watching
from tests.benchmarks._target import target_process

MUST_MIB, AIM_MIB = 120.0, 80.0
MUST_S, AIM_S = 3.0, 1.5
_SETTLE_S = 4.0
_MIB = 1024 * 1024
_PROGRAM = """\
import sys
from PySide6.QtWidgets import QSystemTrayIcon
from statusapp_desktop.app import main
show = QSystemTrayIcon.show
QSystemTrayIcon.show = lambda icon: (show(icon), print("shown", flush=True))
sys.exit(main(sys.argv[1:]))
"""
"""The program itself; it only tells when the icon is asked to appear."""


def measure(running: AgentProcess) -> tuple[float, dict[str, int]]:
    """Return the seconds from start to icon, and the memory in bytes some seconds later."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(running.folder)}
    command = [sys.executable, "-c", _PROGRAM, "--socket", str(running.socket)]
    quiet = subprocess.DEVNULL
    began = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=quiet, text=True) as window:
        assert window.stdout is not None
        line = window.stdout.readline()
        took = time.monotonic() - began
        if line != "shown\n":
            raise SystemExit("the desktop did not start")
        time.sleep(_SETTLE_S)
        held = memory(window.pid)
        window.terminate()
    return took, held


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    machine()
    with target_process() as port:
        urls = [f"http://127.0.0.1:{port}/m{number}" for number in range(options.monitors)]
        with agent(watching(urls, interval_s=10)) as running:
            found = [measure(running) for _ in range(options.runs)]
    took = percentile((each for each, _ in found), 0.5)
    resident, private = (percentile((held[kind] / _MIB for _, held in found), 0.5) for kind in ("resident", "private"))
    title = f"median of {options.runs} starts, {options.monitors} monitors"
    table(title, ("", "seconds to icon", "resident MiB", "private MiB"), [("desktop", took, resident, private)])
    print(f"\n  start to icon: {goal(took, MUST_S, AIM_S)} s")
    print(f"  in memory: {goal(resident, MUST_MIB, AIM_MIB)} MiB")


if __name__ == "__main__":
    main()
