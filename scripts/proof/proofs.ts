import { removedPartOf } from '../removal/lab-parts.ts';
import { findTool, type Tool } from '../testing/find-tool.ts';

/** A long proof: a script of package.json that `.ci/run` runs on a sample only, or not at all. */
export interface Proof {
  readonly name: string;
  /** The npm script, and the arguments with which it runs whole. */
  readonly script: string;
  readonly argv: readonly string[];
  /** Why this machine or this checkout can't run it, or null. */
  readonly missing: () => string | null;
}

const MATRIX = 'scripts/rehearse/fault-matrix';
const WORKFLOW_FAULTS = 'scripts/rehearse/workflow-faults';

export const PROOFS: readonly Proof[] = [
  { name: 'forks', script: 'check:forks', argv: ['--all'], missing: needs(['git', 'bash'], 'scripts/forks') },
  { name: 'removal', script: 'check:removal', argv: ['--all'], missing: needs(['git', 'bash']) },
  { name: 'fault-matrix', script: 'fault-matrix', argv: [], missing: needs(['git'], MATRIX) },
  ...['canary-first', 'slow', 'slow-canary-first'].map((profile) => ({
    name: `fault-matrix-${profile}`,
    script: 'fault-matrix',
    argv: ['--profile', profile],
    missing: needs(['git'], MATRIX),
  })),
  { name: 'fault-matrix-real', script: 'fault-matrix', argv: ['--real'], missing: needs(['git'], MATRIX) },
  { name: 'model-check', script: 'model-check', argv: [], missing: needs([], 'scripts/rehearse') },
  {
    name: 'workflow-faults',
    script: 'workflow-faults',
    argv: [],
    missing: needs(['git', 'bash'], WORKFLOW_FAULTS),
  },
  {
    name: 'workflow-grants',
    script: 'workflow-faults',
    argv: ['--grants'],
    missing: needs(['git', 'bash'], WORKFLOW_FAULTS),
  },
  { name: 'long-tests', script: 'long-tests', argv: [], missing: needs(['terraform', 'moto']) },
  { name: 'bootstrap-faults', script: 'bootstrap-faults', argv: [], missing: needs(['terraform', 'moto']) },
  { name: 'ledger-histories', script: 'ledger-histories', argv: [], missing: needs([]) },
  { name: 'hostile', script: 'hostile', argv: [], missing: needs([], 'server/proof') },
  { name: 'conformance', script: 'conformance', argv: [], missing: needs(['onnx-test-data'], 'scripts/conformance') },
  {
    name: 'zoo',
    script: 'conformance',
    argv: ['--zoo', '--answers', '1000000'],
    missing: needs([], 'scripts/conformance'),
  },
  { name: 'review', script: 'conformance', argv: ['--review'], missing: needs([], 'scripts/conformance') },
  { name: 'adopt', script: 'conformance', argv: ['--adopt'], missing: needs([], 'scripts/conformance') },
  { name: 'ping', script: 'ping-proof', argv: ['--seconds', '600'], missing: needs([], 'server/proof') },
  { name: 'bench', script: 'bench', argv: [], missing: needs(['python', 'terraform'], 'scripts/bench') },
];

/** The command of a proof, as a person types it. */
export function commandOf({ script, argv }: Pick<Proof, 'script' | 'argv'>): string {
  return ['npm', 'run', script, ...(argv.length === 0 ? [] : ['--', ...argv])].join(' ');
}

/** @param folder of the lab that the proof is in; without one the proof is part of every checkout */
function needs(tools: readonly Tool[], folder = ''): () => string | null {
  return () => {
    const removed = removedPartOf(folder);
    if (removed !== undefined) return `this repository has no ${removed}`;
    const reasons = tools.flatMap((tool) => {
      const state = findTool(tool);
      return state.kind === 'missing' ? [state.reason] : [];
    });
    return reasons.join('; ') || null;
  };
}
