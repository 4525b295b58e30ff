"""Runs taken away as files and compared, in a real browser on real training."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from safetensors.numpy import load

from moeviz.config import RunConfig
from moeviz.figures.run_charts import MARGIN
from moeviz.figures.theme.palette import arm_colour
from tests.e2e.visit import TINY, TRAINING_MS, press, visit

pytestmark = pytest.mark.browser

STEPS = 8
PLOT = "document.querySelector('.run-charts .plot')"
DRAWN = f"""(arms) => {PLOT}?.data
    && new Set({PLOT}.data.map((trace) => trace.name.replace(", held out", ""))).size === arms"""


@pytest.fixture(scope="module")
def runs_page(browser, serve):
    """The list of a browser that has trained two runs of `STEPS` steps."""
    address = serve().address
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    for _ in range(2):
        visit(tab, f"{address}/lab?{TINY}&until=step:{STEPS}")
        press(tab, "do_start")
        tab.get_by_text(f"reached step {STEPS}").wait_for(timeout=TRAINING_MS)
    visit(tab, f"{address}/runs")
    yield tab
    context.close()


@pytest.fixture
def select(runs_page):
    """Select these rows of the list, and no others."""

    def selecting(*rows: int):
        visit(runs_page, runs_page.url)
        grid = runs_page.locator("[data-testid=stDataFrame] .dvn-scroller")
        for count, row in enumerate(rows, start=1):
            grid.click(position={"x": 15, "y": 50 + 35 * row})
            runs_page.wait_for_function(DRAWN, arg=2 * count)
        return runs_page

    return selecting


def taken(page, button: str) -> Path:
    """The file that a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path())


def png_pixels(png: bytes) -> bytes:
    """The filtered rows of a PNG; fails when a chunk is damaged."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed, kinds = 8, b"", []
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        body, check = png[at + 8 : at + 8 + size], png[at + 8 + size : at + 12 + size]
        assert zlib.crc32(kind + body) == int.from_bytes(check, "big")
        packed += body if kind == b"IDAT" else b""
        kinds.append(kind)
        at += 12 + size
    assert kinds[-1] == b"IEND"
    return zlib.decompress(packed)


def test_a_run_is_taken_away_as_config_history_and_weights(select):
    page = select(0)
    config = RunConfig.from_json(
        {"arms": json.loads(taken(page, "Config, JSON").read_text())["models"]}
    )
    assert [arm.model.d_model for arm in config.arms] == [16, 16]
    history = json.loads(taken(page, "History, JSON").read_text())["models"]
    rows = list(csv.DictReader(taken(page, "History, CSV").read_text().splitlines()))
    for arm in "AB":
        losses = [float(row["cross_entropy"]) for row in rows if row["model"] == arm]
        assert losses == pytest.approx(history[arm]["cross_entropy"])
        assert len(losses) == STEPS
    weights = load(taken(page, f"Weights at step {STEPS}, safetensors").read_bytes())
    n_experts = config.arms[0].model.n_experts
    assert any(tensor.shape[:1] == (n_experts,) for tensor in weights.values())


def test_charts_are_saved_as_pictures_that_hold_the_lines(select):
    page = select(0)
    assert len(set(png_pixels(taken(page, "Save PNG").read_bytes()))) > 20
    picture = ElementTree.fromstring(taken(page, "Save SVG").read_text())
    svg = "{http://www.w3.org/2000/svg}"
    assert picture.tag == f"{svg}svg"
    paths = [each for each in picture.iter(f"{svg}path") if each.get("class") == "js-line"]
    lines = [path.get("d", "").replace("C", "L").count("L") for path in paths]
    assert sum(corners >= 2 for corners in lines) >= 4  # loss and balance, of A and of B
    said = " ".join(picture.itertext())
    assert "Cross-entropy, nats per token" in said
    assert re.search(r"A \d\.\d+ .*B \d\.\d+", said)


def test_charts_are_saved_as_a_page_that_opens_without_a_server(select, browser):
    path = taken(select(0), "Charts, HTML")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_content(path.read_text())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    traces = page.evaluate(
        "document.querySelector('.js-plotly-plot').data.map((t) => [t.name, t.y?.length])"
    )
    assert ["A", STEPS] in traces
    assert ["B", STEPS] in traces
    context.close()


def test_two_runs_are_drawn_on_the_same_axes(select):
    page = select(0, 1)
    traces = page.evaluate(f"{PLOT}.data.map((t) => [t.name, t.y.length, t.yaxis, t.line.color])")
    whole = [trace for trace in traces if trace[1] == STEPS]
    names = {name for name, *_ in whole}
    assert len({name.rsplit(", ", 1)[0] for name in names}) == 2
    assert {name.rsplit(", ", 1)[1] for name in names} == {"A", "B"}
    assert len({colour for *_, colour in whole}) == 4


def colours_of_the_lines(page) -> set[tuple[int, ...]]:
    """All colours of the compared charts, without the labels beside the lines."""
    plot = page.locator(".run-charts .plot")
    picture = Image.open(io.BytesIO(plot.screenshot())).convert("RGB")
    picture = picture.crop((0, 0, picture.width - MARGIN["r"], picture.height))
    return {colour for _, colour in picture.getcolors(picture.width * picture.height)}


def test_of_equal_runs_the_lines_of_both_are_seen(select):
    """The two runs have the same seed: their lines lie on each other from end to end."""
    page = select(0, 1)
    seen = colours_of_the_lines(page)
    for arm in range(4):
        colour = tuple(bytes.fromhex(arm_colour(arm)[1:]))
        assert colour in seen, (arm, colour)
    assert page.get_by_text("Striped line: models of these colours").is_visible()
