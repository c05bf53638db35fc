import type { Seen } from './settings.ts';

/** `wrong` needs a hand, `advice` is a person's choice, `unseen` could not be read with this token. */
export type Verdict = 'ok' | 'wrong' | 'advice' | 'unseen';

/** What one setting should be, what it is, and how to change it. */
export interface Finding {
  /** Stable name, such as `production/reviewers`. */
  readonly id: string;
  readonly verdict: Verdict;
  readonly asked: string;
  readonly found: string;
  /** Commands that mend it, or one sentence where no call of the API does; empty where nothing is to be done. */
  readonly remedy: readonly string[];
}

/** A call of GitHub's REST API as one command line of `gh`, for a shell with here-strings (bash, zsh). */
export function ghApi(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): string {
  const call = `gh api --method ${method} '${path}'`;
  return body === undefined ? call : `${call} --input - <<<'${JSON.stringify(body)}'`;
}

/** What a finding asks, and how it mends what is not so. */
export interface Question {
  readonly id: string;
  readonly asked: string;
  /** Needed for a deployment that nobody can bend, or a person's choice. */
  readonly weight?: 'wrong' | 'advice';
  readonly remedy: readonly string[];
}

/** A finding from a setting that may not be visible: `judge` gives what was found and whether it will do. */
export function judge<Value>(
  question: Question,
  setting: Seen<Value>,
  look: (value: Value) => { readonly found: string; readonly isOk: boolean },
): Finding {
  const { id, asked, weight = 'wrong', remedy } = question;
  if (!setting.seen) return { id, verdict: 'unseen', asked, found: setting.why, remedy: [] };
  const { found, isOk } = look(setting.value);
  return { id, asked, found, verdict: isOk ? 'ok' : weight, remedy: isOk ? [] : remedy };
}
