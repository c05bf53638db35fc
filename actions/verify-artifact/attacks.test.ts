import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { createSigstore, startLocalGithub, type LocalGithub, type Sigstore } from '@sagemaker-gitops/local-github';
import { recordDeployment, startTeamAws, teamLedger } from '../../scripts/testing/sample-team/ledger.ts';
import { TEAM_ENVIRONMENTS, type TeamEnvironment } from '../../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { writeFileBelow, writeJsonBelow } from '../../scripts/testing/write-file.ts';
import { stateBucketName } from '../lib/domain/environment/names.ts';
import { factName, ledgerPrefix } from '../lib/domain/ledger/fact.ts';
import { addRelease, renderReleaseFile } from '../lib/domain/release/edit.ts';

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const REGISTRY = '210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring';
const MODEL = `sha256:${'d'.repeat(64)}`;
const VERIFIED = 'eeeeeeeeeeee';

/** The action as a process, with a local AWS that has the ledgers and a local GitHub that has the attestations. */
describe('an attacker who gets a release merged', () => {
  let folder: string;
  let github: LocalGithub;
  let aws: LocalAws;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'attacks-'));
    await writeSampleTeam(folder, ['scoring']);
    github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models' });
    github.state.settings.isPrivate = false;
    // The environments of a service share an account.
    aws = await startTeamAws(path.join(folder, 'aws'), ['trial']);
  });
  afterEach(async () => {
    expect(github.calls.filter(({ status }) => status === 500)).toEqual([]);
    await Promise.all([github.close(), aws.close()]);
    await rm(folder, { recursive: true });
  });

  /** Makes an environment's files say that it runs an artifact, with a source that claims the best; gives its release. */
  const declare = async (name: TeamEnvironment, digest = DIGEST, model: string | null = null): Promise<string> => {
    const spec = {
      image: `${REGISTRY}@${digest}`,
      model: model === null ? null : { uri: `s3://models/${model.replace(':', '-')}/`, digest: model },
      ...{ instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 60 },
    };
    const source = { commit: 'c'.repeat(40), createdAt: '2026-01-01T00:00:00Z', promotedFrom: 'trial' };
    const { file, id } = addRelease({ live: null, releases: {} }, spec, source);
    await writeFileBelow(folder, `environments/${name}/release.json`, renderReleaseFile(file));
    return id;
  };
  /** Records that an environment verified an artifact. */
  const verified = async (name: TeamEnvironment, digest = DIGEST, model: string | null = null): Promise<void> =>
    await recordDeployment(teamLedger(aws, name), {
      ...{ release: VERIFIED, image: `${REGISTRY}@${digest}`, model, verdict: 'passed' },
      provenance: { isAttested: true, text: 'attested' },
    });
  const attest = async (
    claims: Readonly<Record<string, string>> = {},
    digest = DIGEST,
    by?: Sigstore,
  ): Promise<void> => {
    const ref = claims['ref'] ?? 'refs/heads/main';
    const repository = claims['repository'] ?? 'octo-org/models';
    const identity = {
      ...{ repository, repository_id: '1', ref, sha: 'c'.repeat(40), run_id: '7', event_name: 'push' },
      job_workflow_ref: `${repository}/.github/workflows/release-service.yml@${ref}`,
      workflow_ref: `${repository}/.github/workflows/release.yml@${ref}`,
      ...claims,
    };
    const subject = [{ name: 'scoring', digest: { sha256: digest.replace('sha256:', '') } }];
    await github.attest(identity, { subject, predicateType: 'https://slsa.dev/provenance/v1', predicate: {} }, by);
  };
  const verify = async (environment: TeamEnvironment, given: Readonly<Record<string, string>> = {}) => {
    const inputs = {
      environment,
      'working-directory': folder,
      'github-token': github.token({ actions: 'read', attestations: 'read' }),
      ...given,
    };
    const job = github.oidc.allow({ sub: 'repo:octo-org/models:ref:refs/heads/main' });
    return await startAction('verify-artifact', inputs, { ...aws.environment, ...github.environment, ...job }).ended;
  };
  const sentence = ({ log }: ActionRun): string => log.replaceAll(/\s+/g, ' ');
  const expectRefused = async (environment: TeamEnvironment, words: RegExp): Promise<void> => {
    const run = await verify(environment);
    expect(sentence(run)).toMatch(words);
    expect([run.exitCode, run.outputs['provenance'] ?? '']).toEqual([1, '']);
  };
  /** The facts of an environment, as somebody with an administrator's keys of the account writes them. */
  const facts = (name: TeamEnvironment) => {
    const { service, account, region } = TEAM_ENVIRONMENTS[name];
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.environmentOf({
      accountId: account,
      region,
    });
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ region, endpoint: aws.url, forcePathStyle: true, credentials });
    const keyOf = (sequence: number) => ({
      Bucket: stateBucketName({ service, account }),
      Key: `${ledgerPrefix({ service, name })}${factName(sequence)}`,
    });
    return {
      read: async (sequence: number) =>
        (await (await client.send(new GetObjectCommand(keyOf(sequence)))).Body?.transformToString()) ?? '',
      write: async (sequence: number, body: string) =>
        await client.send(new PutObjectCommand({ ...keyOf(sequence), Body: body })),
    };
  };

  describe('forges the past', () => {
    beforeEach(async () => {
      await attest();
      await declare('preview');
    });

    it('gets nothing by what release.json says of its source: the environment was skipped', async () => {
      await expectRefused('preview', /trial has not verified the artifact: its image was never deployed there/);
    });

    it('gets nothing by a deployment entry on GitHub, which any job with deployments: write can make', async () => {
      const response = await fetch(`${github.url}/repos/octo-org/models/deployments`, {
        method: 'POST',
        headers: { authorization: `token ${github.token({ deployments: 'write' })}` },
        body: JSON.stringify({ ref: 'c'.repeat(40), environment: 'trial', auto_merge: false, required_contexts: [] }),
      });
      expect(response.status).toBe(201);
      await expectRefused('preview', /its image was never deployed there/);
    });

    it('gets nothing by facts of another environment, copied into the ledger of the one before', async () => {
      await verified('prime');
      const [from, to] = [facts('prime'), facts('trial')];
      for (const sequence of [1, 2]) await to.write(sequence, await from.read(sequence));
      await expectRefused('preview', /not whole: fact 2 is about another repository, account or endpoint/);
    });

    it('gets nothing by a fact that is written anew with its digest: the one after it names another', async () => {
      await verified('trial', OTHER);
      const ledger = facts('trial');
      await ledger.write(1, (await ledger.read(1)).replaceAll(OTHER, DIGEST));
      await expectRefused('preview', /not whole: fact 1 is not the one that fact 2 was written after/);
    });

    it('gets nothing by facts that are replayed under later numbers', async () => {
      await verified('trial');
      await recordDeployment(teamLedger(aws, 'trial'), {
        ...{ release: VERIFIED, image: `${REGISTRY}@${DIGEST}`, model: null, verdict: 'failed' },
      });
      const ledger = facts('trial');
      for (const sequence of [1, 2]) await ledger.write(sequence + 4, await ledger.read(sequence));
      await expectRefused('preview', /release eeeeeeeeeeee failed here/);
    });

    it('gets nothing by emptying the fact that it failed: what passed before it no longer counts', async () => {
      await verified('trial');
      const image = `${REGISTRY}@${DIGEST}`;
      await recordDeployment(teamLedger(aws, 'trial'), { release: VERIFIED, image, model: null, verdict: 'failed' });
      await recordDeployment(teamLedger(aws, 'trial'), { release: 'ffffffffffff', image: 'other', verdict: 'passed' });
      await facts('trial').write(4, '');
      await expectRefused('preview', /not whole: fact \d is/);
    });

    it('gets nothing by a verified image with another model', async () => {
      await verified('trial', DIGEST, OTHER);
      await attest({}, MODEL);
      await declare('preview', DIGEST, MODEL);
      await expectRefused('preview', /its image with this model was never deployed there/);
    });
  });

  describe('forges the origin', () => {
    beforeEach(async () => await declare('trial'));

    it.each<[string, RegExp, () => Promise<void>]>([
      [
        'no attestation',
        /release-service\.yml of this repository on main has not attested sha256/,
        async () => await Promise.resolve(),
      ],
      [
        'an attestation of another workflow of the repository',
        /one is by .*mine\.yml/,
        async () => await attest({ job_workflow_ref: 'octo-org/models/.github/workflows/mine.yml@refs/heads/main' }),
      ],
      [
        'an attestation of the workflow on another branch',
        /a job on refs\/heads\/topic/,
        async () => await attest({ ref: 'refs/heads/topic' }),
      ],
      [
        'an attestation of another repository',
        /a job of another repository \(.*mallory/,
        async () => await attest({ repository: 'mallory/models', repository_id: '13' }),
      ],
      [
        'an attestation of authorities that GitHub does not use',
        /it is not valid/,
        async () => await attest({}, DIGEST, await createSigstore(() => github.serverUrl)),
      ],
      [
        'a good attestation of another image',
        /one is about sha256:bbb/,
        async () => {
          await attest({}, OTHER);
          const [stolen] = github.state.attestations;
          if (stolen !== undefined) github.state.attestations.push({ ...stolen, digests: [DIGEST] });
        },
      ],
      [
        'a good attestation whose statement was changed',
        /signature verification failed/,
        async () => {
          await attest({}, OTHER);
          const [changed] = github.state.attestations.splice(0);
          const text = JSON.stringify(changed?.bundle);
          const payload = /"payload":"([^"]+)"/.exec(text)?.[1] ?? '';
          const forged = Buffer.from(payload, 'base64').toString().replaceAll('b'.repeat(64), 'a'.repeat(64));
          const bundle = text.replace(payload, Buffer.from(forged).toString('base64'));
          github.state.attestations.push({ digests: [DIGEST], bundle: JSON.parse(bundle) as Record<string, unknown> });
        },
      ],
    ])('gets nothing by %s', async (_, words, forge) => {
      await forge();
      await expectRefused('trial', words);
    });

    it('gets nothing by a good image with a model that nobody attested', async () => {
      await attest();
      await declare('trial', DIGEST, MODEL);
      await expectRefused('trial', /has not attested sha256:ddd/);
    });

    it('gets nothing by making the repository private, once it had attestations', async () => {
      await attest();
      expect((await verify('trial')).exitCode).toBe(0);
      await verified('trial', OTHER);
      github.state.attestations.splice(0);
      github.state.settings.isPrivate = true;
      await expectRefused('trial', /has not attested/);
    });

    it('gets nothing by an exception where nobody approves', async () => {
      const run = await verify('trial', { 'accept-unproven': 'nobody has to know' });
      expect(sentence(run)).toContain('Nobody is set to approve an artifact in trial that is not proven');
      expect(run.exitCode).toBe(1);
    });
  });

  describe('does not keep people from working', () => {
    it('who deploy what was attested, and verified in the environment before', async () => {
      await attest();
      await attest({}, MODEL);
      await verified('trial', DIGEST, MODEL);
      await declare('preview', DIGEST, MODEL);
      const run = await verify('preview');
      expect([run.exitCode, sentence(run)]).toEqual([0, expect.stringContaining('provenance:')]);
      expect(run.outputs['provenance']).toMatch(
        /^\{"isAttested":true,"text":"verified in trial \(.*\); attested: release-service\.yml made sha256:aaa.*, release-service\.yml made sha256:ddd/,
      );
      expect(run.outputs['note']).toBe('');
    });

    it('whose other environments have files that cannot be read, unless one of them may come before', async () => {
      await attest();
      await verified('trial');
      const release = await declare('preview');
      await writeFileBelow(folder, 'environments/prime/environment.json', '{');
      await writeFileBelow(folder, 'environments/prime/backend.hcl', 'key = "other/prime.tfstate"\n');
      expect((await verify('preview')).exitCode).toBe(0);
      await writeFileBelow(folder, 'environments/trial/release.json', '{');
      await expectRefused('preview', /environments\/trial\/release\.json is not JSON/);
      await writeFileBelow(folder, 'environments/trial/environment.json', '{');
      await expectRefused('preview', /goes through trial, whose file can't be read/);
      // What this environment has verified itself needs no other one.
      const image = `${REGISTRY}@${DIGEST}`;
      await recordDeployment(teamLedger(aws, 'preview'), {
        ...{ release, image, model: null, verdict: 'passed' },
        provenance: { isAttested: true, text: 'attested' },
      });
      expect((await verify('preview')).exitCode).toBe(0);
    });

    it('whose private repository has no attestations: it says so, and relies on the facts', async () => {
      github.state.settings.isPrivate = true;
      await declare('trial');
      const first = await verify('trial');
      expect(first.outputs['provenance']).toMatch(/"isAttested":false.*not attested: the repository is private/);
      const image = `${REGISTRY}@${DIGEST}`;
      const provenance = { isAttested: false, text: 'private' };
      await declare('preview');
      await expectRefused('preview', /trial has not verified the artifact/);
      const ledger = teamLedger(aws, 'trial');
      await recordDeployment(ledger, { release: VERIFIED, image, model: null, provenance, verdict: 'passed' });
      expect((await verify('preview')).exitCode).toBe(0);
    });

    it('whose releases an older version deployed: it says so', async () => {
      const image = `${REGISTRY}@${DIGEST}`;
      await recordDeployment(teamLedger(aws, 'trial'), { release: VERIFIED, image, model: null, verdict: 'passed' });
      await declare('preview');
      const run = await verify('preview');
      expect([run.exitCode, run.outputs['provenance']]).toEqual([0, expect.stringContaining('before provenance')]);
    });

    it('who have a reason, which the reviewers see and the ledger keeps', async () => {
      await declare('trial');
      github.environmentOf('trial-approval', [{ login: 'grace', id: 8, type: 'User', startsWorkflows: true }]);
      const run = await verify('trial', { 'accept-unproven': 'built by hand during the outage' });
      expect(run.exitCode).toBe(0);
      expect(run.outputs['note']).toBe(', NOT PROVEN, accepted: built by hand during the outage');
      expect(run.outputs['provenance']).toMatch(
        /"isAttested":false,"text":"accepted without proof \(built by hand during the outage\): release-service/,
      );
    });

    it('who have said that an environment is unprotected', async () => {
      await declare('trial');
      const file = { $schema: '../environment.schema.json', ...TEAM_ENVIRONMENTS.trial, unprotected: 'accepted' };
      await writeJsonBelow(folder, 'environments/trial/environment.json', file);
      expect((await verify('trial', { 'accept-unproven': 'a playground' })).exitCode).toBe(0);
    });

    it.each(['short', 'two\nlines of a reason', 'x'.repeat(201)])('but not with the reason %j', async (reason) => {
      await declare('trial');
      const run = await verify('trial', { 'accept-unproven': reason });
      expect(sentence(run)).toContain('a reason on one line, of 10 to 200 characters');
    });
  });
});
