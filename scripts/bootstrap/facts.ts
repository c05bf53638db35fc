import { z } from 'zod';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { tryParseJson } from '../../actions/lib/domain/json/try-parse.ts';
import { parseJsonFile } from '../../actions/lib/domain/json/file.ts';
import { recordedSettingsSchema, type BootstrapSettings, type RecordedSettings } from './settings.ts';

/** Whether a thing with a name of ours belongs to the service, by its tags. */
export type Owner = { readonly kind: 'ours' } | { readonly kind: 'foreign'; readonly found: string };

/** A bucket with a name of ours. */
export type BucketFact =
  | { readonly kind: 'missing' }
  /** It belongs to another account, or these credentials may not read it: S3 answers alike. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'there'; readonly region: string; readonly isEmpty: boolean; readonly owner: Owner };

/** The account's OIDC provider for GitHub. */
export interface ProviderFact {
  readonly arn: string;
  readonly audiences: readonly string[];
  readonly owner: Owner;
}

/** A lock on the state, in the format of Terraform's S3 backend. */
export interface LockFact {
  readonly id: string;
  readonly who: string;
  readonly created: string;
  /** `npm run bootstrap, process PID on HOST` for a lock of the bootstrap. */
  readonly info: string;
}

/** The state bucket of a service and every state that may be in it. */
export interface HomeFacts {
  readonly bucket: BucketFact;
  /** The text of the state in the bucket. */
  readonly state: string | null;
  /** The newest version of a state that was deleted from the bucket. */
  readonly deletedState: { readonly text: string; readonly date: string } | null;
  /** A state that an older version of the bootstrap left in the checkout. */
  readonly leftoverState: { readonly text: string; readonly file: string } | null;
  readonly lock: LockFact | null;
}

/** A VPC with the tags of the service, and what `terraform/modules/network` made in it. */
export interface NetworkFact {
  readonly vpc: string;
  readonly cidrBlock: string;
  /** By address in Terraform, with the id that `terraform import` takes. */
  readonly resources: readonly { readonly to: string; readonly id: string }[];
  /** Rules that let all traffic out of the module's groups: EC2 makes one with each group, and Terraform revokes it then. */
  readonly openRules: readonly { readonly id: string; readonly group: string; readonly address: string }[];
}

/** The policies that a role has. */
export interface RolePolicies {
  readonly role: string;
  /** By name. */
  readonly inline: readonly string[];
  /** By ARN. */
  readonly attached: readonly string[];
}

/** What is in an account under the names of a service. */
export interface Facts extends HomeFacts {
  readonly models: BucketFact;
  /** In the home region, by their tags. */
  readonly networks: readonly NetworkFact[];
  readonly provider: ProviderFact | null;
  /** Roles, policies and the image repository that are there, by their address in Terraform. */
  readonly named: Readonly<Record<string, Owner>>;
  /** Settings of buckets and image repository that exist, by address in Terraform, with the id that `terraform import` takes. */
  readonly settings: readonly { readonly to: string; readonly id: string }[];
  /** Of the roles in `named`. */
  readonly rolePolicies: readonly RolePolicies[];
  /** Roles and policies of the service that the settings lack: those of an environment that has left, for example. */
  readonly unwanted: readonly NamedResource[];
  /** The names of the roles that trust GitHub. */
  readonly githubRoles: readonly string[];
}

/** A resource of `terraform/bootstrap` whose name is known beforehand. */
export interface NamedResource {
  readonly kind: 'role' | 'policy' | 'repository';
  readonly name: string;
  /** In Terraform. */
  readonly address: string;
  /** As `terraform import` takes it. */
  readonly id: string;
}

export const OIDC_ISSUER = 'token.actions.githubusercontent.com';
export const OIDC_AUDIENCE = 'sts.amazonaws.com';

/** The ARN of the OIDC provider for GitHub that an account can have. */
export function providerArn({ account, region }: Pick<BootstrapSettings, 'account' | 'region'>): string {
  return `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${OIDC_ISSUER}`;
}

/** The key of the bootstrap's own state in the state bucket. */
export function stateKey(service: string): string {
  return `${service}.bootstrap.tfstate`;
}

export function modelBucketName({ service, account }: Pick<BootstrapSettings, 'service' | 'account'>): string {
  return `${service}-${account}-models`;
}

/** The roles, policies and the image repository that `terraform/bootstrap` makes with these settings. */
export function namedResources(settings: BootstrapSettings, partition: string): readonly NamedResource[] {
  const { service, account, artifacts } = settings;
  const role = (name: string, address: string): NamedResource => ({ kind: 'role', name, address, id: name });
  const policy = (name: string, address: string): NamedResource => ({
    ...{ kind: 'policy', name, address },
    id: `arn:${partition}:iam::${account}:policy/${name}`,
  });
  return [
    role(`${service}-plan`, 'aws_iam_role.plan'),
    policy(`${service}-execution-boundary`, 'aws_iam_policy.execution_boundary'),
    ...(artifacts === null
      ? []
      : [
          role(`${service}-build`, 'aws_iam_role.build[0]'),
          { kind: 'repository' as const, name: service, address: 'aws_ecr_repository.service[0]', id: service },
        ]),
    ...Object.entries(settings.environments).flatMap(([name, { replay }]) => [
      role(`${service}-${name}-apply`, `aws_iam_role.apply["${name}"]`),
      role(`${service}-${name}-deploy`, `aws_iam_role.deploy["${name}"]`),
      ...(replay === true ? [role(`${service}-${name}-replay`, `aws_iam_role.replay["${name}"]`)] : []),
      policy(`${service}-${name}-read`, `aws_iam_policy.read["${name}"]`),
    ]),
  ];
}

/** The owner of a thing by its tags: `terraform/bootstrap` gives every resource these two. */
export function ownerOf(tags: Readonly<Record<string, string>>, service: string): Owner {
  if (tags['Service'] === service && tags['ManagedBy'] === 'terraform') return { kind: 'ours' };
  const found = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return { kind: 'foreign', found: found.length === 0 ? 'no tags' : `the tags ${found.sort().join(', ')}` };
}

const instance = z.looseObject({
  index_key: z.union([z.string(), z.number()]).optional(),
  status: z.string().optional(),
  attributes: z.looseObject({ id: z.unknown() }).optional(),
});
const stateSchema = z.looseObject({
  lineage: z.string(),
  serial: z.int(),
  outputs: z.record(z.string(), z.looseObject({ value: z.unknown() })).default({}),
  resources: z
    .array(
      z.looseObject({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(instance).default([]),
      }),
    )
    .default([]),
});

/** A Terraform state, as far as the bootstrap reads it. */
export interface State {
  readonly lineage: string;
  readonly serial: number;
  /** The addresses of its resources; data sources are left out. */
  readonly addresses: readonly string[];
  /** The id of the network's VPC. */
  readonly vpc: string | undefined;
  /** Those that Terraform would replace, as a call failed while it made them. */
  readonly tainted: readonly string[];
  /** The settings of the last apply, as far as the version that made it recorded them. */
  readonly settings: RecordedSettings;
}

/**
 * A state from its text.
 *
 * @throws UserError when it is not a Terraform state.
 */
export function parseState(path: string, text: string): State {
  const state = parseStateFile(path, text, stateSchema);
  const instances = state.resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ module, type, name, instances }) =>
      instances.map(({ index_key: key, status }) => {
        const index = key === undefined ? '' : `[${JSON.stringify(key)}]`;
        return { address: `${module === undefined ? '' : `${module}.`}${type}.${name}${index}`, status };
      }),
    );
  const recorded = {
    path: `${path} at outputs.settings`,
    text: JSON.stringify(state.outputs['settings']?.value ?? {}),
  };
  const settings = parseJsonFile(recorded, recordedSettingsSchema, 'Restore the settings file from Git.');
  const vpc = state.resources.find(({ mode, type }) => mode === 'managed' && type === 'aws_vpc')?.instances[0]
    ?.attributes?.id;
  const { lineage, serial } = state;
  const tainted = instances.filter(({ status }) => status === 'tainted').map(({ address }) => address);
  const addresses = instances.map(({ address }) => address);
  return { lineage, serial, addresses, vpc: typeof vpc === 'string' ? vpc : undefined, tainted, settings };
}

/** A state as a schema takes it. @throws UserError when it is none. */
export function parseStateFile<Schema extends z.ZodType>(path: string, text: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(tryParseJson(text));
  if (parsed.success) return parsed.data;
  throw new UserError({
    what: 'A Terraform state cannot be read',
    where: path,
    expected: 'a state as Terraform writes it',
    // A state holds secrets: nothing of it is quoted.
    found: text === '' ? 'an empty object' : `${String(text.length)} characters that are none`,
    remedy: 'Restore an older version of it: the bucket keeps them.',
  });
}

/** The text of a state without some of its resources: they stay in the account, and Terraform no longer owns them. */
export function withoutResources(
  text: string,
  isDropped: (resource: { readonly type: string; readonly module?: string | undefined }) => boolean,
): string {
  const state = stateSchema.parse(JSON.parse(text));
  const resources = state.resources.filter((each) => each.mode !== 'managed' || !isDropped(each));
  return JSON.stringify({ ...state, serial: state.serial + 1, resources });
}

/**
 * The text of a state without taints. A resource that was made and could not be read is complete or is completed in place;
 * to replace it would delete a bucket.
 */
export function withoutTaints(text: string): string {
  const state = stateSchema.parse(JSON.parse(text));
  const resources = state.resources.map((resource) => ({
    ...resource,
    instances: resource.instances.map(({ status, ...rest }) => (status === 'tainted' ? rest : { ...rest, status })),
  }));
  return JSON.stringify({ ...state, serial: state.serial + 1, resources });
}
