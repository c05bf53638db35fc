import { oneOf, UserError } from '../errors/user-error.ts';

/** The error about a name that no environment has. */
export function noSuchEnvironment(name: string, known: readonly string[]): UserError {
  return new UserError({
    what: `There is no environment "${name}"`,
    where: 'environments/',
    expected: oneOf(known, 'a folder with an environment.json'),
    found: name === '' ? 'an empty name' : name,
    remedy:
      'Use the name of a folder under environments/, or add one by copying a folder and editing its environment.json.',
  });
}
