import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
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

/** By their path and text: every event asks for all workflows of a commit, and two commits mostly have the same. */
const parsedFiles = new Map<string, Promise<WorkflowFile>>();

/**
 * Parses a workflow with GitHub's parser, which also checks its expressions, and then into the syntax that the runner supports.
 * The same file is parsed once in a process.
 *
 * @throws Error when GitHub's parser refuses the file, or when the runner does not support a part of it.
 */
export async function parseWorkflowFile(file: string, text: string): Promise<WorkflowFile> {
  const key = `${file}\0${text}`;
  const parsed = parsedFiles.get(key) ?? parseOnce(file, text);
  parsedFiles.set(key, parsed);
  return await parsed;
}

async function parseOnce(file: string, text: string): Promise<WorkflowFile> {
  const github = await loadGithubParser();
  const { context, value } = github.parseWorkflow({ name: file, content: text }, new github.NoOperationTraceWriter());
  if (value !== undefined) await github.convertWorkflowTemplate(context, value);
  const [first] = context.errors.getErrors();
  if (first !== undefined) {
    throw new Error(
      `${file} is not a valid workflow: ${first.message}. Correct it; see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax`,
    );
  }
  const parsed = workflowSchema.safeParse(parse(text));
  if (parsed.success) return { path: file, text, workflow: parsed.data };
  throw new Error(
    `${file} uses syntax that the runner does not support:\n${z.prettifyError(parsed.error)}\nWrite it another way, or extend workflow-model.ts of the runner.`,
  );
}
