import { environmentFolder } from '../environment/base-files.ts';
import { providersOf } from './configuration-warnings.ts';
import type { PlanJson } from './plan-json.ts';
import type { PolicyWarning } from './summary.ts';

/** The files of a root module that decide on providers and state; undefined where there is none. */
export interface RootFiles {
  readonly main: string | undefined;
  readonly backend: string | undefined;
  readonly lock: string | undefined;
}

/** The names of {@link RootFiles} in an environment's folder, and in that of the template. */
export const ROOT_FILES: Readonly<Record<keyof RootFiles, string>> = {
  main: 'main.tf',
  backend: 'backend.hcl',
  lock: '.terraform.lock.hcl',
};

/** Where the template of every environment's root module is, relative to the root of the repository. */
export const TEMPLATE_FOLDER = 'terraform/environment';

/** The root module of an environment as it is planned, and what the base commit has. */
export interface RootModuleFacts {
  readonly planned: RootFiles;
  readonly base: RootFiles;
  /** The template at the base commit, which a new environment is a copy of. */
  readonly template: RootFiles;
}

/** How a root module and its lock file differ from what the base commit has, where that decides on more than resources. */
export function rootModuleWarnings(
  plan: PlanJson,
  environment: string,
  { planned, base, template }: RootModuleFacts,
): readonly PolicyWarning[] {
  const file = (name: keyof RootFiles): string => `${environmentFolder(environment)}/${ROOT_FILES[name]}`;
  const isKnown = (name: keyof RootFiles): boolean =>
    [base, template].some((known) => known[name] !== undefined && isSameText(known[name], planned[name]));
  const warnings: PolicyWarning[] = [];
  if (planned.main !== undefined && !isKnown('main')) {
    warnings.push({
      id: 'root-module-changed',
      subject: file('main'),
      found: 'it is neither what the base commit has nor the template there',
    });
  }
  // A new environment has a state of its own; the root module refuses the key of another one.
  if (base.main !== undefined && !isSameText(base.backend, planned.backend)) {
    warnings.push({ id: 'root-module-changed', subject: file('backend'), found: 'the settings of the state change' });
  }
  if (planned.lock !== base.lock && !isKnown('lock')) {
    const found = lockDifference(base.lock ?? template.lock, planned.lock);
    warnings.push({ id: 'lock-file-changed', subject: file('lock'), found });
  }
  const locked = new Set([base.lock, template.lock].flatMap((text) => [...lockedProviders(text).keys()]));
  for (const name of providersOf(plan).filter((name) => !locked.has(name))) {
    warnings.push({ id: 'provider-not-locked', subject: file('lock'), found: `the provider ${name}` });
  }
  return warnings;
}

function isSameText(left: string | undefined, right: string | undefined): boolean {
  return left?.replaceAll('\r\n', '\n') === right?.replaceAll('\r\n', '\n');
}

function lockDifference(before: string | undefined, after: string | undefined): string {
  const [old, now] = [lockedProviders(before), lockedProviders(after)];
  const moves = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    return from === to ? [] : [`${name} ${from ?? 'none'} → ${to ?? 'none'}`];
  });
  return moves.length === 0 ? 'checksums or constraints of the same versions' : moves.join(', ');
}

/** The versions by provider that a lock file names: https://developer.hashicorp.com/terraform/language/files/dependency-lock */
function lockedProviders(text = ''): ReadonlyMap<string, string> {
  const blocks = text.matchAll(/^\s*provider\s+"([^"\n]+)"\s*\{([^}]*)\}/gm);
  return new Map(
    [...blocks].map(([, name = '', body = '']) => [name, /^\s*version\s*=\s*"([^"\n]*)"/m.exec(body)?.[1] ?? '?']),
  );
}
