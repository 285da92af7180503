"""Resident memory of a real agent with no, few and many monitors, and what each monitor adds.

    python -m tests.benchmarks.memory [--monitors 0 100 1000 5000] [--interval 60] [--settle 8]

Every monitor has been checked at least once before it is measured.
"""

import argparse
import time

from tests.benchmarks._figures import goal, machine, table
from tests.benchmarks._process import agent
from tests.benchmarks._settings import watching
from tests.benchmarks._target import asked, target_process

MUST_MIB, AIM_MIB = 100.0, 60.0
MUST_KIB, AIM_KIB = 8.0, 4.0
_MIB = 1024 * 1024
_LONGEST_S = 60.0


def measure(monitors: int, interval_s: float, settle_s: float) -> dict[str, int]:
    """Return an agent's memory in bytes, some seconds after its last monitor was checked for the first time."""
    with target_process() as port:
        urls = [f"http://127.0.0.1:{port}/m{number}" for number in range(monitors)]
        with agent(watching(urls, interval_s=interval_s)) as running:
            ends = time.monotonic() + _LONGEST_S
            while asked(port) < monitors:
                if time.monotonic() > ends:
                    raise SystemExit(f"only {asked(port)} of {monitors} monitors were checked in {_LONGEST_S:g} s")
                time.sleep(0.5)
            time.sleep(settle_s)
            return running.memory()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, nargs="+", default=[0, 100, 1000, 5000])
    parser.add_argument("--interval", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--settle", type=float, default=8.0, metavar="SECONDS")
    options = parser.parse_args()
    counts = sorted(set(options.monitors))
    machine()
    found = {count: measure(count, options.interval, options.settle) for count in counts}
    least, most = counts[0], counts[-1]

    def each_kib(count: int) -> float | str:
        more = found[count]["resident"] - found[least]["resident"]
        return more / (count - least) / 1024 if count > least else "-"

    table(
        f"memory in MiB, {options.settle:g} s after the last first check; monitors every {options.interval:g} s",
        ("monitors", "resident", "private", "peak", "KiB for each monitor"),
        [
            (count, *(found[count][kind] / _MIB for kind in ("resident", "private", "peak")), each_kib(count))
            for count in counts
        ],
    )
    print(f"\n  resident at {most}: {goal(found[most]['resident'] / _MIB, MUST_MIB, AIM_MIB)} MiB")
    growth = each_kib(most)
    if isinstance(growth, float):
        print(f"  each monitor: {goal(growth, MUST_KIB, AIM_KIB)} KiB")


if __name__ == "__main__":
    main()
