"""`seqzoo generate`."""

from pathlib import Path

from seqzoo.cli.models import load_preset
from seqzoo.errors import UsageError

_MAX_LENGTH = 4096


def run(preset, out: Path, opening, opening_bars, length, sampler, temperature, seed) -> None:
    """Composes, and writes MIDI, MusicXML and a piano roll into one folder."""
    if not 1 <= length <= _MAX_LENGTH:
        raise UsageError(f"--length must lie between 1 and {_MAX_LENGTH}, not {length}.")
    if temperature <= 0:
        raise UsageError(
            f"--temperature must be above 0, not {temperature}; use --sampler greedy for the "
            "likeliest events."
        )
    start = _opening(opening, opening_bars)
    task = load_preset(preset)
    task.compile(sampler=make_sampler(sampler, temperature, seed))
    events = 1 + len(task.preprocessor.tokenizer(task.preprocessor.raw(start)[0])) if start else 1
    score = task.generate(start, max_length=events + length)
    _write(score, start, out, opening)


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
