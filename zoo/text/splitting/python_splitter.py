"""Words, sentences and vocabulary keys of a text, in plain Python.

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
import sys
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

MAX_WORDS = 256
"""No sentence is longer; longer ones are cut."""
WORD_START = "▁"
"""Stands before the first character of a word, where words are divided into pieces."""
PIECES_OF_A_WORD = 6
"""Pieces of a word that are read, and characters passed over among them."""

# The kinds of characters, each named by one of them. Every other character is its own kind.
SPACE, LINE_END, CARRIAGE_RETURN, PAGE_END = " ", "\n", "\r", "\f"
UPPER, LOWER, UNCASED, DIGIT = "A", "a", "º", "0"
EXTENDER, JOINER, FLAG, OPENING, CLOSING = "\u0301", "\u200d", "\U0001f1e6", "(", ")"
INVISIBLE, SOFT_HYPHEN = "\u200b", "\u00ad"
BLANKS = SPACE + LINE_END + CARRIAGE_RETURN + PAGE_END
LETTERS = UPPER + LOWER + UNCASED
NO_SYMBOLS = BLANKS + LETTERS + DIGIT + FLAG + OPENING + CLOSING
KINDS = NO_SYMBOLS + EXTENDER + JOINER + INVISIBLE + SOFT_HYPHEN

FRACTION_SLASH, APOSTROPHE, HYPHENS = "\u2044", "\u2019", "-\u2010\u2011"
LINKS = "./'_&=+@" + HYPHENS + FRACTION_SLASH + APOSTROPHE
"""Part of a word between two letters or digits."""
NUMBER_LINKS = ",:"
"""Part of a word between two digits."""
SENTENCE_ENDS = ".!?…"
SENTENCE_STARTS = UPPER + DIGIT + OPENING + "\"'`§-\u2013\u2014"
QUOTES = "\"'"
"""Quotation marks that open after a space and close elsewhere."""

_ABBREVIATED = (
    # People and offices.
    "adv adva advs agvda agvdo agvte alf alm alte apelda apeldo apelte arq asp assist aux bel "
    "bela brig cap card cav cel cmdt cmdte cmte comte condo cons conv coop côn dd def deleg "
    "denunc dep deps des desa desas desemb desig diác dom dr dra dras drs emb embx emp empr enf "
    "eng enga esc esp exa excia executda executdo exma exmas exmo exmos exqte func gab gabin "
    "gal gen gest gov ilma ilmas ilmo ilmos insc inscr insp intda intdo interess irm jor jr "
    "just juíz maj marech min minist mm mme mmo mons mr mrs ms msc nsa of ofc pe perit ph\\.d "
    "phd pol pref pres presid procdor procurad prof profa profas profs prom psic públ rcda rcdo "
    "rcte reclda recldo reit rela relat rev revma revmo rqda rqdo rqte sa sarg sec secr sen "
    "serv sgt sgto sind sr sra sras srs srta srtas st sta sto subproc subten superint superv "
    "supt susc suscda suscdo suscte susctte tab tec ten test téc vde vig visc viv vít "
    # Procedure and law.
    "ac acs acórd administr ag agda agdo agdos agint agr agrav agrg agte agtes alin alv alín "
    "ambient ap apda apdo apel aposent apte aresp arg art arts benef cart cert cf circ cit civ "
    "comp compet complem cond const constit consum contr contrib crim câm câms cív cód códs deb "
    "dec decl decr decs del delib desp dil disp dje ec edcl eleit elet emba embda embdo embgdo "
    "embgte embte emend eresp estr exec execdo exeqte exqda exqdo extr extraord fisc fl fls "
    "impda impdo impte inc incs inf inom inq instr instrum interes interp intim inv invent jud "
    "julg julgs jur juris jurisp jurispr leg let lit litisc mand med milit nac norm ob obs ord "
    "ordin orgân pacte parág parágr port prec prej previd proc procs prorrog prot prov publ rcl "
    "rec recda recdo reclte recorr recte reg regim rej rel req reqda reqdo reqte res resol resp "
    "resps rext sent seq seqs seç seçs subseç sum susp súm súms trab trib tribut tur turm tít "
    "títs unif unân vinc vol vols "
    # Books and papers.
    "al anex anot aprox apênd bibl biogr bol cad caps col coleç cols coord coords diss doc docs "
    "ed eds enc ex exs fasc fig figs fol fols fot gráf ib ibid id il ilus introd it jorn lat "
    "liv loc num núm núms op org orgs orig pag pags pp pág págs quad quadr red ref refs reimp "
    "rep seg segs sel sup supl séc sécs tabs tb tip trad vid vs "
    # Places and companies.
    "acad alt and apart apt apts assoc av avs bair bros cent cep chác cia cias cid co coml conj "
    "corp dept depto dir dist distr div dpto edif esq est fac fdo fed fund hosp ind inst "
    "internac lad lgo lot ltda mun munic mús pav praç pça repúb rod soc subsol sít trav univ us "
    "viad "
    # Others.
    "abrev adj adm admin anal ant antôn arc atend att bim compl créd desc dig déb etim fam fem "
    "fís ger gloss gram hab hist incl larg mat matr mens mod mto máq máx méd mín nasc neol náut "
    "pal part pess pot prod pron qtde quant quím rem resid sex sing sociol subst sáb tel tels "
    "temp trim térm unid util var vel vv"
)
ABBREVIATION = (
    f"(?:[a-zß-öø-ÿ]+-)?(?:{'|'.join(_ABBREVIATED.split())})"
    "|(?:[a-zß-öø-ÿ][./])+[a-zß-öø-ÿ]{1,4}"  # Initials.
    "|[a-zß-öø-ÿ.]+[ªº°]"
)
"""Keys of words after which a full stop ends no sentence, as a regular expression.

Single letters are none of them."""
ABBREVIATION_BY_CASE = "[B-DF-HJ-NP-TV-XZ]?[b-df-hj-np-tv-xzç]+|Com|Faz|Ir|Mal|Me|Pet|Ver"
"""Words that abbreviate as they are spelled: without a vowel, but no acronyms ("Dr", "fls"), and
titles that are other words in small letters ("Ver", "Mal")."""
NO_ABBREVIATION = "(?:.*[-/])?(?:AC|AL|AP|MS|PE|SA)"
"""Words that abbreviate in small letters only: in capitals they are states, and companies."""
ABBREVIATION_BEFORE_NUMBER = (
    "(?:0+[-./])?(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)|no|nos|aco|adc|adi|adin|adpf|ai|"
    "airr|ap|apto|aptos|are|aut|cnpj|cpf|dj|dl|dou|exp|ext|fax|fone|hc|in|lc|mi|mp|ms|oab|pec|pet|"
    "pl|ram|rcl|re|rg|rhc|rms|ro|rr|sl|ss|stp"
)
"""Keys of words that are one before a number: "25 ago. 2014", "HC. 101.132"."""

DIVISION = (
    f"[{SOFT_HYPHEN}{HYPHENS[1:]}-]"
    "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
)
"""Hyphenation at the end of a line, as a regular expression: a hyphen and spaces."""

NORMAL_FORMS = (
    ("[\u2018\u2019]", "'"),
    ("``|''|[“”«»]", '"'),
    ("[\u2010\u2011\u2013\u2014]", "-"),
    (FRACTION_SLASH, "/"),
    *(("\ufb00", "ff"), ("\ufb01", "fi"), ("\ufb02", "fl"), ("\ufb03", "ffi"), ("\ufb04", "ffl")),
)
"""Replacements of the normalization, as regular expressions, in this order."""

DROPPED = INVISIBLE + SOFT_HYPHEN + JOINER
"""Kinds of characters that no form of a word has."""

PADDING, DIGITS, NUMBER, LETTERS_AND_DIGITS, LOWER_CASE, UPPER_CASE = range(6)
SINGLE_UPPER, CAPITALISED, MIXED_CASE, OTHER = range(6, 10)


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        text: The word, as written in the text.
        start: Where it starts, in characters (Unicode code points) from the start of the text.
        end: Where it ends (exclusive).
        sentence: The index of its sentence in the text.
        paragraph: The index of its paragraph in the text.
    """

    text: str
    start: int
    end: int
    sentence: int
    paragraph: int


def decode(data: bytes) -> str:
    """The characters of UTF-8; every longest stretch that begins no character is one U+FFFD."""
    return data.decode("utf-8", errors="replace")


@functools.lru_cache(maxsize=10_000)
def kind(character: str) -> str:
    """One of `KINDS`, or the character itself.

    Cased letters are `UPPER` (title case too) or `LOWER`; other letters, the degree sign and
    numbers that are not decimal digits are `UNCASED`. `EXTENDER`s belong to the character before
    them: combining marks, variation selectors, skin tones, tags of flags. Format characters
    (Unicode's Cf), such as zero-width spaces, are `INVISIBLE`; soft hyphens, which may divide a
    word, and `JOINER`s, which make one emoji of several, are kinds of their own.
    """
    category = unicodedata.category(character)
    if character in "\n\x85\u2028\u2029":
        return LINE_END
    if character in CARRIAGE_RETURN + PAGE_END + SOFT_HYPHEN + JOINER + LINKS:
        return character
    if character.isspace():
        return SPACE
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return FLAG
    if category[0] == "M" or any(first <= character <= last for first, last in _EMOJI_PARTS):
        return EXTENDER
    if category == "Cf":
        return INVISIBLE
    if character == "°":
        return UNCASED
    return _KIND_OF_CATEGORY.get(category, character)


_EMOJI_PARTS = (("\U0001f3fb", "\U0001f3ff"), ("\U000e0020", "\U000e007f"))
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


_HYPHEN = f"[{SOFT_HYPHEN}{re.escape(HYPHENS)}]"
_LINE_BREAK = (
    f"[{SPACE}]*(?:{CARRIAGE_RETURN}{LINE_END}|[{LINE_END}{CARRIAGE_RETURN}{PAGE_END}])[{SPACE}]*"
)
_HIDDEN = re.compile(
    # A joiner joins nothing at the start of a word.
    rf"(?:\A|(?<=[{BLANKS}]))[{INVISIBLE}{SOFT_HYPHEN}{JOINER}]+"
    rf"|(?<=[{LOWER}{EXTENDER}]){_HYPHEN}{_LINE_BREAK}(?={LOWER})"
    rf"|(?<=[{UPPER}{EXTENDER}]){_HYPHEN}{_LINE_BREAK}(?={UPPER})"
    rf"|[{INVISIBLE}{SOFT_HYPHEN}]"
)
"""Ignored characters, by their kinds: format characters and hyphenation."""


def split_words(text: str) -> list[Word]:
    """Splits a text into words and its words into sentences.

    Format characters are passed over, and so is the hyphen that divides a word between small, or
    between capital, letters at the end of a line. They count in places, and are part of the word
    that they stand in.

    A word is a run of letters, digits and ordinal signs; of `LINKS` between two of these; of
    `NUMBER_LINKS` between two digits. Every other character but a space is a word of its
    own, a run of the same symbol (no bracket) or of flags one word. So a URL falls into several:
    `http`, `:`, `//`, `www.stf.jus.br/portal`, `/`.

    A blank line ends a paragraph, and its sentence. A sentence ends too after a word of
    `SENTENCE_ENDS`, and the quotation marks and brackets that close after it, where a space and
    one of `SENTENCE_STARTS` follow, but not after the full stop of an abbreviation nor after an
    opening bracket, "(...)"; where a page ends, with whatever blank lines, and one of
    `SENTENCE_STARTS` follows; and after `MAX_WORDS` words.

    >>> [word.sentence for word in split_words("Cf. o art. 5º. É claro.")]
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    """
    kinds = "".join(map(kind, text))
    places = _read_places(kinds)
    outline = "".join(kinds[place] for place in places)
    spans = [match.span() for match in _WORD.finditer(outline)]
    words: list[Word] = []
    sentence = paragraph = length = last = 0
    ended = False
    for number, (start, end) in enumerate(spans):
        gap, first = outline[last:start], outline[start]
        closes = first in CLOSING + APOSTROPHE or (first in QUOTES and (end - start > 1 or not gap))
        opens = first in SENTENCE_STARTS and not closes
        is_new_page = PAGE_END in gap
        begins_paragraph = not is_new_page and _count_line_ends(gap) > 1
        begins = ((ended and gap) or is_new_page) and opens
        if words and (begins_paragraph or begins or length == MAX_WORDS):
            sentence, length = sentence + 1, 0
            paragraph += begins_paragraph
        ahead = outline[spans[number + 1][0]] if number + 1 < len(spans) else ""
        ends = first in SENTENCE_ENDS and not _goes_on(words, outline[start:end], ahead)
        ended = ends or (ended and closes)
        begin, stop = places[start], places[end - 1] + 1
        words.append(Word(text[begin:stop], begin, stop, sentence, paragraph))
        last, length = end, length + 1
    return words


def _count_line_ends(gap: str) -> int:
    """How many lines end; a carriage return and a line feed end one together."""
    gap = gap.replace(CARRIAGE_RETURN + LINE_END, LINE_END)
    return gap.count(LINE_END) + gap.count(CARRIAGE_RETURN)


def _read_places(kinds: str) -> list[int]:
    """The places of the characters that are read."""
    hidden = {place for match in _HIDDEN.finditer(kinds) for place in range(*match.span())}
    return [place for place in range(len(kinds)) if place not in hidden]


def _goes_on(words: list[Word], sign: str, ahead: str) -> bool:
    """Whether a sentence goes on after a sign at its end: "art. 5", "(...)"."""
    if not words:
        return False
    before = words[-1].text
    return kind(before[0]) == OPENING or (sign == "." and _is_abbreviation(before, ahead == DIGIT))


def _is_abbreviation(word: str, is_before_number: bool) -> bool:
    key, plain = vocabulary_key(word), normalized(word)
    if len(key) == 1:
        return kind(plain[0]) in UPPER + LOWER
    if is_before_number and re.fullmatch(ABBREVIATION_BEFORE_NUMBER, key):
        return True
    abbreviates = re.fullmatch(ABBREVIATION, key) or re.fullmatch(ABBREVIATION_BY_CASE, plain)
    return bool(abbreviates) and not re.fullmatch(NO_ABBREVIATION, plain)


def normalized(word: str) -> str:
    r"""The word as it is read: letters composed with their marks, plain signs.

    Format characters are dropped, and so is what divides the word at the end of a line; a word of
    nothing else stays. Typographic quotation marks, hyphens, dashes and fraction slashes become
    those of a typewriter, and ligatures their letters.

    >>> normalized("``"), normalized("d\u2019água"), normalized("11.705\u20442008")
    ('"', "d'água", '11.705/2008')
    >>> normalized("Concei\u00adc\u0327a\u0303o"), normalized("Fede-\nral")
    ('Conceição', 'Federal')
    """
    read = (each for each in re.sub(DIVISION, "", word) if kind(each) not in DROPPED)
    word = composed("".join(read)) or word
    for pattern, plain in NORMAL_FORMS:
        word = re.sub(pattern, plain, word)
    return word


def composed(text: str) -> str:
    """A text in which a character and the marks after it are one, where Unicode has such a one.

    >>> composed("a\u0303") == "ã"
    True
    """
    characters: list[str] = []
    for character in text:
        pair = "".join([*characters[-1:], character])
        if pair in compositions():
            characters[-1] = compositions()[pair]
        else:
            characters.append(character)
    return "".join(characters)


@functools.cache
def compositions() -> dict[str, str]:
    """The characters that are composed of another and a mark, by these two."""
    found = {}
    for whole in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.decomposition(whole).split()
        is_canonical = len(parts) == 2 and parts[0][0] != "<"
        if is_canonical and unicodedata.is_normalized("NFC", whole):
            first, mark = (chr(int(part, 16)) for part in parts)
            if not _is_mark(first) and _is_mark(mark):
                found[first + mark] = whole
    return found


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def vocabulary_key(word: str) -> str:
    """The key of a word in the vocabulary: normalized, in lower case, every digit 0.

    Characters go to lower case one by one; one whose lower case is several stays. Some letters are
    composed with their marks in lower case only.

    >>> vocabulary_key("São"), vocabulary_key("8.666\u204493")
    ('são', '0.000/00')
    """
    return composed("".join(map(key_character, normalized(word))))


@functools.lru_cache(maxsize=10_000)
def key_character(character: str) -> str:
    """Returns the character that replaces a character in a vocabulary key."""
    lower = character.lower()
    return DIGIT if kind(character) == DIGIT else lower if len(lower) == 1 else character


def word_pieces(key: str, ids: Mapping[str, int], longest: int) -> list[int]:
    """The ids of the longest pieces that a word falls into, from left to right.

    The word has `WORD_START` before it. Where no piece begins, one character is passed over.

    >>> word_pieces("proferindo", {"▁pro": 2, "▁": 3, "ferindo": 4}, 7)
    [2, 4, 0, 0, 0, 0]

    Args:
        key: The key of the word in the vocabulary; see `vocabulary_key`.
        ids: The pieces and their ids, from 2.
        longest: Characters of the longest piece.

    Returns:
        `PIECES_OF_A_WORD` ids; 0 where there is no piece.
    """
    rest, found = WORD_START + key if key else "", []
    for _ in range(PIECES_OF_A_WORD):
        starts = (rest[:size] for size in range(min(longest, len(rest)), 0, -1))
        piece = next((start for start in starts if start in ids), None)
        found.append(ids[piece] if piece else 0)
        rest = rest[len(piece) if piece else 1 :]
    return found


def word_shape(word: str) -> int:
    """The shape of a word, from `PADDING` for the empty one to `OTHER`.

    The word is normalized first. Marks, signs and letters without case do not matter to the case.

    >>> [word_shape(word) for word in ("93", "8.666/93", "1º", "lei", "STF", "O", "São", "iPad")]
    [1, 2, 3, 4, 5, 6, 7, 8]
    """
    kinds = [kind(character) for character in normalized(word)]
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
