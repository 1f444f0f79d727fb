"""What tests know about the folder with raw source files."""

UNNAMED = {
    "GR2026_candidate_votes_28_gemeenten.csv",
    "GR2026_polling_stations_10_experiment_municipalities.csv",
    "GR2026_polling_stations_Nijmegen_47_of_85.csv",
    "GR2026_totals_510b_28_gemeenten.csv",
    "TK2025_rejected_alle_gemeenten.csv",
    "osv4-3_telling_gr2026_tilburg.csv",
}
"""Transcribed for the build, superseded, or robbed of the heading that names the municipality:
which count these are does not stand in them, and nobody is to guess."""
