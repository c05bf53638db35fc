import { numbersOf, type SmokeCase } from '../../actions/lib/domain/smoke/cases.ts';
import { asWarning, type Finding } from './finding.ts';

/**
 * Warnings of the cases that a model passes whose every answer is 0: the tolerances are as large as what they expect.
 *
 * @param file the path of the cases in the repository
 */
export function checkTolerances(file: string, cases: readonly SmokeCase[]): readonly Finding[] {
  return cases.flatMap(({ name, expect }) => {
    const outputs = Object.values(expect.outputs ?? {}).map(({ value, absolute, relative }) => {
      const largest = Math.max(0, ...numbersOf(value).map(Math.abs));
      return { absolute, relative, largest, isLoose: largest > 0 && absolute + relative * largest >= largest };
    });
    const [first] = outputs;
    if (first === undefined || !outputs.every(({ isLoose }) => isLoose)) return [];
    return [
      asWarning({
        what: `The case ${JSON.stringify(name)} takes 0 for every number that it expects`,
        where: `${file} at cases`,
        expected: 'a tolerance smaller than the expected numbers',
        found: `absolute ${String(first.absolute)}, relative ${String(first.relative)}, and numbers of at most ${String(first.largest)}`,
        remedy: 'Lower "absolute" and "relative" to what rounding changes.',
        location: { file },
      }),
    ];
  });
}
