import { randomBytes } from 'node:crypto';
import type { Place } from '../core/place.ts';

/** An ECR authorization token lives 12 hours (ECR API reference, GetAuthorizationToken). */
const TOKEN_LIFETIME_MILLISECONDS = 12 * 60 * 60 * 1000;

/** The passwords that GetAuthorizationToken gave out and the registry accepts. */
export interface RegistryTokens {
  issue(place: Place): { readonly authorizationToken: string; readonly expiresAt: Date };
  /** The account and region that a request's token was given out in; undefined for a token that is not valid. */
  placeOf(authorizationHeader: string | undefined): Place | undefined;
}

export function createRegistryTokens(now: () => Date): RegistryTokens {
  const issued = new Map<string, { readonly place: Place; readonly expiry: number }>();
  return {
    issue(place) {
      const password = randomBytes(48).toString('base64url');
      const expiresAt = new Date(now().getTime() + TOKEN_LIFETIME_MILLISECONDS);
      issued.set(password, { place, expiry: expiresAt.getTime() });
      return { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt };
    },
    placeOf(header) {
      const [scheme, encoded = ''] = header?.split(' ') ?? [];
      if (scheme?.toLowerCase() !== 'basic') return undefined;
      const [user, password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
      const token = issued.get(password);
      return user === 'AWS' && token !== undefined && token.expiry > now().getTime() ? token.place : undefined;
    },
  };
}
