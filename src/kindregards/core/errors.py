"""The exceptions of the program. The docstring of a class is what it means; its text is what the user reads.

KindRegardsError
├── UserError                 something the user can put right: one clear line, no traceback
│   ├── ProfileError          profile.toml cannot be used (exit code 2)
│   ├── UsageError            the command line asks for something that cannot be done (exit code 2)
│   ├── SourceError           a mailbox or an export cannot be read (exit code 1, the others go on)
│   ├── LedgerError           the ledger cannot be opened or written (exit code 2)
│   └── WordingError          a wording file of the owner's has a mistake (exit code 2)
├── HeldMessageError          one message breaks a limit or the parser: it is held, the run goes on
└── DiscretionError           an outgoing text would tell something private: it is never released
"""


class KindRegardsError(Exception):
    """Anything this program raises on purpose."""


class UserError(KindRegardsError):
    """Something the user can put right; its text is one line that says what to do."""

    exit_code = 2


class ProfileError(UserError):
    """The profile cannot be used."""


class UsageError(UserError):
    """The command line asks for something that cannot be done."""


class SourceError(UserError):
    """A mailbox or an export cannot be read; the other sources go on."""

    exit_code = 1


class LedgerError(UserError):
    """The ledger cannot be opened or written."""


class WordingError(UserError):
    """A wording file has a mistake."""


class HeldMessageError(KindRegardsError):
    """One message breaks a limit or the parser; it is held for the owner and the run goes on."""


class DiscretionError(KindRegardsError):
    """An outgoing text would tell something private; it is never released."""
