import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { loadGithubParser } from './github-parser.ts';
import { workflowSchema, type Workflow } from './workflow-model.ts';

/** A workflow and where it stands. */
export interface WorkflowFile {
  /** Relative to the repository's root, such as `.github/workflows/deploy.yml`. */
  readonly path: string;
  readonly text: string;
  readonly workflow: Workflow;
}

/** The workflows of a checkout, sorted by their paths. */
export async function readWorkflows(root: string): Promise<readonly WorkflowFile[]> {
  const files = (await readdir(path.join(root, '.github/workflows'))).filter((file) => /\.ya?ml$/.test(file)).sort();
  return await Promise.all(
    files.map(async (file) => {
      const relative = `.github/workflows/${file}`;
      return await parseWorkflowFile(relative, await readFile(path.join(root, relative), 'utf8'));
    }),
  );
}

/**
 * Reads a workflow with GitHub's own parser, which checks it and its expressions, and then into what the runner supports.
 *
 * @throws UserError with what GitHub's parser says, or with the key that the runner doesn't support.
 */
export async function parseWorkflowFile(file: string, text: string): Promise<WorkflowFile> {
  const github = await loadGithubParser();
  const { context, value } = github.parseWorkflow({ name: file, content: text }, new github.NoOperationTraceWriter());
  if (value !== undefined) await github.convertWorkflowTemplate(context, value);
  const [first] = context.errors.getErrors();
  if (first !== undefined) {
    throw new UserError({
      what: `${file} is not a workflow that GitHub accepts`,
      where: file,
      expected: 'what the workflow syntax describes',
      found: first.message,
      remedy:
        'Correct the file; see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax',
      location: { file },
    });
  }
  const parsed = workflowSchema.safeParse(parse(text));
  if (parsed.success) return { path: file, text, workflow: parsed.data };
  throw new UserError({
    what: `${file} uses what the local runner does not support`,
    where: file,
    expected: 'the parts of the syntax in scripts/workflow-runner/workflow-model.ts',
    found: z.prettifyError(parsed.error),
    remedy: 'Write it another way, or teach the runner that part: it never skips one.',
    location: { file },
  });
}
