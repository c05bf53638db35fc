import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** A value that a context can hold. */
export type ContextValue =
  null | boolean | number | string | readonly ContextValue[] | { readonly [key: string]: ContextValue };

/** The contexts that an expression can name, such as `github` or `needs`. */
export type Contexts = Readonly<Record<string, ContextValue>>;

/** The values of the status functions. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

type FunctionDefinition =
  NonNullable<ConstructorParameters<typeof Evaluator>[2]> extends Map<string, infer F> ? F : never;

/**
 * Evaluates one expression with GitHub's evaluator.
 *
 * @throws Error when the expression is invalid or names an unknown context or function.
 */
function evaluate(expression: string, contexts: Contexts, status: Status): ContextValue {
  const functions = new Map<string, FunctionDefinition>(
    Object.entries({ ...status, always: true }).map(([name, value]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) },
    ]),
  );
  try {
    const { tokens } = new Lexer(expression).lex();
    const parsed = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
    const dictionary: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
    if (!(dictionary instanceof data.Dictionary)) throw new TypeError('contexts are no dictionary');
    const result = new Evaluator(parsed, dictionary, functions).evaluate();
    return JSON.parse(JSON.stringify(result, data.replacer)) as ContextValue;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The expression \`${expression}\` failed: ${reason}. It can use the contexts ${Object.keys(contexts).join(', ')}. Correct it, or add the missing function to the runner.`,
      { cause },
    );
  }
}

const TEMPLATE = /\$\{\{(.*?)\}\}/gs;

/** A text with its `${{ }}` parts replaced. */
export function interpolate(text: string, contexts: Contexts, status: Status): string {
  return text.replace(TEMPLATE, (_, expression: string) => toText(evaluate(expression.trim(), contexts, status)));
}

/** The value of a text that is one expression as a whole, or its interpolated text. */
export function evaluateTemplate(text: string, contexts: Contexts, status: Status): ContextValue {
  const whole = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s.exec(text)?.[1];
  return whole === undefined ? interpolate(text, contexts, status) : evaluate(whole.trim(), contexts, status);
}

const STATUS_FUNCTION = /\b(success|failure|always|cancelled)\s*\(/;

/** Whether a condition holds; one that asks for no status wants success. */
export function isMet(condition: string | boolean | undefined, contexts: Contexts, status: Status): boolean {
  if (condition === undefined) return status.success;
  const text = String(condition).trim();
  const expression = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text)?.[1] ?? text;
  if (!STATUS_FUNCTION.test(expression) && !status.success) return false;
  return isTruthy(evaluate(expression.trim(), contexts, status));
}

/** The text that GitHub makes of a value. */
export function toText(value: ContextValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What counts as true: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals */
export function isTruthy(value: ContextValue): boolean {
  return value !== null && value !== false && value !== 0 && value !== '' && !Number.isNaN(value);
}
