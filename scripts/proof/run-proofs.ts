import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { renderTable } from '../text-table.ts';
import { commandOf, type Proof } from './proofs.ts';

const outcomeSchema = z.strictObject({
  result: z.literal(['passed', 'failed']),
  seconds: z.number(),
  /** The last line that the proof printed: its figures. */
  figures: z.string(),
});
const stateSchema = z.strictObject({ key: z.string(), outcomes: z.record(z.string(), outcomeSchema) });

/** What came of a proof that ran. */
export type Outcome = z.output<typeof outcomeSchema>;

/** A proof with its outcome, or with the reason why it was skipped. */
export interface ProofRow {
  readonly proof: Proof;
  readonly outcome: Outcome | { readonly result: 'skipped'; readonly reason: string };
}

export interface ProofOptions {
  readonly proofs: readonly Proof[];
  /** Where outcomes and logs are kept between runs. */
  readonly folder: string;
  /** What is proved: outcomes under another key are not taken over. */
  readonly key: string;
  /** Runs what passed before too. */
  readonly fresh: boolean;
  /** Runs one proof, and writes what it prints to a file. */
  readonly run: (proof: Proof, logFile: string) => Promise<Outcome>;
  readonly log: (line: string) => void;
}

/**
 * Runs proofs one after the other. Each outcome is written down at once, so that the next run continues after the last
 * proof that passed; one that failed runs again.
 */
export async function runProofs(options: ProofOptions): Promise<readonly ProofRow[]> {
  const { proofs, folder, key, fresh, run, log } = options;
  await mkdir(folder, { recursive: true });
  const stateFile = path.join(folder, 'state.json');
  let outcomes = fresh ? {} : await readOutcomes(stateFile, key);
  const rows: ProofRow[] = [];
  for (const proof of proofs) {
    const before = outcomes[proof.name];
    const reason = proof.missing();
    if (before?.result === 'passed') {
      log(`${proof.name}: passed before (${before.seconds.toFixed(0)} s)`);
      rows.push({ proof, outcome: before });
    } else if (reason !== null) {
      log(`${proof.name}: skipped: ${reason}`);
      rows.push({ proof, outcome: { result: 'skipped', reason } });
    } else {
      const logFile = path.join(folder, `${proof.name}.log`);
      log(`${proof.name}: ${commandOf(proof)} (output in ${logFile})`);
      const outcome = await run(proof, logFile);
      log(`${proof.name}: ${outcome.result} (${outcome.seconds.toFixed(0)} s)`);
      outcomes = { ...outcomes, [proof.name]: outcome };
      await writeFile(stateFile, `${JSON.stringify({ key, outcomes }, undefined, 2)}\n`);
      rows.push({ proof, outcome });
    }
  }
  return rows;
}

/** The outcomes of an earlier run of the same sources; none where there was no such run or its file can't be read. */
async function readOutcomes(stateFile: string, key: string): Promise<Readonly<Record<string, Outcome>>> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(stateFile, 'utf8')));
    return state.key === key ? state.outcomes : {};
  } catch {
    return {};
  }
}

/** One table of all proofs. */
export function renderProofs(rows: readonly ProofRow[]): string {
  const cells = rows.map(({ proof, outcome }) =>
    outcome.result === 'skipped'
      ? [proof.name, commandOf(proof), '-', 'skipped', outcome.reason]
      : [proof.name, commandOf(proof), outcome.seconds.toFixed(0), outcome.result, outcome.figures],
  );
  return renderTable(['proof', 'command', 'seconds', 'result', 'figures'], cells);
}
