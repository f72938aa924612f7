# sim2pl__subscores.json: Haberman's PRMSEs and Wainer's augmented subscores by the package subscore 3.3.
# Its CTTsub takes alpha from the packages CTT and sirt, and tests from cocor: SUBSCORE names a copy of
# R/CTTsub.R in which these calls are ALPHA, DIS and STRAT as below, and the tests are left out.
ALPHA <- function(x, ...) { m <- ncol(x); m / (m - 1) * (1 - sum(apply(x, 2, var)) / var(rowSums(x))) }
DIS <- function(r, rel) r / sqrt(outer(rel, rel))
STRAT <- function(x, itemstrata) {
  g <- split(seq_len(ncol(x)), as.numeric(itemstrata[, 2]))
  a <- sapply(g, function(i) ALPHA(x[, i])); v <- sapply(g, function(i) var(rowSums(x[, i])))
  list(alpha.stratified = c(1 - sum((1 - a) * v) / var(rowSums(x)), a))
}
source(Sys.getenv("SUBSCORE"))
d <- read.csv("tests/data/psychometrics/data/sim2pl.csv")[, -1]
parts <- list(A = 1:4, B = 5:16, C = 17:18, D = 19:40)
test <- lapply(parts, function(i) d[, i]); test$total <- d[, unlist(parts)]
options(digits = 17)
haberman <- CTTsub(test, "Haberman"); wainer <- CTTsub(test, "Wainer")
print(haberman$PRMSE); print(haberman$Disattenuated.correlation)
print(wainer$summary); print(wainer$subscore.augmented[1, ])
