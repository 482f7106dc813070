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
        help="A data set of `seqzoo list`, a folder of scores, a file of piano rolls, CoNLL files, "
        "or a folder of pictures with captions; repeatable."
    ),
]
Part = Annotated[str, typer.Option(help="train, validation, test or all.")]

# Headings of the help of `train`, `evaluate` and `predict`.
_NETWORK = "Network"
_NOTES = "Note generator"
_TAGGER = "Tagger"
_CAPTIONER = "Captioner"
_WORDS = "Tagger and captioner"


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
        int | None, typer.Option(min=1, help="Windows, sentences or captions in a batch.")
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
        typer.Option(
            min=2,
            help="Events or tokens in a training window of music, or most words of a caption.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    augment: Annotated[
        bool | None,
        typer.Option(
            help="Transpose pieces, replace entities by others, draw scenes anew: at random."
        ),
    ] = None,
    character_encoder: Annotated[
        str | None,
        typer.Option(help="What reads the spelling: cnn or bilstm.", rich_help_panel=_TAGGER),
    ] = None,
    word_dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share of words made unknown.", rich_help_panel=_WORDS),
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option(
            min=1, help="Least occurrences of a word in the vocabulary.", rich_help_panel=_WORDS
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
    encoder: Annotated[
        str | None,
        typer.Option(
            help="What reads the image: vgg16, small, efficientnet_lite0, or another of Keras.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    encoder_weights: Annotated[
        str | None,
        typer.Option(
            help="imagenet, or a file of weights that the encoder starts from.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    freeze_encoder: Annotated[
        bool | None,
        typer.Option(
            help="Whether the encoder stays as it is; its features are then computed once.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Side of the encoder's images, in pixels.", rich_help_panel=_CAPTIONER
        ),
    ] = None,
    inject: Annotated[
        str | None,
        typer.Option(
            help="Where the image enters: initial_state or first_input.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=10,
            help="By what captions are ranked: 1 is the mean log-probability of a token; above, "
            "longer captions win more often.",
            rich_help_panel=_CAPTIONER,
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
        "encoder": encoder,
        "encoder_weights": encoder_weights,
        "freeze_encoder": freeze_encoder,
        "image_size": image_size,
        "inject": inject,
        "length_penalty": length_penalty,
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
        Path | None,
        typer.Option(help="Folder for a report: errors of a tagger, pictures of a captioner."),
    ] = None,
    compose: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Compose so many pieces, and compare them with the data: musical statistics, and "
            "the longest copied run of notes.",
            rich_help_panel=_NOTES,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of --compose.", rich_help_panel=_NOTES)
    ] = 0,
) -> None:
    """Measure a model on data that it has not seen."""
    from seqzoo.cli.evaluate import run

    run(preset, data, part, json, report, compose, seed)


@app.command()
def predict(
    preset: Preset,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT or PICTURE",
            help="Texts, or pictures and folders of pictures. Without any, and for -, standard "
            "input: a text on each line, or one picture.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each text or picture.")
    ] = False,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="A file with a text; repeatable.", rich_help_panel=_TAGGER),
    ] = None,
    lines: Annotated[
        bool | None,
        typer.Option(
            "--lines", help="Each line of a --file is a text of its own.", rich_help_panel=_TAGGER
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            help="Least probability of what is shown, from 0 to 1.", rich_help_panel=_TAGGER
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Of the captions; by default the model's first.", rich_help_panel=_CAPTIONER
        ),
    ] = None,
    captions: Annotated[
        int | None,
        typer.Option(
            help="For each picture, the best first; several are shown with their scores, the mean "
            "log-probability of a token.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    beam_width: Annotated[
        int | None,
        typer.Option(
            help="Captions that are followed at once; by default 4, or --captions if that is more.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Above 0, captions are drawn at random instead; 1 as likely as the model finds "
            "them.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**31 - 1,
            help="Another seed, other captions at a --temperature.",
            rich_help_panel=_CAPTIONER,
        ),
    ] = None,
) -> None:
    """Find named entities in texts, or say what pictures show; answers come one by one."""
    from seqzoo.cli.predict import run

    options = {
        "file": file or None,
        "lines": lines,
        "min_score": min_score,
        "language": language,
        "captions": captions,
        "beam_width": beam_width,
        "temperature": temperature,
        "seed": seed,
    }
    run(preset, inputs or [], json, options)


@app.command()
def generate(
    preset: Preset,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the score, its pictures and its sound.")
    ] = None,
    opening: Annotated[
        str | None,
        typer.Option(help="A score file to continue, or a music21 work: schubert/Lindenbaum."),
    ] = None,
    opening_bars: Annotated[
        int, typer.Option(min=1, help="Bars of the opening that are kept.")
    ] = 8,
    key: Annotated[
        str | None, typer.Option(help="Begin in this key, such as 'G major' or 'f# minor'.")
    ] = None,
    tempo: Annotated[
        float | None, typer.Option(help="Begin at so many quarter notes a minute.")
    ] = None,
    metre: Annotated[str | None, typer.Option(help="Begin in this metre, such as 6/8.")] = None,
    voice: Annotated[
        bool | None,
        typer.Option(
            "--voice/--piano-alone", help="Begin a song for voice and piano, or a piece for piano."
        ),
    ] = None,
    harmonise: Annotated[
        bool,
        typer.Option("--harmonise", help="Keep the voice of the whole opening, write its piano."),
    ] = False,
    bars: Annotated[
        int | None, typer.Option(min=1, help="Add so many whole bars, and do not end before.")
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(
            help="Most events to add, 1 to 4096; by default 512, with --bars 4096, and with "
            "--stream no limit.",
        ),
    ] = None,
    endless: Annotated[bool, typer.Option("--endless", help="Do not end before --length.")] = False,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Go on to an end on the tonic chord: the first of --candidates that has one, "
            "else the likeliest end of all.",
        ),
    ] = False,
    candidates: Annotated[
        int, typer.Option(min=1, max=256, help="Pieces that --complete chooses from.")
    ] = 16,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream", help="Print each note as it is made: onset, pitch and duration in quarters."
        ),
    ] = False,
    sampler: Annotated[str, typer.Option(help="greedy, top_k, top_p, random or beam.")] = "top_p",
    temperature: Annotated[float, typer.Option(help="Above 1 wilder, below 1 tamer.")] = 1.0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Another seed, another piece.")
    ] = 0,
    sound_font: Annotated[
        Path | None,
        typer.Option(
            help="Instruments to play the score with (.sf2, .sf3); by default the system's."
        ),
    ] = None,
) -> None:
    """Compose: continue the opening of a score, or start from nothing."""
    from seqzoo.cli.generate import Request, run

    request = Request(
        out=out,
        opening=opening,
        opening_bars=opening_bars,
        conditions={"key": key, "tempo": tempo, "metre": metre, "voice": voice},
        harmonise=harmonise,
        bars=bars,
        length=length,
        endless=endless,
        complete=complete,
        candidates=candidates,
        stream=stream,
        sampler=sampler,
        temperature=temperature,
        seed=seed,
        sound_font=sound_font,
    )
    run(preset, request)


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
