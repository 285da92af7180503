"""What `prepare` decides to do: the commands that it would run, in a tree and an environment of its own."""

import itertools
import json
import sys
from pathlib import Path

import pytest


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[2] / "packaging")
    import environment

    return environment


@pytest.fixture
def tree(module, tmp_path):
    root = tmp_path / "tree"
    (root / "packaging").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\n")
    for name in ("build", "agent", "dev"):
        (root / "packaging" / f"requirements-{name}.txt").write_text(f"{name}==1\n")
    return module.Environment(root, root / ".venv")


class Runs:
    """Stands where commands are run: remembers them, and makes what `python -m venv` would."""

    def __init__(self, tree):
        self.tree = tree
        self.commands = []

    def __call__(self, label, command):
        self.commands.append(list(command))
        if "venv" in command:
            self.tree.programs.mkdir(parents=True, exist_ok=True)
            self.tree.python.touch()
            (self.tree.home / "pyvenv.cfg").write_text(f"version = {sys.version_info[0]}.{sys.version_info[1]}.0\n")

    def take(self):
        taken, self.commands = self.commands, []
        return taken


@pytest.fixture
def runs(tree):
    return Runs(tree)


def files(command):
    return [Path(word).name for flag, word in itertools.pairwise(command) if flag == "-r"]


def test_the_first_time_makes_installs_by_hash_and_adds_the_project_without_a_network(module, tree, runs):
    assert module.prepare(tree, "base", None, runs) is True
    making, requirements, project = runs.take()
    assert making == [making[0], "-m", "venv", str(tree.home)]
    assert "--require-hashes" in requirements
    assert files(requirements) == ["requirements-build.txt", "requirements-agent.txt"]
    assert {"--no-index", "--no-deps", "--no-build-isolation"} < set(project)
    assert project[-2:] == ["-e", str(tree.root)]


def test_the_second_time_does_nothing(module, tree, runs):
    module.prepare(tree, "base", None, runs)
    runs.take()
    assert module.prepare(tree, "base", None, runs) is False
    assert runs.take() == []


def test_the_tools_come_when_they_are_wanted_and_serve_the_demo_as_well(module, tree, runs):
    module.prepare(tree, "base", None, runs)
    runs.take()
    module.prepare(tree, "dev", None, runs)
    (only,) = runs.take()
    assert files(only) == ["requirements-build.txt", "requirements-dev.txt"]
    module.prepare(tree, "base", None, runs)
    assert runs.take() == []


@pytest.mark.parametrize("changed", ["requirements-build.txt", "requirements-agent.txt"])
def test_a_changed_pin_is_installed(module, tree, runs, changed):
    module.prepare(tree, "base", None, runs)
    runs.take()
    (tree.requirements / changed).write_text("agent==2\n")
    module.prepare(tree, "base", None, runs)
    (only,) = runs.take()
    assert "--require-hashes" in only


def test_installing_older_base_pins_forgets_the_tools(module, tree, runs):
    module.prepare(tree, "dev", None, runs)
    (tree.requirements / "requirements-dev.txt").write_text("dev==2\n")
    module.prepare(tree, "base", None, runs)
    runs.take()
    module.prepare(tree, "dev", None, runs)
    assert files(runs.take()[0]) == ["requirements-build.txt", "requirements-dev.txt"]


def test_a_changed_project_file_installs_the_project_alone(module, tree, runs):
    module.prepare(tree, "base", None, runs)
    runs.take()
    (tree.root / "pyproject.toml").write_text('[project]\nname = "other"\n')
    module.prepare(tree, "base", None, runs)
    (only,) = runs.take()
    assert only[-2:] == ["-e", str(tree.root)]


def test_an_installation_that_failed_is_tried_again(module, tree, runs):
    def fails(label, command):
        runs(label, command)
        if "--require-hashes" in command:
            raise module.Trouble("no network")

    with pytest.raises(module.Trouble):
        module.prepare(tree, "base", None, fails)
    runs.take()
    module.prepare(tree, "base", None, runs)
    requirements, project = runs.take()
    assert "--require-hashes" in requirements
    assert project[-2] == "-e"


def test_a_half_made_environment_is_made_again_from_nothing(module, tree, runs):
    module.prepare(tree, "base", None, runs)
    (tree.home / module.RECORD).write_text("{half")
    runs.take()
    module.prepare(tree, "base", None, runs)
    assert "--clear" in runs.take()[0]


def test_another_interpreter_makes_the_environment_anew_and_the_same_one_does_not(module, tree, runs):
    module.prepare(tree, "base", None, runs)
    runs.take()
    module.prepare(tree, "base", sys.executable, runs)
    assert runs.take() == []
    (tree.home / "pyvenv.cfg").write_text("version = 3.1.0\n")
    module.prepare(tree, "base", sys.executable, runs)
    assert "--clear" in runs.take()[0]


def test_a_moved_tree_installs_the_project_again(module, tree, runs, tmp_path):
    module.prepare(tree, "base", None, runs)
    runs.take()
    moved = module.Environment(tree.root.rename(tmp_path / "moved"), tmp_path / "moved" / ".venv")
    module.prepare(moved, "base", None, runs)
    (only,) = runs.take()
    assert only[-1] == str(moved.root)


def test_the_record_holds_digests_and_no_path(module, tree, runs):
    module.prepare(tree, "dev", None, runs)
    record = json.loads((tree.home / module.RECORD).read_text())
    assert set(record) == {"dev", "project"}
    assert all(len(digest) == 64 for digest in record.values())


def test_without_ensurepip_the_interpreters_own_pip_does_it(module, tmp_path):
    bare = module.Interpreter("/usr/bin/python3", (3, 11), has_ensurepip=False, has_pip=True)
    assert "--without-pip" in module.making(bare, tmp_path / "new")


def test_without_any_way_to_install_the_package_to_add_is_named(module, tmp_path):
    bare = module.Interpreter("/usr/bin/python3", (3, 11), has_ensurepip=False, has_pip=False)
    with pytest.raises(module.Trouble, match="apt-get install python3-venv"):
        module.making(bare, tmp_path / "new")


def test_the_environment_is_where_the_variable_says(module, tmp_path):
    assert module.locate(tmp_path, {}).home == tmp_path / ".venv"
    assert module.locate(tmp_path, {"STATUSAPP_VENV": "/srv/env"}).home == Path("/srv/env")


def test_examine_tells_the_version_of_a_real_interpreter(module):
    assert module.examine(sys.executable).version == sys.version_info[:2]
