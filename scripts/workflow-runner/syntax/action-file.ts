import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { stepSchema, type Step } from './workflow-model.ts';

const input = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().optional(),
  default: z.union([z.string(), z.boolean(), z.number()]).transform(String).optional(),
});

const outputs = z.record(z.string(), z.strictObject({ description: z.string().optional() })).default({});

const common = {
  name: z.string(),
  description: z.string(),
  author: z.string().optional(),
  inputs: z.record(z.string(), input).default({}),
};

// Strict, so that whatever has an effect is refused and not skipped.
const nodeAction = z.strictObject({
  ...common,
  outputs,
  runs: z.strictObject({
    using: z.literal(['node20', 'node24']),
    main: z.string(),
    pre: z.string().optional(),
    'pre-if': z.string().optional(),
    post: z.string().optional(),
    'post-if': z.string().optional(),
  }),
});

// A step of a composite action names its shell, and has no time limit of its own:
// https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
const compositeStep = stepSchema
  .refine(
    (step) => step.run === undefined || step.shell !== undefined,
    'a script in a composite action names its shell',
  )
  .refine((step) => step['timeout-minutes'] === undefined, 'a step of a composite action has no timeout-minutes');

const compositeAction = z.strictObject({
  ...common,
  outputs: z.record(z.string(), z.strictObject({ description: z.string().optional(), value: z.string() })).default({}),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(compositeStep) }),
});

const kind = z.object({ runs: z.object({ using: z.string() }) });

type Inputs = Readonly<Record<string, z.output<typeof input>>>;

/** An action of the repository: a program for Node, or steps of its own. */
export type LocalAction = { readonly folder: string; readonly inputs: Inputs } & (
  | {
      readonly kind: 'node';
      readonly main: string;
      readonly hasPre: boolean;
      readonly post: { readonly file: string; readonly condition: string } | undefined;
    }
  | {
      readonly kind: 'composite';
      readonly steps: readonly Step[];
      /** The expression of each output. */
      readonly outputs: Readonly<Record<string, string>>;
    }
);

/**
 * Reads the action in a folder of the workspace.
 *
 * @throws Error when there is none, or it is of a kind that is not supported.
 */
export async function readLocalAction(folder: string): Promise<LocalAction> {
  const read = async (name: string): Promise<string> => await readFile(path.join(folder, name), 'utf8');
  const text = await read('action.yml')
    .catch(async () => await read('action.yaml'))
    .catch((cause: unknown) => {
      throw new Error(`can't find 'action.yml' under '${folder}': was the repository checked out?`, { cause });
    });
  const document: unknown = parse(text);
  const { using } = kind.parse(document).runs;
  if (using === 'composite') {
    const { inputs, outputs: declared, runs } = compositeAction.parse(document);
    const values = Object.fromEntries(Object.entries(declared).map(([name, { value }]) => [name, value]));
    return { kind: 'composite', folder, inputs, steps: runs.steps, outputs: values };
  }
  if (!using.startsWith('node')) {
    throw new Error(`the local runner has no actions that use ${using}: node20, node24 and composite alone`);
  }
  const { inputs, runs } = nodeAction.parse(document);
  return {
    kind: 'node',
    folder,
    inputs,
    main: path.resolve(folder, runs.main),
    hasPre: runs.pre !== undefined,
    post:
      runs.post === undefined
        ? undefined
        : { file: path.resolve(folder, runs.post), condition: runs['post-if'] ?? 'always()' },
  };
}
