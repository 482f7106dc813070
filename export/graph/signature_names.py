"""The names of a model's inputs, outputs and states in its signatures."""

import itertools
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import keras


def input_names(model: keras.Model) -> list[str]:
    """The names of the inputs: those of their `keras.Input`; see `parameter_names`."""
    names = [tensor.name for tensor in model.inputs]
    if len(names) == 1 and names[0].startswith("keras_tensor"):
        return ["inputs"]
    if any(name.startswith("keras_tensor") for name in names):
        return [f"inputs_{n}" for n in range(1, len(names) + 1)]
    return parameter_names(names, "input")


def output_names(model: keras.Model) -> list[str]:
    """The names of the outputs: the keys of a dictionary, or of the layers that make them.

    A single output is `outputs`; those that layers name alike are `outputs_1`, `outputs_2`, ...
    """
    if len(model.outputs) == 1 and not isinstance(model.output, dict):
        return ["outputs"]
    if isinstance(model.output, dict):
        paths = [path for path, _ in keras.tree.flatten_with_path(model.output)]
        names = ["_".join(map(str, path)) for path in paths]
        return distinct(names, lambda name: identifier(name, "output"))
    names = [identifier(name, "output") for name in model.output_names]
    # A layer that makes several outputs has one name.
    is_clear = len(set(names)) == len(model.outputs)
    return names if is_clear else [f"outputs_{n}" for n in range(1, len(model.outputs) + 1)]


def parameter_names(names: Sequence[str], kind: str, taken: Iterable[str] = ()) -> list[str]:
    """Names that the inputs of a signature can have, in either case of their letters.

    Args:
        names: The names that they have in the model.
        kind: `"input"` or `"state"`; see `identifier`.
        taken: Names that are not free.
    """

    def fold(name):
        name = identifier(name, kind)
        return f"{name}_" if keyword.iskeyword(name) or name == "self" else name

    return distinct(names, fold, [name.lower() for name in taken], str.lower)


def identifier(name: str, kind: str) -> str:
    """A name as all runtimes take it: ASCII letters, digits and underscores, a letter first.

    Accents are left out; any other character becomes an underscore. A name that does not begin
    with a letter then gets its kind before it, as `input_1x`.
    """
    letters = itertools.filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", name))
    name = re.sub(r"\W", "_", "".join(letters), flags=re.ASCII)
    return name if name[:1].isalpha() else "_".join(filter(None, [kind, name.strip("_")]))


def distinct(
    names: Sequence[str],
    fold: Callable[[str], str],
    taken: Iterable[str] = (),
    key: Callable[[str], str] = str,
) -> list[str]:
    """The folded names, of which those that are taken are numbered: `tag_1`, `tag_1_2`.

    A name that folding leaves as it is keeps it, wherever it stands; the others follow in order.

    Args:
        names: The names.
        fold: What makes a name that can be had.
        taken: The keys of names that are not free.
        key: What two names may not share.
    """
    taken, chosen = set(taken), {}
    for n in sorted(range(len(names)), key=lambda n: fold(names[n]) != names[n]):
        chosen[n] = next(name for name in _numbered(fold(names[n])) if key(name) not in taken)
        taken.add(key(chosen[n]))
    return [chosen[n] for n in range(len(names))]


def _numbered(name):
    yield name
    yield from (f"{name}_{n}" for n in itertools.count(2))
