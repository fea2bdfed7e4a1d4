"""The command line: one module a verb; what it does stands in `worker` and below."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kindregards import __version__
from kindregards.cli import demo, history, learn, start, triage


class OutputClosedError(Exception):
    """Whoever read standard output stopped reading."""


class Verbs(TyperGroup):
    """The commands; a closed pipe is told apart before the command line library makes exit code 1 of it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as why:
            raise OutputClosedError from why


app = typer.Typer(
    name="kindregards",
    cls=Verbs,
    help="Answers the solicitations that reach you: judged against who you are, courteously, on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kindregards {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Answers the solicitations that reach you: judged against who you are, courteously, on your own machine."""


app.command("init")(start.init)
app.command("triage")(triage.triage)
app.command("log")(history.log)
app.command("show")(history.show)
app.command("learn")(learn.learn)
app.command("demo")(demo.demo)
