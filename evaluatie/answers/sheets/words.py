"""The sentences of a sheet, and its two tables as readers see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.ground import formatting
from evaluatie.ground.words import say
from evaluatie.ground.words import sentences as known_words

if TYPE_CHECKING:
    from evaluatie.answers.sheets.result import Sheet

__all__ = ["effects_for_readers", "sentences", "shares_for_readers"]

_DASH = " \N{EN DASH} "


def sentences(sheet: Sheet, lang: str) -> list[str]:
    """Say what is known of a municipality, newest election with the new ballot first."""
    said = list(_unknown(sheet, lang))
    election = sheet.latest
    if election is not None:
        said.append(_share(sheet, election, lang))
        said += _rank(sheet, election, lang)
        said += _effect(sheet, election, lang)
        said += _stations(sheet, election, lang)
    said += _first_count(sheet, lang)
    said += _seats(sheet, lang)
    said += _reversal(sheet, lang)
    said += [say("sheets.beware", lang, finding=text) for text in sheet.warnings(lang)]
    return said or [say("sheets.nothing", lang, name=sheet.municipality)]


def _row(rows: pd.DataFrame, election: object) -> dict[str, Any] | None:
    here = rows[rows["election"] == election]
    return None if here.empty else {str(k): v for k, v in here.iloc[0].items()}


def _called(sheet: Sheet, election: object, lang: str) -> str:
    rows = sheet.history[sheet.history["election"] == election]
    return str(election) if rows.empty else str(rows[f"called_{lang}"].iloc[0])


def _ordinal(exposure: int, lang: str) -> str:
    key = f"use_{exposure}"
    if key in known_words("sheets"):
        return say(f"sheets.{key}", lang)
    return say("sheets.use_n", lang, n=exposure)


def _words(sheet: Sheet, row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    vintage = row["vintage"]
    return {
        "name": sheet.municipality,
        "election": _called(sheet, row["election"], lang),
        "baseline": _called(sheet, row["baseline"], lang),
        "outcome": say(f"common.{sheet.primary}", lang),
        "use": _ordinal(int(row["exposure"]), lang) if pd.notna(row["exposure"]) else "",
        "vintage": say(f"common.{vintage}", lang) if isinstance(vintage, str) else "",
        "estimate": row["estimate"],
        "low": row["conf_low"],
        "high": row["conf_high"],
        "bound_low": row["bound_low"],
        "bound_high": row["bound_high"],
    }


def _unknown(sheet: Sheet, lang: str) -> Iterator[str]:
    """Elections with the new ballot, newer than what is known, of which nothing is."""
    shares = sheet.rows("share", outcome=sheet.primary, new_ballot=True)
    for row in reversed(shares.to_dict("records")):
        if row["election"] == sheet.latest:
            return
        yield say("sheets.unknown", lang, **_words(sheet, row, lang))


def _share(sheet: Sheet, election: str, lang: str) -> str:
    shares = sheet.rows("share", outcome=sheet.primary)
    row = _row(shares, election)
    assert row is not None
    words = _words(sheet, row, lang)
    if pd.isna(row["estimate"]):
        text = say("sheets.share_bounded", lang, **words)
    else:
        text = say("sheets.share", lang, **words)
    before = _row(shares, row["baseline"])
    if before is None or pd.isna(before["estimate"]):
        return text
    day = sheet.history.loc[sheet.history["election"] == row["baseline"], "date"].iloc[0]
    return text + " " + say("sheets.before", lang, year=day[:4], before=before["estimate"])


def _rank(sheet: Sheet, election: str, lang: str) -> Iterator[str]:
    row = _row(sheet.rows("share", outcome=sheet.primary), election)
    if row is not None and pd.notna(row["rank"]):
        key = "rank_tied" if row["n_tied"] else "rank"
        yield say(
            f"sheets.{key}",
            lang,
            name=sheet.municipality,
            share=row["estimate"],
            rank=row["rank"],
            n=row["n_ranked"],
            tied=row["n_tied"],
        )


def _effect(sheet: Sheet, election: str, lang: str) -> Iterator[str]:
    row = _row(sheet.rows("effect"), election)
    if row is None:
        share = _row(sheet.rows("share", outcome=sheet.primary), election)
        before = (
            None
            if share is None
            else _row(sheet.rows("share", outcome=sheet.primary), share["baseline"])
        )
        if share is not None and (before is None or pd.isna(before["estimate"])):
            yield say("sheets.effect_no_baseline", lang, **_words(sheet, share, lang))
        else:
            yield say("sheets.effect_none", lang)
        return
    words = _words(sheet, row, lang)
    if pd.isna(row["estimate"]):
        known = pd.notna(row["bound_low"])
        yield say("sheets.effect_bounded" if known else "sheets.effect_none", lang, **words)
        return
    sure = "more" if row["conf_low"] > 0 else "fewer" if row["conf_high"] < 0 else "open"
    yield say(f"sheets.effect_{sure}", lang, **words)


def _first_count(sheet: Sheet, lang: str) -> Iterator[str]:
    """Both counts of the newest election that was counted twice here."""
    rows = sheet.firsts
    if rows.empty:
        return
    rows = rows[rows["first"].notna() & rows["official"].notna()]
    for election, both in list(rows.groupby("election", sort=False))[-1:]:
        by = both.set_index("outcome")
        if not {"invalid", "blank"} <= set(by.index):
            return
        text = say(
            "sheets.first_count",
            lang,
            election=_called(sheet, election, lang),
            first=by.at["invalid", "first"],
            official=by.at["invalid", "official"],
            first_blank=by.at["blank", "first"],
            official_blank=by.at["blank", "official"],
        )
        if by.at["invalid", "status"] == "invalid-blank-swapped":
            text += " " + say("sheets.first_count_swapped", lang)
        yield text


def _stations(sheet: Sheet, election: str, lang: str) -> Iterator[str]:
    """How many polling stations, how many high, the highest, and how far they lie apart."""
    row = None if sheet.stations.empty else _row(sheet.stations, election)
    if row is None:
        return
    row["outcome"] = say(f"common.{sheet.primary}", lang)
    if pd.isna(row["total"]):
        yield say("sheets.stations_incomplete", lang, **row)
        return
    text = say("sheets.stations" if row["n_high"] else "sheets.stations_low", lang, **row)
    if pd.notna(row["phi"]):
        text += " " + say("sheets.stations_apart", lang, **row)
    yield text


def _seats(sheet: Sheet, lang: str) -> Iterator[str]:
    margins = sheet.rows("seat_margin")
    margins = margins[margins["estimate"].notna()]
    for row in margins.tail(1).to_dict("records"):
        lost = _row(sheet.rows("lost_votes"), row["election"])
        when = say("sheets.when", lang, election=_called(sheet, row["election"], lang))
        words = {
            "when": "" if row["election"] == sheet.latest else when,
            "votes": row["estimate"],
            "list": row["to_list"],
        }
        if lost is None:
            yield say("sheets.seats_unknown", lang, **words)
            continue
        low, high = lost["conf_low"], lost["conf_high"]
        reached = "yes" if low >= row["estimate"] else "no" if high < row["estimate"] else "within"
        yield say(f"sheets.seats_{reached}", lang, low=low, high=high, **words)


def _reversal(sheet: Sheet, lang: str) -> Iterator[str]:
    shares = sheet.rows("share", outcome=sheet.primary, new_ballot=False)
    after = shares[shares["exposure"] > 0]
    for row in after[after["estimate"].notna()].tail(1).to_dict("records"):
        yield say("sheets.reversal", lang, **_words(sheet, row, lang))  # type: ignore[arg-type]


def shares_for_readers(sheet: Sheet, lang: str) -> pd.DataFrame:
    """Return one row per election: ballot, shares of all outcomes with intervals, place."""
    shares = sheet.rows("share")
    made = []
    for election, rows in shares.groupby("election", sort=False):
        first = rows.iloc[0]
        row: dict[str, Any] = {"election": election, "ballot_text": _ballot(first, lang)}
        for each in rows.to_dict("records"):
            row[f"{each['outcome']}_text"] = _share_text(each, lang)  # type: ignore[arg-type]
        place = rows[rows["outcome"] == sheet.primary].iloc[0]
        row["rank_text"] = _rank_text(place, lang)
        made.append(row)
    columns = [
        "election",
        "ballot_text",
        "invalid_text",
        "blank_text",
        "rejected_text",
        "rank_text",
    ]
    table = pd.DataFrame(made).reindex(columns=columns)
    return table.fillna(formatting.UNKNOWN)


def effects_for_readers(sheet: Sheet, lang: str) -> pd.DataFrame:
    """Return one row per election with the new ballot: change, effect, shrunk, votes, seats."""
    made = []
    changes = sheet.rows("change", outcome=sheet.primary, new_ballot=True)
    for change in changes.to_dict("records"):
        election = change["election"]
        at = {
            name: _row(sheet.rows(name), election)
            for name in ("effect", "effect_shrunk", "lost_votes", "seat_margin")
        }
        council = _kind(sheet, election) == "GR"
        made.append(
            {
                "election": election,
                "baseline": change["baseline"],
                "change_text": formatting.points(change["estimate"], lang),
                "effect_text": _points_text(at["effect"], lang),
                "shrunk_text": _points_text(at["effect_shrunk"], lang),
                "lost_text": _votes_text(at["lost_votes"], lang),
                # Empty where there is no council to elect, as Dutch tables have it.
                "margin_text": _margin_text(at["seat_margin"], lang) if council else "",
            }
        )
    return pd.DataFrame(made)


def _kind(sheet: Sheet, election: object) -> str:
    return str(sheet.history.loc[sheet.history["election"] == election, "kind"].iloc[0])


def _ballot(row: Mapping[Any, Any] | pd.Series[Any], lang: str) -> str:
    if row["new_ballot"]:
        return say("sheets.ballot_new", lang, use=_ordinal(int(row["exposure"]), lang))
    return say("sheets.ballot_again" if row["exposure"] else "sheets.ballot_old", lang)


def _share_text(row: Mapping[str, Any], lang: str) -> str:
    star = "" if row["vintage"] == "official" else "*"
    if pd.notna(row["estimate"]):
        ends = [_bare(row[name], lang) for name in ("conf_low", "conf_high")]
        return f"{formatting.percent(row['estimate'], lang)}{star} ({_DASH.join(ends)})"
    if pd.notna(row["bound_low"]):
        ends = [_bare(row[name], lang) for name in ("bound_low", "bound_high")]
        return say("sheets.bounds", lang, low=ends[0], high=ends[1])
    return formatting.UNKNOWN


def _bare(share: float, lang: str) -> str:
    return formatting.percent(share, lang).removesuffix("%")


def _rank_text(row: Mapping[Any, Any] | pd.Series[Any], lang: str) -> str:
    if pd.isna(row["rank"]):
        return formatting.UNKNOWN
    mark = "=" if row["n_tied"] else ""
    return say("sheets.place", lang, rank=row["rank"], n=row["n_ranked"]) + mark


def _points_text(row: Mapping[str, Any] | None, lang: str) -> str:
    if row is None:
        return formatting.UNKNOWN
    if pd.isna(row["estimate"]):
        if pd.isna(row["bound_low"]):
            return formatting.UNKNOWN
        ends = [formatting.points(row[name], lang) for name in ("bound_low", "bound_high")]
        return say("sheets.bounds", lang, low=ends[0], high=ends[1])
    ends = [formatting.points(row[name], lang) for name in ("conf_low", "conf_high")]
    return f"{formatting.points(row['estimate'], lang)} ({_DASH.join(ends)})"


def _votes_text(row: Mapping[str, Any] | None, lang: str) -> str:
    if row is None:
        return formatting.UNKNOWN
    return _DASH.join(formatting.count(row[name], lang) for name in ("conf_low", "conf_high"))


def _margin_text(row: Mapping[str, Any] | None, lang: str) -> str:
    if row is None or pd.isna(row["estimate"]):
        return formatting.UNKNOWN
    return formatting.count(row["estimate"], lang)
