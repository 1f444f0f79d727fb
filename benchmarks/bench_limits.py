"""Peak memory and time of files that are made to exhaust them, each read in its own process.

Run ``python benchmarks/bench_limits.py``. Every file is small or ordinary on disk and asks for
gigabytes, minutes or both; each is to be read or refused below 500 MB (Linux only: the peak is
that of /proc). Time is processor time as a multiple of an ordinary table's, for the seconds of one
machine say nothing.
"""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HEADER = "election;municipality_code;municipality;vintage;ballots;valid;blank;invalid;source"
ROW = "GR2026;GM0484;Alphen aan den Rijn;official;103;100;1;2;own"
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="worksheets/sheet1.xml" Type="worksheet"/></Relationships>'
)
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="a">{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def xlsx(rows: str) -> bytes:
    """Pack the rows of a sheet as XLSX."""
    return _packed(
        {
            "xl/workbook.xml": _BOOK,
            "xl/_rels/workbook.xml.rels": _RELATIONS,
            "xl/worksheets/sheet1.xml": f"{_SHEET}{rows}</sheetData></worksheet>",
        }
    )


def ods(rows: str) -> bytes:
    """Pack the rows of a sheet as ODS."""
    return _packed({"content.xml": _ODS.format(rows=rows)})


def _numbers(rows: int) -> str:
    draw = random.Random(1)
    row = (f"<c><v>{draw.randrange(10**6)}</v></c>" for _ in iter(int, 1))
    return "".join(f"<row>{''.join(next(row) for _ in range(100))}</row>" for _ in range(rows))


def _packed(parts: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def parquet(rows: int) -> bytes:
    """Write a table whose rows are all alike, which packs into nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, values = HEADER.split(";"), ROW.split(";")
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int8()).fill_null(0), [value])
        for name, value in zip(names, values, strict=True)
    }
    made = io.BytesIO()
    pq.write_table(pa.table(columns), made, compression="zstd")
    return made.getvalue()


def long_texts() -> bytes:
    """Write a table with one text of 50 MB that all its rows share."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.DictionaryArray.from_arrays(
        pa.nulls(5_000, pa.int8()).fill_null(0), ["x" * (50 << 20)]
    )
    made = io.BytesIO()
    pq.write_table(pa.table({"election": text, "municipality_code": text}), made)
    return made.getvalue()


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name of the case, name of the file and content."""
    yield "an ordinary table", "own.csv", f"{HEADER}\n{ROW}\n".encode()
    many = "\n".join(f"GR2026;{n % 10000};x;official;103;100;1;2;own" for n in range(700_000))
    yield "CSV, 31 MB of rows", "rows.csv", f"{HEADER}\n{many}\n".encode()
    yield "CSV, 231 MB of rows", "large.csv", f"{HEADER}\n{many}\n".encode() * 8
    yield "CSV, one cell of 200 MB", "cell.csv", f"{HEADER}\n{'x' * (200 << 20)};1\n".encode()
    yield "CSV, one cell of 30 MB", "cell30.csv", f"{HEADER}\n{'x' * (30 << 20)};1\n".encode()
    wide = ";".join(f"c{n}" for n in range(200_000))
    yield "CSV, 200,000 columns", "wide.csv", f"{HEADER};{wide}\n{ROW}\n".encode()
    yield "Parquet, 20 million rows", "rows.parquet", parquet(20_000_000)
    yield "Parquet, 300,000 rows", "some.parquet", parquet(300_000)
    yield "Parquet, a text of 50 MB in 5,000 rows", "text.parquet", long_texts()
    yield "XLSX, 990,000 cells", "most.xlsx", xlsx(_numbers(9_900))
    yield "XLSX, 2 million cells", "cells.xlsx", xlsx(_numbers(20_000))
    yield "XLSX, 6 million empty rows", "empty.xlsx", xlsx("<row/>" * 6_000_000 + _numbers(2_000))
    far = '<row r="1"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>'
    yield "XLSX, cells at the far edge", "far.xlsx", xlsx(far * 100_000)
    one = (
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="1000"><text:p>x</text:p>'
        "</table:table-cell></table:table-row>"
    )
    yield "ODS, a cell repeated a billion times", "cells.ods", ods(one)


def measure(path: Path) -> tuple[float, int, str]:
    """Read a file in a process of its own; give seconds, peak memory in MB and outcome."""
    code = (
        "import sys, time\n"
        "from evaluatie.ground.errors import EvaluatieError\n"
        "from evaluatie.sources.reading import read\n"
        "import pandas, lxml.etree, pyarrow.parquet\n"
        "began = time.process_time()\n"
        "try: outcome = f'read, {len(read(sys.argv[1]).municipalities)} rows'\n"
        "except EvaluatieError as error: outcome = error.message\n"
        "status = dict(line.split(':') for line in open('/proc/self/status'))\n"
        "peak = int(status['VmHWM'].split()[0]) >> 10\n"
        "print(time.process_time() - began, peak, outcome, sep='\\t')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return float("nan"), 0, done.stderr.strip().rpartition("\n")[2] or str(done.returncode)
    seconds, peak, outcome = done.stdout.strip().split("\t")
    return float(seconds), int(peak), outcome


def main() -> None:
    """Measure every case and print a table."""
    first = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, file, content in cases():
            path = Path(folder) / file
            path.write_bytes(content)
            seconds, peak, outcome = measure(path)
            first = first or seconds
            size = path.stat().st_size / 1e6
            path.unlink()
            print(f"{name:40} {size:8.3f} MB {peak:5d} MB peak {seconds / first:6.1f} x  {outcome}")


if __name__ == "__main__":
    main()
