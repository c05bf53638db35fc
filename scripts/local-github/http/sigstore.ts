import { createHash, generateKeyPairSync, sign } from 'node:crypto';
// The entry of the package loads nock, which replaces node:http.
import { initializeCA } from '@sigstore/mock/dist/fulcio/ca.js';
import { initializeTSA } from '@sigstore/mock/dist/timestamp/tsa.js';

/** The identity that a certificate is issued for: claims of a job's OIDC token, by their names. */
export type JobIdentity = Readonly<Record<string, string>>;

/** An in-toto statement: what is attested of which subjects. */
export interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** A certificate authority and a timestamp authority, as GitHub has them for attestations of private repositories. */
export interface Sigstore {
  /** Signs a statement with a key that lives as long as this call; gives the bundle. */
  attest(identity: JobIdentity, statement: Statement): Promise<Readonly<Record<string, unknown>>>;
  /** What those trust who verify its bundles. */
  readonly trustedRoot: unknown;
}

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const TIMESTAMP_POLICY = '1.3.6.1.4.1.57264.2';

/** The extensions of a certificate by claims: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
function extensionsOf(serverUrl: string, identity: JobIdentity): readonly { oid: string; value: string }[] {
  const claim = (name: string): string => identity[name] ?? '';
  const repository = `${serverUrl}/${claim('repository')}`;
  const values: Readonly<Record<number, string>> = {
    8: 'https://token.actions.githubusercontent.com',
    9: `${serverUrl}/${claim('job_workflow_ref')}`,
    11: claim('runner_environment'),
    12: repository,
    13: claim('sha'),
    14: claim('ref'),
    15: claim('repository_id'),
    18: `${serverUrl}/${claim('workflow_ref')}`,
    20: claim('event_name'),
    21: `${repository}/actions/runs/${claim('run_id')}/attempts/1`,
  };
  return Object.entries(values).map(([number, value]) => ({ oid: `1.3.6.1.4.1.57264.1.${number}`, value }));
}

/** Authorities of their own keys. */
export async function createSigstore(serverUrl: () => string): Promise<Sigstore> {
  const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // A whole second, since the verifier does not read every fraction, and late enough for the certificates of the authorities.
  const clock = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5000);
  const [authority, timestamps] = await Promise.all([
    initializeCA(keyPair(), undefined, clock),
    initializeTSA(keyPair(), clock),
  ]);
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const validFor = { start: '2020-01-01T00:00:00Z' };
  const authorityOf = (...certificates: readonly Uint8Array[]) => ({
    subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
    certChain: { certificates: certificates.map((certificate) => ({ rawBytes: encode(certificate) })) },
    validFor,
  });
  return {
    attest: async (identity, statement) => {
      const { publicKey, privateKey } = keyPair();
      const certificate = await authority.issueCertificate({
        publicKey: publicKey.export({ type: 'spki', format: 'der' }),
        subjectAltName: `${serverUrl()}/${identity['job_workflow_ref'] ?? ''}`,
        extensions: [...extensionsOf(serverUrl(), identity)],
      });
      const payload = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', ...statement }));
      // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
      const head = `DSSEv1 ${String(PAYLOAD_TYPE.length)} ${PAYLOAD_TYPE} ${String(payload.length)} `;
      const signature = sign('sha256', Buffer.concat([Buffer.from(head), payload]), privateKey);
      const timestamp = await timestamps.timestamp({
        artifactHash: createHash('sha256').update(signature).digest(),
        ...{ hashAlgorithmOID: SHA256, policyOID: TIMESTAMP_POLICY, nonce: 1, certReq: false },
      });
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: { rawBytes: encode(certificate) },
          tlogEntries: [],
          timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: encode(timestamp) }] },
        },
        dsseEnvelope: {
          payload: encode(payload),
          payloadType: PAYLOAD_TYPE,
          signatures: [{ sig: encode(signature), keyid: '' }],
        },
      };
    },
    trustedRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      ...{ tlogs: [], ctlogs: [] },
      certificateAuthorities: [authorityOf(authority.rootCertificate)],
      timestampAuthorities: [authorityOf(timestamps.intCertificate, timestamps.rootCertificate)],
    },
  };
}
