"""The page in Chromium: what is typed, sent, and shown of the answer."""

import pytest

from seqzoo.serving import create_app, load_models
from tests.serving import annotating
from tests.serving.browser import listening

# What the scripts below use. `hearing` is what a screen reader is given.
TOOLS = """
const field = () => document.querySelector("textarea");
const send = async (text, isOneText = false) => {
  await until(() => field());
  document.querySelector("input").checked = !isOneText;
  field().value = text;
  field().dispatchEvent(new Event("input"));
  document.getElementById("answer").replaceChildren();
  document.getElementById("send").click();
  await until(() => document.getElementById("answer").children.length);
};
const all = (selector) => [...document.querySelectorAll(`#answer ${selector}`)];
const texts = (selector) => all(selector).map((shown) => shown.textContent);
const hearing = (shown) => {
  const copy = shown.cloneNode(true);
  copy.querySelectorAll("[aria-hidden]").forEach((hidden) => hidden.remove());
  return copy.textContent;
};
const copied = (shown) => {
  getSelection().selectAllChildren(shown);
  return getSelection().toString();
};
"""


@pytest.fixture(scope="module")
def browse(browser, tmp_path_factory):
    """Runs a script in the page at a signature of the model `ner`."""
    models = load_models([annotating.save(tmp_path_factory.mktemp("saved_models"))])
    with listening(create_app(models)) as url:
        yield lambda script, signature="annotate", **window: browser.run(
            f"{url}/#ner/1/{signature}", TOOLS + script, **window
        )


def test_the_example_is_answered_with_its_entities(browse):
    seen = browse("""
        await until(() => field());
        await send(field().value);
        return {
          heard: all("mark").map(hearing),
          tags: texts("mark .tag"),
          titles: all("mark").map((mark) => mark.title),
          copied: all(".marked").map(copied),
          legend: texts(".legend li"),
          json: texts("details h4").map((title) => title.split(" ")[0]),
        };
    """)
    assert seen == {
        "heard": ["PESSOA: Lucas Ferreira (97 %)", "ORGANIZACAO: Universidade de Brasília (88 %)"],
        "tags": ["PESSOA 97 %", "ORGANIZACAO 88 %"],
        "titles": ["Start 0, end 14", "Start 36, end 60"],
        "copied": [annotating.SENTENCE],
        "legend": ["ORGANIZACAO 1", "PESSOA 1"],
        "json": ["count", "end", "label", "score", "start"],
    }


def test_the_form_asks_for_texts_and_has_examples_in_two_languages(browse):
    label, examples, heard = browse("""
        await until(() => field());
        const label = document.querySelector(`label[for=${field().id}]`).textContent;
        const examples = ["Portuguese", "English"].map((language) => {
          [...document.querySelectorAll("#form button")]
            .find((shown) => shown.textContent === `Example in ${language}`).click();
          return field().value;
        });
        await send("In no order.");
        document.querySelector("#form button").click();
        document.getElementById("answer").replaceChildren();
        document.getElementById("send").click();
        await until(() => all("mark").length);
        return [label, examples, all("mark").map(hearing)];
    """)
    assert label == "Texts"
    assert examples[0] == annotating.SENTENCE
    assert examples[1].isascii()
    assert heard[0] == "PESSOA: Lucas Ferreira (97 %)"


def test_the_inputs_are_json_one_click_away(browse):
    opened, heard, told, back = browse("""
        await until(() => field());
        const toggle = document.getElementById("as-json");
        toggle.click();
        await until(() => field().name === "inputs");
        const opened = JSON.parse(field().value);
        const write = (text) => {
          field().value = text;
          field().dispatchEvent(new Event("input"));
          document.getElementById("send").click();
        };
        write('{"text": ["In no order."]}');
        await until(() => all("mark").length);
        const heard = all("mark").map(hearing);
        write('{"text": ');
        const told = [document.querySelector(".wrong").textContent.split(":")[0],
          document.activeElement.name];
        toggle.click();
        return [opened, heard, told, [field().name, field().value]];
    """)
    assert opened == {"text": [annotating.SENTENCE]}
    assert heard == ["A: In (25 %)", "B: no (50 %)"]
    assert told == ["This is not JSON", "inputs"]
    assert back == ["text", annotating.SENTENCE]


def test_offsets_count_code_points_and_line_breaks_are_kept(browse):
    seen = browse(f"""
        await send({annotating.PARAGRAPHS!r}, true);
        const marked = all(".marked")[0];
        return {{ heard: all("mark").map(hearing), copied: copied(marked),
          space: getComputedStyle(marked).whiteSpace }};
    """)
    assert seen == {
        "heard": ["PESSOA: Ana (50 %)", "PESSOA: Eva (100 %)", "LOCAL: Évora (75 %)"],
        "copied": annotating.PARAGRAPHS,
        "space": "pre-wrap",
    }


def test_every_line_is_a_text_and_keeps_to_its_entities(browse):
    seen = browse(f"""
        await send("Nothing to find here.\\n\\nIn no order.\\n" + {annotating.SENTENCE!r});
        return {{
          copied: all(".marked").map(copied),
          heard: all(".marked").map((text) => [...text.querySelectorAll("mark")].map(hearing)),
          titles: texts(".output:not(details *) h4"),
          legend: texts(".legend li"),
        }};
    """)
    assert seen == {
        "copied": ["Nothing to find here.", "", "In no order.", annotating.SENTENCE],
        "heard": [
            [],
            [],
            ["A: In (25 %)", "B: no (50 %)"],
            ["PESSOA: Lucas Ferreira (97 %)", "ORGANIZACAO: Universidade de Brasília (88 %)"],
        ],
        "titles": ["Text 1", "Text 2", "Text 3", "Text 4"],
        "legend": ["A 1", "B 1", "ORGANIZACAO 1", "PESSOA 1"],
    }


def test_labels_have_colours_of_their_own_that_they_keep(browse):
    first, second, other = browse(f"""
        const colours = () => Object.fromEntries(all("mark").map((mark) =>
          [mark.querySelector(".tag").textContent.split(" ")[0],
            getComputedStyle(mark).backgroundColor]));
        const seen = [];
        for (const text of [{annotating.SENTENCE!r}, "In no order.", {annotating.SENTENCE!r}]) {{
          await send(text);
          seen.push(colours());
        }}
        return [seen[0], seen[2], seen[1]];
    """)
    assert first == second
    assert len({*first.values(), *other.values()}) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_reach_the_entities(browse, scheme):
    seen = browse(
        """
        await until(() => field());
        await send(field().value);
        const dark = matchMedia("(prefers-color-scheme: dark)").matches;
        const { color, backgroundColor } = getComputedStyle(all("mark")[0]);
        return [dark ? "dark" : "light", color, backgroundColor];
        """,
        scheme=scheme,
    )
    assert seen[0] == scheme
    text, background = (
        sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(", ")))
        for colour in seen[1:]
    )
    assert (text < background) == (scheme == "light")


def test_text_and_labels_are_never_html(browse):
    seen = browse(f"""
        await send({annotating.MARKUP!r});
        return [all("mark").map(hearing), all("img, b").length, document.title];
    """)
    assert seen == [
        ['<b>ORG</b>: <img src=x onerror="document.title = 1"> (90 %)'],
        0,
        "annotate · ner · seqzoo serve",
    ]


def test_entities_that_do_not_fit_are_not_highlighted(browse):
    texts = ["They overlap.", "Too far.", "Empty.", "Before it."]
    seen = browse(f"""
        const seen = [];
        for (const text of {texts}) {{
          await send("In no order.\\n" + text);
          seen.push([all("mark").length, texts(".output > h4").length, texts(".hint")[0]]);
        }}
        return seen;
    """)
    spans = ["B from 5 to 12", "A from 4 to 9", "A from 3 to 3", "A from -2 to 3"]
    for text, span, (marks, outputs, hint) in zip(texts, spans, seen, strict=True):
        assert (marks, outputs) == (0, 5)
        assert hint == (
            f"Not highlighted: {span} overlaps another entity, is empty, or lies outside its "
            f"text of {len(text)} characters."
        )


def test_texts_without_entities(browse):
    seen = browse("""
        await send("Nothing to find here.");
        return [all("mark").length, texts(".hint"), all(".marked").map(copied)];
    """)
    assert seen == [0, ["No entities found."], ["Nothing to find here."]]


def test_a_long_text_is_shown_whole(browse):
    marks, ends, copied = browse(f"""
        await send({annotating.PHRASE!r}.repeat({annotating.REPEATS}));
        const marks = all("mark");
        const whole = copied(all(".marked")[0]) === field().value;
        return [marks.length, [hearing(marks[0]), hearing(marks.at(-1))], whole];
    """)
    assert marks == 2 * annotating.REPEATS
    assert ends == ["PESSOA: Rui (90 %)", "LOCAL: Faro (80 %)"]
    assert copied


def test_other_signatures_are_shown_as_json(browse):
    seen = browse(
        """
        await send("Évora\\nFaro");
        return [texts("h4"), texts("pre"), all("mark, details").length];
        """,
        "length",
    )
    assert seen == [["length int32 (2)"], ["[5, 4]"], 0]


def test_nothing_is_wider_than_a_narrow_window(browse):
    width, window = browse(
        """
        await until(() => field());
        await send(field().value);
        return [document.documentElement.scrollWidth, innerWidth];
        """,
        width=500,
    )
    assert width <= window <= 500


def test_without_a_version_it_says_so(browser):
    with listening(create_app({"gone": {}})) as url:
        told = browser.run(
            url,
            """
            await until(() => document.getElementById("path").textContent);
            return document.getElementById("path").textContent;
            """,
        )
    assert told == "No model is served: add a version, and reload."
