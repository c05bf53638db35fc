/**
 * Logarithmic differences count up to this much, so that one slow answer does not decide. An odd function keeps the
 * symmetry that the test needs.
 */
const MOST = 1;
/** Candidate effects; each is optimal for another size of the difference, and the mean of all is a test too. */
const LAMBDAS = [1, 2, 4, 8] as const;

/**
 * Evidence, as a natural logarithm, that differences lie above zero. It may be read after every difference: where they are
 * symmetric about zero or about less, the chance that it ever reaches log(1 / alpha) is at most alpha.
 *
 * For a symmetric x, E[exp(λx − λ²x²/2)] ≤ 1 (de la Peña, "A general class of exponential inequalities for martingales and
 * ratios", Annals of Probability 27, 1999), so the product over independent differences is a supermartingale, the mean over
 * several λ is one too, and Ville's inequality bounds how often it ever gets large. No other property of the
 * distribution is used.
 */
export function logEvidenceAboveZero(differences: readonly number[]): number {
  const limited = differences.map((value) => Math.max(-MOST, Math.min(MOST, value)));
  const sum = limited.reduce((total, value) => total + value, 0);
  const squares = limited.reduce((total, value) => total + value * value, 0);
  const exponents = LAMBDAS.map((lambda) => lambda * sum - (lambda * lambda * squares) / 2);
  const largest = Math.max(...exponents);
  const mean = exponents.reduce((total, exponent) => total + Math.exp(exponent - largest), 0) / LAMBDAS.length;
  return largest + Math.log(mean);
}
