"""Make ``fonts.css``, the letters of the page: python report/styles/make_fonts.py.

Source Sans in the three faces that the page uses, with the signs of the languages of western
Europe only: letters stand before the first figure, and half of what a slow telephone fetches
until then is letters (``benchmarks/bench_page.py``). They lose their name, which the licence
keeps for whole fonts. The same versions give the same bytes.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

from fontTools import subset

from evaluatie.report.rendering.typst import font_folders

FACES = {"Regular": ("normal", 400), "It": ("italic", 400), "Semibold": ("normal", 600)}
SIGNS = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "–—‘’“”•…−€≤≥≈×→Œœ")]
FEATURES = ["kern", "liga", "lnum", "tnum", "mark", "mkmk", "ccmp", "locl"]


def face(file: Path) -> str:
    """Return a font with only the signs of the page, as WOFF in base64."""
    options = subset.Options(
        flavor="woff", layout_features=FEATURES, name_IDs=[], hinting=False, notdef_outline=True
    )
    font = subset.load_font(str(file), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=SIGNS)
    chosen.subset(font)
    font["head"].modified = font["head"].created
    made = io.BytesIO()
    font.recalcTimestamp = False
    subset.save_font(font, made, options)
    return base64.b64encode(made.getvalue()).decode()


def sheet() -> str:
    """Return the whole style sheet."""
    (folder,) = font_folders()
    rules = (
        f'@font-face {{ font-family: "Report Sans"; font-style: {style}; font-weight: {weight}; '
        f"src: url(data:font/woff;base64,{face(folder / f'SourceSansPro-{name}.ttf')}); }}\n"
        for name, (style, weight) in FACES.items()
    )
    return "/* Letters of the page; made by make_fonts.py. */\n" + "".join(rules)


if __name__ == "__main__":
    Path(__file__).with_name("fonts.css").write_text(sheet(), "utf-8")
