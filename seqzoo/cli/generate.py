"""`seqzoo generate`."""

from pathlib import Path

from seqzoo.cli.models import load_preset
from seqzoo.errors import UsageError
from seqzoo.zoo.base.limits import MAX_LENGTH, MAX_TEMPERATURE
from seqzoo.zoo.note_generator.opening import first_bars
from seqzoo.zoo.note_generator.piano_score import bars


def run(
    preset, out: Path, opening, opening_bars, length, endless, sampler, temperature, seed
) -> None:
    """Composes, and writes MIDI, MusicXML and a piano roll into one folder."""
    if not 1 <= length <= MAX_LENGTH:
        raise UsageError(f"--length must lie between 1 and {MAX_LENGTH}, not {length}.")
    if not 0 < temperature <= MAX_TEMPERATURE:
        raise UsageError(
            f"--temperature must be above 0 and at most {MAX_TEMPERATURE:g}, not {temperature}; "
            "use --sampler greedy for the likeliest events."
        )
    start = None if opening is None else first_bars(_read(opening), opening_bars)
    task = load_preset(preset)
    task.compile(sampler=make_sampler(sampler, temperature, seed))
    (midi,) = task.preprocessor.raw(b"" if start is None else start)
    events = 1 + len(task.preprocessor.opening_ids(midi))
    score = task.generate(
        start,
        max_length=events + length,
        stop_token_ids=None if endless else "auto",
    )
    score.tracks[0].name = "Untitled" if start is None else f"{start.tracks[0].name}, continued"
    opening_ticks = 0 if start is None else bars(start)[-1].end
    _write(score, opening_ticks, out)


def _read(opening: str):
    """A score file, or a work of the music21 corpus."""
    from seqzoo.zoo.note_generator.score_reader import ScoreError, read_score

    if Path(opening).exists():
        return read_score(opening)
    from music21.corpus import CorpusException, getWork

    try:
        return read_score(getWork(opening))
    except CorpusException:
        raise ScoreError(
            f"There is no file and no music21 work {opening!r}: give a score file, or a work such "
            "as schubert/Lindenbaum."
        ) from None


def _write(score, opening_ticks: int, out: Path) -> None:
    from seqzoo.zoo.note_generator.piano_roll import draw_piano_roll
    from seqzoo.zoo.note_generator.score_writer import write_midi, write_musicxml

    write_midi(score, out / "score.mid")
    write_musicxml(score, out / "score.musicxml", composer="seqzoo")
    draw_piano_roll(score, out / "score.png", opening_ticks=opening_ticks)
    print(f"MIDI: {out / 'score.mid'}")
    print(f"MusicXML: {out / 'score.musicxml'}")
    print(f"Piano roll: {out / 'score.png'}")


def make_sampler(name: str, temperature: float, seed: int):
    """A keras-hub sampler.

    Raises:
        UsageError: If there is no sampler of that name.
    """
    from keras_nlp import samplers

    makers = {
        "greedy": lambda: samplers.GreedySampler(),
        "top_k": lambda: samplers.TopKSampler(k=10, temperature=temperature, seed=seed),
        "top_p": lambda: samplers.TopPSampler(p=0.95, temperature=temperature, seed=seed),
        "random": lambda: samplers.RandomSampler(temperature=temperature, seed=seed),
        "beam": lambda: samplers.BeamSampler(num_beams=4, temperature=temperature),
    }
    if name not in makers:
        raise UsageError(f"There is no sampler {name!r}: the samplers are {', '.join(makers)}.")
    return makers[name]()
