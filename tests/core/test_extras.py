"""The extras: what each brings, and what is said where one is not installed."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires

import pytest

from seqzoo.core.extras import EXTRAS, TRAINING, MissingPackageError, name_missing_packages


def required(extra):
    """The distributions that an extra asks for by name."""
    lines = [line for line in requires("seqzoo") if f'extra == "{extra}"' in line]
    return {re.match(r"[\w-]+", line)[0].lower() for line in lines}


@pytest.mark.parametrize("extra", ["training", *EXTRAS])
def test_an_extra_brings_the_modules_that_are_told(extra):
    distributions = packages_distributions()
    for module in EXTRAS.get(extra, TRAINING):
        assert required(extra) & {name.lower() for name in distributions[module]}, module


def test_all_is_all():
    (line,) = [line for line in requires("seqzoo") if 'extra == "all"' in line]
    assert set(re.search(r"\[(.*)\]", line)[1].split(",")) == set(EXTRAS)


def test_every_kind_of_data_can_be_trained_on():
    training = [line for line in requires("seqzoo") if line.startswith("seqzoo[training]")]
    kinds = {re.search(r'extra == "(\w+)"', line)[1] for line in training}
    assert kinds == set(EXTRAS) - {"serving"}


@pytest.mark.parametrize(
    ("module", "advice"),
    [
        ("music21.note", "'seqzoo[music]' brings it."),
        ("matplotlib", "'seqzoo[text]' or 'seqzoo[images]', for what you train, brings it."),
    ],
)
def test_the_extra_that_brings_a_module_is_named(module, advice):
    with (
        pytest.raises(MissingPackageError, match=re.escape(advice)) as told,
        name_missing_packages(),
    ):
        raise ModuleNotFoundError(name=module)
    assert isinstance(told.value, ImportError)


def test_other_modules_are_told_as_python_tells_them():
    with pytest.raises(ModuleNotFoundError, match="No module"), name_missing_packages():
        import no_such_package  # noqa: F401


def run(program):
    """Runs a program without music's packages."""
    without = "".join(f"sys.modules[{name!r}] = None; " for name in EXTRAS["music"])
    return subprocess.run(
        [sys.executable, "-c", f"import sys; {without}{program}"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_name_of_a_room_and_a_command_say_so():
    named = run("from seqzoo.zoo import NoteGenerator")
    # Whichever is imported first.
    package = "(miditok|symusic)"
    advice = re.escape("is not installed: pip install 'seqzoo[music]' brings it.")
    sentence = f"The package {package} {advice}"
    name = re.escape("seqzoo.core.extras.MissingPackageError")
    assert re.fullmatch(f"{name}: {sentence}", named.stderr.splitlines()[-1])
    command = run(
        "sys.argv[1:] = ['generate', 'schubert', '--out', 'x']; from seqzoo.cli import main; main()"
    )
    assert command.returncode == 1
    assert re.fullmatch(f"seqzoo: {sentence}\n", command.stderr)
