import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { expect, it } from 'vitest';
import { createSigstore } from './http/sigstore.ts';

it('signs bundles that its own trusted root verifies, every time, and another one does not', async () => {
  const thresholds = { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 1 };
  const verifierOf = ({ trustedRoot }: Awaited<ReturnType<typeof createSigstore>>) =>
    new Verifier(toTrustMaterial(TrustedRoot.fromJSON(trustedRoot)), thresholds);
  const [ours, other] = [await createSigstore(() => 'http://127.0.0.1:1'), await createSigstore(() => '')];
  const workflow = 'o/r/.github/workflows/w.yml@refs/heads/main';
  for (let count = 0; count < 50; count += 1) {
    const subject = [{ name: 'image', digest: { sha256: 'a'.repeat(64) } }];
    const bundle = bundleFromJSON(
      await ours.attest({ job_workflow_ref: workflow }, { subject, predicateType: 'p', predicate: {} }),
    );
    const { identity } = verifierOf(ours).verify(toSignedEntity(bundle));
    expect(identity?.subjectAlternativeName).toBe(`http://127.0.0.1:1/${workflow}`);
    expect(() => verifierOf(other).verify(toSignedEntity(bundle))).toThrow();
  }
});
