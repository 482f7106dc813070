"""The grammar of events: transitions between kinds of events."""

import numpy as np

from seqzoo.zoo.note_generator.events.names import PARTS, kind_and_value

_FOLLOWERS = {
    "BOS": ("Ensemble",),
    "Ensemble": ("Key",),
    "Key": ("Tempo",),
    "Tempo": ("Bar",),
    "Bar": ("TimeSig",),
    "TimeSig": ("Position", "Bar", "EOS"),
    "Position": PARTS,
    **dict.fromkeys(PARTS, ("Duration",)),
    "Duration": (*PARTS, "Position", "Bar", "EOS"),
}
"""The kinds of events that may follow each kind."""


def transition_mask(names: list[str]) -> np.ndarray:
    """Returns booleans `(vocabulary, vocabulary)`: whether event `j` may follow event `i`.

    After padding and the end of a piece, where no prediction is made, all events may follow.

    Args:
        names: The names of the events in the order of ids, each `<kind>_<value>`.
    """
    kinds = np.array([kind_and_value(name)[0] for name in names])
    rows = {kind: np.isin(kinds, following) for kind, following in _FOLLOWERS.items()}
    anything = np.ones(len(names), bool)
    return np.stack([rows.get(kind, anything) for kind in kinds])
