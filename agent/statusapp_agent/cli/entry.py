"""``statusapp``: builds the command tree and turns every ending into a sentence and an exit code."""

import contextlib
import sys
import traceback
from collections.abc import Sequence

import typer

from statusapp_agent.cli.failure import FAILED, Failure
from statusapp_agent.cli.options import EPILOG, lift, root

# httpx brings a command line of its own, which loads half of rich and pygments (0.2 s, 6 MB) when they are installed.
# An entry of None is Python's way to say that a module is not there; httpx is written to do without it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. ``argv`` defaults to the program's own."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # what a test hands in need not be a real file
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        return _run(*lift(words))
    except KeyboardInterrupt:
        return INTERRUPTED
    except typer.Abort:
        return _say("Stopped. Nothing was changed.", FAILED)
    except Failure as failure:
        _trace(debug)
        return _say(failure.sentence, failure.code, failure.lines)
    except typer.TyperException as error:
        return _usage(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user unasked
        _trace(debug)
        return _say(
            f"This is a fault of statusapp itself ({type(error).__name__}: {_first_line(error)}). "
            "Run it again with --debug and report what it prints.",
            FAILED,
        )


def _run(lifted: list[str], rest: list[str]) -> int:
    app = _serving() if rest[:2] == ["agent", "run"] else _everything()
    ended = typer.main.get_command(app).main([*lifted, *rest], prog_name="statusapp", standalone_mode=False)
    return ended if isinstance(ended, int) else 0


def _new(*, completion: bool) -> typer.Typer:
    app = typer.Typer(
        add_completion=completion,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(root)
    return app


def _serving() -> typer.Typer:
    """Build the tree with nothing but ``agent run``: a process that lives for months carries no terminal drawing."""
    from statusapp_agent.cli import serve

    app, noun = _new(completion=False), typer.Typer(rich_markup_mode=None)
    noun.callback()(serve.agent_noun)
    serve.add_to(noun)
    app.add_typer(noun, name="agent")
    return app


def _everything() -> typer.Typer:
    from statusapp_agent.cli.tree import add_to

    app = _new(completion=True)
    add_to(app)
    return app


def _trace(wanted: bool) -> None:
    if wanted:
        traceback.print_exc()


def _say(sentence: str, code: int, lines: tuple[str, ...] = ()) -> int:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    sys.stderr.write(f"statusapp: {sentence}\n")
    return code


def _usage(error: typer.TyperException) -> int:
    message = error.format_message()
    if "\n" in message.strip():  # a noun without a verb: the message is its whole help
        sys.stderr.write(f"{message}\n")
        return error.exit_code
    context = getattr(error, "ctx", None)
    hint = f" See: {context.command_path} --help" if context is not None else ""
    return _say(f"{message.rstrip('.')}.{hint}", error.exit_code)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


if __name__ == "__main__":
    sys.exit(main())
