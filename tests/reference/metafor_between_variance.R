# Reference values for the variance between units.
# Needs R with metafor and jsonlite (Debian: r-cran-metafor r-cran-jsonlite).
# Run from this folder:  Rscript metafor_between_variance.R
# Data: thirteen trials of the BCG vaccine (Colditz et al. 1994, JAMA 271), shipped with metafor.

suppressPackageStartupMessages({
  library(metafor)
  library(jsonlite)
})

d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
fit <- function(method) {
  rma(yi, vi, data = d, method = method, control = list(threshold = 1e-14, maxiter = 10000, tol = 1e-14))
}
reml <- fit("REML")
pm <- fit("PM")
dl <- rma(yi, vi, data = d, method = "DL")
json <- toJSON(list(
  made_with = list(
    R = paste(R.version$major, R.version$minor, sep = "."),
    metafor = as.character(packageVersion("metafor"))
  ),
  estimates = as.numeric(d$yi), variances = as.numeric(d$vi),
  reml = reml$tau2, paule_mandel = pm$tau2, dersimonian_laird = dl$tau2,
  reml_mean = as.numeric(reml$beta)
), digits = I(15), auto_unbox = TRUE)
writeLines(json, "metafor_between_variance.json")
