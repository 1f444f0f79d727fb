"""Build the tidy tables from the raw files: ``python analyses/build_data.py RAW [OUT]``.

Without RAW the folder named by EVALUATIE_RAW is taken; without OUT the tables that ship with
the package are rewritten.
"""

import sys

from evaluatie.ground.errors import EvaluatieError
from evaluatie.ground.folders import RAW_VARIABLE, bundled, raw_folder
from evaluatie.sources.build import build


def main(arguments: list[str]) -> int:
    """Build, and say what was written."""
    raw = arguments[0] if arguments else raw_folder()
    if raw is None:
        print(f"name the folder with raw files, or set {RAW_VARIABLE}", file=sys.stderr)
        return 2
    try:
        report = build(raw, arguments[1] if len(arguments) > 1 else bundled("data"))
    except EvaluatieError as error:
        print(error, file=sys.stderr)
        return 2
    print(report.sentence("en"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
