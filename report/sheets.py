"""Make the sheets of municipalities beside the report; Quarto runs this after it has rendered.

They are pages of a project of their own, one a municipality, from the same analyses.
"""

from pathlib import Path

from evaluatie.report.making import make_sheets

make_sheets(Path(__file__).resolve().parent)
