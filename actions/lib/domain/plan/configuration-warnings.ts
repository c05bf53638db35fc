import { posix } from 'node:path';
import { environmentFolder } from '../environment/base-files.ts';
import type { ConfigurationModule, PlanJson } from './plan-json.ts';
import type { PolicyWarning } from './summary.ts';

/** A module that a configuration consists of. */
interface ConfiguredModule {
  /** Such as `module.a.module.b`; empty for the root module. */
  readonly address: string;
  /** Relative to the root of the repository; undefined where the module comes from elsewhere. */
  readonly folder: string | undefined;
  readonly source: string;
  readonly content: ConfigurationModule | undefined;
}

/** A file that Terraform reads, by its path relative to the root of the repository. */
export interface TerraformFile {
  readonly path: string;
  readonly text: string;
}

// What the product sets: everything else is a setting that a plan does not show.
const KNOWN_PROVIDER_SETTINGS = new Set(['region', 'allowed_account_ids', 'default_tags']);

// Data sources and ephemeral resources that start programs, send requests to elsewhere, or read another state.
const RUNS_OR_REACHES =
  /^(?:external|http|local_command|terraform_remote_state|tls_certificate|(?:dns|github|vault)_.*)$/;
const INVOKES = /_(?:invocation|invoke|execution|command)$/;

/** The folders in the repository that a plan's configuration consists of, relative to its root. */
export function moduleFolders(plan: PlanJson, environment: string): readonly string[] {
  const folders = modulesOf(plan, environment).flatMap(({ folder }) => folder ?? []);
  return [...new Set(folders)].sort();
}

/**
 * What a configuration does that its plan's resource changes do not show.
 *
 * @param files the Terraform files of {@link moduleFolders}
 * @param sources the folders and files that the plan is known to be made from
 */
export function configurationWarnings(
  plan: PlanJson,
  environment: string,
  files: readonly TerraformFile[],
  sources: readonly string[],
): readonly PolicyWarning[] {
  const modules = modulesOf(plan, environment);
  return [
    ...modules.flatMap(moduleWarnings),
    ...modules.flatMap(({ address, folder, source }): PolicyWarning[] =>
      folder === undefined || sources.some((known) => folder === known || folder.startsWith(`${known}/`))
        ? []
        : [
            {
              id: 'module-from-elsewhere',
              subject: address,
              found: `the source ${source}, which is not written plainly`,
            },
          ],
    ),
    ...files.flatMap(unlistedWarnings),
    ...plan.action_invocations.map(({ address, type }) => runs(address, `the action ${type} runs`)),
    ...providerWarnings(plan),
  ];
}

function modulesOf(plan: PlanJson, environment: string): readonly ConfiguredModule[] {
  const walk = (module: ConfiguredModule): readonly ConfiguredModule[] => {
    const calls = Object.entries(module.content?.module_calls ?? {});
    const nested = calls.map(([name, call]) => ({
      address: join(module.address, `module.${name}`),
      folder: folderOf(module.folder, call.source),
      source: call.source,
      content: call.module,
    }));
    return [module, ...nested.flatMap(walk)];
  };
  const content = plan.configuration?.root_module;
  return walk({ address: '', folder: environmentFolder(environment), source: './', content });
}

// Only a source that starts like this is local: https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
function folderOf(caller: string | undefined, source: string): string | undefined {
  if (caller === undefined || !/^\.{1,2}(?:[\\/]|$)/.test(source)) return undefined;
  const folder = posix.normalize(posix.join(caller, source.replaceAll('\\', '/'))).replace(/\/$/, '');
  return folder === '..' || folder.startsWith('../') ? undefined : folder;
}

function join(module: string, address: string): string {
  return module === '' ? address : `${module}.${address}`;
}

function moduleWarnings({ address, folder, source, content }: ConfiguredModule): readonly PolicyWarning[] {
  const elsewhere: PolicyWarning[] =
    folder === undefined
      ? [{ id: 'module-from-elsewhere', subject: address, found: source === '' ? 'no source' : `the source ${source}` }]
      : [];
  const resources = content?.resources ?? [];
  return [
    ...elsewhere,
    ...resources.flatMap((resource): PolicyWarning[] => {
      const subject = join(address, resource.address);
      const warnings = resource.provisioners.map(({ type }): PolicyWarning => ({
        id: 'provisioner',
        subject,
        found: `a provisioner of type ${type}`,
      }));
      if (resource.mode !== 'managed' && (RUNS_OR_REACHES.test(resource.type) || INVOKES.test(resource.type))) {
        warnings.push(runs(subject, `a ${resource.mode} source of type ${resource.type}`));
      }
      for (const name of Object.keys(resource.expressions).filter((name) => name.endsWith('_wo'))) {
        warnings.push({ id: 'write-only-value', subject, found: `a value for ${name}` });
      }
      return warnings;
    }),
  ];
}

function runs(subject: string, found: string): PolicyWarning {
  return { id: 'program-or-network', subject, found };
}

// The plan's JSON leaves out two kinds of blocks: `removed`, whose provisioners run when the resource is destroyed, and
// `ephemeral`, which is opened by every plan. Here a word is enough, wherever it stands.
function unlistedWarnings({ path, text }: TerraformFile): readonly PolicyWarning[] {
  const words = path.endsWith('.json') ? unescaped(text) : text;
  const warnings: PolicyWarning[] = [];
  if (/\bremoved\b[\s\S]*\bprovisioner\b/.test(words)) {
    warnings.push({ id: 'provisioner', subject: path, found: 'a removed block and a provisioner' });
  }
  // As an argument it only marks a variable or an output.
  if (/\bephemeral\b(?!\s*=|"\s*:\s*(?:true|false))/.test(words)) warnings.push(runs(path, 'an ephemeral resource'));
  return warnings;
}

function unescaped(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    // Terraform refuses it too.
    return json;
  }
}

function providerWarnings(plan: PlanJson): readonly PolicyWarning[] {
  return Object.entries(plan.configuration?.provider_config ?? {}).flatMap(([key, provider]): PolicyWarning[] => {
    const settings = Object.keys(provider.expressions).filter((name) => !KNOWN_PROVIDER_SETTINGS.has(name));
    if (settings.length === 0) return [];
    return [
      { id: 'provider-settings', subject: `provider ${key}`, found: `settings of ${settings.sort().join(', ')}` },
    ];
  });
}

/** The providers that a plan's configuration uses, by their full names, those built into Terraform left out. */
export function providersOf(plan: PlanJson): readonly string[] {
  const names = Object.values(plan.configuration?.provider_config ?? {}).map(({ full_name }) => full_name);
  return [...new Set(names)].filter((name) => name !== '' && !name.startsWith('terraform.io/builtin/')).sort();
}

/** The arguments that a resource's block sets, by the address of the block: that of a resource without its keys. */
export function configuredArguments(plan: PlanJson): ReadonlyMap<string, ReadonlySet<string>> {
  const blocks = modulesOf(plan, '').flatMap(({ address, content }) =>
    (content?.resources ?? []).map((resource): [string, ReadonlySet<string>] => [
      join(address, resource.address),
      new Set(Object.keys(resource.expressions)),
    ]),
  );
  return new Map(blocks);
}

/** The address of the block that declares a resource: `module.a["x"].t.n[0]` is declared by `module.a.t.n`. */
export function blockAddress(address: string): string {
  return address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '');
}
