"""What a set of files says: :class:`Reading`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.counts import Level, Results
from evaluatie.ground.cards import Card, enumerated
from evaluatie.ground.errors import EvaluatieError
from evaluatie.sources.documents import UNUSED

HELD: Mapping[str, str] = {
    "municipalities": "municipal_results",
    "national": "national_results",
    "totals": "unit_totals",
    "list_votes": "unit_list_votes",
    "polling_stations": "polling_stations",
    "candidates": "candidate_votes",
    "seats": "seats",
    "candidate_names": "candidate_names",
    "findings": "findings",
    "files": "files",
}
"""What a reading holds, and the table that its columns are described under."""


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Card):
    """What a set of files says.

    Attributes
    ----------
    level
        The level that was asked for; :attr:`frame` gives it.
    municipalities
        One row per election, municipality and vintage, as ``schema.TABLES["municipal_results"]``.
    national
        National totals of tables that give them, as ``schema.TABLES["national_results"]``.
    polling_stations, candidates, list_votes, totals, seats, candidate_names
        As described in ``sources.columns.LEVEL_TABLES``. Candidates are empty unless asked for.
    findings
        What was read but does not add up: file, election, unit, rule, value, expected, severity.
    files
        Every file that was met, with its format, outcome and reason.
    rejected
        The errors of the files that were refused, in the order of the files.
    """

    level: Level
    municipalities: pd.DataFrame
    national: pd.DataFrame
    polling_stations: pd.DataFrame
    candidates: pd.DataFrame
    list_votes: pd.DataFrame
    totals: pd.DataFrame
    seats: pd.DataFrame
    candidate_names: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame
    rejected: tuple[EvaluatieError, ...]

    def told(self) -> tuple[str, dict[str, object]]:
        """Return what there is at each level, and what was refused or passed over."""
        held = ("municipalities", "national", "polling_stations", "candidates", "list_votes")
        counted = {name.replace("_", " "): len(getattr(self, name)) or "" for name in held}
        return f"Counts read at the level {self.level}", {
            "elections": enumerated(self.frame["election"].unique()),
            "files": f"{len(self.files)}, of which refused {len(self.rejected)}",
            **counted,
            "findings": len(self.findings),
            "unused": enumerated(self.unused, 5),
            "more": ".frame, .findings, .files; .results for analyses",
        }

    @property
    def frame(self) -> pd.DataFrame:
        """The rows at the level that was asked for."""
        return {
            "municipality": self.municipalities,
            "polling_station": self.polling_stations,
            "candidate": self.candidates,
        }[self.level]

    @property
    def results(self) -> Results:
        """The municipal counts as :class:`~evaluatie.counts.Results`, ready for analysis."""
        return Results(self.municipalities)

    @property
    def sound(self) -> bool:
        """Whether every file was used and nothing but remarks was found."""
        odd = self.findings["severity"].isin(["error", "warning"]).any()
        return not self.rejected and not odd and self.unread.empty

    @property
    def unused(self) -> tuple[str, ...]:
        """Files in no count, and after a colon what of a file is not in the count of the rest."""
        passed = self.files[self.files["status"] == "no counts"]
        ours = passed["format"].str.contains("of an earlier reading|names of candidates")
        part = self.findings[self.findings["rule"].isin(UNUSED)]
        named = part["file"].where(part["value"] == "", part["file"] + ": " + part["value"])
        return tuple(dict.fromkeys([*passed.loc[~ours, "file"], *named]))

    @property
    def missed(self) -> bool:
        """Whether counts may be among what is unused."""
        part = self.findings[self.findings["rule"].isin(UNUSED)]
        return bool((part["severity"] != "info").any()) or not self.unread.empty

    @property
    def unread(self) -> pd.DataFrame:
        """Files that were passed over and are no document that is known to hold no counts.

        In an archive these are what is published beside counts.
        """
        loose = ~self.files["file"].str.contains("!", regex=False)
        return self.files[loose & (self.files["format"] == "plain text")]
