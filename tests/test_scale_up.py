"""National scale: by hand on simulated counts (labelled so), and on the shipped ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.scale_up import (
    CHARACTERISTICS,
    main_rows,
    model_words,
    municipal_effects,
    national_ballots,
    scale_up,
    show,
)
from evaluatie.answers.scale_up.show import COLUMNS
from evaluatie.counts import Results, load, load_table
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import load_design

PLAN = load_design()
FIVE = PLAN.treated("TK2025")


@pytest.fixture(scope="module")
def shipped() -> Results:
    return evaluatie.load()


@pytest.fixture(scope="module")
def first() -> Results:
    """First counts: of GR2026 nine municipalities with the new ballot, 258 of 340 in all."""
    return evaluatie.load(vintage="provisional")


@pytest.fixture(scope="module")
def found_first(first: Results):
    return scale_up(first)


@pytest.fixture(scope="module")
def gappy(shipped: Results) -> Results:
    """Only valid votes of Amsterdam and Rotterdam at GR2026, as of many before."""
    rows = shipped.rows.copy()
    gap = (rows["election"] == "GR2026") & rows["municipality_code"].isin(["GM0363", "GM0599"])
    rows.loc[gap, ["ballots", "blank", "invalid", "rejected"]] = pd.NA
    return Results(rows, "best")


@pytest.fixture(scope="module")
def found(shipped: Results):
    return scale_up(shipped)


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    kept = table
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return kept.iloc[0]


def simulated(
    make_results: Callable[..., Results], effect: float, spread: float = 0.0, seed: int = 4
) -> Results:
    """SIMULATED: sixty comparison municipalities and the five, with a known mean effect."""
    rng = np.random.default_rng(seed)
    codes = [code for code in codes_of("TK2025") if PLAN.group(code, "TK2025") == "comparison"][:60]
    rows = []
    for code in (*codes, *FIVE):
        n = int(rng.integers(8_000, 40_000))
        own = effect + spread * rng.standard_normal() if code in FIVE else 0.0
        for election, share in (("TK2023", 0.002), ("TK2025", 0.0025 + own)):
            invalid = rng.binomial(n, max(share, 0.0))
            rows.append(
                (
                    election,
                    code,
                    code,
                    "official",
                    n,
                    n,
                    n - invalid - 10,
                    10,
                    invalid,
                    invalid + 10,
                )
            )
    return make_results(*rows)


def codes_of(election: str) -> list[str]:
    codes = load_table("municipality_codes")
    return sorted(codes.loc[codes["election"] == election, "municipality_code"])


# --- effects and ballots ------------------------------------------------------------------------


def test_effect_is_the_change_less_the_comparison(shipped):
    made = municipal_effects(shipped, "TK2025", "rejected")
    table = made.frame.set_index("municipality_code")
    assert set(table.index) == set(FIVE)
    assert set(table["use"]) == {"later use"}
    # By hand from the official counts: rejected over ballots at both elections.
    shares = shipped.shares("rejected").set_index(["election", "municipality_code"])["share"]
    own = {code: shares["TK2025", code] - shares["TK2023", code] for code in FIVE}
    gaps = {code: own[code] - table.at[code, "effect"] for code in FIVE}
    assert np.ptp(list(gaps.values())) < 1e-12  # the same comparison mean for all
    assert 0 < gaps[FIVE[0]] < 0.003
    assert (table["variance"] > 0).all()
    assert made.shared_variance < table["variance"].min()
    assert made.vintages == ("official",)


def test_an_effect_below_zero_varies_like_a_municipality_without_the_ballot(make_results):
    """All have 10,000 ballots, so that the comparison mean has one twentieth of that variance."""
    codes = [code for code in codes_of("TK2025") if PLAN.group(code, "TK2025") == "comparison"][:20]
    after = {code: 40 + 4 * (at % 2) for at, code in enumerate(codes)} | dict.fromkeys(FIVE, 20)
    rows = [
        (election, code, code, "official", 10_000, 10_000, 9_990 - n, 10, n, n + 10)
        for code, later in after.items()
        for election, n in (("TK2023", 30), ("TK2025", later))
    ]
    made = municipal_effects(make_results(*rows), "TK2025", "invalid")
    # From 30 to 20 is -10, elsewhere +12 on average.
    assert made.frame["effect"].to_numpy() == pytest.approx(np.full(5, -22 / 10_000))
    assert made.frame["variance"].to_numpy() == pytest.approx(np.full(5, 20 * made.shared_variance))


def test_what_effects_vary_by_without_the_ballot(make_results):
    """Comparison changes of 0 and +2 in 2,000 ballots or +12 in 10,000: the smaller, the wilder."""
    codes = [code for code in codes_of("TK2025") if PLAN.group(code, "TK2025") == "comparison"][:40]
    size = {code: 2_000 if at < 20 else 10_000 for at, code in enumerate(codes)}
    more = {code: (3 * (at % 3) if at < 20 else 12) for at, code in enumerate(codes)}
    size |= dict.fromkeys(FIVE, 10_000)
    more |= dict(zip(FIVE, (-10, -12, -14, -16, 90), strict=True))
    rows = [
        (election, code, code, "official", n, n, n - 10 - x, 10, x, x + 10)
        for code, n in size.items()
        for election, x in (("TK2023", 3 * n // 1000), ("TK2025", 3 * n // 1000 + more[code]))
    ]
    made = municipal_effects(make_results(*rows), "TK2025", "invalid")
    *fewer, extra = made.frame.set_index("municipality_code").loc[list(FIVE), "variance"]
    # A share that fell has no less noise, one that rose has more.
    assert fewer == pytest.approx([fewer[0]] * 4, rel=1e-9)
    assert extra > 1.01 * fewer[0]
    # The comparison mean, over 240,000 ballots, varies less than any of its municipalities.
    assert made.shared_variance < fewer[0] / 10


def test_ballots_of_the_whole_country(shipped, gappy):
    official = national_ballots(shipped, "TK2025")
    assert len(official) == 342
    assert not official["estimated"].any()
    assert official.set_index("municipality_code").loc[list(FIVE), "ballots"].sum() == 131_478
    assert not national_ballots(shipped, "GR2026")["estimated"].any()
    partly = national_ballots(gappy, "GR2026")
    assert set(partly.loc[partly["estimated"], "municipality_code"]) == {"GM0363", "GM0599"}
    valid = shipped.rows.query("election == 'GR2026' and vintage == 'official'")
    valid = valid.set_index("municipality_code")["valid"].astype("float64")
    estimated = partly[partly["estimated"]].set_index("municipality_code")["ballots"]
    ratio = estimated / valid[estimated.index]
    # One ratio for all, within what blank and invalid votes can be.
    assert ratio.max() - ratio.min() < 1e-9
    assert 1.002 < ratio.iloc[0] < 1.02
    # Borne went back to the old ballot, and its voters are part of the country.
    assert "GM0147" in set(partly["municipality_code"])
    for code in ("GM9001", "NBSB"):
        assert code not in set(partly["municipality_code"])


def test_ballots_from_valid_votes_by_hand(make_results):
    """990 of 1,000 ballots are valid with the usual ballot; 900 with the new one do not count."""
    counts = {"GM0003": (1000, 990), FIVE[0]: (1000, 900), "GM0010": (None, 495)}
    rows = [
        ("TK2025", code, code, "official", 2000, ballots, valid, None, None, None)
        for code, (ballots, valid) in counts.items()
    ]
    made = national_ballots(make_results(*rows), "TK2025").set_index("municipality_code")
    assert made["ballots"].to_dict() == pytest.approx(
        {"GM0003": 1000, "GM0010": 500, FIVE[0]: 1000}
    )
    assert made.index[made["estimated"]].tolist() == ["GM0010"]


def test_votes_come_from_the_prediction_interval(found):
    known = found.table[found.table["estimate"].notna()]
    for votes, share in (("extra", "estimate"), ("extra_low", "pred_low")):
        expected = known[share] * known["ballots"]
        assert known[votes].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)
    assert (known["pred_low"] < known["conf_low"]).all()


def test_each_election_alone_gives_the_middle_of_its_bounds(found):
    alone = found.parts["elections"].query("basis != 'all'")
    middle = (alone["extra_low"] + alone["extra_high"]) / 2
    assert alone["extra"].to_numpy() == pytest.approx(middle.to_numpy())
    wide = alone[alone["basis"] == "EP2024"]  # known from rounded shares only
    assert (wide["extra_low"] < wide["extra"]).all()
    # Chance is around what rounding leaves open.
    assert (alone["conf_low"] < alone["extra_low"]).all()
    assert (alone["extra_high"] < alone["conf_high"]).all()
    drawn = show._by_election(found.table, found.parts["elections"])
    assert len(drawn[drawn["model"] != "unweighted"]) > 3
    drawn = drawn[drawn["model"] == "unweighted"].set_index("basis")
    first = wide[wide["election"] == found.table["election"].iloc[0]].iloc[0]
    own = drawn.loc["EP2024", ["extra_low", "extra_high"]]
    assert list(own) == pytest.approx([first["conf_low"], first["conf_high"]])


def test_ballots_need_counts(shipped):
    with pytest.raises(EstimationError, match="no municipality has a known number of ballots"):
        national_ballots(shipped, "EP2024")


# --- prediction ---------------------------------------------------------------------------------


def test_known_effect_is_recovered(make_results):
    """SIMULATED: an effect of 0.2 points everywhere."""
    results = simulated(make_results, 0.002)
    table = scale_up(results, outcomes=["invalid"], models=[()]).table
    only = row(table, use="later use")
    assert only["pred_low"] < 0.002 < only["pred_high"]
    assert only["estimate"] == pytest.approx(0.002, abs=6e-4)
    assert only["extra"] == pytest.approx(only["estimate"] * only["ballots"])
    total = results.rows.query("election == 'TK2025'")["ballots"].sum()
    assert only["ballots"] == total
    assert only["tau"] < 6e-4


def test_no_effect_is_not_found(make_results):
    """SIMULATED: no effect."""
    only = row(
        scale_up(simulated(make_results, 0.0), outcomes=["invalid"], models=[()]).table,
        use="later use",
    )
    assert only["pred_low"] < 0 < only["pred_high"]


def test_spread_makes_the_range_wider(make_results):
    """SIMULATED: the same mean effect, with municipalities alike and with them different."""
    alike, apart = (
        row(
            scale_up(
                simulated(make_results, 0.004, spread), outcomes=["invalid"], models=[()]
            ).table,
            use="later use",
        )
        for spread in (0.0, 0.002)
    )
    assert apart["tau"] > 3 * alike["tau"]
    for name in ("pred", "new"):
        width = apart[f"{name}_high"] - apart[f"{name}_low"]
        assert width > 2 * (alike[f"{name}_high"] - alike[f"{name}_low"])
    # One new municipality is less certain than the mean over the country.
    assert apart["new_high"] > apart["pred_high"]


def test_shipped_counts_give_what_the_report_says(found):
    table = found.table
    assert set(table["election"]) == {"TK2025", "GR2026"}
    assert set(table["outcome"]) == {"invalid", "rejected"}
    own = row(table, election="TK2025", outcome="rejected", use="later use", model="unweighted")
    assert (own["n_effects"], own["n_targets"], own["ballots_estimated"]) == (5, 342, 0)
    assert not own["borrowed"]
    assert 0 < own["extra_low"] < own["extra"] < own["extra_high"]
    first = row(table, election="GR2026", outcome="invalid", use="first use", model="unweighted")
    assert (first["n_effects"], first["basis"]) == (7, "GR2026")
    assert first["extra_low"] > 0


def test_prediction_is_never_narrower_than_confidence(found):
    known = found.table.dropna(subset=["estimate"])
    assert (known["pred_low"] <= known["conf_low"] + 1e-12).all()
    assert (known["pred_high"] >= known["conf_high"] - 1e-12).all()
    assert (known["new_low"] <= known["pred_low"] + 1e-12).all()
    assert (known["new_high"] >= known["pred_high"] - 1e-12).all()


def test_what_cannot_be_estimated_says_why(found_first):
    found = found_first
    later = found.table.query("election == 'GR2026' and use == 'later use' and basis == 'GR2026'")
    assert len(later)
    assert later["estimate"].isna().all()
    assert later["note"].str.contains("too few municipalities").all()
    # Then the effects of the other election are borrowed, and the row says so.
    borrowed = found.table.query("election == 'GR2026' and use == 'later use' and borrowed")
    assert set(borrowed["basis"]) == {"TK2025"}
    all_three = row(
        found.table,
        election="TK2025",
        outcome="invalid",
        use="later use",
        model="+".join(CHARACTERISTICS),
    )
    assert pd.isna(all_three["estimate"])
    assert all_three["note"]


def test_weighting_by_a_characteristic_that_explains_the_effect(make_results):
    """SIMULATED: effects that rise with education; the country has more of it than the five."""
    about = load_table("covariates")
    education = about.set_index("municipality_code")["higher_education"].astype("float64")
    base = simulated(make_results, 0.0)
    rows = base.rows.copy()
    for code in FIVE:
        at = (rows["election"] == "TK2025") & (rows["municipality_code"] == code)
        n = int(rows.loc[at, "ballots"].iloc[0])
        invalid = round(n * (0.0025 + 0.02 * education[code]))
        rows.loc[at, "invalid"], rows.loc[at, "rejected"] = invalid, invalid + 10
        rows.loc[at, "valid"] = n - invalid - 10
    results = Results(rows)
    table = scale_up(results, outcomes=["invalid"], models=[(), ("education",)]).table
    plain, weighted = (
        row(table, use="later use", model=model) for model in ("unweighted", "education")
    )
    ballots = national_ballots(results, "TK2025").set_index("municipality_code")["ballots"]
    truth = 0.02 * float(np.average(education[ballots.index], weights=ballots))
    assert abs(weighted["estimate"] - truth) < abs(plain["estimate"] - truth)
    assert weighted["pred_low"] < truth < weighted["pred_high"]


def test_order_of_rows_changes_nothing(shipped, found):
    shuffled = Results(shipped.rows.sample(frac=1, random_state=2).reset_index(drop=True))
    numbers = ["estimate", "pred_low", "pred_high", "extra", "ballots"]
    again = scale_up(shuffled).table
    pd.testing.assert_frame_equal(again[numbers], found.table[numbers])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda r: scale_up(r, models=[("sizes",)]), UnknownNameError, "size"),
        (lambda r: scale_up(r, "TK2024"), UnknownNameError, "TK2024"),
        (lambda r: scale_up(r, outcomes=["invalidd"]), UnknownNameError, "invalid"),
        (lambda r: scale_up(r, comparison="al"), UnknownNameError, "al"),
        (lambda r: scale_up(r.where(["TK2021", "TK2023"])), EstimationError, "no election"),
        (lambda r: scale_up(r, "EP2024"), EstimationError, "number of ballots"),
    ],
)
def test_bad_requests_are_one_clear_error(shipped, call, kind, message):
    with pytest.raises(kind, match=message) as caught:
        call(shipped)
    assert "\n" not in str(caught.value)


def test_texts_for_readers(found):
    use, model = (next(each for each in COLUMNS if each.name == name) for name in ("use", "model"))
    interval = next(each for each in COLUMNS if each.name == "extra" and each.kind == "interval")
    own = row(
        found.table, election="TK2025", outcome="invalid", use="later use", model="unweighted"
    )
    assert use.cell(own, "nl") == "later"
    assert model.cell(own, "nl") == "ongewogen"
    assert interval.cell(own, "nl").count(" tot ") == 1
    for each in found.table.to_dict(orient="records"):
        assert (interval.cell(each, "nl") == ".") == pd.isna(each["estimate"])
        assert ("(" in use.cell(each, "nl")) == each["borrowed"]


def test_words(found):
    assert model_words("size+education+age")["nl"] == "omvang, opleiding en leeftijd"
    assert model_words("unweighted")["en"] == "unweighted"
    for lang in LANGUAGES:
        assert "TK2025" in found.sentence(lang)
        assert "GR2026" in found.sentence(lang)
        assert len(found.explain(lang)) == len(found.assumptions)
    # Two means of the same effects: of municipalities, and of voters.
    assert "het gemiddelde effect van 5 gemeenten" in found.sentence("nl")
    assert "Per kiezer in plaats van per gemeente gerekend" in found.sentence("nl")
    # Seven municipalities used the ballot for the first time at GR2026, nobody at TK2025.
    assert "effects-borrowed" in found.assumptions
    assert "ballots-from-valid" not in found.assumptions


def test_ballots_that_were_derived_are_an_assumption(gappy):
    assert "ballots-from-valid" in scale_up(gappy).assumptions


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figure_draws(found, lang, tmp_path):
    drawn = found.plot(lang)
    labels = [text.get_text() for text in drawn.axes[0].texts if text.get_gid() == "row"]
    weighted = {"nl": "gewogen", "en": "weighted"}[lang]
    assert labels == ["EP24", "TK25", weighted, "GR26", weighted]
    drawn.savefig(tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").stat().st_size > 5_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_stay_short(found, lang):
    said = found.sentence(lang)
    parts = [each for each in said.split(". ") if each]
    assert len(parts) <= 10  # two elections, weighting, one more municipality, one more election
    assert max(len(each.split()) for each in parts) <= 35
    # The number that matters stands there with its interval.
    known = found.table[found.table["election"] == "GR2026"]
    own = row(known, outcome="invalid", use="first use", model="unweighted", borrowed=False)
    for name in ("extra", "extra_low", "extra_high"):
        # Thousands: an estimate of tens of thousands carries no more.
        assert formatting.thousands(own[name], lang) in said


def test_main_rows_are_the_unweighted_and_the_fullest_weighted(found):
    main = main_rows(found.table)
    assert main["estimate"].notna().all()
    per_answer = main.groupby(["election", "outcome", "use", "basis"], sort=False)["model"]
    assert (per_answer.size() <= 2).all()
    assert (per_answer.first() == "unweighted").all()
    first = main[(main["election"] == "GR2026") & (main["use"] == "first use")]
    assert set(first["model"]) == {"unweighted", "size+education+age"}
    # Five municipalities are too few for three characteristics: the first model that is known.
    later = main[(main["election"] == "TK2025") & (main["use"] == "later use")]
    assert set(later["model"]) == {"unweighted", "size"}


def test_the_users_covariates_choose_the_comparison_group(tmp_path):
    about = load_table("covariates")
    moved = about[about["municipality_code"] == "GM0034"].assign(province="Drenthe")
    moved.to_csv(tmp_path / "covariates.csv", index=False)
    shipped, own = (
        municipal_effects(load(data=data), "TK2025", "invalid", comparison="province").n_comparison
        for data in (None, tmp_path)
    )
    assert own == shipped + 1


def test_an_election_without_any_baseline_does_not_stop_the_others():
    results = load()
    rows = results.rows
    treated = results.plan.treated("GR2026")
    gone = (rows["election"] == "GR2022") & rows["municipality_code"].isin(treated)
    kept = replace(results, rows=rows[~gone].reset_index(drop=True))
    made = scale_up(kept, models=((),))
    assert set(made.table["basis"]) == {"TK2025"}
    assert "en nog 8, omdat daarvan geen telling van GR2022" in made.sentence("nl")


def test_an_election_that_can_borrow_from_none_is_one_clear_error():
    few = evaluatie.load(["TK2023", "TK2025"]).without(["GM0755", "GM0147", "GM1842"])
    with pytest.raises(EstimationError, match="TK2023: no election has the effects of 3 munic"):
        evaluatie.scale_up(few, "TK2023")
