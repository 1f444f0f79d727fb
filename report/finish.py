"""Finish what Quarto has rendered, and make the sheets of municipalities; Quarto runs this last.

A DOCX gets its language, repeating headers and paper; the sheets are pages of their own, one a
municipality, from the same analyses.
"""

from pathlib import Path

from evaluatie.report.making import finish

finish(Path(__file__).resolve().parent)
