"""CPU per check: the whole agent against a bare loop of the plain httpx client, all at the same pace at the same time.

    python -m tests.benchmarks.check_cost [--monitors 1000] [--interval 10] [--seconds 30] [--rounds 1]

Each contestant is a process of its own with a target of its own. Its CPU time (user and system, all threads, databases
included) is divided by the requests that its target has answered meanwhile. All run at once, so that whatever else
the machine does slows all of them down alike.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks._figures import goal, machine, percentile, table
from tests.benchmarks._process import agent, cpu_s, stopped
from tests.benchmarks._settings import watching
from tests.benchmarks._target import asked, target_process

MUST, AIM = 0.75, 0.3
FLOOR = "plain httpx client"
AGENT = "the agent"
_CONTESTANTS = {
    FLOOR: ("tests.benchmarks._floors", "httpx"),
    "asyncio streams, unparsed": ("tests.benchmarks._floors", "streams"),
    "the agent's road without its API": ("tests.benchmarks._road",),
    AGENT: (),
}


@contextlib.contextmanager
def _running(module: str, *arguments: object) -> Iterator[int]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, text=True) as process, stopped(process):
        yield process.pid


def _begin(stack: contextlib.ExitStack, name: str, monitors: int, interval_s: float) -> tuple[int, int]:
    """Start a contestant with its target; return its process id and the target's port."""
    port = stack.enter_context(target_process())
    if name == AGENT:
        settings = watching([f"http://127.0.0.1:{port}/m{n}" for n in range(monitors)], interval_s=interval_s)
        return stack.enter_context(agent(settings)).process.pid, port
    module, *arguments = _CONTESTANTS[name]
    return stack.enter_context(_running(module, *arguments, port, monitors, interval_s)), port


def measure(names: list[str], monitors: int, interval_s: float, seconds: float) -> dict[str, tuple[float, float]]:
    """Return CPU milliseconds per check and checks a second of each contestant."""
    with contextlib.ExitStack() as stack:
        running = {name: _begin(stack, name, monitors, interval_s) for name in names}
        # The agent asks everything within five seconds of its start, and is in its ordinary turns an interval later.
        time.sleep(interval_s + 6)
        began = time.monotonic()
        before = {name: (cpu_s(pid), asked(port)) for name, (pid, port) in running.items()}
        time.sleep(seconds)
        after = {name: (cpu_s(pid), asked(port)) for name, (pid, port) in running.items()}
        lasted = time.monotonic() - began
    found = {}
    for name in names:
        checks = after[name][1] - before[name][1]
        found[name] = ((after[name][0] - before[name][0]) / max(1, checks) * 1000, checks / lasted)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=[*_CONTESTANTS], action="append", help="this contestant (may be repeated)")
    options = parser.parse_args()
    names = options.only or [*_CONTESTANTS]
    machine()
    rounds = [measure(names, options.monitors, options.interval, options.seconds) for _ in range(options.rounds)]
    cost = {name: percentile([found[name][0] for found in rounds], 0.5) for name in names}
    rate = {name: percentile([found[name][1] for found in rounds], 0.5) for name in names}
    floor = cost.get(FLOOR)
    rows = [(name, cost[name], cost[name] / floor if floor else "-", rate[name]) for name in names]
    table(
        f"{options.monitors} web addresses every {options.interval:g} s, a fresh connection each time",
        ("", "CPU ms per check", "against the floor", "checks a second"),
        rows,
    )
    if floor and AGENT in cost:
        print(f"\n  the agent against the plain client: {goal(cost[AGENT] / floor, MUST, AIM)}")


if __name__ == "__main__":
    main()
