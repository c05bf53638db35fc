import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkDeclaration } from '../../actions/lib/domain/environment/declaration.ts';
import { parseEnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { parseReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { randomDeclaration, RULES, type Declaration } from './rules.cases.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');
// `npm run long-tests` compares many more.
const RANDOM = process.env['LONG_TESTS'] === 'all' ? 2000 : 20;

describeWithTool('terraform', 'the rules of environment.json and release.json', () => {
  it('are the same in the parsers and in Terraform', { timeout: 300_000 }, () => {
    const sentences = refusalsOfTerraform(RULES);
    const judged = RULES.map((rule, index) => ({
      fault: rule.fault,
      parser: whereParsersRefuse(rule) ?? 'accepted',
      terraform: rule.terraform.test(sentences[index]?.join(' ') || 'accepted') ? rule.terraform : sentences[index],
    }));
    expect(judged).toEqual(RULES.map(({ fault, parser, terraform }) => ({ fault, parser, terraform })));
    expect(variableRules().filter((start) => !sentences.flat().some((sentence) => sentence.includes(start)))).toEqual([
      // Of a file that is not judged here.
      'execution_policy must be an IAM policy document: a JSON object with a list of statements under "Statement".',
    ]);
  });

  it(`agree on ${String(RANDOM)} random declarations`, { timeout: 900_000 }, () => {
    const declarations = fc.sample(randomDeclaration, { numRuns: RANDOM, seed: 20260131 });
    const sentences = refusalsOfTerraform(declarations);
    const disputed = declarations.flatMap((declaration, index) => {
      const parser = whereParsersRefuse(declaration);
      const terraform = sentences[index] ?? [];
      return (parser === undefined) === (terraform.length === 0) ? [] : [{ declaration, parser, terraform }];
    });
    expect(disputed).toEqual([]);
  });
});

/** How the sentence of each rule of the module's variables begins, up to the first value. */
function variableRules(): readonly string[] {
  const text = readFileSync(path.join(repositoryRoot, 'terraform/modules/inference-endpoint/variables.tf'), 'utf8');
  return [...text.matchAll(/error_message = "((?:\\"|(?!\$\{)[^"])*)/g)].map(([, start = '']) =>
    start.replaceAll('\\"', '"'),
  );
}

/** Where the parsers refuse a declaration first; undefined where they accept it. */
function whereParsersRefuse({ name, environment, release }: Declaration): string | undefined {
  try {
    const folder = `environments/${name}`;
    const parsed = parseEnvironmentFile(name, { path: `${folder}/environment.json`, text: environment });
    const releases = parseReleaseFile({ path: `${folder}/release.json`, text: JSON.stringify(release) });
    checkDeclaration(parsed, releases, new Date());
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.parts.where?.replace(`environments/${name}/`, '');
    throw error;
  }
}

const diagnosticLine = z.object({
  diagnostic: z.object({
    severity: z.enum(['error', 'warning']),
    summary: z.string(),
    detail: z.string(),
    range: z.object({ filename: z.string(), start: z.object({ line: z.int() }) }).optional(),
  }),
});

/** Declarations of one run: the time and the memory of a run grow faster than their number. */
const JUDGED_TOGETHER = 50;

/**
 * What Terraform says against each declaration. One error in the validation keeps it from looking further, so those that
 * pass are judged again.
 */
function refusalsOfTerraform(declarations: readonly Declaration[]): readonly (readonly string[])[] {
  const runs = Array.from({ length: Math.ceil(declarations.length / JUDGED_TOGETHER) }, (_, run) =>
    declarations.slice(run * JUDGED_TOGETHER, (run + 1) * JUDGED_TOGETHER),
  );
  const found = runs.flatMap(judge);
  const passed = [...declarations.keys()].filter((index) => found[index]?.length === 0);
  if (passed.length === declarations.length) return found;
  const again = refusalsOfTerraform(passed.flatMap((index) => declarations[index] ?? []));
  return found.map((sentences, index) => (sentences.length > 0 ? sentences : (again[passed.indexOf(index)] ?? [])));
}

/**
 * One run judges all of them: every declaration is two modules, the one that reads the file and the variables of
 * inference-endpoint, neither of which needs a provider.
 */
function judge(declarations: readonly Declaration[]): readonly (readonly string[])[] {
  const root = mkdtempSync(path.join(tmpdir(), 'environment-rules-'));
  try {
    const modules = path.join(repositoryRoot, 'terraform/modules');
    for (const file of ['variables.tf', 'rules.tf', 'aws']) {
      cpSync(path.join(modules, 'inference-endpoint', file), path.join(root, 'rules', file), { recursive: true });
    }
    const template = readFileSync(path.join(import.meta.dirname, 'main.tf'), 'utf8');
    const block = /^module "inference_endpoint" \{\n[^]*?^\}\n/m.exec(template)?.[0] ?? '';
    const lines: string[] = [];
    const firstLines = declarations.map(({ name, environment, release }, index) => {
      const id = String(index);
      mkdirSync(path.join(root, id));
      writeFileSync(path.join(root, id, 'environment.json'), environment);
      writeFileSync(path.join(root, id, 'release.json'), JSON.stringify(release));
      // A module of its own for each, as Terraform names only the file of a broken precondition.
      cpSync(path.join(modules, 'environment-file'), path.join(root, `file-${id}`), { recursive: true });
      const first = lines.length + 1;
      const module = block
        .replace('"inference_endpoint"', `"rules_${id}"`)
        .replace(/source\s*=.*/, 'source = "./rules"')
        .replaceAll('local.environment', `module.file_${id}.environment`)
        .replaceAll('local.release', `local.release_${id}`)
        .replaceAll('local.policy_file', 'null')
        .replaceAll('local.name', JSON.stringify(name));
      lines.push(
        ...`locals {
  release_${id} = jsondecode(file("${id}/release.json"))
}
module "file_${id}" {
  source = "./file-${id}"
  text   = file("${id}/environment.json")
}
${module}`.split('\n'),
      );
      return first;
    });
    writeFileSync(path.join(root, 'main.tf'), lines.join('\n'));
    const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
    const init = spawnSync('terraform', ['init', '-backend=false', '-no-color'], options);
    expect(init.status, init.stderr).toBe(0);
    const plan = spawnSync('terraform', ['plan', '-json', '-lock=false', '-refresh=false'], options);
    const found = declarations.map((): string[] => []);
    for (const line of plan.stdout.split('\n')) {
      const parsed = line === '' ? undefined : diagnosticLine.safeParse(JSON.parse(line));
      if (parsed?.success !== true || parsed.data.diagnostic.severity !== 'error') continue;
      const { range, summary, detail } = parsed.data.diagnostic;
      const own = /^file-(\d+)\//.exec(range?.filename ?? '')?.[1];
      const start = range?.filename === 'main.tf' ? range.start.line : undefined;
      const index = own === undefined ? firstLines.findLastIndex((first) => first <= (start ?? 0)) : Number(own);
      const list = found[index] ?? expect.fail(`no declaration has this error: ${line}`);
      list.push(`${summary}: ${detail}`.replaceAll(/\s+/g, ' '));
    }
    return found;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
