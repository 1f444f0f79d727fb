"""Columns of the tables below the municipality: polling stations, lists, candidates, totals."""

from __future__ import annotations

from collections.abc import Mapping

from evaluatie.counts.schema import STATION_COUNTS, TABLES, Field, Table
from evaluatie.sources.documents import INITIAL

__all__ = ["LEVEL_TABLES", "MUNICIPAL"]

MUNICIPAL = TABLES["municipal_results"]


def _count(name: str, required: bool = False) -> Field:
    return Field(name, "integer", STATION_COUNTS[name], required, 0)


def _initial(name: str) -> Field:
    words = f"{STATION_COUNTS[name]}: value before a corrigendum, where it changed"
    return Field(f"initial_{name}", "integer", words, minimum=0)


_ELECTION, _CODE, _NAME, _VINTAGE = MUNICIPAL.columns[:4]
_SOURCE = Field("source", "string", "Name of the file the row comes from", True)
_FILE = Field("file", "string", "File, and member where it is an archive")
_OWN_CODE = Field("municipality_code", "string", _CODE.description, pattern=_CODE.pattern)
_OWN_NAME = Field("municipality", "string", _NAME.description)
_STATION = Field("polling_station", "string", "Station as in the file, such as 0668::SB1", True)
_UNIT = Field("unit", "string", "Reporting unit as in the file, such as 0668::SB1 or HSB8::0307")
_LIST_NUMBER = Field("list_number", "integer", "Number of the list on the ballot", minimum=1)
_LIST_NAME = Field("list_name", "string", "Name of the list as the source prints it")
_VOTES = Field("votes", "integer", "Votes", True, 0)
_INITIAL_VOTES = Field(
    "initial_votes", "integer", "Votes before a corrigendum, where they changed", minimum=0
)
_BALLOTS = Field("ballots", "integer", "Ballots found, H = valid + blank + invalid", True, 0)
_REJECTED = Field("rejected", "integer", "Blank + invalid, F + G", True, 0)
_CONDITIONS = (
    Field("phase", "string", "eerste zitting or corrigendum, where the file says"),
    Field("counting_method", "string", "centrale or decentrale stemopneming, where it says"),
    Field("unit_type", "string", "FixedLocation, Mobile or Special, where it says"),
    Field("shared_location", "boolean", "Shares its location with another station"),
)
_ALL_COUNTS = (
    _count("eligible"),
    _BALLOTS,
    _count("valid", True),
    _count("blank", True),
    _count("invalid", True),
    _REJECTED,
    *(_count(name) for name in list(STATION_COUNTS)[4:]),
)
_LEVEL = Field(
    "level",
    "string",
    "What the row speaks of",
    True,
    values=(
        "polling_station",
        "municipality",
        "district",
        "province",
        "water_board",
        "national",
    ),
)

LEVEL_TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "polling_stations",
            "Counts per polling station; empty = unknown",
            (
                _ELECTION,
                _OWN_CODE,
                _OWN_NAME,
                _STATION,
                Field("station_name", "string", "Name without the word Stembureau"),
                Field("postcode", "string", "Postcode of the station"),
                *_ALL_COUNTS,
                *_CONDITIONS,
                *(_initial(name) for name in INITIAL),
                _VINTAGE,
                _SOURCE,
                _FILE,
            ),
            ("election", "municipality_code", "polling_station", "vintage"),
        ),
        Table(
            "unit_totals",
            "Counts of municipalities, districts and the country as the files state them",
            (
                _ELECTION,
                _LEVEL,
                _UNIT,
                _OWN_CODE,
                Field("name", "string", "Name as the source prints it"),
                *_ALL_COUNTS,
                *_CONDITIONS[:2],
                _VINTAGE,
                _SOURCE,
                _FILE,
            ),
            ("election", "level", "unit", "vintage", "file"),
        ),
        Table(
            "unit_list_votes",
            "Votes per list and reporting unit",
            (
                _ELECTION,
                _LEVEL,
                _UNIT,
                _OWN_CODE,
                _LIST_NUMBER,
                _LIST_NAME,
                _VOTES,
                _INITIAL_VOTES,
                _VINTAGE,
                _SOURCE,
            ),
            ("election", "level", "unit", "list_number", "list_name", "vintage", "source"),
        ),
        Table(
            "candidate_votes",
            "Votes per candidate and reporting unit",
            (
                _ELECTION,
                _OWN_CODE,
                _OWN_NAME,
                Field("polling_station", "string", "Station; empty in rows of a municipality"),
                _LIST_NUMBER,
                _LIST_NAME,
                Field("candidate_number", "integer", "Number on the list", minimum=1),
                Field("candidate_name", "string", "Name, where a candidate list was given"),
                Field("short_code", "string", "Short code, where the file has no number"),
                _VOTES,
                _INITIAL_VOTES,
                _VINTAGE,
                _SOURCE,
            ),
            (
                "election",
                "municipality_code",
                "polling_station",
                "list_number",
                "candidate_number",
                "short_code",
                "vintage",
                "source",
            ),
        ),
        Table(
            "seats",
            "Seats per list (EML 520)",
            (
                _ELECTION,
                _OWN_CODE,
                _LIST_NUMBER,
                _LIST_NAME,
                Field("seats", "integer", "Seats", True, 0),
                _SOURCE,
            ),
            ("election", "municipality_code", "list_number"),
        ),
        Table(
            "candidate_names",
            "Candidates per list and contest (EML 230)",
            (
                Field("election_id", "string", "Identifier as in the file", True),
                Field("contest", "string", "Number of the district, or alle", True),
                _LIST_NUMBER,
                _LIST_NAME,
                Field("candidate_number", "integer", "Number on the list", True, 1),
                Field("candidate_name", "string", "Last name, initials"),
                _SOURCE,
            ),
            ("election_id", "contest", "list_number", "candidate_number"),
        ),
        Table(
            "findings",
            "What does not add up or is odd; read as it stands",
            (
                Field("file", "string", "File", True),
                Field("election", "string", "Election"),
                Field("unit", "string", "Unit, total or list it concerns"),
                Field("rule", "string", "Rule that is broken", True),
                Field("value", "string", "What was met"),
                Field("expected", "string", "What the rule asks for"),
                Field("severity", "string", "Severity", True, values=("error", "warning", "info")),
                Field("sentence_nl", "string", "The finding in a Dutch sentence", True),
                Field("sentence_en", "string", "The finding in an English sentence", True),
            ),
            (),
        ),
        Table(
            "files",
            "Every file that was met",
            (
                Field("file", "string", "File, and member where it is an archive", True),
                Field("format", "string", "Format, by content"),
                Field("status", "string", "Outcome", True, values=("read", "no counts", "refused")),
                Field("election", "string", "Election"),
                Field("units", "integer", "Reporting units read", True, 0),
                Field("bytes", "integer", "Bytes read", True, 0),
                Field("error", "string", "Why it was refused"),
            ),
            ("file",),
        ),
    )
}
"""Tables that :func:`evaluatie.read` and ``evaluatie ingest`` give beside the municipal one."""
