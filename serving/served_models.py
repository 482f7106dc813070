"""The models that are served, and their exchange for newer versions."""

import contextlib
import gc
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from seqzoo.core.errors import UsageError
from seqzoo.export.formats.saved_model import SavedModelError
from seqzoo.serving.model import ServedModel
from seqzoo.serving.model_source import ModelSource, State, state_of

_Versions = dict[str, dict[int, Path]]

# As TF Serving; a lack of memory or files passes without a change of the version's files.
_RETRY_SECONDS = 60


class ServedModels(Mapping[str, Mapping[int, ServedModel]]):
    """Models by name and version, as their folders are.

    As TF Serving by default: of a folder of a model, the latest version is served; a newer one is
    loaded before the older is let go of; and a version whose folder is gone is no longer served.

    Args:
        paths: For each either the folder of a version, `<name>/<version>`, or that of the model,
            `<name>`.

    Raises:
        SavedModelError: If there is none, or it cannot be served.
        UsageError: If two paths are the same version of the same name.
    """

    def __init__(self, paths: Iterable[str | os.PathLike]) -> None:
        self._states: dict[Path, State] = {}
        self._failed: dict[Path, tuple[State, float]] = {}
        self._troubles: dict[ModelSource, str | None] = {}
        # A note for every version that was let go of, and whose memory is not free yet.
        self._garbage: list[Path] = []
        wanted: _Versions = {}
        self._sources = [_look(path, wanted) for path in paths]
        self._models = {
            name: {version: self._loaded(folder, name, version) for version, folder in of.items()}
            for name, of in wanted.items()
        }

    def __getitem__(self, name: str) -> Mapping[int, ServedModel]:
        """The versions of a model."""
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        """The names of the models."""
        return iter(self._models)

    def __len__(self) -> int:
        """How many models there are."""
        return len(self._models)

    def poll(
        self, exchanging: Callable[[], AbstractContextManager] = contextlib.nullcontext
    ) -> list[str]:
        """Looks for versions that came or went: loads them, and lets go of the others.

        A version is loaded when its files have not changed since the last call, so that none is
        read while it is written. One that fails is tried again when its files have changed, or
        after a minute. While a model's folder is missing or cannot be read, what is served stays.

        Args:
            exchanging: Gives what is entered while versions are loaded, or their memory is freed.

        Returns:
            A sentence on everything that happened.
        """
        events: list[str] = []
        wanted = self._wanted(events)
        due = {name: self._due(name, of) for name, of in wanted.items()}
        gone = [name for name, of in wanted.items() if of.keys() < self._models[name].keys()]
        if gone or any(due.values()) or self._garbage:
            with exchanging():
                for name, folders in due.items():
                    events += self._exchange(name, folders, wanted[name])
                self._free()
        return events

    def _wanted(self, events):
        """The folders of the versions that are to be served, by name and version."""
        wanted: _Versions = {name: {} for name in self._models}
        for source in self._sources:
            try:
                trouble = None
                _add_newest(source, wanted[source.name])
            except OSError as error:
                # Of what is served already, the folder is not needed.
                served = dict.fromkeys(self._models[source.name], source.path)
                wanted[source.name] = served | wanted[source.name]
                trouble = f"{_unreadable(source.path, error)}: what is served of it stays."
            except UsageError as error:
                trouble = str(error)
            if trouble and trouble != self._troubles.get(source):
                events.append(trouble)
            self._troubles[source] = trouble
        return wanted

    def _due(self, name, wanted):
        return {
            version: folder
            for version, folder in wanted.items()
            if version not in self._models[name] and self._is_settled(folder)
        }

    def _exchange(self, name, due, wanted):
        """Loads versions, and lets go of others; older ones stay until all wanted are loaded."""
        events, served = [], self._models[name]
        models = dict(served)
        for version, folder in due.items():
            try:
                models[version] = self._loaded(folder, name, version)
                events.append(f"Version {version} of {name} is served.")
            except SavedModelError as error:
                self._failed[folder] = self._states[folder], time.monotonic()
                # Of what was loaded before it failed.
                self._garbage.append(folder)
                events.append(f"Version {version} of {name} is not served: {error}")
        if wanted.keys() <= models.keys():
            models = {version: models[version] for version in wanted}
        self._models = {**self._models, name: models}
        return events + [
            f"Version {version} of {name} is no longer served."
            for version in served.keys() - models.keys()
        ]

    def _loaded(self, folder, name, version):
        model = ServedModel(folder, name, version)
        # When the last request that uses it has ended, TensorFlow's parts of it, which refer to
        # each other, still wait for Python's collector.
        weakref.finalize(model, self._garbage.append, folder).atexit = False
        return model

    def _free(self):
        if self._garbage:
            self._garbage.clear()
            gc.collect()

    def _is_settled(self, folder):
        try:
            state = state_of(folder)
        except OSError:
            return False
        before = self._states.get(folder)
        self._states[folder] = state
        return state == before and not self._has_failed(folder, state)

    def _has_failed(self, folder, state):
        failed, moment = self._failed.get(folder, (None, 0))
        return state == failed and time.monotonic() - moment < _RETRY_SECONDS


def _look(path, wanted):
    """The source of a path; adds its version to those that are wanted."""
    path = Path(os.path.abspath(path))
    try:
        source = ModelSource(path)
        is_there = _add_newest(source, wanted.setdefault(source.name, {}))
    except (FileNotFoundError, NotADirectoryError):
        is_there = False
    except OSError as error:
        raise SavedModelError(f"{_unreadable(path, error)}: give a folder that can.") from error
    if not is_there:
        raise SavedModelError(
            f"There is no exported model in {path}: give the folder that holds its versions, or "
            "one of them, such as saved_models/notes/1."
        )
    return source


def _add_newest(source, wanted):
    """Adds the version that a source has now; returns whether it has one."""
    folder = source.newest()
    if folder is None:
        return False
    version = int(folder.name)
    if wanted.get(version) is not None:
        raise UsageError(
            f"Version {version} of a model {source.name!r} is given twice: give it once, or "
            "rename one of the models."
        )
    wanted[version] = folder
    return True


def _unreadable(path, error):
    return f"{path} cannot be read ({error.strerror})"


load_models = ServedModels
"""Loads exported models: the name that says what it does, where the package is used."""
