"""Imports run downwards: the contracts of `setup.cfg`, and models that know nothing of each other.

Imports inside functions count; those for type checkers alone do not.
"""

import configparser
import itertools
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("seqzoo", cache_dir=None, exclude_type_checking_imports=True)


def shared_rooms():
    """The rooms of the zoo that the contract names: all others are models."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", "utf-8")
    floors = settings["importlinter:contract:zoo"]["layers"]
    return {room.strip() for floor in floors.split("\n") for room in floor.split("|")}


def models(graph):
    folders = {room.rsplit(".", 1)[1] for room in graph.find_children("seqzoo.zoo")}
    is_folder = {name for name in folders if graph.find_children(f"seqzoo.zoo.{name}")}
    return sorted(is_folder - shared_rooms())


def chains(graph, importers, imported):
    pairs = itertools.product(importers, imported)
    found = (
        graph.find_shortest_chain(*pair, as_packages=True) for pair in pairs if len({*pair}) > 1
    )
    return [" -> ".join(chain) for chain in found if chain]


def test_imports_keep_the_contracts():
    command = [
        Path(sys.executable).with_name("lint-imports"),
        "--config",
        "setup.cfg",
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_files_are_looked_at(graph):
    rooms = ("core", "layers", "zoo", "training", "export", "serving", "seqzoo/cli")
    files = {path for room in rooms for path in (ROOT / room).rglob("*.py")}
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files}
    names = {f"seqzoo.{name.removeprefix('seqzoo.').removesuffix('.__init__')}" for name in names}
    assert names <= graph.modules


@pytest.mark.parametrize("room", ["zoo", "training"])
def test_models_know_nothing_of_each_other(graph, room):
    folders = [f"seqzoo.{room}.{name}" for name in models(graph)]
    assert len(folders) > 3
    assert chains(graph, folders, folders) == []


@pytest.mark.parametrize("room", ["zoo", "training"])
def test_shared_rooms_know_no_model(graph, room):
    folders = {f"seqzoo.{room}.{name}" for name in models(graph)}
    shared = graph.find_children(f"seqzoo.{room}") - folders
    assert chains(graph, shared, folders) == []
