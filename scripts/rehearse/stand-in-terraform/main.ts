/** Stands for `terraform` where there is none: covers what the actions call, and refuses everything else. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import { endpointConfigName } from '../../../actions/lib/domain/environment/names.ts';
import type { Cloud } from './cloud.ts';
import { isChange, makePlan, renderPlanJson, type Change, type Plan } from './plan.ts';
import { addressOf, declaredResources, type Resource } from './resources.ts';
import { openStates } from './state.ts';

const VERSION = '1.11.4-stand-in';

const FLAGS = {
  'state-folder': { type: 'string' },
  json: { type: 'boolean' },
  input: { type: 'string' },
  lock: { type: 'string' },
  'lock-timeout': { type: 'string' },
  'detailed-exitcode': { type: 'boolean' },
  out: { type: 'string' },
  lockfile: { type: 'string' },
  reconfigure: { type: 'boolean' },
  'backend-config': { type: 'string', multiple: true },
} as const;

// Terraform's options have one dash.
const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2).map((word) => word.replace(/^-(?=[a-z])/, '--')),
  options: FLAGS,
  allowPositionals: true,
});
const folder = process.cwd();
const name = path.basename(folder);
const states = openStates(flags['state-folder'] ?? '');

function say(type: string, message: string, more: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ '@level': 'info', '@message': message, '@module': 'terraform.ui', type, ...more }));
}

function sayChange(type: 'planned_change' | 'apply_start' | 'apply_complete', { resource, action }: Change): void {
  const addr = addressOf(resource);
  const about = { resource: { addr, resource: addr, resource_type: resource.type }, action };
  say(type, `${addr}: ${action}`, type === 'planned_change' ? { change: about } : { hook: about });
}

/** An error as Terraform says it, and the exit code. */
function fail(summary: string, detail = ''): number {
  say('diagnostic', `Error: ${summary}`, { '@level': 'error', diagnostic: { severity: 'error', summary, detail } });
  return 1;
}

async function read() {
  return await readEnvironmentFolder(path.resolve(folder, '../..'), name);
}

async function openCloud(region: string): Promise<Cloud> {
  const cloud = await import('./cloud.ts');
  return cloud.openCloud(region);
}

async function refresh(resources: readonly Resource[], cloud: Cloud): Promise<ReadonlyMap<string, Resource>> {
  const present = new Map<string, Resource>();
  await Promise.all(
    resources.map(async (resource) => {
      const found = await cloud.read(resource);
      if (found !== undefined) present.set(addressOf(resource), found);
    }),
  );
  return present;
}

async function plan(): Promise<number> {
  const { environment, releaseFile } = await read();
  const state = await states.read(name);
  const declared = declaredResources(environment, releaseFile);
  const known = new Map([...declared, ...(state?.resources ?? [])].map((resource) => [addressOf(resource), resource]));
  const present = await refresh([...known.values()], await openCloud(environment.region));
  const made = makePlan(declared, present, state);
  const endpoint = [...present.values()].find(({ type }) => type === 'aws_sagemaker_endpoint');
  const serving = endpoint?.values['endpoint_config_name'];
  const configs = Object.keys(releaseFile.releases).map((id) => endpointConfigName(environment, id));
  if (typeof serving === 'string' && !configs.includes(serving)) {
    return fail(
      'Resource postcondition failed',
      `The endpoint serves ${serving}, which release.json no longer declares.`,
    );
  }
  const planned = made.changes.filter(({ action }) => action !== 'no-op');
  for (const change of planned) sayChange('planned_change', change);
  const count = (action: string): number => planned.filter((change) => change.action === action).length;
  say(
    'change_summary',
    `Plan: ${count('create')} to add, ${count('update')} to change, ${count('delete')} to destroy.`,
  );
  if (flags.out !== undefined) await writeFile(flags.out, JSON.stringify(made));
  return flags['detailed-exitcode'] === true && isChange(made) ? 2 : 0;
}

async function readPlan(file: string): Promise<Plan> {
  return JSON.parse(await readFile(file, 'utf8')) as Plan;
}

async function apply(file: string): Promise<number> {
  const { changes, serial } = await readPlan(file);
  const state = await states.read(name);
  if ((state?.serial ?? null) !== serial) return fail('Saved plan is stale');
  const { environment } = await read();
  const cloud = await openCloud(environment.region);
  // Written after each change, as Terraform does: what was made is known when the next one fails.
  const resources = new Map((state?.resources ?? []).map((resource) => [addressOf(resource), resource]));
  for (const change of changes.filter(({ action }) => action === 'no-op')) {
    resources.set(addressOf(change.resource), change.resource);
  }
  try {
    // The config of a release goes before its model, and is made after it.
    const removals = changes.filter(({ action }) => action === 'delete').toReversed();
    for (const change of [...changes.filter(({ action }) => action !== 'delete'), ...removals]) {
      if (change.action === 'no-op') continue;
      sayChange('apply_start', change);
      if (change.action === 'create') await cloud.create(change.resource);
      else if (change.action === 'update') await cloud.update(change.resource);
      else await cloud.remove(change.resource);
      if (change.action === 'delete') resources.delete(addressOf(change.resource));
      else resources.set(addressOf(change.resource), change.resource);
      sayChange('apply_complete', change);
    }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  } finally {
    await states.write(name, state, [...resources.values()]);
  }
  say('change_summary', 'Apply complete!');
  return 0;
}

async function contract(): Promise<unknown> {
  const { environment, releaseFile } = await read();
  const resources = declaredResources(environment, releaseFile);
  const releases = Object.keys(releaseFile.releases).map((id) => {
    const shared = endpointConfigName(environment, id);
    const alarms = resources.filter(({ type, index }) => type === 'aws_cloudwatch_metric_alarm' && index === id);
    const rollbackAlarms = alarms.map(({ values }) => String(values['alarm_name'])).sort();
    return [id, { modelName: shared, endpointConfigName: shared, rollbackAlarms }] as const;
  });
  const value = {
    endpointName: `${environment.service}-${name}`,
    variantName: 'primary',
    releases: Object.fromEntries(releases),
  };
  return { contract: { sensitive: false, type: 'dynamic', value } };
}

const [command = '', ...rest] = positionals;
const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  version: async () => await print({ terraform_version: VERSION, platform: 'node', provider_selections: {} }),
  init: async () => {
    say(
      'init_output',
      'The stand-in for Terraform: it makes SageMaker and CloudWatch resources alone, and takes no lock.',
    );
    return await Promise.resolve(0);
  },
  validate: async () => {
    await read();
    return await print({ format_version: '1.0', valid: true, error_count: 0, warning_count: 0, diagnostics: [] });
  },
  plan,
  show: async () => await print(renderPlanJson(await readPlan(rest[0] ?? ''), VERSION)),
  apply: async () => await apply(rest[0] ?? ''),
  'state pull': async () => {
    const state = await states.read(name);
    return state === undefined ? 0 : await print({ version: 4, lineage: state.lineage, serial: state.serial });
  },
  output: async () => await print((await states.read(name)) === undefined ? {} : await contract()),
};

async function print(value: unknown): Promise<number> {
  console.log(JSON.stringify(value));
  return await Promise.resolve(0);
}

const known = COMMANDS[command === 'state' ? `state ${rest[0] ?? ''}` : command];
if (known === undefined) {
  console.error(
    `the stand-in for Terraform has no command "${positionals.join(' ')}": ${Object.keys(COMMANDS).join(', ')}`,
  );
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await known();
  } catch (error) {
    process.exitCode = flags.json === true ? fail(error instanceof Error ? error.message : String(error)) : 1;
    if (flags.json !== true) console.error(error);
  }
}
