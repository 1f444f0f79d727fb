"""What pages include: written from finished results, only what is asked for, and told where not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluatie.answers.run import Run
from evaluatie.ground.errors import RenderError
from evaluatie.ground.folders import bundled
from evaluatie.report import pages, study
from evaluatie.report.pages.pieces import KINDS, Printer
from evaluatie.report.rendering.quarto import PREPARED
from evaluatie.report.rendering.source import read_document

FRONT = "---\ntitle: Proef\nlang: nl\n---\n"


def words(nl: str) -> dict[str, str]:
    return {"nl": nl, "en": f"en: {nl}"}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results made by hand; one that the counts did not allow."""
    assumed = [{"key": "a", **words("Aanname.")}]
    rows: dict[str, Any] = {
        "plan": {
            "version": 3,
            "sha256": "0123456789abcdef" * 4,
            "table": [{"election": "TK2025"}, {"election": "GR2026"}],
            "deviations": [words("Later *besloten*.")],
        },
        "size": {"treated": [1, 5, 11]},
        "effect_TK2025": {"sentence": words("Zin TK."), "assumptions": assumed, "table": []},
        "effect_GR2026": {"sentence": words("Zin | GR."), "assumptions": assumed, "table": []},
        "power": {"lines": {"nl": ["Een.", "Twee."], "en": []}, "assumptions": []},
        "coverage": {"missing": words("Geen tellingen."), "table": [], "sentence": words("Geen.")},
    }
    folder = tmp_path / "results"
    folder.mkdir()
    for name, content in rows.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.fixture
def printer(results: Path) -> Printer:
    return Printer(Run(results), "nl", bundled("report"))


def page(folder: Path, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "proef.qmd").write_text(FRONT + body, "utf-8")
    return folder / "proef.qmd"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("effect_TK2025.sentence", "Zin TK\\."),
        ("effect.latest", "Zin \\| GR\\."),  # the newest election, and no table cell
        ("coverage.sentence", "Geen tellingen\\."),
        ("plan.version", "3"),
        ("plan.sha256", "0123456789abcdef"),
        ("size.treated", "1\\, 5\\, 11"),
    ],
)
def test_variables(printer: Printer, name: str, text: str) -> None:
    assert printer.variable(name) == text


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("lines", "power", "- Een\\.\n- Twee\\."),
        ("lines", "power+coverage+power", "- Een\\.\n- Twee\\.\n- Geen tellingen\\."),
        ("assumptions", "effect", "- Aanname\\."),  # of both elections, once
        ("assumptions", "effect_TK2025", "- Aanname\\."),
        ("assumptions", "power", "- Geen\\."),
        ("values", "plan+deviations", "- Later \\*besloten\\*\\."),
        ("nationwide", "", ""),
    ],
)
def test_lists(printer: Printer, kind: str, name: str, text: str) -> None:
    assert KINDS[kind](printer, name) == text


def test_a_table_that_the_counts_do_not_allow(printer: Printer) -> None:
    rows = printer.table("coverage").splitlines()
    assert [row for row in rows if "Geen tellingen" in row]
    assert rows[-1].endswith(" {#tbl-coverage}")


def test_only_what_is_asked_for_is_written(results: Path, tmp_path: Path) -> None:
    body = (
        "{{< var nl.effect.latest >}}\n\n{{< include _made/nl/lines-power.md >}}\n\n"
        "{{< include _made/nl/figure-biljet.md >}}\n"
    )
    document = page(tmp_path / "project", body)
    content = json.loads((results / "plan.json").read_text())
    (results / "plan.json").write_text(json.dumps({**content, "missing": words("Weg.")}))
    pages.write(results, document.parent, [document], bitmaps=True, jobs=1)
    made = document.parent / "_made" / "nl"
    assert sorted(path.name for path in made.iterdir()) == [
        "figure-biljet-narrow.svg",
        "figure-biljet.md",
        "figure-biljet.png",
        "figure-biljet.svg",
        "lines-power.md",
    ]
    svg = (made / "figure-biljet.svg").read_text()
    assert svg.startswith("<svg")
    assert "<metadata" not in svg
    shown = read_document(document).markdown
    assert shown.startswith("Zin \\| GR\\.")
    assert "](_made/nl/figure-biljet){#fig-biljet fig-alt=" in shown


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{< var nl.weg.sentence >}}", "run the analyses first"),
        ("{{< var nl.plan.weg >}}", "no result has 'weg'"),
        ("{{< var fr.plan.version >}}", "no name of a variable"),
        ("{{< include _made/nl/tabel-plan.md >}}", "did you mean 'table'"),
        ("{{< include _made/nl/table-plans.md >}}", "did you mean 'plan'"),
        ("{{< include _made/nl/lines-effect_TK2025.md >}}", "no result has 'lines'"),
        ("{{< include _made/table-plan.md >}}", "no name of a piece"),
    ],
)
def test_what_cannot_be_written_is_told_at_its_line(
    results: Path, tmp_path: Path, body: str, says: str
) -> None:
    document = page(tmp_path / "project", f"\n{body}\n")
    with pytest.raises(RenderError, match=says) as caught:
        pages.write(results, document.parent, [document], jobs=1)
    assert (caught.value.file, caught.value.unit) == (str(document), "line 6")
    assert "\n" not in str(caught.value)


def test_preparing_twice_does_nothing_twice(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PREPARED, raising=False)
    runs: list[Path] = []

    def copied(out: Path, **_: object) -> None:
        runs.append(out)
        out.mkdir()
        for path in results.glob("*.json"):
            (out / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr(study, "run", copied)
    project = tmp_path / "project"
    page(project, "{{< include _made/nl/lines-power.md >}}\n").rename(project / "_proef.qmd")
    pages.prepare(project, ["_proef.qmd"])
    document = project / "proef.qmd"
    piece = project / "_made" / "nl" / "lines-power.md"
    before = piece.stat().st_mtime_ns
    # A page that asks for more needs no analysis again, and what is there stays.
    text = (
        f"{FRONT}{{{{< include _made/nl/lines-power.md >}}}}\n\n{{{{< var nl.plan.version >}}}}\n"
    )
    (project / "_proef.qmd").write_text(text)
    pages.prepare(project, ["_proef.qmd"])
    assert piece.stat().st_mtime_ns == before
    assert read_document(document).markdown.rstrip().endswith("3")
    assert len(runs) == 1
    monkeypatch.setattr("evaluatie.report.pages._checksum", lambda: "other counts")
    pages.prepare(project, ["_proef.qmd"])
    assert len(runs) == 2
    monkeypatch.setenv(PREPARED, "1")
    monkeypatch.setattr("evaluatie.report.pages._checksum", lambda: "and others")
    pages.prepare(project, ["_proef.qmd"])
    assert len(runs) == 2
