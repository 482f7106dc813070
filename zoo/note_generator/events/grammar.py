"""The grammar of events: which event may follow which."""

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
"""By the kind of an event, the kinds after it."""


def transition_mask(names: list[str]) -> np.ndarray:
    """Booleans `(vocabulary, vocabulary)`: whether event `j` may follow event `i`.

    Behind padding and the end of a piece, where nothing is asked, all can follow.

    Args:
        names: The names of the events, by id, each a kind, `_` and a value.
    """
    kinds = np.array([kind_and_value(name)[0] for name in names])
    rows = {kind: np.isin(kinds, following) for kind, following in _FOLLOWERS.items()}
    anything = np.ones(len(names), bool)
    return np.stack([rows.get(kind, anything) for kind in kinds])
