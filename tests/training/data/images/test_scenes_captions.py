import itertools

import pytest
from hypothesis import given

from seqzoo.core.errors import UsageError
from seqzoo.training.data.images.scenes.scene import (
    FIGURES,
    GROUNDS,
    LONE_GROUPS,
    RELATIONS,
    Group,
    Scene,
)
from seqzoo.training.data.images.scenes.scene_captions import caption_of, parse_caption
from tests.training.data.images.scene_strategies import SCENES


@pytest.mark.parametrize("language", ["en", "pt"])
@given(SCENES)
def test_a_caption_tells_its_scene(language, scene):
    caption = caption_of(scene, language)
    assert parse_caption(caption, language) == scene
    assert caption == caption.lower()


@pytest.mark.parametrize("language", ["en", "pt"])
def test_every_scene_has_a_caption_of_its_own(language):
    scenes = [Scene(group) for group in LONE_GROUPS]
    scenes += [Scene(*each) for each in itertools.product(FIGURES, RELATIONS, GROUNDS)]
    assert len({caption_of(scene, language) for scene in scenes}) == len(scenes) == 448 + 168**2 * 4


@pytest.mark.parametrize(
    ("group", "english", "portuguese"),
    [
        (Group(1, "small", "red", "star"), "a small red star", "uma estrela vermelha pequena"),
        (Group(1, "big", "blue", "heart"), "a big blue heart", "um coração azul grande"),
        (Group(2, "big", "purple", "cross"), "two big purple crosses", "duas cruzes roxas grandes"),
        (
            Group(2, "small", "blue", "square"),
            "two small blue squares",
            "dois quadrados azuis pequenos",
        ),
        (
            Group(3, "small", "yellow", "heart"),
            "three small yellow hearts",
            "três corações amarelos pequenos",
        ),
        (
            Group(3, "small", "black", "moon"),
            "three small black moons",
            "três luas pretas pequenas",
        ),
        (
            Group(4, "big", "green", "triangle"),
            "four big green triangles",
            "quatro triângulos verdes grandes",
        ),
        (
            Group(4, "small", "orange", "circle"),
            "four small orange circles",
            "quatro círculos laranja pequenos",
        ),
        (Group(2, "big", "pink", "star"), "two big pink stars", "duas estrelas rosa grandes"),
        (Group(1, "big", "yellow", "cross"), "a big yellow cross", "uma cruz amarela grande"),
    ],
)
def test_the_words_for_a_group(group, english, portuguese):
    assert caption_of(Scene(group), "en") == english
    assert caption_of(Scene(group), "pt") == portuguese


@pytest.mark.parametrize(
    ("relation", "english", "portuguese"),
    [
        ("left of", "to the left of", "à esquerda de"),
        ("right of", "to the right of", "à direita de"),
        ("above", "above", "acima de"),
        ("below", "below", "abaixo de"),
    ],
)
def test_the_words_for_a_relation(relation, english, portuguese):
    scene = Scene(Group(1, "small", "red", "moon"), relation, Group(2, "big", "black", "square"))
    assert caption_of(scene, "en") == f"a small red moon {english} two big black squares"
    expected = f"uma lua vermelha pequena {portuguese} dois quadrados pretos grandes"
    assert caption_of(scene, "pt") == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ""),
        ("en", "a big red circles"),
        ("en", "A big red circle"),
        ("en", "a big red circle "),
        ("en", "uma estrela vermelha pequena"),
        ("en", "a red big circle"),
        ("en", "a small red star above"),
        ("en", "four small red stars above a big red circle"),
        ("en", "a big red circle to the left of a small red star"),
        ("en", "a small red star above a big red circle above a big red circle"),
        ("pt", "um estrela vermelha pequena"),
        ("pt", "duas cruzes roxos grandes"),
        ("pt", "a small red star"),
    ],
)
def test_other_sentences_are_no_captions(language, text):
    assert parse_caption(text, language) is None


@pytest.mark.parametrize("ask", [lambda: parse_caption("", "fr"), lambda: caption_of(None, "fr")])
def test_an_unknown_language_is_named(ask):
    with pytest.raises(UsageError, match="'fr': the languages are en and pt"):
        ask()
