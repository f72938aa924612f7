# What R's packages find in one data set: `Rscript compare-with-r.R DATA.csv KIND OUT.tsv [KEY.csv]`, called by
# compare-with-r. A line a quantity: its name, then its values with 17 digits.
args <- commandArgs(TRUE); kind <- args[2]; lines <- character()
put <- function(name, x) { x <- as.numeric(x); lines[[length(lines) + 1]] <<- paste(c(name, ifelse(is.finite(x), formatC(x, digits = 17, format = "g"), "NA")), collapse = "\t") }
quiet <- function(e) suppressWarnings(suppressMessages(e))
part <- function(what, e) tryCatch({ capture.output(quiet(e)); NULL }, error = function(why) lines[[length(lines) + 1]] <<- paste0("FAILED\t", what, ": ", gsub("\\s+", " ", conditionMessage(why))))
D <- read.csv(args[1], check.names = FALSE, colClasses = if (kind == "key") "character" else NA)
G <- D$group; X <- D[setdiff(names(D), c("id", "group"))]; rownames(X) <- paste0("P", seq_len(nrow(X))); k <- ncol(X)

classical <- function() {
  complete <- !anyNA(X); Y <- as.data.frame(X)
  part("alpha", { a <- psych::alpha(Y, check.keys = FALSE, warnings = FALSE)
    put("alpha", a$total$raw_alpha); put("mean_interitem_r", a$total$average_r)
    put("alpha_if_deleted", a$alpha.drop$raw_alpha); put("item_sd", a$item.stats$sd); put("item_n", a$item.stats$n)
    if (complete) { put("item_total", a$item.stats$raw.r); put("item_rest", a$item.stats$r.drop); put("r_cor", a$item.stats$r.cor); put("lambda6", a$total[["G6(smc)"]])
      put("alpha_low", a$feldt$lower.ci); put("alpha_high", a$feldt$upper.ci); put("alpha_se", a$total$ase); tot <- rowSums(Y); put("mean", mean(tot)); put("sd", sd(tot)); put("sem", sd(tot) * sqrt(1 - a$total$raw_alpha)) } })
  if (complete) {
    part("guttman", { g <- psych::guttman(Y); put("lambda2", g$lambda.2) })
    part("omega", { l <- psych::fa(Y, 1)$loadings[]; put("omega", sum(l)^2 / (sum(l)^2 + sum(1 - l^2))) })
    if (max(Y) == 1) part("CTT", { r <- CTT::itemAnalysis(Y, pBisFlag = FALSE)$itemReport; put("facility", r$itemMean); put("item_rest (CTT pBis)", r$pBis); put("biserial_rest (CTT bis)", r$bis); put("alpha_if_deleted (CTT)", r$alphaIfDeleted) })
  }
}
key <- function() {
  K <- read.csv(args[4], colClasses = "character"); K <- K$key[match(names(X), K$item)]
  X[is.na(X) | X == ""] <- "missing"; S <- sapply(seq_len(k), function(j) as.numeric(X[[j]] == K[j])); tot <- rowSums(S)
  part("distractors", { d <- CTT::distractorAnalysis(X, K, scores = data.frame(tot)); for (j in seq_len(k)) { o <- as.character(d[[j]]$key); keep <- o != "missing" & d[[j]]$n > 0
    put(paste0("option_n:", j), d[[j]]$n[keep]); put(paste0("option_share (CTT rspP):", j), d[[j]]$rspP[keep])
    put(paste0("option_r_minus_own (CTT pBis of keys):", j), d[[j]]$pBis[keep & o == K[j]])
    put(paste0("option_point_biserial:", j), sapply(o[keep], function(z) cor(as.numeric(X[[j]] == z), tot)))
    put(paste0("option_mean_score:", j), sapply(o[keep], function(z) mean(tot[X[[j]] == z]))) } })
  X <<- setNames(as.data.frame(S), names(X)); classical()
}
cml <- function() {
  part("RM", { m <- eRm::RM(X); put("b", -m$betapar); put("se_b", m$se.beta); put("log_likelihood", m$loglik); put("n_parameters", m$npar); put("code", m$convergence) })
  part("itemfit", { pp <- eRm::person.parameter(m); f <- eRm::itemfit(pp); put("infit", f$i.infitMSQ); put("outfit", f$i.outfitMSQ); put("infit_t", f$i.infitZ); put("outfit_t", f$i.outfitZ) })
  part("SepRel", put("separation_reliability", eRm::SepRel(pp)$sep.rel))
  part("LR median", { l <- eRm::LRtest(m, splitcr = "median"); put("andersen_median", l$LR); put("andersen_median_df", l$df); put("andersen_median_p", l$pvalue) })
  part("LR mean", { l <- eRm::LRtest(m, splitcr = "mean"); put("andersen_mean", l$LR); put("andersen_mean_df", l$df) })
}
marginal <- function(model) {
  spec <- if (model == "3pl") mirt::mirt.model(sprintf("F = 1-%d\nPRIOR = (1-%d, g, norm, -1.1, 0.5)", k, k)) else if (model == "1pl") mirt::mirt.model(sprintf("F = 1-%d\nCONSTRAIN = (1-%d, a1)", k, k)) else 1
  type <- c(rasch = "Rasch", "1pl" = "2PL", "2pl" = "2PL", "3pl" = "3PL", grm = "graded", pcm = "Rasch", gpcm = "gpcm")[[model]]
  m <- NULL
  part("mirt", { m <- mirt::mirt(X, spec, itemtype = type, SE = TRUE, TOL = 1e-7, technical = list(NCYCLES = 20000), verbose = FALSE)
    put("log_likelihood", mirt::extract.mirt(m, "logLik")); put("log_prior", mirt::extract.mirt(m, "logPrior")); put("n_parameters", mirt::extract.mirt(m, "nest")); put("converged", mirt::extract.mirt(m, "converged"))
    if (model != "3pl") { put("aic", mirt::extract.mirt(m, "AIC")); put("bic", mirt::extract.mirt(m, "BIC")) }
    s <- mirt::coef(m, printSE = TRUE); own <- s[names(X)]; row <- function(z, what, like) z[what, grepl(like, colnames(z))]
    put("a", sapply(own, row, "par", "^a1$")); put("se_a", if (model %in% c("rasch", "pcm")) NA else sapply(own, row, "SE", "^a1$"))
    put("d", unlist(lapply(own, function(z) { v <- row(z, "par", "^d[0-9]*$"); if (model %in% c("pcm", "gpcm") && "d0" %in% colnames(z)) v[-1] else v })))
    put("se_d", unlist(lapply(own, function(z) { v <- row(z, "SE", "^d[0-9]*$"); if (model %in% c("pcm", "gpcm") && "d0" %in% colnames(z)) v[-1] else v })))
    if (model == "3pl") { put("c", sapply(mirt::coef(m)[names(X)], function(z) z[1, "g"])); }
    put("sd", sqrt(mirt::coef(m, simplify = TRUE)$cov[1, 1])) })
  if (is.null(m)) return()
  th <- matrix(seq(-4, 4, .5)); put("expected_score", mirt::expected.test(m, th)); put("information", mirt::testinfo(m, th))
  part("fscores", { e <- mirt::fscores(m, method = "EAP", full.scores.SE = TRUE); put("eap", e[, 1]); put("eap_se", e[, 2]); e <- mirt::fscores(m, method = "MAP", full.scores.SE = TRUE); put("map", e[, 1]); put("map_se", e[, 2]) })
  part("ML", { e <- mirt::fscores(m, method = "ML", full.scores.SE = TRUE); put("ml", e[, 1]); put("ml_se", e[, 2]) })
  part("WLE", { e <- mirt::fscores(m, method = "WLE", full.scores.SE = TRUE); put("wle", e[, 1]) })
  part("EAPsum", put("eap_sum", mirt::fscores(m, method = "EAPsum", full.scores = TRUE)[, 1]))
  part("marginal", put("marginal_rxx", mirt::marginal_rxx(m)))
  if (anyNA(X)) { part("infit", { f <- mirt::itemfit(m, fit_stats = "infit", method = "ML"); put("infit", f$infit); put("outfit", f$outfit) }) ; return() }
  part("S_X2", { f <- mirt::itemfit(m, fit_stats = "S_X2"); put("s_x2", f$S_X2); put("s_x2_df", f$df.S_X2); put("s_x2_p", f$p.S_X2) })
  part("infit", { f <- mirt::itemfit(m, fit_stats = "infit", method = "ML"); put("infit", f$infit); put("infit_z", f$z.infit); put("outfit", f$outfit); put("outfit_z", f$z.outfit) })
  part("M2", { f <- mirt::M2(m); put("m2", f$M2); put("m2_df", f$df); put("m2_p", f$p); put("m2_rmsea", f$RMSEA); put("m2_srmsr", f$SRMSR); put("m2_cfi", f$CFI); put("m2_tli", f$TLI) })
  part("Q3", { q <- mirt::residuals(m, type = "Q3", verbose = FALSE); put("mean_q3", mean(q[upper.tri(q)])) })
}
dif <- function() {
  for (pure in c(FALSE, TRUE)) { end <- if (pure) " purified" else ""
    part(paste0("MH", end), { r <- difR::difMH(X, G, "F", purify = pure); put(paste0("mh_chisq", end), r$MH); put(paste0("mh_alpha", end), r$alphaMH); put(paste0("mh_var", end), r$varLambda) })
    part(paste0("std", end), { r <- difR::difStd(X, G, "F", purify = pure); put(paste0("std_p_dif", end), r$PDIF); put(paste0("std_alpha", end), r$stdAlpha) })
    for (t in c("both", "udif", "nudif")) part(paste0("logistic ", t, end), { r <- difR::difLogistic(X, G, "F", type = t, purify = pure); if (!pure || t == "both") { put(paste0("lr_", t, end), r$Logistik); put(paste0("delta_r2_", t, end), r$deltaR2) } }) }
  part("MH uncorrected", { r <- difR::difMH(X, G, "F", correct = FALSE); put("mh_chisq_uncorrected", r$MH) })
  part("BD", { r <- difR::difBD(X, G, "F"); put("breslow_day", r$BD[, 1]); put("breslow_day_df", r$BD[, 2]) })
}
switch(kind, classical = classical(), key = key(), cml = cml(), dif = dif(), marginal(kind))
writeLines(lines, args[3])
