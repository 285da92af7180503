"""The developer entry, as a person meets it: real processes, with an environment that is already made."""

import ast
import os
import runpy
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEVELOP = ROOT / "packaging" / "develop.py"


@pytest.fixture
def modules(monkeypatch):
    """The entry's own modules, loaded as the entry itself loads them: from its folder."""
    monkeypatch.syspath_prepend(DEVELOP.parent)
    import develop
    import environment

    return develop, environment


@pytest.fixture
def made(modules, tmp_path):
    """An environment that its record calls complete, whose programs are those of this test run's interpreter."""
    _, environment = modules
    kept = environment.Environment(ROOT, tmp_path / "kept")
    kept.programs.mkdir(parents=True)
    kept.python.symlink_to(sys.executable)
    (kept.home / "pyvenv.cfg").write_text("version = 3.11.2\n")
    (kept.home / environment.RECORD).write_text("{}")
    environment.prepare(kept, "dev", None, lambda *_: None)
    return kept


def entry(*arguments, venv):
    variables = {**os.environ, "STATUSAPP_VENV": str(venv.home)}
    command = [sys.executable, str(DEVELOP), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def program(venv, name, text):
    path = venv.program(name)
    source = venv.home / f"{name}.py"
    source.write_text(text)
    # Not Python's path in the first line: it may have a space in it.
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(source))} "$@"\n')
    path.chmod(0o755)


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 12)])
def test_an_older_python_is_told_what_to_run(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "argv", ["develop.py", "demo", "--seconds", "5"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(DEVELOP), run_name="__main__")
    assert f"needs Python 3.11 or newer, and this is 3.{version[1]}" in end.value.code
    assert "python3.12 packaging/develop.py demo --seconds 5" in end.value.code


def test_no_syntax_is_newer_than_what_an_older_python_can_read():
    ast.parse(DEVELOP.read_text("utf-8"), feature_version=(3, 6))


def test_demo_hands_its_arguments_on_and_its_exit_code_back(made):
    program(made, "statusapp", "import sys; print(*sys.argv[1:]); sys.exit(7)")
    ended = entry("demo", "--seconds", "5", "--json", venv=made)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "demo --seconds 5 --json\n", "")


def test_programs_find_the_environment_first_and_nothing_of_the_callers(made, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    program(
        made,
        "statusapp",
        "import os, shutil; print(shutil.which('statusapp'), os.environ.get('PYTHONPATH'), os.environ['VIRTUAL_ENV'])",
    )
    ended = entry("demo", venv=made)
    assert ended.stdout.split() == [str(made.program("statusapp")), "None", str(made.home)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), "COMMAND"), (("frobnicate",), "frobnicate"), (("lint", "--fast"), "--fast"), (("pin", "now"), "now")],
)
def test_wrong_usage_is_named_and_ends_with_2(made, arguments, named):
    ended = entry(*arguments, venv=made)
    assert ended.returncode == 2
    assert named in ended.stderr.splitlines()[-1]


def test_a_program_that_is_missing_is_named_with_the_cure(made):
    ended = entry("demo", venv=made)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"develop: {made.program('statusapp')} is missing: remove {made.home} ")


def test_an_unknown_benchmark_is_refused_with_what_there_is(made):
    ended = entry("bench", "warp", venv=made)
    assert ended.returncode == 1
    assert 'no benchmark called "warp"; there are: ' in ended.stderr


def test_an_interpreter_that_is_not_there_is_named(made):
    ended = entry("--python", "python0.1", "demo", venv=made)
    assert ended.returncode == 1
    assert ended.stderr.startswith('develop: there is no interpreter called "python0.1"')


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path, modules):
    _, environment = modules
    (tmp_path / "letter.txt").write_text("dear")
    ended = entry("demo", venv=environment.Environment(ROOT, tmp_path))
    assert ended.returncode == 1
    assert str(tmp_path) in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


PYTEST = """
import sys, pathlib
with open({log!r}, "a") as log: print({name!r}, *sys.argv[1:], file=log)
print({name!r}, "found something")
sys.exit({code})
"""


def tools(venv, log, **codes):
    for name in ("ruff", "mypy", "lint-imports", "python"):
        venv.program(name).unlink(missing_ok=True)
        program(venv, name, PYTEST.format(name=name, log=str(log), code=codes.get(name.replace("-", "_"), 0)))
    return log


def test_test_lints_and_then_runs_the_quick_tests(made, tmp_path):
    log = tools(made, tmp_path / "log")
    ended = entry("test", venv=made)
    assert ended.returncode == 0, ended.stderr
    lines = log.read_text().splitlines()
    assert lines[:2] == ["ruff format --check --quiet .", "ruff check --quiet ."]
    assert {"mypy", "lint-imports"} <= set(lines)
    assert lines[-1].startswith("python -m pytest ")
    assert " -m not slow and not servers" in lines[-1]
    assert " -o faulthandler_exit_on_timeout=true" in lines[-1]
    assert "checking the format" in ended.stderr


def test_test_all_leaves_nothing_out(made, tmp_path):
    log = tools(made, tmp_path / "log")
    entry("test", "--all", venv=made)
    last = log.read_text().splitlines()[-1]
    assert last.startswith("python -m pytest")
    assert "not slow" not in last


def test_a_linter_that_fails_hides_no_test_and_fails_the_whole(made, tmp_path):
    log = tools(made, tmp_path / "log", mypy=1)
    ended = entry("test", venv=made)
    assert ended.returncode == 1
    assert "mypy found something" in ended.stderr
    assert "develop: checking the types failed" in ended.stderr
    assert log.read_text().splitlines()[-1].startswith("python -m pytest")


def test_arguments_for_pytest_run_the_tests_alone_and_its_exit_code_comes_back(made, tmp_path):
    log = tools(made, tmp_path / "log", python=5)
    ended = entry("test", "tests/shared", "-k", "address", venv=made)
    assert ended.returncode == 5
    (line,) = log.read_text().splitlines()
    assert line.endswith("tests/shared -k address")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_request_to_stop_reaches_the_program(made):
    program(
        made,
        "statusapp",
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(33))\n"
        "print('ready', flush=True)\n"
        "signal.pause()",
    )
    variables = {**os.environ, "STATUSAPP_VENV": str(made.home)}
    command = [sys.executable, str(DEVELOP), "demo"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "ready\n"
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 33


def test_a_step_that_fails_shows_its_output_and_one_that_does_not_keeps_quiet(modules, capsys):
    _, environment = modules
    environment.run_step("counting", [sys.executable, "-c", "print('one two')"])
    assert "one two" not in capsys.readouterr().err
    with pytest.raises(environment.Trouble, match="one two\ncounting: failed with exit code 4"):
        environment.run_step("counting", [sys.executable, "-c", "print('one two'); raise SystemExit(4)"])
    assert ", failed" in capsys.readouterr().err


def test_ci_is_what_a_person_runs():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "packaging/develop.py test --all" in script.read_text("utf-8")


def test_the_folder_of_this_entry_never_hides_the_package_of_the_same_name():
    assert not (ROOT / "packaging" / "__init__.py").exists()
