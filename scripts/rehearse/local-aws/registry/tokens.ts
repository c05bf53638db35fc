import { randomBytes } from 'node:crypto';

/** An ECR authorization token lives 12 hours (ECR API reference, GetAuthorizationToken). */
const TOKEN_LIFETIME_MILLISECONDS = 12 * 60 * 60 * 1000;

/** The passwords that GetAuthorizationToken gave out and the registry accepts. */
export interface RegistryTokens {
  issue(): { readonly authorizationToken: string; readonly expiresAt: Date };
  accepts(authorizationHeader: string | undefined): boolean;
}

export function createRegistryTokens(now: () => Date): RegistryTokens {
  const expiries = new Map<string, number>();
  return {
    issue() {
      const password = randomBytes(48).toString('base64url');
      const expiresAt = new Date(now().getTime() + TOKEN_LIFETIME_MILLISECONDS);
      expiries.set(password, expiresAt.getTime());
      return { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt };
    },
    accepts(header) {
      const [scheme, encoded = ''] = header?.split(' ') ?? [];
      if (scheme?.toLowerCase() !== 'basic') return false;
      const [user, password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
      const expiry = expiries.get(password);
      return user === 'AWS' && expiry !== undefined && expiry > now().getTime();
    },
  };
}
