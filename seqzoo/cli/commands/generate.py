"""The arguments of `seqzoo generate`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import Preset


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
    compass: Annotated[
        tuple[int, int] | None,
        typer.Option(
            help="The lowest and the highest note given to the voice, as MIDI numbers; by "
            "default those of the preset, such as 60 79, from C4 to G5.",
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
        compass=compass,
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
