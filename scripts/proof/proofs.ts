import { existsSync } from 'node:fs';
import { debianDataDirectory } from '../conformance/cases.ts';
import { findTool, type Tool } from '../testing/find-tool.ts';

/** A long proof: a script of package.json that `.ci/run` runs on a sample alone, or not at all. */
export interface Proof {
  readonly name: string;
  /** The npm script, and the arguments with which it runs whole. */
  readonly script: string;
  readonly argv: readonly string[];
  /** Why this machine can't run it, or null. */
  readonly missing: () => string | null;
}

export const PROOFS: readonly Proof[] = [
  { name: 'forks', script: 'check:forks', argv: ['--all'], missing: needs('git', 'bash') },
  { name: 'fault-matrix', script: 'fault-matrix', argv: [], missing: needs('git') },
  { name: 'fault-matrix-real', script: 'fault-matrix', argv: ['--real'], missing: needs('git') },
  { name: 'workflow-faults', script: 'workflow-faults', argv: [], missing: needs('git', 'bash') },
  { name: 'workflow-grants', script: 'workflow-faults', argv: ['--grants'], missing: needs('git', 'bash') },
  { name: 'bootstrap-faults', script: 'bootstrap-faults', argv: [], missing: needs('terraform', 'moto') },
  { name: 'hostile', script: 'hostile', argv: [], missing: needs() },
  {
    name: 'conformance',
    script: 'conformance',
    argv: [],
    missing: () => (existsSync(debianDataDirectory) ? null : `${debianDataDirectory} (package libonnx-testdata)`),
  },
  { name: 'bench', script: 'bench', argv: [], missing: needs('python', 'terraform') },
];

/** The command of a proof, as a person types it. */
export function commandOf({ script, argv }: Pick<Proof, 'script' | 'argv'>): string {
  return ['npm', 'run', script, ...(argv.length === 0 ? [] : ['--', ...argv])].join(' ');
}

function needs(...tools: readonly Tool[]): () => string | null {
  return () => {
    const reasons = tools.flatMap((tool) => {
      const state = findTool(tool);
      return state.kind === 'missing' ? [state.reason] : [];
    });
    return reasons.join('; ') || null;
  };
}
