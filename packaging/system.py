"""What the tests use that pip cannot bring: Qt's libraries and the servers of others, with their Debian packages."""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping

from environment import Run, Trouble

# What QtGui links, even for the offscreen platform; Debian's and Ubuntu's names.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libbrotlidec.so.1": "libbrotli1",
}

# What Qt's plug-in for X11 links besides; only the tests on a real display need them.
DISPLAY_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

# The checks are tried against the first of these, the packages on a machine that the next two make; tests say so when
# one is missing.
PROGRAMS = {
    "nginx": "nginx-light",
    "sshd": "openssh-server",
    "dnsmasq": "dnsmasq-base",
    "openssl": "openssl",
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    # The desktop's tests on a real display: its server, a window manager, a tray, a bus, and a hand for the mouse.
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "trayer": "trayer",
    "dbus-daemon": "dbus-daemon",
    "xfce4-notifyd-config": "xfce4-notifyd",
    "xdotool": "xdotool",
}

# Debian keeps servers out of an ordinary user's path.
_PROGRAM_FOLDERS = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def has_library(name: str) -> bool:
    """Return whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_program(name: str) -> bool:
    """Return whether a program is on the path or where servers are kept."""
    return shutil.which(name, path=_PROGRAM_FOLDERS) is not None


def packages_missing(names: Mapping[str, str], is_there: Callable[[str], bool]) -> list[str]:
    """Return the packages of those names that are not there, sorted, each once."""
    return sorted({package for name, package in names.items() if not is_there(name)})


def libraries_missing() -> list[str]:
    """Return the packages whose libraries Qt needs here; nothing on systems where Qt's wheel brings its own."""
    return packages_missing(LIBRARIES, has_library) if sys.platform == "linux" else []


def programs_missing() -> list[str]:
    """Return the packages of the servers, and of the display, that the tests are run against and that are not here."""
    return packages_missing(PROGRAMS, has_program) + packages_missing(DISPLAY_LIBRARIES, has_library)


def advice(packages: Iterable[str]) -> str:
    """Return the one command that installs the packages."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def install(packages: list[str], run: Run) -> None:
    """Install Debian packages; raises Trouble when that is not possible here, or failed twice."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Trouble(
            f"installing system packages needs root and apt-get; somebody who may can run: {advice(packages)}"
        )
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]
    for last in (False, True):
        try:
            run("reading the lists of system packages", [*quiet, "update"])
            run(f"installing {' '.join(packages)}", [*quiet, "install", "--no-install-recommends", *packages])
        except Trouble:
            if last:
                raise
        else:
            return
