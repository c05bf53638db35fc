import { X509Certificate } from 'node:crypto';
import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import { toSignedEntity } from '@sigstore/verify';
import { z } from 'zod';
import type { Attestation } from '../../domain/provenance/attestation.ts';
import type { FindVerifier } from './trust-roots.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const EXTENSIONS = '1.3.6.1.4.1.57264.1.';

const statement = z.looseObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.looseObject({ digest: z.record(z.string(), z.string()) })),
  predicateType: z.string(),
});

/**
 * Verifies the signature, the certificate and the time of a bundle, and gives what it says.
 *
 * @throws Error with the reason when it doesn't hold.
 */
export async function verifyBundle(json: unknown, findVerifier: FindVerifier): Promise<Attestation> {
  const bundle = bundleFromJSON(json);
  if (bundle.content.$case !== 'dsseEnvelope' || bundle.content.dsseEnvelope.payloadType !== PAYLOAD_TYPE) {
    throw new Error('it is no in-toto statement');
  }
  const organisation = issuerOf(bundle);
  const verifier = await findVerifier(organisation);
  if (verifier === undefined) throw new Error(`its certificate is by ${organisation}, which GitHub does not use`);
  const { identity } = verifier.verify(toSignedEntity(bundle));
  const extension = (number: number): string => {
    const oid = `${EXTENSIONS}${String(number)}`;
    const found = identity?.oids?.find((one) => one.oid?.id.join('.') === oid);
    return found === undefined ? '' : utf8StringOf(found.value);
  };
  const { subject, predicateType } = statement.parse(
    JSON.parse(Buffer.from(bundle.content.dsseEnvelope.payload).toString()),
  );
  return {
    predicateType,
    digests: subject.flatMap(({ digest: { sha256 } }) => (sha256 === undefined ? [] : [`sha256:${sha256}`])),
    signer: {
      issuer: extension(8),
      workflow: extension(9),
      repositoryUrl: extension(12),
      commit: extension(13),
      ref: extension(14),
      repositoryId: extension(15),
      runUrl: extension(21),
    },
  };
}

/** The organisation that a bundle's certificate names as its issuer: by it the trust root is chosen, which then decides. */
function issuerOf({ verificationMaterial: { content } }: Bundle): string {
  const certificate =
    content.$case === 'certificate'
      ? content.certificate
      : content.$case === 'x509CertificateChain'
        ? content.x509CertificateChain.certificates[0]
        : undefined;
  if (certificate === undefined) throw new Error('it has no certificate');
  const { issuer } = new X509Certificate(certificate.rawBytes);
  // Node writes names as RFC 4514 does: the comma of `GitHub, Inc.` has a backslash.
  return /^O=(.*)$/m.exec(issuer)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? issuer;
}

/** The text of a DER-encoded UTF8String; empty where it is none. */
function utf8StringOf(der: Buffer): string {
  const [tag, length = 0] = der;
  if (tag !== 0x0c) return '';
  // From 128 bytes on, the first byte says how many bytes of length follow.
  const start = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return der.subarray(start).toString('utf8');
}
