"""Columns of the tables below the municipality: polling stations, lists, candidates, totals."""

from __future__ import annotations

from collections.abc import Mapping

from evaluatie.counts.schema import STATION_COUNTS, TABLES, Field, Table, count, text
from evaluatie.sources.documents import COUNTS

MUNICIPAL = TABLES["municipal_results"]


_ELECTION, _CODE, _NAME, _VINTAGE = MUNICIPAL.columns[:4]
_SOURCE = text("source", "Name of the file the row comes from", True)
_FILE = text("file", "File, and member where it is an archive")
_OWN_CODE = text("municipality_code", _CODE.description, pattern=_CODE.pattern)
_OWN_NAME = text("municipality", _NAME.description)
_STATION = text("polling_station", "Station as in the file, such as 0668::SB1", True)
_UNIT = text("unit", "Reporting unit as in the file, such as 0668::SB1 or HSB8::0307")
_LIST_NUMBER = count("list_number", "Number of the list on the ballot", minimum=1)
_LIST_NAME = text("list_name", "Name of the list as the source prints it")
_VOTES = count("votes", "Votes", True)
_INITIAL_VOTES = count("initial_votes", "Votes before a corrigendum, where they changed")
_FIRST = "value before a corrigendum, where it changed"
_CONDITIONS = (
    text("phase", "eerste zitting or corrigendum, where the file says"),
    text("counting_method", "centrale or decentrale stemopneming, where it says"),
    text("unit_type", "FixedLocation, Mobile or Special, where it says"),
    Field("shared_location", "boolean", "Shares its location with another station"),
)
_ALL_COUNTS = (
    count("eligible", STATION_COUNTS["eligible"]),
    count("ballots", "Ballots found, H = valid + blank + invalid", True),
    *(count(name, STATION_COUNTS[name], True) for name in ("valid", "blank", "invalid")),
    count("rejected", "Blank + invalid, F + G", True),
    *(count(name, about) for name, about in list(STATION_COUNTS.items())[4:]),
)
_LEVEL = text(
    "level",
    "What the row speaks of",
    True,
    values=("polling_station", "municipality", "district", "province", "water_board", "national"),
)

_TABLES = (
    Table(
        "polling_stations",
        "Counts per polling station; empty = unknown",
        (
            *(_ELECTION, _OWN_CODE, _OWN_NAME, _STATION),
            text("station_name", "Name without the word Stembureau"),
            text("postcode", "Postcode of the station"),
            *(*_ALL_COUNTS, *_CONDITIONS),
            *(count(f"initial_{name}", f"{STATION_COUNTS[name]}: {_FIRST}") for name in COUNTS),
            *(_VINTAGE, _SOURCE, _FILE),
        ),
        ("election", "municipality_code", "polling_station", "vintage"),
    ),
    Table(
        "unit_totals",
        "Counts of municipalities, districts and the country as the files state them",
        (
            *(_ELECTION, _LEVEL, _UNIT, _OWN_CODE),
            text("name", "Name as the source prints it"),
            *(*_ALL_COUNTS, *_CONDITIONS[:2], _VINTAGE, _SOURCE, _FILE),
        ),
        ("election", "level", "unit", "vintage", "file"),
    ),
    Table(
        "unit_list_votes",
        "Votes per list and reporting unit",
        (
            *(_ELECTION, _LEVEL, _UNIT, _OWN_CODE, _LIST_NUMBER, _LIST_NAME),
            *(_VOTES, _INITIAL_VOTES, _VINTAGE, _SOURCE),
        ),
        ("election", "level", "unit", "list_number", "list_name", "vintage", "source"),
    ),
    Table(
        "candidate_votes",
        "Votes per candidate and reporting unit",
        (
            *(_ELECTION, _OWN_CODE, _OWN_NAME),
            text("polling_station", "Station; empty in rows of a municipality"),
            *(_LIST_NUMBER, _LIST_NAME),
            count("candidate_number", "Number on the list", minimum=1),
            text("candidate_name", "Name, where a candidate list was given"),
            text("short_code", "Short code, where the file has no number"),
            *(_VOTES, _INITIAL_VOTES, _VINTAGE, _SOURCE),
        ),
        (
            *("election", "municipality_code", "polling_station", "list_number"),
            *("candidate_number", "short_code", "vintage", "source"),
        ),
    ),
    Table(
        "seats",
        "Seats per list (EML 520)",
        (_ELECTION, _OWN_CODE, _LIST_NUMBER, _LIST_NAME, count("seats", "Seats", True), _SOURCE),
        ("election", "municipality_code", "list_number"),
    ),
    Table(
        "candidate_names",
        "Candidates per list and contest (EML 230)",
        (
            text("election_id", "Identifier as in the file", True),
            text("contest", "Number of the district, or alle", True),
            *(_LIST_NUMBER, _LIST_NAME),
            count("candidate_number", "Number on the list", True, minimum=1),
            text("candidate_name", "Last name, initials"),
            _SOURCE,
        ),
        ("election_id", "contest", "list_number", "candidate_number"),
    ),
    Table(
        "findings",
        "What does not add up or is odd; read as it stands",
        (
            text("file", "File", True),
            text("election", "Election"),
            text("unit", "Unit, total or list it concerns"),
            text("rule", "Rule that is broken", True),
            text("value", "What was met"),
            text("expected", "What the rule asks for"),
            text("severity", "Severity", True, values=("error", "warning", "info")),
            text("sentence_nl", "The finding in a Dutch sentence", True),
            text("sentence_en", "The finding in an English sentence", True),
        ),
        (),
    ),
    Table(
        "files",
        "Every file that was met",
        (
            text("file", "File, and member where it is an archive", True),
            text("format", "Format, by content"),
            text(
                "status",
                "Read, refused or no counts",
                True,
                values=("read", "no counts", "refused"),
            ),
            text("election", "Election"),
            count("units", "Reporting units read", True),
            count("bytes", "Size of the file", True),
            text("error", "Why it was refused"),
        ),
        ("file",),
    ),
)

LEVEL_TABLES: Mapping[str, Table] = {table.name: table for table in _TABLES}

"""Tables that :func:`evaluatie.read` and ``evaluatie ingest`` give beside the municipal one."""
