import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { JobIdentity } from '@sagemaker-gitops/local-github';
import { toRegExp } from '../syntax/triggers.ts';
import { configureAwsCredentials, type AssumeRole } from './aws-credentials.ts';
import { setupBuildx, setupNode, setupTerraform, type MachineTools } from './machine.ts';
import { refuseInputs, type StandIn } from './stand-in.ts';

const run = promisify(execFile);

const checkout: StandIn = async (inputs, { github, environment, workspace, ref, sha, log }) => {
  refuseInputs('actions/checkout', inputs, ['ssh-key', 'filter', 'sparse-checkout', 'github-server-url']);
  if (inputs['persist-credentials'] !== 'false')
    throw new Error('the stand-in for actions/checkout persists no credentials');
  const token = inputs['token'] ?? '';
  log.mask(token);
  const target = path.join(workspace, inputs['path'] ?? '');
  const wanted = inputs['ref'] === undefined || inputs['ref'] === '' ? ref : inputs['ref'];
  const depth = inputs['fetch-depth'] ?? '1';
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  // The token goes in by the environment of git: an argument vector can be read by every process of the machine.
  const credentials = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraheader', GIT_CONFIG_VALUE_0: header };
  const git = async (argv: readonly string[]): Promise<string> =>
    (await run('git', ['-C', target, ...argv], { env: { ...environment, ...credentials } })).stdout.trim();
  await run('git', ['init', '--quiet', '--initial-branch=main', target], { env: environment });
  await git(['remote', 'add', 'origin', github.cloneUrl]);
  const what = inputs['ref'] === undefined || inputs['ref'] === '' ? sha : wanted;
  const refspecs =
    depth === '0'
      ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*', `+${wanted}:refs/remotes/checkout`]
      : [`+${what}:refs/remotes/checkout`];
  await git([
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-auto-maintenance',
    ...(depth === '0' ? [] : [`--depth=${depth}`]),
    'origin',
    ...refspecs,
  ]);
  await git(['checkout', '--quiet', '--detach', what === sha ? sha : 'refs/remotes/checkout']);
  const commit = what === sha ? sha : await git(['rev-parse', 'HEAD']);
  log.write(`checked out ${commit}`);
  return { outputs: { ref: wanted, commit } };
};

const uploadArtifact: StandIn = async (inputs, { artifacts, github, runId, workspace, log }) => {
  const days = inputs['retention-days'] ?? '';
  // No run here lasts a day.
  if (!/^\d*$/.test(days) || Number(days) > 90)
    throw new Error(`Invalid retention-days "${days}": a whole number of days, at most 90, is taken`);
  const given = inputs['path'] ?? '';
  if (given.includes('\n') || /[*?[\]!]/.test(given))
    throw new Error('the stand-in for actions/upload-artifact takes one path');
  const source = path.resolve(workspace, given);
  const name = inputs['name'] ?? 'artifact';
  if ((await stat(source).catch(() => undefined)) === undefined) {
    if (inputs['if-no-files-found'] === 'error') throw new Error(`no files were found at ${given}`);
    log.write(`warning: no files were found at ${given}; no artifact is uploaded`);
    return {};
  }
  await artifacts.upload(runId, name, source, inputs['overwrite'] === 'true' ? 'overwrite' : 'new');
  github.addArtifact(Number(runId), name, async () => await artifacts.archive(runId, name));
  log.write(`uploaded ${name}`);
  return { outputs: { 'artifact-id': name } };
};

const downloadArtifact: StandIn = async (inputs, { artifacts, runId, workspace, log }) => {
  refuseInputs('actions/download-artifact', inputs, ['artifact-ids']);
  const from = inputs['run-id'] === undefined || inputs['run-id'] === '' ? runId : inputs['run-id'];
  const target = path.resolve(workspace, inputs['path'] ?? '');
  const all = await artifacts.list(from);
  const { name = '', pattern = '' } = inputs;
  if (name !== '' && !all.includes(name)) throw new Error(`artifact not found for name: ${name}`);
  const chosen = name !== '' ? [name] : all.filter((one) => pattern === '' || toRegExp(pattern).test(one));
  for (const one of chosen) {
    const merged = name !== '' || inputs['merge-multiple'] === 'true';
    await artifacts.download(from, one, merged ? target : path.join(target, one));
    log.write(`downloaded ${one}`);
  }
  return { outputs: { 'download-path': target } };
};

const createAppToken: StandIn = async (inputs, { github, log }) => {
  refuseInputs('actions/create-github-app-token', inputs, ['app-id', 'owner', 'repositories']);
  if (inputs['github-api-url'] !== github.url)
    throw new Error(`there is no app of ${inputs['github-api-url'] ?? ''} here`);
  if ((inputs['private-key'] ?? '') === '') throw new Error('the app has no private key: APP_PRIVATE_KEY is not set');
  const granted = Object.entries(inputs).flatMap(([name, access]) =>
    name.startsWith('permission-') && access !== '' ? [[name.slice('permission-'.length), access] as const] : [],
  );
  const actor = { login: 'models-app[bot]', id: 900, type: 'Bot', startsWorkflows: true } as const;
  const token = github.token(Object.fromEntries(granted), actor);
  log.mask(token);
  return await Promise.resolve({ outputs: { token, 'app-slug': 'models-app', 'installation-id': '1' } });
};

const attest: StandIn = async (inputs, { environment, permissions, workspace, github, log }) => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } = environment;
  if (url === undefined) throw new Error('actions/attest needs id-token: write');
  if (permissions.attestations !== 'write') throw new Error('actions/attest needs attestations: write');
  if (!/^sha256:[0-9a-f]{64}$/.test(inputs['subject-digest'] ?? '')) throw new Error('the subject-digest is no digest');
  const sbom = inputs['sbom-path'] ?? '';
  if (sbom !== '') await checkSbom(path.resolve(workspace, sbom));
  const [name = '', digest = ''] = [inputs['subject-name'], inputs['subject-digest']];
  const response = await fetch(`${url}&audience=sigstore`, { headers: { authorization: `bearer ${bearer}` } });
  const { value } = (await response.json()) as { readonly value: string };
  const claims = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()) as JobIdentity;
  await github.attest(claims, {
    subject: [{ name, digest: { sha256: digest.replace('sha256:', '') } }],
    predicateType: sbom === '' ? 'https://slsa.dev/provenance/v1' : 'https://spdx.dev/Document/v2.3',
    predicate: {},
  });
  log.write(`attested ${sbom === '' ? 'where it came from' : 'what is in it'}: ${name}@${digest}`);
  return {};
};

// As actions/attest tells the two formats apart: https://github.com/actions/attest#usage
async function checkSbom(file: string): Promise<void> {
  const document: unknown = JSON.parse(await readFile(file, 'utf8'));
  const has = (name: string): boolean => typeof document === 'object' && document !== null && name in document;
  if (has('spdxVersion') && has('SPDXID')) return;
  if (has('bomFormat') && has('serialNumber') && has('specVersion')) return;
  throw new Error(`${file} is neither an SPDX nor a CycloneDX document`);
}

/** The stand-ins by action; other actions are refused. */
export function createStandIns(assumeRole: AssumeRole, tools: MachineTools): ReadonlyMap<string, StandIn> {
  return new Map([
    ['actions/checkout', checkout],
    ['actions/setup-node', setupNode],
    ['actions/upload-artifact', uploadArtifact],
    ['actions/download-artifact', downloadArtifact],
    ['actions/create-github-app-token', createAppToken],
    ['actions/attest', attest],
    ['aws-actions/configure-aws-credentials', configureAwsCredentials(assumeRole)],
    ['hashicorp/setup-terraform', setupTerraform(tools)],
    ['docker/setup-buildx-action', setupBuildx],
  ]);
}
