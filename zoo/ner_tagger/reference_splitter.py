"""How text becomes words, sentences and keys of the vocabulary, in plain Python.

The exported models do the same inside their graphs (`word_splitter.py`, `word_forms.py`). This
file is for runtimes that take ids, such as TFLite, and the tests hold the graphs to it. It needs
nothing but Python 3.11 or newer; characters that one Unicode version has and the other lacks are
the only ones on which Python and an exported graph may differ.

Words are cut in the manner of the Penn Treebank's tokenizer, as the tokens of LeNER-Br were:

>>> [word.text for word in split_words("Lei nº 8.666/93, d'Oeste: R$ 10,50 às 10:30.")]
['Lei', 'nº', '8.666/93', ',', "d'Oeste", ':', 'R', '$', '10,50', 'às', '10:30', '.']
"""

import functools
import re
import unicodedata
from typing import NamedTuple

MAX_WORDS = 256
"""No sentence is longer; longer ones are cut."""

# The kinds of characters, each named by one of them. Every other character is its own kind.
SPACE, LINE_END, UPPER, LOWER, UNCASED, DIGIT = " ", "\n", "A", "a", "º", "0"
EXTENDER, JOINER, FLAG, OPENING, CLOSING = "\u0301", "\u200d", "\U0001f1e6", "(", ")"
LETTERS = UPPER + LOWER + UNCASED
NO_SYMBOLS = SPACE + LINE_END + LETTERS + DIGIT + FLAG + OPENING + CLOSING
KINDS = NO_SYMBOLS + EXTENDER + JOINER

FRACTION_SLASH, APOSTROPHE = "\u2044", "\u2019"
LINKS = ".-/'_&=+@" + FRACTION_SLASH + APOSTROPHE
"""Part of a word between two letters or digits."""
NUMBER_LINKS = ",:"
"""Part of a word between two digits."""
SENTENCE_ENDS = ".!?…"
SENTENCE_STARTS = UPPER + DIGIT + OPENING + "\"'`§-\u2013\u2014"
QUOTES = "\"'"
"""Quotation marks that open after a space and close elsewhere."""

ABBREVIATIONS = (
    *("ac", "ad", "adv", "agdo", "agte", "art", "arts", "av", "bela", "cap", "cia", "des"),
    *("doc", "dr", "dra", "drs", "dras", "e.g", "ed", "exmo", "exma", "fig", "fl", "fls", "i.e"),
    *("inc", "incs", "ltda", "min", "mm", "mod", "mr", "mrs", "ms", "n.º", "nº", "n°"),
    *("obs", "pág", "págs", "pp", "proc", "prof", "profa", "rel", "res"),
    *("seq", "sr", "sra", "srs", "sras", "st", "sta", "sto", "tel", "v.g", "vol", "vs"),
)
"""The keys of words after which a full stop ends no sentence; single letters are not listed."""

NORMAL_FORMS = (
    ("[\u2018\u2019]", "'"),
    ("``|''|[“”«»]", '"'),
    ("[\u2013\u2014]", "-"),
    (FRACTION_SLASH, "/"),
)
"""What is made plain, as regular expressions, in this order."""

PADDING, DIGITS, NUMBER, LETTERS_AND_DIGITS, LOWER_CASE, UPPER_CASE = range(6)
SINGLE_UPPER, CAPITALISED, MIXED_CASE, OTHER = range(6, 10)


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        text: The word, as it stands in the text.
        start: Where it starts, in characters (Unicode code points) from the start of the text.
        end: Where it ends; the character there is no part of it.
        sentence: The index of its sentence in the text.
    """

    text: str
    start: int
    end: int
    sentence: int


def decode(data: bytes) -> str:
    """The characters of UTF-8; every longest stretch that begins no character is one U+FFFD."""
    return data.decode("utf-8", errors="replace")


@functools.lru_cache(maxsize=10_000)
def kind(character: str) -> str:
    """One of `KINDS`, or the character itself.

    Cased letters are `UPPER` (title case too) or `LOWER`; other letters, the degree sign and
    numbers that are no decimal digits are `UNCASED`. `EXTENDER`s belong to the character before
    them: combining marks, variation selectors, skin tones, soft hyphens.
    """
    category = unicodedata.category(character)
    if character in "\n\u2028\u2029":
        return LINE_END
    if character.isspace() or character in "\u200b\ufeff":
        return SPACE
    if character in LINKS or character == JOINER:
        return character
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return FLAG
    if "\U0001f3fb" <= character <= "\U0001f3ff" or category[0] == "M" or category == "Cf":
        return EXTENDER
    if character == "°":
        return UNCASED
    return _KIND_OF_CATEGORY.get(category, character)


_KIND_OF_CATEGORY = {
    **{"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lm": UNCASED, "Lo": UNCASED},
    **{"Nd": DIGIT, "Nl": UNCASED, "No": UNCASED},
    **{"Ps": OPENING, "Pi": OPENING, "Pe": CLOSING, "Pf": CLOSING},
}

# Over the kinds of a text's characters. A symbol goes on with the same symbol ("...", "--", "''"),
# and after a joiner with any, as in an emoji of several people.
_MORE = f"[{EXTENDER}{JOINER}]*+"
_SYMBOL = f"[^{NO_SYMBOLS}]"
_WORD = re.compile(
    rf"""
    (?: (?: [{LETTERS}]{_MORE} | {DIGIT}{_MORE} (?: [{NUMBER_LINKS}]{_MORE} (?={DIGIT}) )? )
        (?: [{re.escape(LINKS)}]{_MORE} (?=[{LETTERS}{DIGIT}]) )? )+
    | (?: {FLAG}{_MORE} )+
    | [{OPENING}{CLOSING}]{_MORE}
    | (?: ({_SYMBOL}){_MORE} (?: (?=\1) | (?<={JOINER})(?={_SYMBOL}) ) )* {_SYMBOL}{_MORE}
    """,
    re.VERBOSE,
)


def split_words(text: str) -> list[Word]:
    """Splits a text into words and its words into sentences.

    A word is a run of letters, digits and ordinal signs; of `LINKS` between two of these; of
    `NUMBER_LINKS` between two digits. Every other character that is no space is a word of its
    own, a run of the same symbol (no bracket) or of flags one word. So a URL falls into several:
    `http`, `:`, `//`, `www.stf.jus.br/portal`, `/`.

    A sentence ends behind a word of `SENTENCE_ENDS`, and the quotation marks and brackets that
    close behind it, where a space and one of `SENTENCE_STARTS` follow, but not behind the full
    stop of an abbreviation nor behind an opening bracket, "(...)"; at a blank line; and after
    `MAX_WORDS` words.

    >>> [word.sentence for word in split_words("Cf. o art. 5º. É claro.")]
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    """
    outline = "".join(map(kind, text))
    words: list[Word] = []
    sentence = length = last = 0
    ended = False
    for match in _WORD.finditer(outline):
        start, end = match.span()
        gap, first = outline[last:start], outline[start]
        closes = first in CLOSING + APOSTROPHE or (first in QUOTES and (end - start > 1 or not gap))
        opens = first in SENTENCE_STARTS and not closes
        if words and (gap.count(LINE_END) > 1 or (ended and gap and opens) or length == MAX_WORDS):
            sentence, length = sentence + 1, 0
        ends = first in SENTENCE_ENDS and not _goes_on(words, match[0])
        ended = ends or (ended and closes)
        words.append(Word(text[start:end], start, end, sentence))
        last, length = end, length + 1
    return words


def _goes_on(words: list[Word], sign: str) -> bool:
    """Whether a sentence goes on behind a sign at its end: "art. 5", "(...)"."""
    if not words:
        return False
    before = words[-1].text
    is_letter = len(before) == 1 and kind(before) in UPPER + LOWER
    abbreviated = is_letter or vocabulary_key(before) in ABBREVIATIONS
    return kind(before[0]) == OPENING or (sign == "." and abbreviated)


def normalized(word: str) -> str:
    """The word with typographic quotation marks, dashes and fraction slashes made plain.

    >>> normalized("``"), normalized("d\u2019água"), normalized("11.705\u20442008")
    ('"', "d'água", '11.705/2008')
    """
    for pattern, plain in NORMAL_FORMS:
        word = re.sub(pattern, plain, word)
    return word


def vocabulary_key(word: str) -> str:
    """The key of a word in the vocabulary: normalized, in lower case, every digit 0.

    Characters go to lower case one by one; one whose lower case is several stays.

    >>> vocabulary_key("São"), vocabulary_key("8.666\u204493")
    ('são', '0.000/00')
    """
    return "".join(map(key_character, normalized(word)))


@functools.lru_cache(maxsize=10_000)
def key_character(character: str) -> str:
    """What a character is in a key of the vocabulary."""
    lower = character.lower()
    return DIGIT if kind(character) == DIGIT else lower if len(lower) == 1 else character


def word_shape(word: str) -> int:
    """The shape of a word, from `PADDING` for the empty one to `OTHER`.

    Marks, signs and letters without case do not matter to the case of a word.

    >>> [word_shape(word) for word in ("93", "8.666/93", "1º", "lei", "STF", "O", "São", "iPad")]
    [1, 2, 3, 4, 5, 6, 7, 8]
    """
    kinds = [kind(character) for character in word]
    upper, lower, digits = (kinds.count(each) for each in (UPPER, LOWER, DIGIT))
    if digits:
        if upper or lower or UNCASED in kinds:
            return LETTERS_AND_DIGITS
        return DIGITS if digits == len(kinds) else NUMBER
    if upper and lower:
        return CAPITALISED if upper == 1 and kinds[0] == UPPER else MIXED_CASE
    if upper:
        return SINGLE_UPPER if upper == 1 else UPPER_CASE
    if lower:
        return LOWER_CASE
    return OTHER if word else PADDING
