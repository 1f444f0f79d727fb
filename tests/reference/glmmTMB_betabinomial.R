# Reference values for the beta-binomial share.
# Needs R with glmmTMB and jsonlite (Debian: r-base-core r-cran-glmmtmb r-cran-jsonlite).
# Run from this folder:  Rscript glmmTMB_betabinomial.R
# Writes glmmTMB_betabinomial.json: the simulated counts and what R makes of them.

suppressPackageStartupMessages({
  library(glmmTMB)
  library(jsonlite)
})

draw <- function(k, sizes, intercept, slope, rho) {
  n <- sample(sizes, k, replace = TRUE)
  z <- round(rnorm(k), 3)
  p <- plogis(intercept + slope * z)
  s <- 1 / rho - 1
  list(x = rbinom(k, n, rbeta(k, p * s, (1 - p) * s)), n = n, z = z)
}

reference <- function(d, formula) {
  d <- as.data.frame(d)
  fit <- glmmTMB(formula, data = d, family = betabinomial())
  # Newton steps with the exact gradient take the optimiser's stop to full precision.
  object <- fit$obj
  theta <- fit$fit$par
  for (i in 1:5) {
    hessian <- optimHess(theta, object$fn, object$gr, control = list(ndeps = rep(1e-5, length(theta))))
    theta <- theta - solve(hessian, as.vector(object$gr(theta)))
  }
  hessian <- optimHess(theta, object$fn, object$gr, control = list(ndeps = rep(1e-5, length(theta))))
  k <- length(theta)
  list(
    x = d$x, n = d$n,
    params = unname(theta[-k]),
    rho = 1 / (1 + exp(theta[[k]])),
    std_errors = unname(sqrt(diag(solve(hessian)))),
    # What glmmTMB itself prints, with its own stop and numerical Hessian.
    printed_params = unname(fixef(fit)$cond),
    printed_std_errors = unname(sqrt(diag(vcov(fit)$cond))),
    log_likelihood = -object$fn(theta)[[1]]
  )
}

set.seed(20260318)
cases <- list(
  municipalities = reference(draw(342, 2000:60000, -5.9, 0, 0.001), cbind(x, n - x) ~ 1)
)
made_with <- list(
  R = paste(R.version$major, R.version$minor, sep = "."),
  glmmTMB = as.character(packageVersion("glmmTMB"))
)
json <- toJSON(list(made_with = made_with, cases = cases), digits = I(15), auto_unbox = TRUE)
writeLines(gsub("\\},\"", "},\n\"", json), "glmmTMB_betabinomial.json")
