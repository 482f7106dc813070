"""The Portuguese words for a scene: the noun decides the gender of every other word."""

from seqzoo.training.data.images.scenes.scene import Group

# Masculine, feminine.
COUNTS = {1: ("um", "uma"), 2: ("dois", "duas"), 3: ("três", "três"), 4: ("quatro", "quatro")}

# Singular, plural.
MASCULINE_NOUNS = {
    "circle": ("círculo", "círculos"),
    "square": ("quadrado", "quadrados"),
    "triangle": ("triângulo", "triângulos"),
    "heart": ("coração", "corações"),
}
FEMININE_NOUNS = {
    "star": ("estrela", "estrelas"),
    "cross": ("cruz", "cruzes"),
    "moon": ("lua", "luas"),
}

# Masculine singular and plural, feminine singular and plural. The colours that are nouns, laranja
# and rosa, do not vary (Cunha & Cintra 1984, Nova Gramática do Português Contemporâneo).
ADJECTIVES = {
    "red": ("vermelho", "vermelhos", "vermelha", "vermelhas"),
    "orange": ("laranja", "laranja", "laranja", "laranja"),
    "yellow": ("amarelo", "amarelos", "amarela", "amarelas"),
    "green": ("verde", "verdes", "verde", "verdes"),
    "blue": ("azul", "azuis", "azul", "azuis"),
    "purple": ("roxo", "roxos", "roxa", "roxas"),
    "pink": ("rosa", "rosa", "rosa", "rosa"),
    "black": ("preto", "pretos", "preta", "pretas"),
    "small": ("pequeno", "pequenos", "pequena", "pequenas"),
    "big": ("grande", "grandes", "grande", "grandes"),
}

RELATIONS = {
    "left of": "à esquerda de",
    "right of": "à direita de",
    "above": "acima de",
    "below": "abaixo de",
}


def group_phrase(group: Group) -> str:
    """Returns the noun phrase of a group.

    >>> group_phrase(Group(2, "big", "purple", "cross"))
    'duas cruzes roxas grandes'
    """
    feminine, plural = group.shape in FEMININE_NOUNS, group.count > 1
    nouns = FEMININE_NOUNS if feminine else MASCULINE_NOUNS
    form = 2 * feminine + plural
    return " ".join(
        (
            COUNTS[group.count][feminine],
            nouns[group.shape][plural],
            ADJECTIVES[group.colour][form],
            ADJECTIVES[group.size][form],
        )
    )
