"""The Debian packages: a tree as it will be installed, and dpkg-deb over it."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from environment import Trouble, run_step
from wheels import epoch

Fill = Callable[[Path, Path, Path, str], None]

COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/statusapp",
    "zsh": "usr/share/zsh/vendor-completions/_statusapp",
    "fish": "usr/share/fish/vendor_completions.d/statusapp.fish",
}
# What Qt's own libraries link to and the wheel does not bring.
_QT_NEEDS = (
    "libc6 (>= 2.36), libdbus-1-3, libegl1, libfontconfig1, libfreetype6, libgl1, libglib2.0-0, libx11-6, libx11-xcb1, "
    "libxcb-cursor0, libxcb-icccm4, libxcb-image0, libxcb-keysyms1, libxcb-randr0, libxcb-render-util0, libxcb-shape0, "
    "libxcb-shm0, libxcb-sync1, libxcb-xfixes0, libxcb-xkb1, libxcb1, libxkbcommon-x11-0, libxkbcommon0"
)
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: The StatusApp developers <noreply@statusapp.invalid>
Installed-Size: {kilobytes}
Depends: {depends}
{recommends}Section: net
Priority: optional
Description: {title}
{text}
"""
_AGENT = (
    "watches what runs at home and pages somebody when it breaks",
    (
        " The agent checks web pages, ports, name servers, certificates and jobs, confirms\n"
        " that something is broken, and pages. It runs as a hardened service; the command\n"
        " line talks to it. No graphical library is needed."
    ),
)
_DESKTOP = (
    "tray and window of StatusApp",
    (
        " Shows in the tray what the agent sees, with notices that can be acknowledged,\n"
        " incidents, and charts of how fast they were seen to."
    ),
)


def build(root: Path, python: Path, folders: dict[str, Path], out: Path) -> list[Path]:
    """Build a package of each frozen program; return their paths. Raises Trouble."""
    if shutil.which("dpkg-deb") is None:
        raise Trouble("dpkg-deb is missing: Debian packages are built on Debian or Ubuntu.")
    version = _version(python)
    makers = {"agent": _agent_tree, "desktop": _desktop_tree}
    return [_package(root, python, name, folder, version, makers[name], out) for name, folder in folders.items()]


def _package(root: Path, python: Path, name: str, folder: Path, version: str, fill: Fill, out: Path) -> Path:
    tree = root / "build" / "deb" / f"statusapp-{name}"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(folder, tree / "usr" / "lib" / folder.name, symlinks=True)
    fill(root, python, tree, version)
    _document(root, tree, f"statusapp-{name}", version)
    _control(tree, name, version)
    _settle(tree, int(epoch(root)))
    target = out / f"statusapp-{name}_{version}_{_architecture()}.deb"
    variables = {**os.environ, "SOURCE_DATE_EPOCH": epoch(root)}
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(tree), str(target)]
    run_step(f"packing {target.name}", command, variables, root)
    return target


def _agent_tree(root: Path, python: Path, tree: Path, version: str) -> None:
    source = root / "packaging" / "linux" / "agent"
    _link(tree / "usr/bin/statusapp", "../lib/statusapp/statusapp")
    _put(source / "statusapp-agent.service", tree / "usr/lib/systemd/system/statusapp-agent.service")
    _put(source / "statusapp-agent.user.service", tree / "usr/lib/systemd/user/statusapp-agent.service")
    _put(source / "statusapp.sysusers", tree / "usr/lib/sysusers.d/statusapp.conf")
    _put(source / "statusapp.tmpfiles", tree / "usr/lib/tmpfiles.d/statusapp.conf")
    _zip(source / "statusapp.1", tree / "usr/share/man/man1/statusapp.1.gz")
    for shell, place in COMPLETIONS.items():
        asked = subprocess.run(
            [str(python), "-c", "from statusapp_agent.cli.entry import main; main()"],
            env={**os.environ, "_STATUSAPP_COMPLETE": f"source_{shell}", "STATUSAPP_PROG": "statusapp"},
            capture_output=True,
            text=True,
            check=False,
        )
        if "statusapp" not in asked.stdout:
            raise Trouble(f"the completion for {shell} could not be made: {asked.stderr.strip()}")
        (tree / place).parent.mkdir(parents=True)
        (tree / place).write_text(asked.stdout.strip() + "\n", "utf-8")
    for script in ("preinst", "postinst", "prerm", "postrm"):
        text = (source / script).read_text("utf-8").replace("@VERSION@", version)
        (tree / "DEBIAN").mkdir(exist_ok=True)
        (tree / "DEBIAN" / script).write_text(text, "utf-8")


def _desktop_tree(root: Path, python: Path, tree: Path, version: str) -> None:  # noqa: ARG001
    source = root / "packaging" / "linux" / "desktop"
    _link(tree / "usr/bin/statusapp-desktop", "../lib/statusapp-desktop/statusapp-desktop")
    _put(source / "statusapp.desktop", tree / "usr/share/applications/statusapp.desktop")
    _put(source / "statusapp.autostart.desktop", tree / "etc/xdg/autostart/statusapp.desktop")
    _put(source / "statusapp.svg", tree / "usr/share/icons/hicolor/scalable/apps/statusapp.svg")
    about = tree / "usr/share/metainfo/statusapp.metainfo.xml"
    day = datetime.fromtimestamp(int(epoch(root)), UTC).strftime("%Y-%m-%d")
    about.parent.mkdir(parents=True)
    text = (source / "statusapp.metainfo.xml").read_text("utf-8")
    about.write_text(text.replace("@VERSION@", version).replace("@DATE@", day), "utf-8")
    (tree / "DEBIAN").mkdir(exist_ok=True)
    (tree / "DEBIAN" / "conffiles").write_text("/etc/xdg/autostart/statusapp.desktop\n", "utf-8")


def _document(root: Path, tree: Path, name: str, version: str) -> None:
    folder = tree / "usr/share/doc" / name
    folder.mkdir(parents=True)
    licence = (root / "LICENSE").read_text("utf-8")
    (folder / "copyright").write_text(
        "StatusApp is under the Apache License 2.0, of which this is the text. What it is made of, and under which\n"
        "licences: licences.json and licences-of-libraries.txt in\n"
        f"/usr/lib/{'statusapp' if name.endswith('agent') else name}.\n\n{licence}",
        "utf-8",
    )
    stamp = datetime.fromtimestamp(int(epoch(root)), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    changes = (
        f"{name} ({version}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the project.\n\n"
        f" -- The StatusApp developers <noreply@statusapp.invalid>  {stamp}\n"
    )
    (folder / "changelog.gz").write_bytes(gzip.compress(changes.encode(), mtime=0))


def _control(tree: Path, name: str, version: str) -> None:
    kilobytes = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    title, text = _AGENT if name == "agent" else _DESKTOP
    depends = (
        "libc6 (>= 2.36), init-system-helpers" if name == "agent" else f"statusapp-agent (= {version}), {_QT_NEEDS}"
    )
    content = _CONTROL.format(
        name=f"statusapp-{name}",
        version=version,
        architecture=_architecture(),
        kilobytes=kilobytes,
        depends=depends,
        recommends="Recommends: systemd\n" if name == "agent" else "",
        title=title,
        text=text,
    )
    (tree / "DEBIAN").mkdir(exist_ok=True)
    (tree / "DEBIAN" / "control").write_text(content, "utf-8")


def _settle(tree: Path, made_at: int) -> None:
    """Give every file the rights and the time that it has in every build."""
    for path in sorted(tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or os.access(path, os.X_OK) or (path.parent.name == "DEBIAN" and path.suffix == "")
            plain = path.name in ("control", "conffiles") and path.parent.name == "DEBIAN"
            path.chmod(0o755 if runs and not plain else 0o644)
        os.utime(path, (made_at, made_at), follow_symlinks=False)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def _zip(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(source.read_bytes(), mtime=0))


def _version(python: Path) -> str:
    asked = subprocess.run(
        [str(python), "-c", "from importlib.metadata import version; print(version('statusapp'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


def _architecture() -> str:
    asked = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()
