import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockAddress, configurationWarnings, moduleFolders, type TerraformFile } from './configuration-warnings.ts';
import { hiddenChangeWarnings } from './hidden-changes.ts';
import { parsePlanJson, type PlanJson } from './plan-json.ts';
import { rootModuleWarnings, type RootFiles } from './root-module-warnings.ts';
import type { PolicyWarning } from './summary.ts';

const FIXTURES = path.join(import.meta.dirname, '__fixtures__/plans');
const read = (name: string, file: string): string => readFileSync(path.join(FIXTURES, name, file), 'utf8');
/** A plan of the real Terraform that hides something in every way there is. */
const hidden = parsePlanJson(read('hidden', 'plan.json'));
const sources: readonly TerraformFile[] = ['main.tf', 'module/main.tf', 'module/deeper/main.tf'].map((file) => ({
  path: `environments/dev/${file}`,
  text: read('hidden', file),
}));

// Everything in the repository is known as a source.
const KNOWN = ['environments', 'terraform'];

function lines(warnings: readonly PolicyWarning[]): readonly string[] {
  return warnings.map(({ id, subject, found }) => `${id} | ${subject} | ${found}`);
}

function planOf(more: object): PlanJson {
  return parsePlanJson(JSON.stringify({ format_version: '1.2', ...more }));
}

function configured(root: object, providers: object = {}): PlanJson {
  return planOf({ configuration: { provider_config: providers, root_module: root } });
}

describe('a configuration', () => {
  it('is read with all of its modules, and what the JSON of the plan leaves out', () => {
    expect(moduleFolders(hidden, 'dev')).toEqual([
      'environments/dev',
      'environments/dev/module',
      'environments/dev/module/deeper',
    ]);
    expect(lines(configurationWarnings(hidden, 'dev', sources, KNOWN))).toEqual([
      'write-only-value | aws_ssm_parameter.write_only | a value for value_wo',
      'provisioner | terraform_data.new | a provisioner of type local-exec',
      'program-or-network | data.terraform_remote_state.other | a data source of type terraform_remote_state',
      'provisioner | module.inner.module.deeper.terraform_data.nested | a provisioner of type local-exec',
      'provisioner | environments/dev/main.tf | a removed block and a provisioner',
      'program-or-network | environments/dev/main.tf | an ephemeral resource',
      'provider-settings | provider aws | settings of shared_config_files, skip_credentials_validation, skip_metadata_api_check, skip_requesting_account_id',
    ]);
  });

  it.each(['create', 'update', 'policy', 'unknown', 'odd-keys', 'replace'])('hides nothing in the plan %s', (name) => {
    const plan = parsePlanJson(read(name, 'plan.json'));
    const file = { path: 'environments/dev/main.tf', text: read(name, 'main.tf') };
    // The plans of the tests reach their AWS by the settings of the provider.
    const found = configurationWarnings(plan, 'dev', [file], KNOWN).filter(({ id }) => id !== 'provider-settings');
    expect(found).toEqual([]);
  });

  it.each([
    ['git::https://evil.example/m.git', 'the source git::https://evil.example/m.git'],
    ['terraform-aws-modules/vpc/aws', 'the source terraform-aws-modules/vpc/aws'],
    ['../../../elsewhere', 'the source ../../../elsewhere'],
    ['..', undefined],
    ['../../..', 'the source ../../..'],
    ['/tmp/module', 'the source /tmp/module'],
    ['.hidden', 'the source .hidden'],
    ['', 'no source'],
    ['./module', undefined],
    ['../../terraform/modules/inference-endpoint', undefined],
  ])('with a module from %j', (source, found) => {
    const plan = configured({ module_calls: { m: { source, module: {} } } });
    const expected = found === undefined ? [] : [`module-from-elsewhere | module.m | ${found}`];
    expect(lines(configurationWarnings(plan, 'dev', [], KNOWN))).toEqual(expected);
  });

  it('with a module whose source is not written plainly', () => {
    const plan = configured({ module_calls: { m: { source: '../../evil', module: {} } } });
    expect(lines(configurationWarnings(plan, 'dev', [], ['environments/dev', 'terraform/modules/m']))).toEqual([
      'module-from-elsewhere | module.m | the source ../../evil, which is not written plainly',
    ]);
    expect(configurationWarnings(plan, 'dev', [], ['environments/dev', 'evil'])).toEqual([]);
  });

  it('keeps what a module from elsewhere calls by a relative path outside', () => {
    const inner = { module_calls: { n: { source: './n', module: {} } } };
    const plan = configured({ module_calls: { m: { source: 'a/b/aws', module: inner } } });
    expect(lines(configurationWarnings(plan, 'dev', [], KNOWN))).toHaveLength(2);
    expect(moduleFolders(plan, 'dev')).toEqual(['environments/dev']);
  });

  it.each([
    ['data', 'external', true],
    ['data', 'http', true],
    ['data', 'terraform_remote_state', true],
    ['data', 'aws_lambda_invocation', true],
    ['data', 'tls_certificate', true],
    ['data', 'dns_a_record_set', true],
    ['data', 'github_repository', true],
    ['data', 'vault_generic_secret', true],
    ['ephemeral', 'aws_lambda_invocation', true],
    ['data', 'aws_caller_identity', false],
    ['data', 'aws_iam_policy_document', false],
    ['managed', 'aws_lambda_invocation', false],
  ])('with a %s source of type %s: %s', (mode, type, warned) => {
    const plan = configured({ resources: [{ address: `${type}.a`, mode, type }] });
    const ids = configurationWarnings(plan, 'dev', [], KNOWN).map(({ id }) => id);
    expect(ids).toEqual(warned ? ['program-or-network'] : []);
  });

  it.each([
    ['removed {\n from = a.b\n provisioner "local-exec" {}\n}', 'a.tf', 'provisioner'],
    ['{"\\u0072emoved":[{"provisioner":{}}]}', 'a.tf.json', 'provisioner'],
    ['removed { from = a.b }', 'a.tf', undefined],
    ['ephemeral "x" "y" {}', 'a.tf', 'program-or-network'],
    ['ephemeral /* */ x y {}', 'a.tf', 'program-or-network'],
    ['{"ephemeral":{"x":{}}}', 'a.tf.json', 'program-or-network'],
    ['{"variable":{"v":{"ephemeral":true}}}', 'a.tf.json', undefined],
    ['variable "v" {\n  ephemeral = true\n}', 'a.tf', undefined],
  ])('with the text %j in %s: %s', (text, name, id) => {
    const found = configurationWarnings(configured({}), 'dev', [{ path: name, text }], KNOWN);
    expect(found.map((warning) => warning.id)).toEqual(id === undefined ? [] : [id]);
  });

  it('with the settings of the product alone hides nothing', () => {
    const expressions = { region: {}, allowed_account_ids: {}, default_tags: [] };
    const providers = { aws: { full_name: 'registry.terraform.io/hashicorp/aws', expressions } };
    expect(configurationWarnings(configured({}, providers), 'dev', [], KNOWN)).toEqual([]);
    const evil = { 'module.m:aws': { expressions: { region: {}, profile: {} } } };
    expect(lines(configurationWarnings(configured({}, evil), 'dev', [], KNOWN))).toEqual([
      'provider-settings | provider module.m:aws | settings of profile',
    ]);
  });

  it('with actions runs programs', () => {
    const plan = planOf({ action_invocations: [{ address: 'action.local_command.a', type: 'local_command' }] });
    expect(lines(configurationWarnings(plan, 'dev', [], KNOWN))).toEqual([
      'program-or-network | action.local_command.a | the action local_command runs',
    ]);
  });
});

describe('blockAddress', () => {
  it.each([
    ['module.a["x"].module.b[0].t.n["y"]', 'module.a.module.b.t.n'],
    ['t.n["a]b[\\"c"]', 't.n'],
    ['t.n', 't.n'],
  ])('of %s is %s', (address, expected) => {
    expect(blockAddress(address)).toBe(expected);
  });
});

describe('the changes of a plan', () => {
  const warn = (plan: PlanJson, inGit: readonly string[] = [], visibleEnvironmentKeys: string[] = []) =>
    lines(hiddenChangeWarnings(plan, { visibleEnvironmentKeys }, new Set(inGit)));

  it('are found that a real plan hides', () => {
    expect(warn(hidden)).toEqual([
      'policy-unknown | 1 resource | aws_iam_role_policy.unknown: policy',
      'masked-value-changes | 1 resource | terraform_data.new: input',
      'resource-imported | 1 resource | terraform_data.found from an-id',
      'resource-moved | 1 resource | terraform_data.old → terraform_data.renamed',
    ]);
    expect(warn(parsePlanJson(read('forget', 'plan.json')))).toEqual([
      expect.stringMatching(/^resource-forgotten \| 1 resource \| /),
    ]);
  });

  const change = (before: object | null, after: object | null, more: object = {}): PlanJson =>
    planOf({
      resource_changes: [
        {
          ...{ address: 'a.b', mode: 'managed', type: 'a', name: 'b' },
          change: {
            ...{ actions: [before === null ? 'create' : after === null ? 'delete' : 'update'], before, after },
            ...{ before_sensitive: {}, after_sensitive: {}, ...more },
          },
        },
      ],
    });

  it.each<[string, PlanJson, boolean]>([
    ['a sensitive value', change({ p: 1 }, { p: 2 }, { after_sensitive: { p: true } }), true],
    [
      'a sensitive value that stays',
      change({ p: 1, q: 1 }, { p: 1, q: 2 }, { before_sensitive: { p: true }, after_sensitive: { p: true } }),
      false,
    ],
    ['a sensitive value that goes with its resource', change({ p: 1 }, null, { before_sensitive: { p: true } }), false],
    ['a value that loses its mark', change({ p: 1 }, { p: 1 }, { before_sensitive: { p: true } }), true],
    [
      'a container value that release.json does not have',
      change({ environment: { T: 'a' } }, { environment: { T: 'b' } }),
      true,
    ],
    ['a container value of release.json', change(null, { environment: { T: 'in-git' } }), false],
    ['a policy that somebody may have written', change(null, {}, { after_unknown: { policy: true } }), true],
    ['an unknown argument that is no policy', change(null, {}, { after_unknown: { id: true, arn: true } }), false],
    ['an inline policy', change(null, {}, { after_unknown: { inline_policy: [{ policy: true }] } }), true],
    ['which policy is attached', change(null, {}, { after_unknown: { policy_arn: true } }), true],
  ])('hide %s: see below', (_, plan, warned) => {
    expect(warn(plan, ['in-git'])).toHaveLength(warned ? 1 : 0);
  });

  it('do not count as unknown what the provider fills in', () => {
    const [resource] = change(null, {}, { after_unknown: { policy: true } }).resource_changes;
    const block = (expressions: object): PlanJson =>
      planOf({
        resource_changes: [{ ...resource, address: 'a.b["x"]' }],
        configuration: { root_module: { resources: [{ address: 'a.b', mode: 'managed', type: 'a', expressions }] } },
      });
    expect(warn(block({}))).toEqual([]);
    expect(warn(block({ policy: {} }))).toHaveLength(1);
  });

  it('name five, and say how many more there are', () => {
    const changes = Array.from({ length: 8 }, (_, index) => ({
      ...{ address: `t.n[${String(index)}]`, previous_address: `t.o[${String(index)}]`, mode: 'managed', type: 't' },
      ...{ name: 'n', change: { actions: ['no-op'] } },
    }));
    expect(warn(planOf({ resource_changes: changes }))).toEqual([
      expect.stringMatching(/^resource-moved \| 8 resources \| t\.o\[0\] → t\.n\[0\], .*t\.n\[4\], and 3 more$/),
    ]);
  });
});

describe('a root module', () => {
  const none: RootFiles = { main: undefined, backend: undefined, lock: undefined };
  const lock = (...providers: readonly string[]): string =>
    providers
      .map((each) => each.split(' '))
      .map(([name, version]) => `provider "registry.terraform.io/${name ?? ''}" {\n  version = "${version ?? ''}"\n}\n`)
      .join('\n');
  const base: RootFiles = { main: 'a', backend: 'b', lock: lock('hashicorp/aws 5.100.0') };
  const aws = configured({}, { aws: { full_name: 'registry.terraform.io/hashicorp/aws' } });
  const warn = (planned: Partial<RootFiles>, known: RootFiles = base, template: RootFiles = none, plan = aws) =>
    lines(rootModuleWarnings(plan, 'dev', { planned: { ...base, ...planned }, base: known, template }));

  it('that is what the base has warns of nothing, whatever the line ends', () => {
    expect(warn({})).toEqual([]);
    expect(warn({ lock: base.lock?.replaceAll('\n', '\r\n') })).toEqual([]);
  });

  it('that is new and a copy of the template warns of nothing', () => {
    expect(warn({ backend: 'its own' }, none, base)).toEqual([]);
  });

  it.each([
    [
      { main: 'other' },
      'root-module-changed | environments/dev/main.tf | it is neither what the base commit has nor the template there',
    ],
    [{ backend: 'other' }, 'root-module-changed | environments/dev/backend.hcl | the settings of the state change'],
    [{ backend: undefined }, 'root-module-changed | environments/dev/backend.hcl | the settings of the state change'],
    [
      { lock: lock('hashicorp/aws 6.0.0', 'evil/aws 1.0.0') },
      'lock-file-changed | environments/dev/.terraform.lock.hcl | registry.terraform.io/evil/aws none → 1.0.0, registry.terraform.io/hashicorp/aws 5.100.0 → 6.0.0',
    ],
    [
      { lock: `${base.lock ?? ''}# other checksums\n` },
      'lock-file-changed | environments/dev/.terraform.lock.hcl | checksums or constraints of the same versions',
    ],
    [
      { lock: undefined },
      'lock-file-changed | environments/dev/.terraform.lock.hcl | registry.terraform.io/hashicorp/aws 5.100.0 → none',
    ],
  ])('with %j', (planned, expected) => {
    expect(warn(planned)).toEqual([expected]);
  });

  it('warns of a provider that the base does not lock, and of none that is built in', () => {
    const plan = configured(
      {},
      {
        evil: { full_name: 'registry.terraform.io/evil/aws' },
        terraform: { full_name: 'terraform.io/builtin/terraform' },
      },
    );
    expect(warn({}, base, none, plan)).toEqual([
      'provider-not-locked | environments/dev/.terraform.lock.hcl | the provider registry.terraform.io/evil/aws',
    ]);
  });
});
