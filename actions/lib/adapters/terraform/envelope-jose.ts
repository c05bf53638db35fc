import { createHash, hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import { z } from 'zod';
import { envelopeContent, type Envelope } from '../../domain/plan/envelope.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import type { EnvelopeSealer } from '../../ports/envelope.ts';

const TYPE = 'terraform-plan+jwe';
// Binds the derived key to this use: the same secret elsewhere gives another key.
const PURPOSE = 'sagemaker-gitops terraform plan envelope, format 1';

/**
 * Envelopes as compact JWE: AES-256-GCM under a key that is derived from a secret by HKDF-SHA256, so that an envelope can
 * be neither read nor edited without the secret. What it is bound to stands inside.
 *
 * @param secret at least 32 random bytes, in base64
 * @throws UserError when the secret is not one
 */
export function createEnvelopeSealer(secret: string): EnvelopeSealer {
  const key = new Uint8Array(hkdfSync('sha256', decodeSecret(secret), '', PURPOSE, 32));
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return {
    seal: async ({ bindings, meaning, plan }) => {
      const content = { format: 1, bindings, meaning, plan: Buffer.from(plan).toString('base64') };
      return await new CompactEncrypt(Buffer.from(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: TYPE, kid: keyId })
        .encrypt(key);
    },
    open: async (sealed) => {
      const text = sealed.trim();
      const madeWith = keyIdOf(text);
      if (madeWith !== keyId) {
        throw refused(
          `the key ${keyId}`,
          madeWith === undefined ? 'no envelope of this kind' : `one made with the key ${madeWith}`,
        );
      }
      return parseContent(await decrypt(text, key));
    },
  };
}

async function decrypt(text: string, key: Uint8Array): Promise<string> {
  try {
    const { plaintext } = await compactDecrypt(text, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return Buffer.from(plaintext).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw refused('what was sealed', 'one that was edited or cut since', cause);
  }
}

function parseContent(text: string): Envelope {
  const result = envelopeContent.safeParse(JSON.parse(text));
  if (!result.success) {
    throw refused('an envelope in format 1', `another value at ${result.error.issues[0]?.path.join('.') ?? '(root)'}`);
  }
  const { bindings, meaning, plan } = result.data;
  return { bindings, meaning, plan: Buffer.from(plan, 'base64') };
}

const header = z.looseObject({ typ: z.literal(TYPE), kid: z.string() });

// Only to say which key is missing: what decides is whether the key opens it.
function keyIdOf(text: string): string | undefined {
  try {
    const [encoded = ''] = text.split('.', 1);
    return header.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))).kid.slice(0, 64);
  } catch {
    return undefined;
  }
}

function refused(expected: string, found: string, cause?: unknown): UserError {
  return new UserError({
    what: 'The plan envelope is refused',
    expected,
    found,
    remedy: 'Plan again in the pull request and use the envelope of that run. Both jobs need the same secret PLAN_KEY.',
    cause,
  });
}

function decodeSecret(secret: string): Uint8Array {
  const bytes = Buffer.from(secret, 'base64');
  if (/^[A-Za-z0-9+/]{43,}={0,2}$/.test(secret) && bytes.length >= 32) return bytes;
  throw new UserError({
    what: 'The input "plan-key" is not a key',
    where: 'with: plan-key',
    expected: 'at least 32 random bytes in base64',
    found: `${String(secret.length)} characters that are not`,
    remedy: 'Make one with `openssl rand -base64 32`, and keep it as the secret PLAN_KEY of the repository.',
  });
}
