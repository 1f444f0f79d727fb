"""The visual language: contrast, grey, colour-blind readers, fonts, and the same bytes always."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from gallery import GALLERY, frames

from evaluatie.answers import plots
from evaluatie.answers.plots import style as language
from evaluatie.answers.plots.style import COLOURS, GROUP_COLOURS, MARKERS

Floats = npt.NDArray[np.float64]
GROUPS = ("first use", "later use", "reversal", "comparison")
# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
COLOUR_BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour: str) -> Floats:
    value = np.array(mpl.colors.to_rgb(colour))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: Floats) -> Floats:
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    ratio = matrix @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("name", ["ink", "muted", "later", "first", "reversal"])
def test_colours_of_letters_can_be_read_on_paper(name: str) -> None:
    assert contrast(COLOURS[name], COLOURS["paper"]) >= 4.5  # WCAG 2.1, 1.4.3


def test_colours_of_marks_can_be_seen_on_paper() -> None:
    assert min(contrast(c, COLOURS["paper"]) for c in GROUP_COLOURS.values()) >= 3  # 1.4.11


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(GROUPS, 2)))
def test_groups_part_by_lightness_or_by_shape(one: str, other: str) -> None:
    lightness = [lab(linear(GROUP_COLOURS[group]))[0] for group in (one, other)]
    assert abs(lightness[0] - lightness[1]) >= 15 or MARKERS[one] != MARKERS[other]


@pytest.mark.parametrize("kind", COLOUR_BLIND)
@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(GROUPS, 2)))
def test_colour_blind_readers_tell_groups_apart(one: str, other: str, kind: str) -> None:
    seen = [lab(np.array(COLOUR_BLIND[kind]) @ linear(GROUP_COLOURS[g])) for g in (one, other)]
    assert np.linalg.norm(seen[0] - seen[1]) >= 12


def test_letters_are_those_of_the_report() -> None:
    from matplotlib.font_manager import FontProperties, fontManager

    family = list(language.font_families())
    for weight, face in (("normal", "Regular"), ("bold", "Semibold")):
        found = fontManager.findfont(FontProperties(family=family, weight=weight))
        assert Path(found).name == f"SourceSansPro-{face}.ttf"


def test_without_the_font_files_letters_are_dejavu(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> object:
        raise ModuleNotFoundError

    monkeypatch.setattr(language, "files", missing)
    assert language.font_families.__wrapped__() == ("DejaVu Sans",)


def test_settings_of_others_stay_and_change_nothing() -> None:
    before = dict(mpl.rcParams)
    plain = io.BytesIO()
    plots.seats_margins(frames()["seats"], "nl").savefig(plain, format="svg")
    assert dict(mpl.rcParams) == before
    odd = {
        "font.size": 20,
        "font.family": ["serif"],
        "text.parse_math": True,
        "axes.grid": False,
        "svg.fonttype": "none",
        "svg.hashsalt": None,
        "figure.dpi": 50,
        "savefig.dpi": 300,
        "axes.labelsize": 30,
    }
    changed = io.BytesIO()
    with mpl.rc_context(odd):
        plots.seats_margins(frames()["seats"], "nl").savefig(changed, format="svg")
    assert changed.getvalue() == plain.getvalue()


SCRIPT = """
import hashlib, io, sys
sys.path.insert(0, {here!r})
from gallery import GALLERY, frames
for name in {names!r}:
    for kind in ("svg", "pdf", "png"):
        page = io.BytesIO()
        GALLERY[name](frames(), "nl").savefig(page, format=kind)
        print(name, kind, hashlib.sha256(page.getvalue()).hexdigest())
"""


def test_pages_are_the_same_byte_for_byte_in_another_process() -> None:
    names = ["funnel", "seats_margins", "waterfall"]
    script = SCRIPT.format(here=str(Path(__file__).parent), names=names)
    environment = {**os.environ, "PYTHONHASHSEED": "7", "MPLBACKEND": "svg"}
    out = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    elsewhere = dict(line.rsplit(" ", 1) for line in out.stdout.splitlines())
    assert len(elsewhere) == 3 * len(names)
    for name in names:
        for kind in ("svg", "pdf", "png"):
            page = io.BytesIO()
            GALLERY[name](frames(), "nl").savefig(page, format=kind)
            digest = hashlib.sha256(page.getvalue()).hexdigest()
            assert elsewhere[f"{name} {kind}"] == digest, (name, kind)
