"""The command line: one module a verb; what it does stands in `worker` and below."""

from typing import Annotated

import typer

from kindregards import __version__
from kindregards.cli import demo, history, start, triage

app = typer.Typer(
    name="kindregards",
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
app.command("demo")(demo.demo)
