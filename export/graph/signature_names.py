"""Names of a model's inputs, outputs and states in its signatures."""

import itertools
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import keras


def input_names(model: keras.Model) -> list[str]:
    """Returns the names of the inputs: those of their `keras.Input`; see `parameter_names`."""
    names = [tensor.name for tensor in model.inputs]
    if len(names) == 1 and names[0].startswith("keras_tensor"):
        return ["inputs"]
    if any(name.startswith("keras_tensor") for name in names):
        return [f"inputs_{n}" for n in range(1, len(names) + 1)]
    return parameter_names(names, "input")


def output_names(model: keras.Model) -> list[str]:
    """Returns the names of the outputs: the keys of a dictionary, or the names of their layers.

    A single output is `outputs`; if layers have equal names, outputs are `outputs_1`, `outputs_2`,
    and so on.
    """
    if len(model.outputs) == 1 and not isinstance(model.output, dict):
        return ["outputs"]
    if isinstance(model.output, dict):
        paths = [path for path, _ in keras.tree.flatten_with_path(model.output)]
        names = ["_".join(map(str, path)) for path in paths]
        return distinct(names, lambda name: identifier(name, "output"))
    names = [identifier(name, "output") for name in model.output_names]
    # The outputs of one layer share its name.
    is_clear = len(set(names)) == len(model.outputs)
    return names if is_clear else [f"outputs_{n}" for n in range(1, len(model.outputs) + 1)]


def parameter_names(names: Sequence[str], kind: str, taken: Iterable[str] = ()) -> list[str]:
    """Returns valid names for the inputs of a signature, distinct even if case is ignored.

    Args:
        names: The names in the model.
        kind: `"input"` or `"state"`; see `identifier`.
        taken: Names that are already used.
    """

    def fold(name):
        name = identifier(name, kind)
        return f"{name}_" if keyword.iskeyword(name) or name == "self" else name

    return distinct(names, fold, [name.lower() for name in taken], str.lower)


def identifier(name: str, kind: str) -> str:
    """Converts a name to one that all runtimes accept: ASCII letters, digits and underscores.

    Accents are removed; any other character becomes an underscore. A name that does not begin
    with a letter is prefixed with its kind, such as `input_1x`.
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
    """Normalizes names and numbers those that are taken: `tag_1`, `tag_1_2`.

    Names that normalization does not change are assigned first; the others follow in order.

    Args:
        names: The names.
        fold: The normalization: returns a valid name.
        taken: The keys of names that are already used.
        key: The key by which names must be distinct.
    """
    taken, chosen = set(taken), {}
    for n in sorted(range(len(names)), key=lambda n: fold(names[n]) != names[n]):
        chosen[n] = next(name for name in _numbered(fold(names[n])) if key(name) not in taken)
        taken.add(key(chosen[n]))
    return [chosen[n] for n in range(len(names))]


def _numbered(name):
    yield name
    yield from (f"{name}_{n}" for n in itertools.count(2))
