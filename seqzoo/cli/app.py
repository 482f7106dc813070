"""The commands and their arguments; what they do is imported when they run."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Recurrent sequence models, from the score to the server and the phone.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Preset = Annotated[str, typer.Argument(help="A preset of `seqzoo list`, or the folder of one.")]
Data = Annotated[
    list[str],
    typer.Option(
        help="A data set of `seqzoo list`, a folder of scores, or CoNLL files; repeatable."
    ),
]
Part = Annotated[str, typer.Option(help="train, validation, test or all.")]

# Headings of the help of `train`.
_NETWORK = "Network"
_NOTES = "Note generator"
_TAGGER = "Tagger"


def _version(show: bool):
    if show:
        from seqzoo import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
):
    pass


@app.command("list")
def list_() -> None:
    """List the models and the data sets."""
    from seqzoo.cli.show import show_list

    show_list()


@app.command()
def info(name: Annotated[str, typer.Argument(help="A model, a data set, or a preset.")]) -> None:
    """Say what a model, a data set or a preset is."""
    from seqzoo.cli.show import show_info

    show_info(name)


@app.command()
def train(
    out: Annotated[Path, typer.Option(help="The run folder; an interrupted run goes on.")],
    model: Annotated[str | None, typer.Argument(help="A model of `seqzoo list`.")] = None,
    data: Data = (),
    recipe: Annotated[Path | None, typer.Option(help="A recipe.json instead.")] = None,
    init: Annotated[
        str, typer.Option(help="A preset to start from; the network keeps its sizes.")
    ] = "",
    epochs: Annotated[int | None, typer.Option(min=1, help="Most passes over the data.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Windows or sentences in a batch.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of Adam, at the start.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="Epochs without a better validation score.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Throw away an older run.")] = False,
    cell: Annotated[
        str | None,
        typer.Option(help="peephole_lstm, lstm, gru or simple_rnn.", rich_help_panel=_NETWORK),
    ] = None,
    units: Annotated[
        int | None, typer.Option(min=1, help="Size of a recurrent layer.", rich_help_panel=_NETWORK)
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option(min=1, help="Recurrent layers.", rich_help_panel=_NETWORK)
    ] = None,
    embedding_dim: Annotated[
        int | None, typer.Option(min=1, help="Size of the embedding.", rich_help_panel=_NETWORK)
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share dropped.", rich_help_panel=_NETWORK),
    ] = None,
    sequence_length: Annotated[
        int | None,
        typer.Option(min=2, help="Events in a training window.", rich_help_panel=_NOTES),
    ] = None,
    augment: Annotated[
        bool | None,
        typer.Option(help="Transpose training pieces, or replace entities by others, at random."),
    ] = None,
    character_encoder: Annotated[
        str | None,
        typer.Option(help="What reads the spelling: cnn or bilstm.", rich_help_panel=_TAGGER),
    ] = None,
    word_dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share of words made unknown.", rich_help_panel=_TAGGER),
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option(
            min=1, help="Least occurrences of a word in the vocabulary.", rich_help_panel=_TAGGER
        ),
    ] = None,
    passage_words: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Words of a text that are read together; 1 reads every sentence alone.",
            rich_help_panel=_TAGGER,
        ),
    ] = None,
    word_vectors: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Word vectors to start from: GloVe, word2vec or fastText, as text.",
            rich_help_panel=_TAGGER,
        ),
    ] = None,
) -> None:
    """Train a model; what is not given keeps its default."""
    from seqzoo.cli.train import run

    network = {
        "cell": cell,
        "units": units,
        "num_layers": num_layers,
        "embedding_dim": embedding_dim,
        "dropout": dropout,
        "sequence_length": sequence_length,
        "character_encoder": character_encoder,
        "word_dropout": word_dropout,
        "min_count": min_count,
        "passage_words": passage_words,
        "word_vectors": word_vectors,
    }
    options = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "patience": patience,
        "augment": augment,
        "seed": seed,
    }
    run(model, data, recipe, init, network, options, out, overwrite)


@app.command()
def evaluate(
    preset: Preset,
    data: Data,
    part: Part = "test",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a report with the errors of a tagger.")
    ] = None,
) -> None:
    """Measure a model on data that it has not seen."""
    from seqzoo.cli.evaluate import run

    run(preset, data, part, json, report)


@app.command()
def predict(
    preset: Preset,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Without any, and for -, the lines of standard input."),
    ] = None,
    file: Annotated[list[Path] | None, typer.Option(help="A file with a text; repeatable.")] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line of a --file is a text of its own.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each text.")
    ] = False,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Least probability of what is shown.")
    ] = 0.0,
) -> None:
    """Find named entities in texts; answers to standard input come line by line."""
    from seqzoo.cli.predict import run

    run(preset, texts or [], file or [], lines, json, min_score)


@app.command()
def generate(
    preset: Preset,
    out: Annotated[Path, typer.Option(help="Folder for the score and the picture.")],
    opening: Annotated[
        str | None,
        typer.Option(help="A score file to continue, or a music21 work: schubert/Lindenbaum."),
    ] = None,
    opening_bars: Annotated[
        int, typer.Option(min=1, help="Bars of the opening that are kept.")
    ] = 8,
    length: Annotated[int, typer.Option(help="Most events to add, 1 to 4096.")] = 512,
    endless: Annotated[bool, typer.Option("--endless", help="Do not end before --length.")] = False,
    sampler: Annotated[str, typer.Option(help="greedy, top_k, top_p, random or beam.")] = "top_p",
    temperature: Annotated[float, typer.Option(help="Above 1 wilder, below 1 tamer.")] = 1.0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Another seed, another piece.")
    ] = 0,
) -> None:
    """Compose: continue the opening of a score, or start from nothing."""
    from seqzoo.cli.generate import run

    run(preset, out, opening, opening_bars, length, endless, sampler, temperature, seed)


@app.command()
def export(
    model: Annotated[
        str, typer.Argument(help="A preset of `seqzoo list`, the folder of one, or a .keras file.")
    ],
    name: Annotated[
        str | None, typer.Option(help="Name to serve the model under; by default the model's own.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the exported models.")] = Path(
        "saved_models"
    ),
    saved_model: Annotated[
        bool, typer.Option("--saved-model", help="For TF Serving. Without either, both.")
    ] = False,
    tflite: Annotated[bool, typer.Option("--tflite", help="For TFLite's interpreter.")] = False,
    quantize: Annotated[
        str | None, typer.Option(help="Weights of the TFLite file: float16 or int8.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Of the SavedModel; by default the one after the last.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Data to measure on what quantizing costs; see `seqzoo list`."),
    ] = None,
    part: Part = "test",
) -> None:
    """Export for TF Serving and TFLite, and prove that both give the model's answers."""
    from seqzoo.cli.export import run

    run(model, name, out, saved_model, tflite, quantize, version, data or [], part)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file, or the folder of a SavedModel.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is in an exported file: signatures, operations, size, packed files."""
    from seqzoo.cli.inspect import run

    run(file, json)


@app.command()
def serve(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL",
            help="Folders of exported models, such as saved_models/notes (its newest version) or "
            "saved_models/notes/1.",
        ),
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8501,
    concurrency: Annotated[int, typer.Option(min=1, help="Most predictions at once.")] = 4,
    queue: Annotated[
        int, typer.Option(min=0, help="Most requests that wait; further ones get a 503.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds to wait and compute; after them a 504.")
    ] = 30.0,
    max_request_mb: Annotated[
        int, typer.Option(min=1, help="Largest request in MiB, packed or not; above it a 413.")
    ] = 16,
) -> None:
    """Try exported models: TF Serving's REST API on this machine, and a page in the browser."""
    from seqzoo.cli.serve import run

    run(models, host, port, concurrency, queue, timeout, max_request_mb)
