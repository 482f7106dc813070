"""The served models, with reloading of newer versions."""

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

# As in TF Serving: a lack of memory or open files can pass without a change of the files.
_RETRY_SECONDS = 60


class ServedModels(Mapping[str, Mapping[int, ServedModel]]):
    """Models by name and version, kept up to date with their folders.

    The policy is the default of TF Serving: the latest version in the folder of a model is served;
    a newer version is loaded before the older one is unloaded; and a version whose folder is gone
    is no longer served.

    Args:
        paths: Folders, each of a version, `<name>/<version>`, or of a model, `<name>`.

    Raises:
        SavedModelError: If a folder holds no model, or the model cannot be served.
        UsageError: If two paths are the same version of the same name.
    """

    def __init__(self, paths: Iterable[str | os.PathLike]) -> None:
        self._states: dict[Path, State] = {}
        self._failed: dict[Path, tuple[State, float]] = {}
        self._troubles: dict[ModelSource, str | None] = {}
        # The folders of unloaded versions whose memory is not freed yet.
        self._garbage: list[Path] = []
        wanted: _Versions = {}
        self._sources = [_look(path, wanted) for path in paths]
        self._models = {
            name: {version: self._loaded(folder, name, version) for version, folder in of.items()}
            for name, of in wanted.items()
        }

    def __getitem__(self, name: str) -> Mapping[int, ServedModel]:
        """Returns the versions of a model."""
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        """Iterates over the names of the models."""
        return iter(self._models)

    def __len__(self) -> int:
        """Returns the number of models."""
        return len(self._models)

    def poll(
        self, exchanging: Callable[[], AbstractContextManager] = contextlib.nullcontext
    ) -> list[str]:
        """Looks for new and removed versions, and loads and unloads them.

        A version is loaded when its files have not changed since the last call, so that none is
        read while it is being written. A failed version is tried again when its files change, or
        after a minute. While the folder of a model is missing or unreadable, its versions stay.

        Args:
            exchanging: Creates a context that is entered to load versions or free memory.

        Returns:
            One sentence for each event.
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
        """Returns the folders of the versions to serve, by name and version."""
        wanted: _Versions = {name: {} for name in self._models}
        for source in self._sources:
            try:
                trouble = None
                _add_newest(source, wanted[source.name])
            except OSError as error:
                # Versions already loaded do not need their folder.
                served = dict.fromkeys(self._models[source.name], source.path)
                wanted[source.name] = served | wanted[source.name]
                trouble = f"{_unreadable(source.path, error)}: its loaded versions stay."
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
        """Loads and unloads versions; older ones stay until all wanted versions are loaded."""
        events, served = [], self._models[name]
        models = dict(served)
        for version, folder in due.items():
            try:
                models[version] = self._loaded(folder, name, version)
                events.append(f"Version {version} of {name} is served.")
            except SavedModelError as error:
                self._failed[folder] = self._states[folder], time.monotonic()
                # A failed load leaves memory to be freed.
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
        # After the last request that uses the model, TensorFlow's objects still form reference
        # cycles, which only Python's garbage collector frees.
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
    """Returns the source of a path, and adds its version to the wanted ones."""
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
    """Adds the newest version of a source to the wanted ones; returns whether it has one."""
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
"""Loads exported models; the public name of `ServedModels`."""
