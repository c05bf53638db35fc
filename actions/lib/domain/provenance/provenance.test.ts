import { describe, expect, it } from 'vitest';
import { createTestLedger } from '../../testing/test-ledger.ts';
import type { FactsStanding } from './artifact-facts.ts';
import type { AttestationStanding } from './attestation.ts';
import { judgeProvenance, needsAttestation, wasAttested } from './provenance.ts';

const ledger = createTestLedger();
ledger.run('aaaaaaaaaaaa', 'passed');
const [attempt] = ledger.history().attempts;
if (attempt === undefined) throw new Error('nothing was recorded');
const verified = (isFromBefore: boolean): FactsStanding => ({
  ...{ kind: 'verified', environment: 'staging', verification: { attempt, isFromBefore } },
});
const KNOWN: FactsStanding = { kind: 'known', verification: { attempt, isFromBefore: false } };
const UNVERIFIED: FactsStanding = {
  kind: 'unverified',
  environment: 'staging',
  why: 'its image was never deployed there',
};
const ATTESTED: AttestationStanding = { kind: 'attested', by: 'release-service.yml' };
const MISSING: AttestationStanding = { kind: 'missing', why: 'nobody has attested it' };
const UNPROVEN: AttestationStanding = { kind: 'unproven', why: 'another workflow has attested it' };

type Setting = Partial<{ isPrivate: boolean; wasAttested: boolean; accepted: string }>;
const judge = (facts: FactsStanding, standing: AttestationStanding, setting: Setting = {}) => {
  const { accepted, isPrivate = false, wasAttested: were = false } = setting;
  return judgeProvenance(facts, { standing, isPrivate, wasAttested: were }, accepted);
};

describe('the provenance of an artifact', () => {
  it.each<[string, FactsStanding, AttestationStanding, Setting, 'proven' | 'refused', RegExp]>([
    ['attested, in the first environment', { kind: 'first' }, ATTESTED, {}, 'proven', /first environment.*attested/],
    ['attested and verified before', verified(false), ATTESTED, {}, 'proven', /verified in staging.*attested/],
    ['attested, and not verified before', UNVERIFIED, ATTESTED, {}, 'refused', /staging has not verified/],
    ['attested by nobody', { kind: 'first' }, MISSING, {}, 'refused', /nobody/],
    [
      'attested by nobody, in a private repository',
      { kind: 'first' },
      MISSING,
      { isPrivate: true },
      'proven',
      /private/,
    ],
    [
      'attested by nobody, in a private repository that has attestations',
      { kind: 'first' },
      MISSING,
      { isPrivate: true, wasAttested: true },
      'refused',
      /nobody/,
    ],
    [
      'attested by another, in a private repository',
      { kind: 'first' },
      UNPROVEN,
      { isPrivate: true },
      'refused',
      /another/,
    ],
    [
      'attested by nobody, and verified by an older version',
      verified(true),
      MISSING,
      {},
      'proven',
      /before provenance/,
    ],
    ['attested by nobody, and verified by this version', verified(false), MISSING, {}, 'refused', /nobody/],
  ])('is judged: %s', (_, facts, standing, setting, kind, words) => {
    const provenance = judge(facts, standing, setting);
    expect(provenance.kind).toBe(kind);
    expect(JSON.stringify(provenance)).toMatch(words);
  });

  it('needs no attestation where the release was verified here before', () => {
    expect(needsAttestation(KNOWN)).toBe(false);
    expect(judgeProvenance(KNOWN, undefined, undefined)).toMatchObject({
      kind: 'proven',
      record: { isAttested: null },
    });
  });

  it('keeps why a person accepted it, and what was wrong', () => {
    const provenance = judge(UNVERIFIED, MISSING, { accepted: 'staging is being rebuilt' });
    expect(provenance).toMatchObject({ kind: 'accepted', reason: 'staging is being rebuilt' });
    expect(JSON.stringify(provenance)).toMatch(
      /accepted without proof \(staging is being rebuilt\): .*never deployed.*nobody/,
    );
  });

  it('is not called accepted where nothing had to be', () => {
    expect(judge(verified(false), ATTESTED, { accepted: 'to be safe' }).kind).toBe('proven');
  });
});

describe('whether attestations can be had', () => {
  const after = (...answers: readonly (boolean | null | undefined)[]) => {
    const records = createTestLedger();
    for (const isAttested of answers) {
      records.run('aaaaaaaaaaaa', 'passed', isAttested === undefined ? {} : { provenance: { isAttested, text: '' } });
    }
    return records.history();
  };

  it('is what the newest deployment says for which they were asked', () => {
    expect(wasAttested([after()])).toBe(false);
    expect(wasAttested([after(true, null, undefined)])).toBe(true);
    expect(wasAttested([after(true, false)])).toBe(false);
    expect(wasAttested([after(undefined), after(true)])).toBe(true);
  });
});
