# data/sim_diagnosis.csv, sim_diagnosis_q.csv (CC0) and what CDM 8 makes of them: results/sim_diagnosis__cdm.json
suppressMessages(library(CDM))
set.seed(20240110)
q <- rbind(diag(3), diag(3), c(1,1,0), c(1,0,1), c(0,1,1), c(1,1,0), c(0,1,1), c(1,1,1), diag(3))
n <- 500; j <- nrow(q)
theta <- rnorm(n); alpha <- sapply(c(-0.5, 0, 0.4), function(b) as.integer(runif(n) < plogis(1.5 * (theta - b))))
full <- apply(q, 1, function(r) apply(alpha[, r == 1, drop = FALSE], 1, function(a) mean(a)))
guess <- runif(j, 0.1, 0.25); slip <- runif(j, 0.05, 0.25)
p <- t(guess + (1 - slip - guess) * t(ifelse(full == 1, 1, full * 0.35)))
x <- matrix(as.integer(runif(n * j) < p), n); colnames(x) <- sprintf("D%02d", 1:j); colnames(q) <- c("a1", "a2", "a3")
x[cbind(sample(n, 60), sample(j, 60, TRUE))] <- NA
d <- as.data.frame(x)
write.csv(data.frame(id = sprintf("P%03d", 1:n), d), "data/sim_diagnosis.csv", row.names = FALSE, na = "", quote = FALSE)
write.csv(data.frame(item = colnames(x), q), "data/sim_diagnosis_q.csv", row.names = FALSE, quote = FALSE)
qq <- as.data.frame(q)
num <- function(v) paste0("[", paste(ifelse(is.na(v), "null", formatC(as.numeric(v), digits = 12, format = "g", width = 1)), collapse = ", "), "]")
mat <- function(m) paste0("[", paste(apply(as.matrix(m), 1, num), collapse = ", "), "]")
di <- din(d, q.matrix = qq, rule = "DINA", conv.crit = 1e-10, dev.crit = 1e-12, maxit = 50000, progress = FALSE)
gd <- gdina(d, q.matrix = qq, rule = "GDINA", conv.crit = 1e-10, dev.crit = 1e-12, maxit = 50000, progress = FALSE, mono.constr = FALSE, reduced.skillspace = FALSE)
se <- IRT.se(di)
w <- gdina.wald(gd)
fit <- IRT.modelfit(di)
out <- c('"dataset": "sim_diagnosis"', '"method": "diagnosis"', '"package": "CDM"', sprintf('"version": "%s"', packageVersion("CDM")),
  sprintf('"R": "%s"', R.version.string),
  '"call": "din(rule = DINA), gdina(rule = GDINA, mono.constr = FALSE, reduced.skillspace = FALSE), conv.crit 1e-10; see scripts/diagnosis.R"',
  sprintf('"dina": {"log_likelihood": %.10f, "n_parameters": %d, "aic": %.10f, "bic": %.10f, "guess": %s, "slip": %s, "shares": %s, "masters": %s, "eap": %s, "srmsr": %.12g}',
    di$loglike, sum(di$Npars), di$AIC, di$BIC, num(di$guess$est), num(di$slip$est), num(di$attribute.patt$class.prob), num(di$skill.patt[, 1]), mat(di$pattern[, grep("post.attr", names(di$pattern))][1:40, ]), fit$modelfit.stat["SRMSR", "est"]),
  sprintf('"gdina": {"log_likelihood": %.10f, "n_parameters": %d, "p": %s, "p_item": %s, "shares": %s}', gd$loglike, gd$Npars, num(gd$probitem$prob), num(gd$probitem$itemno), num(gd$attribute.patt$class.prob)))
cat(paste0("{\n  ", paste(out, collapse = ",\n  "), "\n}\n"), file = "results/sim_diagnosis__cdm.json")
print(se); print(w); print(fit); print(names(di$pattern)); print(head(di$attribute.patt, 8)); print(head(gd$attribute.patt,8))
