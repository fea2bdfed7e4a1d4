"""`python -m kindregards` and the `kindregards` command: runs the command line, turns errors into one clear line."""

import io
import os
import sys
from collections.abc import Sequence

import typer

from kindregards.cli import OutputClosedError, app, console
from kindregards.core.errors import UserError

#: What a shell expects of a program that Ctrl-C ended.
INTERRUPTED = 130
WRONG_USAGE = 2
#: The command line library's own error for wrong usage, for which typer has no name.
Misuse = typer.BadParameter.__mro__[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 some sources unread, 2 wrong usage or profile."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode gets question marks, no traceback
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; whatever goes wrong is said in one line on standard error. Returns the exit code."""
    try:
        code = app(args=None if arguments is None else list(arguments), prog_name="kindregards", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except UserError as why:
        console.complain(str(why))
        return why.exit_code
    except typer.Abort:
        console.complain("stopped before the end of the questions; nothing was written")
        return WRONG_USAGE
    except (OutputClosedError, BrokenPipeError):  # somebody piped into head: they have what they wanted
        _mute()
        return 0
    except OSError as why:
        _mute()
        what = why.filename or "the output cannot be written"
        console.complain(f"{what} ({why.strerror or why}); what was decided so far is kept")
        return WRONG_USAGE
    except Exception as why:
        if not isinstance(why, Misuse):
            raise
        return _misused(why)
    if code == INTERRUPTED:
        console.complain("interrupted; nothing is lost, run the same command again to go on")
    return int(code or 0)


def _misused(why: Exception) -> int:
    """Say what is wrong with the command line and where help is; an empty one has had the help already."""
    told = getattr(why, "format_message", lambda: str(why))().rstrip(".")
    command = getattr(getattr(why, "ctx", None), "command_path", "kindregards")
    if told:
        console.complain(f"{told}; '{command} --help' tells how it goes")
    return WRONG_USAGE


def _mute() -> None:
    """Nobody reads standard output: what is still buffered must not raise when the program ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # a stream that is no file
        return


if __name__ == "__main__":
    main()
