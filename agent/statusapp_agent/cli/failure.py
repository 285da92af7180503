"""How a command says that it did not work: one sentence and an exit code, never a traceback."""

FAILED = 1
USAGE = 2
UNREACHABLE = 3


class Failure(Exception):  # noqa: N818 - the user reads it as an outcome, not as a fault of the program
    """What went wrong and what to do, in words; ``code`` is the exit code. ``lines`` may hold more, one per line."""

    def __init__(self, sentence: str, code: int = FAILED, lines: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.lines = lines
