/** Candidate effects; each is optimal for another size of the difference, and the mean of all is a test too. */
const LAMBDAS = [1, 2, 4, 8] as const;

/**
 * Evidence after each difference, as natural logarithms, that differences lie above zero. It may be read after every
 * difference: where they are symmetric about zero or about less, the chance that it ever reaches log(1 / alpha) is at most
 * alpha.
 *
 * For a symmetric x, E[exp(λx) / cosh(λx)] = 1 (Vovk and Wang, "Nonparametric e-tests of symmetry", arXiv 2208.08925), so the
 * product over independent differences is a martingale, the mean over several λ is one too, and Ville's inequality bounds
 * how often it ever gets large. No other property of the distribution is used. No factor is above 2, so that one slow answer
 * does not decide.
 */
export function logEvidenceAboveZero(differences: readonly number[]): number[] {
  let candidates = LAMBDAS.map((lambda) => ({ lambda, logProduct: 0 }));
  return differences.map((value) => {
    candidates = candidates.map(({ lambda, logProduct }) => ({
      lambda,
      logProduct: logProduct + logFactor(lambda * value),
    }));
    return logMeanExp(candidates.map(({ logProduct }) => logProduct));
  });
}

/** The logarithm of the mean of exp(x) over some x, without an overflow. */
function logMeanExp(logarithms: readonly number[]): number {
  const largest = Math.max(...logarithms);
  const mean = logarithms.reduce((total, logarithm) => total + Math.exp(logarithm - largest), 0) / logarithms.length;
  return largest + Math.log(mean);
}

/** log(exp(x) / cosh(x)), which is log(2 / (1 + exp(−2x))), without an overflow. */
function logFactor(x: number): number {
  return Math.LN2 + Math.min(0, 2 * x) - Math.log1p(Math.exp(-2 * Math.abs(x)));
}
