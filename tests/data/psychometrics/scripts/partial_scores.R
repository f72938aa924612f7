# Partial scores, simulated (CC0), and what mirt 1.45.1 says of them: Rscript partial_scores.R DIR
library(mirt)
env <- new.env(); sys.source("../../../../../shared/reference/psychometrics/scripts/refcalc.R", envir = env); tojson <- env$tojson
out <- commandArgs(TRUE)[1]; set.seed(20260107); n <- 160; k <- 8
one <- function(name, X, itemtype) {
  m <- mirt(X, 1, itemtype = itemtype, verbose = FALSE, technical = list(NCYCLES = 5000)); cf <- coef(m, simplify = TRUE)$items
  o <- list(dataset = name, package = "mirt 1.45.1", call = sprintf("mirt(X, 1, itemtype = '%s')", itemtype), itemtype = itemtype,
    scores = X, a = I(unname(cf[, "a1"])), d = unname(cf[, grep("^d[1-9]", colnames(cf))]), theta_variance = coef(m)$GroupPars[1, 2])
  for (mt in c("EAP", "MAP", "ML", "WLE")) o[[tolower(mt)]] <- unname(suppressWarnings(fscores(m, method = mt, full.scores.SE = TRUE))[, 1:2])
  if (!anyNA(X)) { o$eap_sum <- unname(fscores(m, method = "EAPsum", full.scores.SE = TRUE)[, 1:2]); f <- itemfit(m); o$S_X2 <- list(S_X2 = I(f$S_X2), df = I(f$df.S_X2), rmsea = I(f$RMSEA.S_X2), p = I(f$p.S_X2)) }
  f <- itemfit(m, "infit", Theta = matrix(o$eap[, 1])); o$infit <- list(outfit = I(f$outfit), z_outfit = I(f$z.outfit), infit = I(f$infit), z_infit = I(f$z.infit))
  f <- personfit(m, Theta = matrix(o$eap[, 1])); o$person <- list(outfit = I(f$outfit), z_outfit = I(f$z.outfit), infit = I(f$infit), z_infit = I(f$z.infit), zh = I(f$Zh))
  o$M2 <- as.list(M2(m)); o$Q3 <- unname(unclass(residuals(m, type = "Q3", verbose = FALSE))); o$LD <- unname(unclass(residuals(m, type = "LD", verbose = FALSE)))
  th <- matrix(seq(-4, 4, .5)); o$test_information <- I(testinfo(m, th)); o$expected_score <- I(expected.test(m, th))
  writeLines(tojson(o), file.path(out, paste0(name, ".json")))
}
a <- matrix(rlnorm(k, .2, .3)); d <- sweep(t(apply(matrix(rnorm(k * 2, 0, .6), k), 1, sort, decreasing = TRUE)), 2, c(.8, -.8), "+")
G <- simdata(a, d, n, itemtype = "graded"); one("sim_partial__grm", G, "graded"); G[sample(length(G), 60)] <- NA; one("sim_partial_missing__grm", G, "graded")
P <- simdata(a, cbind(0, d), n, itemtype = "gpcm"); one("sim_partial__gpcm", P, "gpcm"); one("sim_partial__pcm", P, "Rasch")
