"""The command line and its commands."""

from typing import Annotated

import typer

from seqzoo.cli.commands.evaluate import evaluate
from seqzoo.cli.commands.export import export
from seqzoo.cli.commands.generate import generate
from seqzoo.cli.commands.inspect import inspect
from seqzoo.cli.commands.predict import predict
from seqzoo.cli.commands.serve import serve
from seqzoo.cli.commands.show import info, list_
from seqzoo.cli.commands.train import train

app = typer.Typer(
    help="Recurrent sequence models, from the score to the server and the phone.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
        from seqzoo import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


# In the order of the help.
app.command("list")(list_)
for command in (info, train, evaluate, predict, generate, export, inspect, serve):
    app.command()(command)
