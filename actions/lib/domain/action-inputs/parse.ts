import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';

/**
 * An action's inputs, decoded with a schema whose keys are the input names of `action.yml`. Defaults stand only there:
 * an input that is empty reaches the schema as ''.
 *
 * @throws UserError that names the input, what was expected and what was found.
 */
export function parseInputs<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  read: (name: string) => string,
): z.output<z.ZodObject<Shape>> {
  const raw = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, read(name)]));
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const name = String(first?.path[0] ?? '');
  const found = raw[name];
  throw new UserError({
    what: `The input "${name}" is not valid`,
    where: `with: ${name}`,
    expected: first?.message,
    found: found === undefined || found === '' ? 'nothing' : found,
    remedy: 'Correct the value in the workflow that calls this action.',
  });
}

/** A text that may not be empty. */
export const requiredText = (expected: string): z.ZodString => z.string().min(1, expected);

/** A text, or undefined where the input is empty. */
export const optionalText = z.string().transform((text) => (text === '' ? undefined : text));

/** `true` or `false`, and nothing else: a typo must not mean false. */
export const flag = z.literal(['true', 'false'], 'true or false').transform((text) => text === 'true');

/** A whole number within bounds, in decimal digits. */
export const wholeNumber = (minimum: number, maximum: number, unit: string) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number of ${unit} from ${String(minimum)} to ${String(maximum)}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(minimum, `at least ${String(minimum)} ${unit}`)
        .max(maximum, `at most ${String(maximum)} ${unit}`),
    );
