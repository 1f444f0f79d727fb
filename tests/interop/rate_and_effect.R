# One rate and one effect from the tables that ship, in base R: nothing of the package is used.
#
#   Rscript rate_and_effect.R municipal_results.csv GM0484,GM0755,...
#
# The second argument names the municipalities with the new ballot at TK2025. Prints, one a
# line: the share of invalid votes at TK2023 of all municipalities together, and the effect of
# the new ballot on invalid + blank votes at TK2025 (difference in differences, official
# counts, weighted by ballots), each with 17 digits.

arguments <- commandArgs(trailingOnly = TRUE)
counts <- read.csv(arguments[1], encoding = "UTF-8")
treated <- strsplit(arguments[2], ",")[[1]]

counts <- counts[counts$vintage == "official", ]
now <- counts[counts$election == "TK2025", ]
before <- counts[counts$election == "TK2023", ]

rate <- sum(before$invalid) / sum(before$ballots)

# Codes from GM9000 up are the Caribbean Netherlands and postal votes from abroad.
both <- merge(now, before, by = "municipality_code", suffixes = c("", "_before"))
both <- both[both$municipality_code < "GM9", ]
change <- both$rejected / both$ballots - both$rejected_before / both$ballots_before
new <- both$municipality_code %in% treated
effect <- weighted.mean(change[new], both$ballots[new]) -
  weighted.mean(change[!new], both$ballots[!new])

cat(sprintf("%.17g\n", c(rate, effect)), sep = "")
