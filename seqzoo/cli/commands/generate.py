"""`seqzoo generate`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import FRAMES, Preset
from seqzoo.cli.composing import DEFAULT_CANDIDATES, MAX_COUNT, Request, check
from seqzoo.cli.models import load_preset, model_name, model_of_preset
from seqzoo.core.errors import UsageError
from seqzoo.core.lazy import load_place
from seqzoo.zoo.registry import MODELS


def generate(
    preset: Preset,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the score, its pictures and its sound.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(help="A score file to continue, or a music21 work: schubert/Lindenbaum."),
    ] = None,
    notes: Annotated[
        str | None,
        typer.Option(
            metavar="'G4 A4 B4:2'",
            help="Notes to continue: names, or do re mi, with a length in quarter notes after a "
            "colon. The voice sings them; with --piano-alone the piano plays them.",
        ),
    ] = None,
    prompt_bars: Annotated[
        int, typer.Option(min=1, max=2**31 - 1, help="Bars of the prompt that are kept.")
    ] = 8,
    voice_track: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_NUMBER",
            help="The track or part of the prompt that is the voice; by default the one with "
            "words, a name such as melody or vocals, or a MIDI program of voices.",
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Begin in this key, such as 'G major' or 'f# minor'.")
    ] = None,
    tempo: Annotated[
        float | None, typer.Option(help="Begin at this tempo, in quarter notes per minute.")
    ] = None,
    time_signature: Annotated[
        str | None, typer.Option(help="Begin in this time signature, such as 6/8.")
    ] = None,
    voice: Annotated[
        bool | None,
        typer.Option(
            "--voice/--piano-alone", help="Begin a song for voice and piano, or a piece for piano."
        ),
    ] = None,
    vocal_range: Annotated[
        tuple[int, int] | None,
        typer.Option(
            help="The lowest and the highest note given to the voice, as MIDI numbers; by "
            "default those of the preset, such as 60 79, from C4 to G5.",
        ),
    ] = None,
    metre_changes: Annotated[
        bool | None,
        typer.Option(
            "--metre-changes/--one-metre",
            help="Whether the time signature may change; by default as in the preset.",
        ),
    ] = None,
    harmonise: Annotated[
        bool,
        typer.Option("--harmonise", help="Keep the voice of the whole prompt, write its piano."),
    ] = False,
    bars: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of whole bars to add; no end before. With --complete the least number.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            metavar="AABA",
            help="Sections of --bars bars each; a letter that came before repeats its section. "
            "With --complete the last section ends on the tonic chord.",
        ),
    ] = None,
    chords: Annotated[
        str | None,
        typer.Option(
            metavar="'C G Am F'",
            help="Chord symbols that the piano plays, one a bar, or several between bar lines |; "
            "they repeat.",
        ),
    ] = None,
    chord_symbols: Annotated[
        bool,
        typer.Option("--chord-symbols", help="Write the chord of every bar above the staff."),
    ] = False,
    length: Annotated[
        int | None,
        typer.Option(
            help="Maximum number of events, 1 to 4096; by default 512, with --bars 4096, with "
            "--complete --bars at least 64 a bar, with --form 128 a bar, and with --stream no "
            "limit.",
        ),
    ] = None,
    endless: Annotated[bool, typer.Option("--endless", help="Do not end before --length.")] = False,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Continue to an end on the tonic chord: the first of --candidates that has one, "
            "else the most likely end of all.",
        ),
    ] = False,
    candidates: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            help="Pieces that --complete (16) and --harmonise (1) write and choose from.",
        ),
    ] = None,
    count: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_COUNT,
            help="Number of pieces, in folders 01, 02 and so on, the best first.",
        ),
    ] = 1,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream", help="Print each note as it is made: onset, pitch and duration in quarters."
        ),
    ] = False,
    sampler: Annotated[str, typer.Option(help="greedy, top_k, top_p, random or beam.")] = "top_p",
    temperature: Annotated[float, typer.Option(help="Above 1 more random, below 1 less.")] = 1.0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Another seed, another piece.")
    ] = 0,
    frame: Annotated[
        float | None,
        typer.Option(
            min=1 / 480,
            max=1000,
            help="Quarter notes of a frame of a piano roll; by default 1.",
            rich_help_panel=FRAMES,
        ),
    ] = None,
    sound_font: Annotated[
        Path | None,
        typer.Option(
            help="Instruments to play the score with (.sf2, .sf3); by default the system's."
        ),
    ] = None,
) -> None:
    """Compose: continue the prompt of a score or of a piano roll, or start from nothing."""
    request = Request(
        out=out,
        prompt=prompt,
        notes=notes,
        prompt_bars=prompt_bars,
        voice_track=voice_track,
        conditions={"key": key, "tempo": tempo, "time_signature": time_signature, "voice": voice},
        vocal_range=vocal_range,
        metre_changes=metre_changes,
        harmonise=harmonise,
        bars=bars,
        form=form,
        chords=chords,
        chord_symbols=chord_symbols,
        length=length,
        endless=endless,
        complete=complete,
        candidates=candidates or (1 if harmonise else DEFAULT_CANDIDATES),
        pieces=count,
        stream=stream,
        sampler=sampler,
        temperature=temperature,
        seed=seed,
        sound_font=sound_font,
        frame=frame,
    )
    check(request)
    name = model_of_preset(preset) or model_name(load_preset(preset))
    place = MODELS[name].generate
    if not place:
        composing = [model.name for model in MODELS.values() if model.generate]
        raise UsageError(
            f"{preset} is of the model {name}, which composes nothing: give a preset of "
            f"{' or '.join(composing)}."
        )
    load_place(place)(preset, request)
