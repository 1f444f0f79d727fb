# Reference values for predictions from random effects, without and with characteristics.
# Needs R with metafor and jsonlite (Debian: r-cran-metafor r-cran-jsonlite).
# Run from this folder:  Rscript metafor_prediction.R
# The effects, variances and characteristics are made up.

suppressPackageStartupMessages({
  library(metafor)
  library(jsonlite)
})

y <- c(3.1, 4.2, 1.8, 5.5, 2.7, 4.9, 3.6, 2.1, 6.0, 3.3, 4.4)
v <- c(0.21, 0.35, 0.10, 0.44, 0.15, 0.30, 0.22, 0.09, 0.55, 0.18, 0.25)
x1 <- c(0.1, 0.4, 0.3, 0.9, 0.2, 0.7, 0.5, 0.15, 0.8, 0.35, 0.6)
x2 <- c(22, 18, 25, 30, 19, 21, 27, 24, 20, 23, 26)
at <- c(0.45, 23.5)

precise <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
mean_fit <- rma(y, v, method = "PM", test = "t", control = precise)
fixed <- rma(y, v, tau2 = 2, test = "t")
regression <- rma(y, v, mods = ~ x1 + x2, method = "PM", test = "t", control = precise)
there <- predict(regression, newmods = at)

# Q and its p-value, and the Q-profile interval of tau2; effects that hardly differ as well.
profile <- function(y) {
  fit <- rma(y, v, method = "PM", control = precise)
  ends <- confint(fit, control = list(tol = 1e-13, tau2.max = 1000))$random["tau^2", ]
  adhoc <- rma(y, v, method = "PM", test = "adhoc", control = precise)
  list(y = y, q = fit$QE, p_value = fit$QEp, tau2 = as.numeric(ends["estimate"]),
       tau2_low = as.numeric(ends["ci.lb"]), tau2_high = as.numeric(ends["ci.ub"]),
       mean = as.numeric(adhoc$b), conf = c(adhoc$ci.lb, adhoc$ci.ub))
}
alike <- 3.5 + 0.6 * sqrt(v) * c(1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 0)

# Higgins, Thompson and Spiegelhalter (2009): one degree of freedom fewer than metafor 3.8 takes.
predicted <- function(mean, error, tau2, df) mean + c(-1, 1) * qt(0.975, df) * sqrt(tau2 + error^2)

out <- list(
  made_with = paste("metafor", packageVersion("metafor")),
  y = y, v = v, x = cbind(x1, x2), at = at,
  mean = list(estimate = as.numeric(mean_fit$b), std_error = mean_fit$se, tau2 = mean_fit$tau2,
              conf = c(mean_fit$ci.lb, mean_fit$ci.ub),
              pred = predicted(as.numeric(mean_fit$b), mean_fit$se, mean_fit$tau2, 11 - 2)),
  heterogeneity = list(profile(y), profile(alike)),
  fixed_tau2 = list(tau2 = 2, estimate = as.numeric(fixed$b), std_error = fixed$se),
  regression = list(coefficients = as.numeric(regression$b), errors = regression$se,
                    tau2 = regression$tau2, estimate = there$pred, std_error = there$se,
                    conf = c(there$ci.lb, there$ci.ub),
                    pred = predicted(there$pred, there$se, regression$tau2, 11 - 3 - 1))
)
write_json(out, "metafor_prediction.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
