"""The page is whole in itself, and what it refers to is there."""

import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from seqzoo.serving import create_app

VOID = {"meta", "link", "br", "input", "hr", "img"}


class Page(HTMLParser):
    """The elements of a page; raises where they are not nested as they should be."""

    def __init__(self, text):
        super().__init__()
        self.text, self.elements, self.open = text, [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="module")
def page(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def test_it_is_a_page_in_english_with_a_title_and_landmarks(page):
    assert page.text.startswith("<!doctype html>")
    assert ("html", {"lang": "en"}) in page.elements
    tags = [tag for tag, _ in page.elements]
    for landmark in ("title", "header", "nav", "main", "h1"):
        assert tags.count(landmark) == 1


def test_ids_are_unique_and_what_refers_to_them_finds_them(page):
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert attributes.get(name) in (*ids, None)
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids
    assert set(re.findall(r'\$\("([^"]+)"\)', page.text)) <= set(ids)


def test_nothing_comes_from_elsewhere(page, client):
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|//cdn", page.text)
    for _, attributes in page.elements:
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:"))
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")


def test_it_is_made_for_light_and_dark(page):
    assert "prefers-color-scheme: dark" in page.text
    light, dark = re.findall(r":root \{(.*?)\}", page.text, re.DOTALL)
    colours = re.findall(r"--([\w-]+): #", light)
    assert colours == re.findall(r"--([\w-]+): #", dark)


def luminance(colour):
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_text_can_be_read_on_every_colour(page):
    for scheme in re.findall(r":root \{(.*?)\}", page.text, re.DOTALL):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6});", scheme))
        hues = [colour for name, colour in colours.items() if name.startswith("hue-")]
        assert len(set(hues)) == len(hues) >= 8
        for background in (colours["page"], colours["panel"], colours["sunken"], *hues):
            # What WCAG 2.2 asks of text at level AA.
            assert contrast(colours["text"], background) >= 4.5
        for part in ("voice", "piano"):
            # And of graphics.
            assert contrast(colours[part], colours["sunken"]) >= 3
    assert f"const HUES = {len(hues)};" in page.text


def test_the_script_never_takes_an_answer_for_html(page):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page.text
    )


def test_the_models_that_it_lists(client):
    (model,) = client.get("/models").json()["models"]
    assert model["name"] == "toy"
    (version,) = model["versions"]
    assert version["version"] == "3"
    metadata = client.get("/v1/models/toy/versions/3/metadata").json()
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    for name, request in version["examples"].items():
        assert request["inputs"].keys() == signatures[name]["inputs"].keys()


def test_a_model_without_a_version_is_not_listed(models):
    client = TestClient(create_app({**models, "gone": {}}))
    assert [model["name"] for model in client.get("/models").json()["models"]] == ["toy"]
