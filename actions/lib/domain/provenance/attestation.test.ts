import { describe, expect, it } from 'vitest';
import { judgeAttestations, worstStanding, type Attestation } from './attestation.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OURS = 'https://github.com/acme/models';
const EXPECTED = { repositoryId: '1', defaultBranch: 'trunk' };

const good: Attestation = {
  predicateType: 'https://slsa.dev/provenance/v1',
  digests: [DIGEST],
  signer: {
    issuer: 'https://token.actions.githubusercontent.com',
    workflow: `${OURS}/.github/workflows/release-service.yml@refs/heads/trunk`,
    ...{ repositoryUrl: OURS, repositoryId: '1', ref: 'refs/heads/trunk', commit: 'c'.repeat(40) },
    runUrl: `${OURS}/actions/runs/7/attempts/1`,
  },
};
const by = (change: Partial<Attestation['signer']>): Attestation => ({
  ...good,
  signer: { ...good.signer, ...change },
});
const judge = (...found: Parameters<typeof judgeAttestations>[1]) => judgeAttestations(DIGEST, found, EXPECTED);

describe('attestations of a digest', () => {
  it('prove it where the workflow that builds made it on the default branch', () => {
    expect(judge(good)).toMatchObject({ kind: 'attested', by: expect.stringContaining('runs/7') as unknown });
  });

  it('prove it where the repository had another name then', () => {
    const then = 'https://github.com/old/name';
    const workflow = good.signer.workflow.replace(OURS, then);
    expect(judge(by({ workflow, repositoryUrl: then })).kind).toBe('attested');
  });

  it('prove it by a good one among others', () => {
    expect(judge({ broken: 'no signature' }, by({ repositoryId: '2' }), good).kind).toBe('attested');
  });

  it('are missing where there is none', () => {
    expect(judge().kind).toBe('missing');
  });

  it.each<[string, Parameters<typeof judgeAttestations>[1][number], RegExp]>([
    ['broken', { broken: 'signature verification failed' }, /not valid: signature/],
    ['about something else', { ...good, digests: [`sha256:${'b'.repeat(64)}`] }, /about sha256:bbb/],
    ['what is in it', { ...good, predicateType: 'https://spdx.dev/Document/v2.3' }, /something else/],
    ['by another issuer', by({ issuer: 'https://gitlab.com' }), /a job of https:\/\/gitlab\.com/],
    [
      'of another repository',
      by({ repositoryId: '2', repositoryUrl: 'https://github.com/mallory/models' }),
      /another repository \(.*mallory/,
    ],
    ['of another branch', by({ ref: 'refs/heads/topic' }), /a job on refs\/heads\/topic/],
    ['of a pull request', by({ ref: 'refs/pull/3/merge' }), /refs\/pull\/3/],
    ['by another workflow', by({ workflow: `${OURS}/.github/workflows/mine.yml@refs/heads/trunk` }), /by .*mine\.yml/],
    [
      "by another repository's workflow of the same name that a job of ours called",
      by({ workflow: 'https://github.com/mallory/models/.github/workflows/release-service.yml@refs/heads/trunk' }),
      /by .*mallory/,
    ],
    [
      'by the workflow of another branch that a job of ours called',
      by({ workflow: `${OURS}/.github/workflows/release-service.yml@refs/heads/topic` }),
      /by .*@refs\/heads\/topic/,
    ],
  ])('do not prove it where the one there is is %s', (_, attestation, why) => {
    const standing = judge(attestation);
    expect(standing.kind).toBe('unproven');
    expect('why' in standing ? standing.why : '').toMatch(why);
  });

  it('are as good as the worst one of the image and the model', () => {
    const [attested, missing, unproven] = [judge(good), judge(), judge({ broken: 'x' })];
    expect(worstStanding([attested, attested]).kind).toBe('attested');
    expect(worstStanding([attested, missing]).kind).toBe('missing');
    expect(worstStanding([missing, unproven]).kind).toBe('unproven');
  });
});
