import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { PermissionScope, Requirement } from '../openapi/served-operations.ts';
import { GITHUB_ACTIONS, type Actor } from './state.ts';

type Access = 'none' | 'read' | 'write';

/** What a token may do; a scope that is left out is `none`, as in a workflow with `permissions:`. */
export type Permissions = Readonly<Partial<Record<PermissionScope, Access>>>;

/** Who a token speaks for. */
export interface Grant {
  readonly actor: Actor;
  readonly permissions: Permissions | 'all';
}

/** The tokens that a local GitHub has given out. */
export interface Tokens {
  /** A new token for a workflow job, or for another actor. */
  issue(permissions: Permissions | 'all', actor?: Actor): string;
  revoke(token: string): void;
  /** The grant behind an `Authorization` header; undefined for none or an unknown one. */
  find(authorization: string | undefined): Grant | undefined;
}

/** An empty set of tokens. */
export function createTokens(): Tokens {
  const grants = new Map<string, Grant>();
  return {
    issue: (permissions, actor = GITHUB_ACTIONS) => {
      const token = `ghs_${randomBytes(18).toString('hex')}`;
      grants.set(token, { actor, permissions });
      return token;
    },
    revoke: (token) => {
      grants.delete(token);
    },
    find: (authorization) => {
      const [scheme = '', value = ''] = authorization?.split(' ') ?? [];
      // Git sends Basic, with the token as password.
      if (/^basic$/i.test(scheme))
        return grants.get(
          Buffer.from(value, 'base64')
            .toString('utf8')
            .replace(/^[^:]*:/, ''),
        );
      return /^(bearer|token)$/i.test(scheme) ? grants.get(value) : undefined;
    },
  };
}

/** Whether a grant has one of the permissions that a call needs. */
export function isGranted(grant: Grant, requirement: Requirement): boolean {
  const { permissions } = grant;
  if (permissions === 'all') return true;
  return requirement.some((one) => {
    if (one === 'metadata:read') return true;
    const [scope, access] = one.split(':') as [PermissionScope, 'read' | 'write'];
    const has = permissions[scope] ?? 'none';
    return has === 'write' || has === access;
  });
}

/** @throws ApiError as GitHub answers a token that lacks a permission. */
export function checkGranted(grant: Grant, requirement: Requirement): void {
  if (isGranted(grant, requirement)) return;
  throw new ApiError(
    403,
    'Resource not accessible by integration',
    {},
    {
      'x-accepted-github-permissions': requirement.map((one) => one.replace(':', '=').replace('-', '_')).join('; '),
    },
  );
}
