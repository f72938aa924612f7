# Agreement of assessors: data simulated here (CC0) or published, and what R packages make of them.
#   R_LIBS=… Rscript agreement.R ratings__agreement.json ratings__many_facet.json
library(irr); library(irrCAC); library(psych); library(vcd); library(lme4); library(TAM); library(jsonlite)
args <- commandArgs(TRUE)
set.seed(20261126)
version <- function(...) sapply(c(...), function(p) as.character(packageVersion(p)))
cell <- function(m) lapply(seq_len(nrow(m)), function(i) unname(unlist(m[i, ])))

# ── points 0 … 4 of four assessors, 60 candidates; some missing in a copy ──
ability <- rnorm(60)
points <- sapply(c(-0.4, 0, 0.2, 0.6), function(severity)
  pmin(4, pmax(0, round(2 + 1.1 * ability - severity + rnorm(60, 0, 0.7)))))
gaps <- points; gaps[cbind(sample(60, 50, TRUE), sample(4, 50, TRUE))] <- NA
gaps <- gaps[rowSums(!is.na(gaps)) > 0, ]
shrout <- matrix(c(9,2,5,8, 6,1,3,2, 8,4,6,8, 7,1,2,6, 10,5,6,9, 6,2,4,7), ncol = 4, byrow = TRUE)

kappas <- lapply(list(c(1, 2), c(2, 4), c(1, 4)), function(two) {
  own <- points[, two]
  of <- function(weight) { k <- kappa2(own, weight); list(kappa = k$value, z = k$statistic) }
  level <- outer(0:4, 0:4, function(i, j) abs(i - j) / 4)
  by <- function(w) { k <- suppressWarnings(cohen.kappa(own, w = w, levels = 0:4)); k }
  error <- function(w) unname(Kappa(table(factor(own[, 1], 0:4), factor(own[, 2], 0:4)), weights = w)$Weighted[2])
  plain <- by(NULL); linear <- by(1 - level); squared <- by(1 - level^2)
  list(columns = two - 1, irr = list(none = of("unweighted"), linear = of("equal"), quadratic = of("squared")),
       psych = list(none = list(kappa = plain$kappa, variance = plain$var.kappa),
                    linear = list(kappa = linear$weighted.kappa, variance = linear$var.weighted),
                    quadratic = list(kappa = squared$weighted.kappa, variance = squared$var.weighted)),
       vcd = list(linear = error("Equal-Spacing"), quadratic = error("Fleiss-Cohen")))
})
fleiss <- kappam.fleiss(points, detail = TRUE)
alpha <- function(data, method) kripp.alpha(t(data), method)$value
gwet <- function(data, weights) { e <- gwet.ac1.raw(data, weights = weights)$est
  list(value = e$coeff.val, se = e$coeff.se) }
of_icc <- function(data) {
  each <- expand.grid(model = c("oneway", "twoway"), type = c("consistency", "agreement"),
                      unit = c("single", "average"), stringsAsFactors = FALSE)
  each <- each[!(each$model == "oneway" & each$type == "agreement"), ]
  ours <- lapply(seq_len(nrow(each)), function(i) {
    e <- each[i, ]
    k <- icc(data, e$model, e$type, e$unit)
    list(model = e$model, type = e$type, unit = e$unit, value = k$value, f = k$Fvalue, df1 = k$df1, df2 = k$df2,
         p = k$p.value, low = k$lbound, high = k$ubound)
  })
  p <- ICC(data, lmer = FALSE)$results
  list(irr = ours, psych = lapply(seq_len(nrow(p)), function(i) list(type = as.character(p$type[i]), value = p$ICC[i], f = p$F[i],
       df1 = p$df1[i], df2 = p$df2[i], p = p$p[i], low = p$`lower bound`[i], high = p$`upper bound`[i])))
}
# a balanced crossed design, and its components by REML
g <- expand.grid(candidate = 1:60, assessor = 1:3, task = 1:4)
draw <- function(n, sd) rnorm(n, 0, sd)
g$points <- with(g, 5 + draw(60, 1)[candidate] + draw(3, .4)[assessor] + draw(4, .5)[task] +
  matrix(draw(180, .4), 60)[cbind(candidate, assessor)] + matrix(draw(240, .6), 60)[cbind(candidate, task)] +
  matrix(draw(12, .3), 3)[cbind(assessor, task)]) + draw(nrow(g), .7)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-9, maxfun = 1e6))
reml <- lmer(points ~ (1|candidate) + (1|assessor) + (1|task) + (1|candidate:assessor) + (1|candidate:task) +
  (1|assessor:task), g, control = tight)
vc <- as.data.frame(VarCorr(reml))
g$pair <- interaction(g$candidate, g$assessor)
nested <- as.data.frame(VarCorr(lmer(points ~ (1|candidate) + (1|task) + (1|candidate:task) + (1|pair), g, control = tight)))
write_json(list(versions = as.list(version("irr", "irrCAC", "psych", "vcd", "lme4")), r = R.version.string,
  points = cell(points), gaps = cell(gaps), kappas = kappas,
  fleiss = list(kappa = fleiss$value, z = fleiss$statistic, categories = unname(fleiss$detail[, 1])),
  alpha = list(nominal = alpha(gaps, "nominal"), ordinal = alpha(gaps, "ordinal"), interval = alpha(gaps, "interval")),
  gwet = list(none = gwet(gaps, "unweighted"), linear = gwet(gaps, "linear"), quadratic = gwet(gaps, "quadratic")),
  icc = list(points = of_icc(points), shrout = of_icc(shrout)),
  crossed = list(data = lapply(seq_len(nrow(g)), function(i) unname(unlist(g[i, c("candidate", "assessor", "task", "points")]))),
    components = as.list(setNames(vc$vcov, vc$grp)), nested = as.list(setNames(nested$vcov, nested$grp)))),
  args[1], auto_unbox = TRUE, digits = NA, na = "null")

# ── many-facet Rasch models ──
simulated <- function(n, severity, difficulty, steps, per) {
  theta <- rnorm(n, 0, 1.3)
  out <- NULL
  for (i in 1:n) for (r in sort(sample(length(severity), per))) {
    eta <- theta[i] - severity[r] - difficulty
    x <- sapply(seq_along(difficulty), function(j) {
      z <- c(0, cumsum(eta[j] - steps[[j]])); sample(length(z), 1, prob = exp(z - max(z))) - 1 })
    out <- rbind(out, c(i, r, x))
  }
  as.data.frame(setNames(as.data.frame(out), c("candidate", "assessor", paste0("task", seq_along(difficulty)))))
}
rating <- c(-1, 0.2, 0.8)
sets <- list(
  crossed = list(data = simulated(150, c(-.6, 0, .6), c(-.5, 0, .5, .2), rep(list(rating), 4), 3), steps = "rating-scale"),
  sparse = list(data = simulated(250, seq(-.8, .8, length.out = 6), c(-.7, 0, .4), list(c(-1, 1), c(-.8, .2, .6), c(-.5, .5)), 2),
                steps = "partial-credit"),
  yesno = list(data = simulated(200, c(-.5, -.2, .1, .6), c(-1, -.3, .2, .5, .9), rep(list(0), 5), 2), steps = "rating-scale"))
# rated anew on a second day, where everybody is stricter by half a logit
twice <- simulated(120, c(-.5, .1, .4), c(-.4, 0, .4), rep(list(rating), 3), 2)
twice$day <- sample(1:2, nrow(twice), TRUE)
stricter <- twice$day == 2 & matrix(runif(nrow(twice) * 3) < 0.3, ncol = 3)
twice[, 3:5] <- pmax(as.matrix(twice[, 3:5]) - stricter, 0)
sets$days <- list(data = twice, steps = "rating-scale")
nodes <- seq(-7, 7, length.out = 141)
fits <- lapply(sets, function(one) {
  d <- one$data; items <- d[, grep("task", names(d))]
  formula <- if (max(items) == 1) ~ item + assessor else if (one$steps == "rating-scale") ~ item + assessor + step else ~ item * step + assessor
  facets <- data.frame(assessor = sprintf("a%02d", d$assessor))
  if (!is.null(d$day)) { facets$day <- sprintf("d%d", d$day); formula <- ~ item + assessor + day + step }
  m <- tam.mml.mfr(items, facets = facets, formulaA = formula, pid = d$candidate, verbose = FALSE,
    control = list(nodes = nodes, maxiter = 3000, conv = 1e-8, convD = 1e-8, Msteps = 20, progress = FALSE))
  fit <- msq.itemfit(m, fitindices = if (TRUE) {
  cols <- colnames(m$resp); ifelse(grepl("a0", cols), sub(".*(a0[0-9]).*", "\\1", cols), cols) })
  by <- fit$itemfit
  list(data = cell(d), steps = one$steps, formula = deparse(formula), n = nrow(m$person), deviance = m$deviance, loglike = m$ic$loglike,
    n_parameters = m$ic$Npars, aic = m$ic$AIC, bic = m$ic$BIC, variance = m$variance[1], 
    parameters = lapply(seq_len(nrow(m$xsi.facets)), function(i) list(name = as.character(m$xsi.facets$parameter[i]), facet = as.character(m$xsi.facets$facet[i]),
      value = m$xsi.facets$xsi[i], se = m$xsi.facets$se.xsi[i])),
    eap = m$person$EAP, se_eap = m$person$SD.EAP, pid = m$person$pid,
    fit = lapply(seq_len(nrow(by)), function(i) list(outfit = by$Outfit[i], infit = by$Infit[i])))
})
write_json(c(list(versions = as.list(version("TAM", "CDM")), r = R.version.string), fits), args[2], auto_unbox = TRUE, digits = NA, na = "null")
