# Reference values for the clustered interval of a pooled share.
# Needs R with clubSandwich and jsonlite (Debian: r-cran-clubsandwich r-cran-jsonlite).
# Run from this folder:  Rscript clubsandwich_ratio.R
# The pooled share is the intercept of a regression of shares weighted by ballots.

suppressPackageStartupMessages({
  library(clubSandwich)
  library(jsonlite)
})

reference <- function(x, n, cluster) {
  # Cluster totals first: the ratio estimator's residuals are those of clusters.
  totals <- aggregate(cbind(x, n) ~ cluster, FUN = sum)
  fit <- lm(x / n ~ 1, data = totals, weights = n)
  # Working model: a share varies in inverse proportion to its ballots.
  v <- vcovCR(fit, cluster = totals$cluster, type = "CR2", target = mean(totals$n) / totals$n)
  test <- coef_test(fit, vcov = v, test = "Satterthwaite")
  list(
    x = x, n = n, cluster = cluster,
    estimate = coef(fit)[[1]], std_error = sqrt(v[1, 1]), df = test$df
  )
}

set.seed(20251029)
n <- sample(300:1500, 60, replace = TRUE)
stations <- sample(1:9, 60, replace = TRUE, prob = c(20, rep(1, 8)))
unequal <- c(7414, 13065, 16386, 23451, 71175)
cases <- list(
  rows = reference(rbinom(60, n, 0.01), n, 1:60),
  clusters = reference(rbinom(60, n, 0.01), n, stations),
  unequal = reference(rbinom(5, unequal, 0.005), unequal, 1:5)
)
made_with <- list(
  R = paste(R.version$major, R.version$minor, sep = "."),
  clubSandwich = as.character(packageVersion("clubSandwich"))
)
json <- toJSON(list(made_with = made_with, cases = cases), digits = I(15), auto_unbox = TRUE)
writeLines(json, "clubsandwich_ratio.json")
