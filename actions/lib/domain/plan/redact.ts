import type { PlanJson, StateModule } from './plan-json.ts';

/** What stands where a value may not be shown. */
export const MASK = '(hidden)';

// Shorter secrets are masked where they stand, but not looked for elsewhere: "prod" or "true" occur everywhere.
const SHORTEST_COMPARED = 4;
const SHORTEST_SEARCHED = 6;

/** Finds secrets that turn up outside the places where they are marked. */
export interface Scrubber {
  /** Whether a whole value is one of the secrets. */
  readonly isSecret: (value: string) => boolean;
  /** The text with every secret in it replaced by {@link MASK}. */
  readonly scrub: (text: string) => string;
}

/** Secrets that start alike. */
interface Bucket {
  readonly secrets: Set<string>;
  /** Every length among them, the longest first: a secret that contains another one is masked as a whole. */
  lengths: readonly number[];
}

/**
 * A scrubber for a set of secret strings. Its cost grows with the text, not with the number of secrets: at a position only
 * those that start with the same six characters come into question, one look-up for each of their lengths.
 */
export function createScrubber(secrets: Iterable<string>): Scrubber {
  const compared = new Set<string>();
  const buckets = new Map<string, Bucket>();
  // Most positions of most texts are passed by on their first character.
  const starts = new Uint8Array(0x1_00_00);
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_COMPARED) compared.add(secret);
    for (const form of writtenForms(secret)) {
      const start = form.slice(0, SHORTEST_SEARCHED);
      const bucket = buckets.get(start) ?? { secrets: new Set(), lengths: [] };
      bucket.secrets.add(form);
      buckets.set(start, bucket);
      starts[form.charCodeAt(0)] = 1;
    }
  }
  for (const bucket of buckets.values()) {
    bucket.lengths = [...new Set([...bucket.secrets].map((secret) => secret.length))].sort((a, b) => b - a);
  }
  const lengthAt = (text: string, position: number): number | undefined => {
    if (starts[text.charCodeAt(position)] !== 1) return undefined;
    const bucket = buckets.get(text.slice(position, position + SHORTEST_SEARCHED));
    return bucket?.lengths.find((length) => bucket.secrets.has(text.slice(position, position + length)));
  };
  return {
    isSecret: (value) => compared.has(value),
    scrub: (text) => {
      if (buckets.size === 0) return text;
      let shown = '';
      let copied = 0;
      let position = 0;
      while (position + SHORTEST_SEARCHED <= text.length) {
        const length = lengthAt(text, position);
        if (length === undefined) {
          position += 1;
        } else {
          shown += text.slice(copied, position) + MASK;
          position += length;
          copied = position;
        }
      }
      return copied === 0 ? text : shown + text.slice(copied);
    },
  };
}

// A secret can be quoted inside JSON or HCL, and one of several lines (a private key) can be cited line by line.
function writtenForms(secret: string): readonly string[] {
  const lines = secret.includes('\n') ? secret.split('\n').map((line) => line.trim()) : [];
  return [secret, JSON.stringify(secret).slice(1, -1), ...lines].filter((form) => form.length >= SHORTEST_SEARCHED);
}

/**
 * Whether a value at this path is a container environment value that may not be shown: it stands below a member named
 * `environment`, and neither its key is on the allow-list nor is it the release id that the platform adds.
 */
export function isHiddenContainerValue(path: readonly PropertyKey[], visibleKeys: ReadonlySet<string>): boolean {
  const index = path.findIndex((key) => key === 'environment' || key === 'container_environment');
  if (index === -1 || index === path.length - 1) return false;
  const key = path.at(-1);
  return !(typeof key === 'string' && (key === 'RELEASE_ID' || visibleKeys.has(key)));
}

/**
 * Every secret string of a plan: what a `sensitive` mark covers, in the state before it too, sensitive variables, hidden
 * container environment values.
 */
export function secretsOf(plan: PlanJson, visibleKeys: ReadonlySet<string>): ReadonlySet<string> {
  const secrets = new Set<string>();
  const collect = (value: unknown, mark: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'string') {
      if (mark === true || isHiddenContainerValue(path, visibleKeys)) secrets.add(value);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      collect(member, mark === true ? true : memberOf(mark, key), [...path, key]);
    }
  };
  const changes = [
    ...plan.resource_changes.map((resource) => resource.change),
    ...plan.resource_drift.map((resource) => resource.change),
    ...Object.values(plan.output_changes),
  ];
  for (const change of changes) {
    collect(change.before, change.before_sensitive, []);
    collect(change.after, change.after_sensitive, []);
  }
  const collectState = ({ resources, child_modules }: StateModule): void => {
    for (const { values, sensitive_values } of resources) collect(values, sensitive_values, []);
    child_modules.forEach(collectState);
  };
  const before = plan.prior_state?.values?.root_module;
  if (before !== undefined) collectState(before);
  const declared = plan.configuration?.root_module?.variables ?? {};
  for (const [name, variable] of Object.entries(plan.variables)) {
    collect(variable.value, memberOf(declared, name) !== undefined && declared[name]?.sensitive === true, []);
  }
  return secrets;
}

/** The member of a value of unknown shape, or undefined where there is none. */
export function memberOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const member: unknown = Reflect.get(value, key);
  return member;
}
