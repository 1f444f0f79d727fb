# Reference values for bounds under relative magnitudes, with one later period: the two examples
# that HonestDiD ships (Benzarti and Carloni; Lovenheim and Willen), by its own functions.
# Needs R with pracma, purrr, tibble, mvtnorm, jsonlite (Debian: r-cran-...), and a copy of
# github.com/asheshrambachan/HonestDiD (made with version 0.2.8).
# Run from this folder:  Rscript honestdid_relative_magnitudes.R COPY

suppressPackageStartupMessages({
  library(jsonlite)
  library(mvtnorm)
})
copy <- commandArgs(trailingOnly = TRUE)[1]
for (name in c("utilities", "arp-nuisance", "arp-nonuisance", "deltarm")) {
  source(file.path(copy, "R", paste0(name, ".R")))
}
# The quantile of a truncated normal without TruncatedNormal, whose method is for far tails.
.norminvp_generalized <- function(p, l, u, mu = 0, sd = 1) {
  below <- pnorm(-u, -mu, sd)
  -qnorm(below + (1 - p) * (pnorm(-l, -mu, sd) - below), -mu, sd)
}

# The hybrid of the paper for moments without nuisance parameters: not rejected by the
# least-favourable test joins the event that is conditioned on.
limit_of <- function(A, sigma, kappa) {
  correlation <- cov2cor(A %*% sigma %*% t(A))
  beyond <- function(x) pmvnorm(upper = c(x, x), corr = correlation, algorithm = TVPACK()) - (1 - kappa)
  uniroot(beyond, c(0, 6), tol = 1e-10)$root
}
kept <- function(theta, y, sigma, A, limit, alpha) {
  kappa <- alpha / 10
  moved <- y - c(rep(0, length(y) - 1), theta)
  scaled <- diag(1 / sqrt(diag(A %*% sigma %*% t(A)))) %*% A
  if (max(scaled %*% moved) > limit) return(FALSE)
  !.testInIdentifiedSet(moved, sigma, A, rep(0, nrow(A)), scaled, rep(limit, nrow(A)),
                        (alpha - kappa) / (1 - kappa))
}

interval <- function(y, sigma, magnitude, alpha = 0.05) {
  pre <- length(y) - 1
  sets <- list()
  for (s in -(pre - 1):0) for (positive in c(TRUE, FALSE)) {
    A <- .create_A_RM(pre, 1, magnitude, s, positive)
    sets[[length(sets) + 1]] <- A[A[, pre + 1] != 0, , drop = FALSE]
  }
  limits <- vapply(sets, limit_of, 0, sigma = sigma, kappa = alpha / 10)
  any_keeps <- function(theta) {
    for (i in seq_along(sets)) {
      if (kept(theta, y, sigma, sets[[i]], limits[i], alpha)) return(TRUE)
    }
    FALSE
  }
  changes <- diff(c(y[1:pre], 0))
  reach <- magnitude * max(abs(changes)) + 8 * sqrt(sigma[pre + 1, pre + 1]) * (1 + magnitude)
  ends <- vapply(c(-1, 1), function(sign) {
    low <- 0; high <- reach
    for (i in 1:40) {
      middle <- (low + high) / 2
      if (any_keeps(y[pre + 1] + sign * middle)) low <- middle else high <- middle
    }
    y[pre + 1] + sign * low
  }, 0)
  ends
}

example <- function(name) {
  load(file.path(copy, "data", paste0(name, "data_EventStudy.rda")))
  data <- get(paste0(name, "data_EventStudy"))
  keep <- c(data$prePeriodIndices, data$postPeriodIndices[1])
  y <- as.numeric(data$betahat[keep])
  sigma <- unname(data$sigma[keep, keep])
  magnitudes <- c(0, 0.5, 1, 1.5, 2)
  list(betahat = y, sigma = sigma, magnitude = magnitudes,
       conf = t(vapply(magnitudes, function(m) interval(y, sigma, m), c(0, 0))))
}
out <- list(made_with = "HonestDiD 0.2.8", BC = example("BC"), LW = example("LW"))
write_json(out, "honestdid_relative_magnitudes.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
