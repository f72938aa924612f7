# Several groups, populations, partial scores linked: data simulated here (CC0), and what R packages make of
# them: Rscript new_models.R DIR (4 minutes). tojson is that of the published reference set.
suppressMessages({ library(mirt); library(plink) })
env <- new.env(); sys.source("../../../../../shared/reference/psychometrics/scripts/refcalc.R", envir = env); tojson <- env$tojson
out <- commandArgs(TRUE)[1]
put <- function(name, package, call, ...) { writeLines(tojson(list(dataset = name, package = package, call = call, ...)), file.path(out, paste0(name, ".json"))); cat(name, "\n") }
steps <- c(-.8, 0, .8)
graded <- function(theta, a, b, partial) sapply(seq_along(a), function(j) {
  z <- a[j] * outer(theta, b[j] + steps, "-")
  p <- if (partial) { e <- cbind(1, exp(t(apply(z, 1, cumsum)))); e / rowSums(e) } else { q <- cbind(1, plogis(z), 0); q[, 1:4] - q[, 2:5] }
  apply(p, 1, function(one) sample(0:3, 1, prob = one)) })
blank <- function(X, n) { X[sample(length(X), n)] <- NA; colnames(X) <- paste0("I", seq_len(ncol(X))); X }
right <- function(p) { X <- 1L * (runif(length(p)) < p); dim(X) <- dim(p); X }

# ── several groups ──
set.seed(20261128); n <- 350; k <- 8
group <- rep(c("one", "two"), each = n); theta <- c(rnorm(n), rnorm(n, .4, .9))
a <- rlnorm(k, .1, .25); b <- seq(-1.2, 1.2, length.out = k); same <- c("free_means", "free_var")
groups <- function(name, X, itemtype, group, same, model = 1, says = "") {
  fit <- multipleGroup(X, model, group = group, itemtype = itemtype, invariance = same, SE = TRUE, SE.type = "Oakes", TOL = 1e-8, quadpts = 61, verbose = FALSE,
    technical = list(NCYCLES = 20000, theta_lim = c(-6, 6)))
  own <- coef(fit, printSE = TRUE); items <- setdiff(names(own$one), "GroupPars")
  row <- function(g, r, what) I(unname(sapply(items, function(i) own[[g]][[i]][r, what])))
  of <- function(g, r) { d <- grep("^d[1-9]*$", colnames(own$one[[1]]), value = TRUE); d <- setdiff(d, "d0")
    list(a = row(g, r, "a1"), d = unname(t(sapply(items, function(i) unname(own[[g]][[i]][r, d])))), logit_c = if ("logit(g)" %in% colnames(own$one[[1]])) row(g, r, "logit(g)") else NULL) }
  pop <- function(r, what) I(unname(sapply(own, function(g) g$GroupPars[r, what])))
  put(name, "mirt 1.45.1", sprintf("multipleGroup(X, %s, group, '%s', invariance = items that are the same and free_means, free_var; SE.type = 'Oakes', TOL = 1e-8, quadpts = 61)", if (says == "") "1" else says, itemtype),
    scores = unname(X), group = I(as.integer(group == "two")), converged = extract.mirt(fit, "converged"), loglik = extract.mirt(fit, "logLik"), log_prior = extract.mirt(fit, "logPrior"), n_parameters = extract.mirt(fit, "nestpars"),
    one = of("one", 1), two = of("two", 1), se_one = of("one", 2), mean = pop(1, "MEAN_1"), variance = pop(1, "COV_11"), se_mean = pop(2, "MEAN_1"), se_variance = pop(2, "COV_11"))
}
G <- blank(graded(theta, a, b, FALSE), 200); groups("groups__grm", G, "graded", group, c(colnames(G), same)); groups("groups__grm_free_item", G, "graded", group, c(colnames(G)[-3], same))
P <- blank(graded(theta, a, b, TRUE), 200); groups("groups__gpcm", P, "gpcm", group, c(colnames(P), same))
R <- blank(graded(theta, rep(1, k), b, TRUE), 200); groups("groups__pcm", R, "Rasch", group, c(colnames(R), same))
n <- 700; k <- 12; group <- rep(c("one", "two"), each = n); theta <- c(rnorm(n), rnorm(n, .4, .9)); a <- rlnorm(k, .2, .25); b <- seq(-1.5, 1.5, length.out = k)
X <- blank(right(.2 + .8 * plogis(sweep(outer(theta, b, "-"), 2, a, "*"))), 300)
groups("groups__3pl", X, "3PL", group, c(colnames(X), same), "F = 1-12\nPRIOR = (1-12, g, norm, -1.1, 0.5)", "'PRIOR = (1-12, g, norm, -1.1, 0.5)'")

# ── populations and draws ──
set.seed(20261130); n <- 400; k <- 12; b <- seq(-1.8, 1.8, length.out = k); theta <- rnorm(n, rep(c(-1, 1.1), each = n / 2), .5)
X <- blank(right(plogis(outer(theta, b, "-"))), 150)
fit <- mirt(X, 1, "2PL", TOL = 1e-7, quadpts = 61, verbose = FALSE, technical = list(NCYCLES = 5000, theta_lim = c(-6, 6)))
cf <- coef(fit, simplify = TRUE)$items; given <- unname(fscores(fit, method = "EAP", mean = .5, cov = matrix(1.44), quadpts = 121, theta_lim = c(-6, 6), full.scores.SE = TRUE))
# items held by priors that hardly let them move: with nothing free mirt stops after one step
pars <- mirt(X, 1, "2PL", pars = "values"); for (j in seq_len(k)) { own <- pars$item == colnames(X)[j]; pars$value[own & pars$name == "a1"] <- cf[j, "a1"]; pars$value[own & pars$name == "d"] <- cf[j, "d"] }
pars$est <- FALSE; last <- which(pars$item == colnames(X)[k] & pars$name == "d"); pars$est[last] <- TRUE
pars$prior.type[last] <- "norm"; pars$prior_1[last] <- cf[k, "d"]; pars$prior_2[last] <- 1e-7
steps_of <- 25; eh <- suppressWarnings(mirt(X, 1, "2PL", pars = pars, dentype = "EH", quadpts = 61, TOL = -1, accelerate = "none", verbose = FALSE, technical = list(NCYCLES = steps_of, theta_lim = c(-6, 6), warn = FALSE)))
weights <- extract.mirt(eh, "Prior")[[1]]
suppressMessages(library(TAM)); rasch <- tam.mml(X, verbose = FALSE, control = list(nodes = seq(-6, 6, length.out = 61), conv = 1e-8, convD = 1e-8, maxiter = 5000))
set.seed(1); pv <- as.matrix(tam.pv(rasch, nplausible = 1000, ntheta = 20000, verbose = FALSE)$pv[, -1])
put("populations__mirt_tam", "mirt 1.45.1, TAM 4.4-2", "fscores(EAP, mean = .5, cov = 1.44, quadpts = 121); mirt(dentype = 'EH', items held, 25 cycles, accelerate = 'none', quadpts = 61); tam.pv(tam.mml(X), nplausible = 1000, ntheta = 20000)",
  scores = unname(X), a = I(unname(cf[, "a1"])), d = I(unname(cf[, "d"])), eap_given = given, histogram = list(steps = steps_of, iterations = extract.mirt(eh, "iterations"), weights = I(as.vector(weights)), loglik = extract.mirt(eh, "logLik")),
  draws = list(d = I(unname(-rasch$xsi$xsi)), variance = rasch$variance[1, 1], n = 1000, mean = I(unname(rowMeans(pv))), sd = I(unname(apply(pv, 1, sd))), eap = I(rasch$person$EAP), sd_eap = I(rasch$person$SD.EAP), mean_of_sds = mean(apply(pv, 2, sd))))

# ── linking of partial scores ──
set.seed(20261201); link <- function(name, kind, P, Q, categories, mod) {
  o <- as.irt.pars(list(X = P, Y = Q), cbind(seq_len(nrow(P)), seq_len(nrow(P))), cat = list(categories, categories), poly.mod = list(mod, mod), grp.names = c("X", "Y"))
  constants <- function(symmetric) { z <- link.con(plink(o, base.grp = 2, D = 1, symmetric = symmetric, weights.t = as.weight(theta = seq(-4, 4, .1), normal.wt = TRUE))); z <- if (is.list(z)) z[[1]] else z; list(method = rownames(z), A = I(unname(z[, 1])), B = I(unname(z[, 2]))) }
  list(kind = kind, items_x = unname(P), items_y = unname(Q), constants = constants(FALSE), constants_symmetric = constants(TRUE)) }
k <- 8; two <- function(b) { a <- rlnorm(k, .1, .3); n <- ncol(b); list(cbind(a, b), cbind(a / 1.25 * rlnorm(k, 0, .06), 1.25 * b - .4 + rnorm(length(b), 0, .08))) }
ordered <- function() t(sapply(seq(-1, 1, length.out = k), function(m) m + c(-.9, .1, 1) + rnorm(3, 0, .15)))
g <- two(ordered()); p <- two(ordered()); m <- two(ordered()); wide <- lapply(m, function(one) { one[1:3, 3] <- .2; one[1:3, 4] <- NA; one })
put("partial__linking", "plink 1.5-1", "plink(as.irt.pars(…, as.poly.mod(8, 'grm', 'gpcm' or drm and grm)), base.grp = 2, D = 1, symmetric, weights.t = as.weight(theta = seq(-4, 4, .1), normal.wt = TRUE))",
  grm = link("grm", "grm", g[[1]], g[[2]], rep(4, k), as.poly.mod(k, "grm")), gpcm = link("gpcm", "gpcm", p[[1]], p[[2]], rep(4, k), as.poly.mod(k, "gpcm")),
  mixed = link("mixed", "grm; three of 0 and 1 with c = 0.2", wide[[1]], wide[[2]], c(2, 2, 2, 4, 4, 4, 4, 4), as.poly.mod(k, c("drm", "grm"), list(1:3, 4:8))))
