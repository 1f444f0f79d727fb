"""Run the analyses and write what the pages include; Quarto runs this before it renders.

The two documents are written too, from the outlines named here: Quarto follows includes before it
runs this script, and in a new clone what they name is not there yet.
"""

from pathlib import Path

from evaluatie.report.pages import prepare

prepare(Path(__file__).resolve().parent, ("_rapport.qmd", "_report.qmd"))
