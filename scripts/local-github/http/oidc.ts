import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** The claims of a job's OIDC token. */
interface JobClaims {
  readonly sub: string;
  readonly [claim: string]: string;
}

/** Signs tokens for jobs that were granted `id-token: write`, and publishes the key. */
export interface OidcProvider {
  /** Environment variables of a job for requesting tokens: https://docs.github.com/en/actions/reference/security/oidc */
  allow(claims: JobClaims): {
    readonly ACTIONS_ID_TOKEN_REQUEST_URL: string;
    readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string;
  };
  /** Answers discovery, keys and token requests; undefined for anything else. */
  answer(url: URL, request: IncomingMessage): Promise<unknown>;
}

/** A provider under `/oidc` of a server whose address is known later. */
export async function createOidcProvider(serverUrl: () => string, now: () => number): Promise<OidcProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: randomUUID() };
  const jobs = new Map<string, JobClaims>();
  const issuer = (): string => `${serverUrl()}/oidc`;
  return {
    allow: (claims) => {
      const token = randomBytes(24).toString('hex');
      jobs.set(token, claims);
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer()}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      };
    },
    answer: async (url, request) => {
      switch (url.pathname) {
        case '/oidc/.well-known/openid-configuration':
          return {
            issuer: issuer(),
            jwks_uri: `${issuer()}/.well-known/jwks`,
            response_types_supported: ['id_token'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
          };
        case '/oidc/.well-known/jwks':
          return { keys: [key] };
        case '/oidc/token': {
          const claims = jobs.get(/^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '');
          if (claims === undefined) return { message: 'this job may not have a token: it lacks id-token: write' };
          const issuedAt = Math.floor(now() / 1000);
          // As on github.com: the default audience is the owner's address; a token lasts five minutes.
          const value = await new SignJWT({ ...claims })
            .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
            .setIssuer(issuer())
            .setAudience(url.searchParams.get('audience') ?? `${serverUrl()}/${claims['repository_owner'] ?? ''}`)
            .setIssuedAt(issuedAt)
            .setNotBefore(issuedAt - 300)
            .setExpirationTime(issuedAt + 300)
            .setJti(randomUUID())
            .sign(privateKey);
          return { value, count: value.length };
        }
        default:
          return undefined;
      }
    },
  };
}
