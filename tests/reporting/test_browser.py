"""The page in a real browser: clicks, keys, no script error, no request, no sideways scrolling."""

import shutil

import pytest

from kerasft.comparing import artifacts
from kerasft.comparing.page import write_comparison
from kerasft.targets.classes.groups import compare_groups

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, NAMES) if path), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None, reason="no Chromium or Chrome is installed (apt-get install chromium)"
    ),
]


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install playwright)"
    )
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(made_up, tmp_path_factory):
    """Written pages by name."""
    folder = tmp_path_factory.mktemp("pages")
    names = ["cat", "dog <b>", "owl", "a very long name of a class that has no end " * 3]
    few, texts = (
        made_up.picture_splits(names),
        made_up.text_splits(names, pairs=True, text="<script>x</script>"),
    )
    many = made_up.picture_splits([f"{i:03} bird" for i in range(200)], tests=2000)
    answers = made_up.answers(few, right=0.6)
    groups = compare_groups(answers, ["north", "south"] * 30, "region")
    made = {
        "pictures": made_up.page(made_up.facts(), few, answers, groups),
        "texts": made_up.page(made_up.facts(), texts, made_up.answers(texts, right=0.6)),
        "many": made_up.page(made_up.facts(), many, made_up.answers(many, right=0.6)),
    }
    return {name: (folder / f"{name}.html", html) for name, html in made.items()}


@pytest.fixture
def opened(browser, pages):
    """Opens a page by name; at the end, there must have been no error and no request."""
    errors, requests, tabs = [], [], []

    def open_page(name, width=1280, scheme="light"):
        path, html = pages[name]
        path.write_text(html, "utf-8")
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on(
            "console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None
        )
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(path.as_uri())
        tabs.append(tab)
        return tab

    yield open_page
    for tab in tabs:
        tab.close()
    assert errors == []
    assert [url[:80] for url in requests if not url.startswith(("file:", "data:"))] == []


def test_a_click_on_a_cell_shows_its_pictures(opened):
    page = opened("pictures")
    assert page.locator("#cell").is_hidden()
    cell = page.locator(".matrix td.wrong [data-cell]").first
    count = int(cell.inner_text())
    cell.click()
    assert page.locator("#cell h3").inner_text().endswith(f": {count}")
    assert page.locator("#cell figure img").count() == min(count, 12)
    assert cell.get_attribute("aria-pressed") == "true"
    widths = page.locator("#cell img").evaluate_all("images => images.map(i => i.naturalWidth)")
    assert set(widths) == {8}


def test_the_keyboard_moves_in_the_matrix_and_enter_opens(opened):
    page = opened("texts")
    page.locator('.matrix [data-cell="0,0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    cell = page.evaluate("document.activeElement.dataset.cell")
    assert cell not in ("0,0", None)
    page.keyboard.press("Enter")
    shown = page.locator("#cell q").all_inner_texts()
    assert any("<script>x</script>" in text for text in shown) and any("other half" in text for text in shown)
    assert page.locator("#cell script").count() == 0
    stops = page.locator('.matrix [data-cell][tabindex="0"]').count()
    assert stops == 1  # Tab passes the matrix in one step


def test_headings_sort_by_click_and_by_key(opened):
    page = opened("pictures")
    heading = page.locator("#per-class th", has_text="F1")

    def column():
        return [
            float(text.split()[0])
            for text in page.locator("#per-class tbody td:nth-child(6)").all_inner_texts()
        ]

    before = column()
    heading.locator("button").click()
    assert column() == sorted(before, reverse=True) and heading.get_attribute("aria-sort") == "descending"
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert column() == sorted(before) and heading.get_attribute("aria-sort") == "ascending"
    page.locator("#per-class th button", has_text="class").click()
    names = page.locator("#per-class tbody th").all_inner_texts()
    assert names == sorted(names) and heading.get_attribute("aria-sort") == "none"


def test_many_classes_open_from_the_list_and_from_the_picture(opened):
    page = opened("many")
    pair = page.locator("#confusion table [data-cell]").first
    pair.click()
    assert page.locator("#cell figure").count() >= 1
    assert page.evaluate("document.activeElement.id") == "cell"
    picture = page.locator("#overview")
    box = picture.bounding_box()
    picture.hover(position={"x": 0.5, "y": 0.5})
    assert "true 000 bird, answer 000 bird" in page.locator("#under-pointer").inner_text()
    within = box["width"] / 200 / 2  # of the last cell, its middle
    picture.click(position={"x": box["width"] - within, "y": box["height"] - within})
    assert page.locator("#cell h3").inner_text().startswith("true 199 bird, answer 199 bird")


@pytest.mark.parametrize("name", ["pictures", "texts", "many"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_never_scrolls_sideways(opened, name, width):
    page = opened(name, width)
    page.locator("#confusion [data-cell]").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["pictures", "texts", "many"])
def test_it_fits_on_paper_and_is_printed_light(opened, name):
    page = opened(name, width=680, scheme="dark")  # A4 with margins, in CSS pixels
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    cut = "e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1"
    assert page.locator(".box").evaluate_all(f"boxes => boxes.filter({cut}).map(e => e.ariaLabel)") == []


def test_dark_is_dark(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened("pictures").evaluate(ground) == "rgb(245, 246, 249)"
    assert opened("pictures", scheme="dark").evaluate(ground) == "rgb(18, 22, 29)"


@pytest.mark.parametrize("width", [1280, 400])
def test_a_comparison_sorts_and_never_scrolls_sideways(opened, pages, made_up, monkeypatch, tmp_path, width):
    few = made_up.picture_splits(
        ["cat", "dog <b>", "owl", "a very long name of a class that has no end " * 3]
    )
    answers = [made_up.answers(few, right=share, seed=5) for share in (0.5, 0.9)]
    monkeypatch.setattr(artifacts, "evaluate", lambda each, data, **options: answers[each])
    found = artifacts.compare([0, 1], few.test, names=["one", "a_name_of_a_folder_without_any_blank_" * 5])
    path = write_comparison(found, tmp_path / "comparison.html")
    pages["comparison"] = path, path.read_text("utf-8")
    page = opened("comparison", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heading = page.locator("#classes th", has_text="examples")
    heading.locator("button").click()
    counts = [int(text) for text in page.locator("#classes tbody td:nth-child(2)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True) and heading.get_attribute("aria-sort") == "descending"
    assert page.locator("svg").count() == 2 and page.locator(".dot.score").first.is_visible()
