"""The arguments of `seqzoo train`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import CAPTIONER, NETWORK, TAGGER, WORDS, Data


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
        typer.Option(help="peephole_lstm, lstm, gru or simple_rnn.", rich_help_panel=NETWORK),
    ] = None,
    units: Annotated[
        int | None, typer.Option(min=1, help="Size of a recurrent layer.", rich_help_panel=NETWORK)
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option(min=1, help="Recurrent layers.", rich_help_panel=NETWORK)
    ] = None,
    embedding_dim: Annotated[
        int | None, typer.Option(min=1, help="Size of the embedding.", rich_help_panel=NETWORK)
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share dropped.", rich_help_panel=NETWORK),
    ] = None,
    sequence_length: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Events or tokens in a training window of music, or most words of a caption.",
            rich_help_panel=NETWORK,
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
        typer.Option(help="What reads the spelling: cnn or bilstm.", rich_help_panel=TAGGER),
    ] = None,
    word_dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share of words made unknown.", rich_help_panel=WORDS),
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option(
            min=1, help="Least occurrences of a word in the vocabulary.", rich_help_panel=WORDS
        ),
    ] = None,
    passage_words: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Words of a text that are read together; 1 reads every sentence alone.",
            rich_help_panel=TAGGER,
        ),
    ] = None,
    word_vectors: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Word vectors to start from: GloVe, word2vec or fastText, as text.",
            rich_help_panel=TAGGER,
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="What reads the image: vgg16, small, efficientnet_lite0, or another of Keras.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    encoder_weights: Annotated[
        str | None,
        typer.Option(
            help="imagenet, or a file of weights that the encoder starts from.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    freeze_encoder: Annotated[
        bool | None,
        typer.Option(
            help="Whether the encoder stays as it is; its features are then computed once.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Side of the encoder's images, in pixels.", rich_help_panel=CAPTIONER
        ),
    ] = None,
    inject: Annotated[
        str | None,
        typer.Option(
            help="Where the image enters: initial_state or first_input.",
            rich_help_panel=CAPTIONER,
        ),
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=10,
            help="By what captions are ranked: 1 is the mean log-probability of a token; above, "
            "longer captions win more often.",
            rich_help_panel=CAPTIONER,
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
