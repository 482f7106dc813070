"""The page in Chromium, at a signature that takes pictures."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from seqzoo.core.limits import DEFAULT_BEAM_WIDTH
from seqzoo.serving import create_app, load_models
from tests.serving import captioning
from tests.serving.browser import listening


def picture(colour, kind):
    contents = io.BytesIO()
    Image.fromarray(np.full((6, 8, 3), colour, "uint8")).save(contents, kind)
    return base64.b64encode(contents.getvalue()).decode()


GREEN = picture((10, 200, 30), "JPEG")
BLUE = picture((10, 30, 200), "PNG")
GREEN_WEBP = picture((10, 200, 30), "WEBP")

# What the scripts below use. `give` is what a user does; `answered` is after the answer to it.
TOOLS = f"""
const GREEN = "{GREEN}", BLUE = "{BLUE}";
const fileOf = (base64, name, type) =>
  new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, {{ type }});
const green = () => fileOf(GREEN, "green.jpg", "image/jpeg");
const blue = () => fileOf(BLUE, "blue.png", "image/png");
const holding = (...files) => {{
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  return held;
}};
const input = (name) => document.querySelector(`input[name=${{name}}]`);
const write = (name, value) => {{
  input(name).value = value;
  input(name).dispatchEvent(new Event("input"));
}};
const shown = () => until(() => document.querySelector(".drop"));
// The page, asked for one caption of a picture.
const ready = async () => {{
  await shown();
  if (input("beam_width")) write("beam_width", "1");
}};
const drag = (type, ...files) => document.querySelector(".drop").dispatchEvent(
  new DragEvent(type, {{ dataTransfer: holding(...files), bubbles: true, cancelable: true }}));
const give = {{
  drop: (...files) => drag("drop", ...files),
  paste: (...files) => document.body.dispatchEvent(new ClipboardEvent("paste",
    {{ clipboardData: holding(...files), bubbles: true, cancelable: true }})),
  choose: (...files) => {{
    const chooser = document.querySelector("input[type=file]");
    chooser.files = holding(...files).files;
    chooser.dispatchEvent(new Event("change"));
  }},
}};
const answered = async (action) => {{
  document.getElementById("answer").replaceChildren();
  action();
  await until(() => document.getElementById("answer").children.length);
}};
const send = () => document.getElementById("send").click();
const all = (selector) => [...document.querySelectorAll(selector)];
const texts = (selector) => all(selector).map((shown) => shown.textContent);
const captions = () => all(".captioned").map((shown) =>
  [...shown.querySelectorAll("li")].map((caption) => caption.textContent));
const sent = () => document.getElementById("curl").textContent;
const base64Of = (image) => image.src.split(",")[1];
"""


@pytest.fixture(scope="module")
def browse(browser, tmp_path_factory):
    """Runs a script in the page at a signature of the model `painter`."""
    models = load_models([captioning.save(tmp_path_factory.mktemp("saved_models"))])
    with listening(create_app(models)) as url:
        yield lambda script, signature="caption", **window: browser.run(
            f"{url}/#painter/1/{signature}", TOOLS + script, **window
        )


def test_the_example_is_a_picture_that_is_shown_and_answered(browse):
    seen = browse("""
        await shown();
        const [picture] = all(".drop img");
        await picture.decode();
        await answered(send);
        return { width: picture.naturalWidth, alt: picture.alt, captions: captions(),
          values: [input("language").value, input("beam_width").value],
          fields: texts(".field > label") };
    """)
    assert seen == {
        "width": 64,
        "alt": "An example",
        "captions": [
            [
                "a red picture-0.25",
                "a green picture-1.25",
                "a <b>blue</b> picture-2.25",
                "a red picture-3.25",
            ]
        ],
        "values": ["", str(DEFAULT_BEAM_WIDTH)],
        "fields": ["Pictures", "Captions of a picture", "Language"],
    }


def test_the_languages_that_the_model_names_are_chosen_from(browser, tmp_path):
    folder = captioning.save(tmp_path)
    (folder / "1" / "assets.extra").mkdir()
    settings = json.dumps({"languages": ["pt", "en", "<b>"]})
    (folder / "1" / "assets.extra" / "settings.json").write_text(settings)
    script = """
        await shown();
        const language = document.querySelector("[name=language]");
        const options = [...language.options].map((option) => [option.value, option.textContent]);
        write("beam_width", "1");
        await answered(() => give.drop(green()));
        const seen = [captions()];
        language.value = "en";
        language.dispatchEvent(new Event("input"));
        await answered(send);
        return [options, ...seen, captions()];
    """
    with listening(create_app(load_models([folder]))) as url:
        options, first, second = browser.run(f"{url}/#painter/1/caption", TOOLS + script)
    assert options == [["pt", "Portuguese"], ["en", "English"], ["<b>", "<b>"]]
    assert first == [["uma imagem verde-0.25"]]
    assert second == [["a green picture-0.25"]]


@pytest.mark.parametrize("way", ["drop", "paste", "choose"])
def test_a_picture_is_sent_as_soon_as_it_is_there(browse, way):
    shown, alt, answer, beside = browse(f"""
        await ready();
        await answered(() => give.{way}(green()));
        return [all(".drop img").map(base64Of), all(".drop img")[0].alt, captions(),
          all(".captioned img").map(base64Of)];
    """)
    assert shown == beside == [GREEN]
    assert alt == "green.jpg"
    assert answer == [["a green picture-0.25"]]


def test_several_pictures_in_a_language_with_several_captions(browse):
    seen = browse("""
        await ready();
        write("language", "pt");
        write("beam_width", "2");
        await answered(() => give.drop(blue(), green()));
        return [captions(), all(".captioned img").map(base64Of), texts("details h4")];
    """)
    assert seen == [
        [
            ["uma imagem azul-0.25", "uma imagem vermelha-1.25"],
            ["uma imagem verde-0.25", "uma imagem azul-1.25"],
        ],
        [BLUE, GREEN],
        ["captions string (2 \u00d7 2)", "scores float (2 \u00d7 2)"],
    ]


def test_the_request_that_is_copied(browse):
    short, long = browse("""
        await ready();
        await answered(() => give.drop(blue()));
        const short = curlCommand();
        const many = Array.from({ length: 1000 }, blue);
        await answered(() => give.drop(...many));
        return [short, [curlCommand().length, curlCommand().split("\\n").map((l) => l.slice(0, 60)),
          sent().length]];
    """)
    assert f'"images": [{{"b64": "{BLUE}"}}]' in short
    assert short.startswith('curl -d \'{"signature_name"')
    # Arguments of that length are none that a system takes.
    length, (start, body, end), shown = long
    assert length > 1000 * len(BLUE)
    assert start.startswith("curl -d @- 'http://")
    assert body.startswith('{"signature_name": "caption", "inputs": {')
    assert end == "END"
    assert shown <= 20000


def test_the_command_shows_the_beginning_of_a_picture(browse):
    seen = browse("""
        await ready();
        await answered(() => give.drop(green()));
        return sent();
    """)
    assert f'{{"b64": "{GREEN[:24]}…"}}' in seen
    assert GREEN not in seen


def test_a_picture_of_megabytes(browse):
    """The answer is shown beside it, for all that the page reads in the request."""
    pixels = np.random.default_rng(3).integers(0, 256, (1600, 1700, 3), "uint8")
    pixels[800, 850] = (0, 255, 0)
    contents = io.BytesIO()
    Image.fromarray(pixels).save(contents, "PNG", compress_level=0)
    large = base64.b64encode(contents.getvalue()).decode()
    seen = browse(f"""
        await ready();
        const large = fileOf("{large}", "a.png", "image/png");
        await answered(() => give.drop(large));
        return [large.size, captions()];
    """)
    assert seen == [contents.tell(), [["a green picture-0.25"]]]
    assert contents.tell() > 8_000_000


def test_what_is_no_picture_is_not_sent(browse):
    seen = browse("""
        await ready();
        const before = sent();
        give.drop(new File(["text"], "<i>notes.txt", { type: "text/plain" }));
        await until(() => texts(".wrong")[0]);
        const wrong = texts(".wrong")[0];
        const same = before === sent();
        await answered(() => give.drop(green()));
        return [wrong, same, all(".wrong i").length, texts(".wrong")[0], captions()];
    """)
    assert seen == [
        "<i>notes.txt is not a picture: choose image files.",
        True,
        0,
        "",
        [["a green picture-0.25"]],
    ]


def test_a_picture_of_another_kind_is_sent_as_png(browse):
    answer, (sent,), beside = browse(f"""
        await ready();
        const webp = () => fileOf("{GREEN_WEBP}", "green.webp", "image/webp");
        await answered(() => give.drop(webp()));
        return [captions(), all(".drop img").map(base64Of), all(".captioned img").map(base64Of)];
    """)
    assert answer == [["a green picture-0.25"]]
    assert beside == [sent]
    with (
        Image.open(io.BytesIO(base64.b64decode(sent))) as png,
        Image.open(io.BytesIO(base64.b64decode(GREEN_WEBP))) as webp,
    ):
        assert png.format == "PNG"
        # Decoders of WebP round colours on their own.
        np.testing.assert_allclose(png.convert("RGB"), webp.convert("RGB"), atol=3)


def test_what_the_browser_cannot_read_is_not_sent(browse):
    seen = browse("""
        await ready();
        const before = sent();
        give.drop(new File(["GIF89a"], "a.gif", { type: "image/gif" }));
        await until(() => texts(".wrong")[0]);
        return [texts(".wrong")[0], before === sent()];
    """)
    assert seen == ["a.gif is not a picture that this browser reads: save it as JPEG or PNG.", True]


def test_what_the_graph_refuses_is_a_sentence(browse):
    shown, whole = browse("""
        await ready();
        await answered(() => give.drop(new File(["GIF89a"], "a.png", { type: "image/png" })));
        return [texts("#answer > pre"), texts("#answer details pre")];
    """)
    assert shown == [captioning.ERROR]
    assert captioning.ERROR in whole[0]
    assert whole != shown


def test_a_number_that_is_missing(browse):
    seen = browse("""
        await ready();
        write("beam_width", "");
        send();
        const wrong = [texts(".wrong"), document.activeElement.name,
          input("beam_width").getAttribute("aria-invalid")];
        write("beam_width", "1");
        return [...wrong, texts(".wrong"), input("beam_width").getAttribute("aria-invalid")];
    """)
    assert seen == [["", "Enter a number.", ""], "beam_width", "true", ["", "", ""], None]


def test_captions_are_never_html(browse):
    seen = browse("""
        await ready();
        await answered(() => give.drop(blue()));
        return [captions(), all(".captioned b").length];
    """)
    assert seen == [[["a <b>blue</b> picture-0.25"]], 0]


def test_captions_that_do_not_fit_are_plain(browse):
    seen = browse(
        """
        await ready();
        await answered(() => give.drop(blue()));
        return [texts("#answer > .hint"), texts("#answer > .output > h4"), captions().length];
        """,
        "uneven",
    )
    assert seen == [
        [
            "Not shown as captions: captions and scores must have one row for each "
            "picture, and rows of equal length."
        ],
        ["captions string (2 \u00d7 1)", "scores float (2 \u00d7 1)"],
        0,
    ]


def test_the_place_to_drop_shows_itself_and_the_page_is_not_left(browse):
    seen = browse("""
        await ready();
        const kept = [drag("dragover", blue()), all(".over").length];
        const left = [drag("dragleave", blue()), all(".over").length];
        const text = new DataTransfer();
        text.setData("text/plain", "text");
        const ofText = input("language").dispatchEvent(
          new DragEvent("dragover", { dataTransfer: text, bubbles: true, cancelable: true }));
        return [kept, left, ofText];
    """)
    # An event that is kept from the browser is dispatched as false; dragged text is the browser's.
    assert seen == [[False, 1], [False, 0], True]


def test_the_keyboard_reaches_every_part(browse):
    seen = browse("""
        await ready();
        const focusable = all("#form button, #form input, #form textarea")
          .filter((control) => !control.hidden && control.tabIndex >= 0);
        let chosen = 0;
        document.querySelector("input[type=file]").click = () => { chosen += 1; };
        document.querySelector(".drop button").click();
        return [focusable.map((control) => control.name || control.id), chosen];
    """)
    assert seen == [["images", "beam_width", "language", "send", "as-json"], 1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_place_to_drop_has_the_colours_of_the_scheme(browse, scheme):
    dark, text, background = browse(
        """
        await ready();
        const { color, backgroundColor } = getComputedStyle(document.querySelector(".drop"));
        return [matchMedia("(prefers-color-scheme: dark)").matches, color, backgroundColor];
        """,
        scheme=scheme,
    )
    light = [sum(map(int, c.removeprefix("rgb(")[:-1].split(", "))) for c in (text, background)]
    assert (light[0] > light[1]) == dark == (scheme == "dark")


def test_nothing_is_wider_than_a_narrow_window(browse):
    width, window = browse(
        """
        await ready();
        await answered(() => give.drop(blue(), green(), blue()));
        return [document.documentElement.scrollWidth, innerWidth];
        """,
        width=500,
    )
    assert width <= window <= 500
