"""Any scene, for property tests."""

from hypothesis import strategies as st

from seqzoo.training.data.images.scenes.scene import (
    FIGURES,
    GROUNDS,
    LONE_GROUPS,
    RELATIONS,
    Scene,
)

LONE = st.builds(Scene, st.sampled_from(LONE_GROUPS))
RELATED = st.builds(
    Scene, st.sampled_from(FIGURES), st.sampled_from(RELATIONS), st.sampled_from(GROUNDS)
)
SCENES = st.one_of(LONE, RELATED)
SEEDS = st.integers(0, 2**32 - 1)
