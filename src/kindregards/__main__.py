"""`python -m kindregards` and the `kindregards` command: runs the command line, turns errors into one clear line."""

import os
import sys
from collections.abc import Sequence

from kindregards.cli import app, console
from kindregards.core.errors import UserError

#: What a shell expects of a program that Ctrl-C ended.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 some sources unread, 2 wrong usage or profile."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="kindregards", standalone_mode=True)
    except UserError as why:
        console.complain(str(why))
        sys.exit(why.exit_code)
    except KeyboardInterrupt:
        console.complain("interrupted; what was decided so far is kept, run the same command again to go on")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # somebody piped into head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
