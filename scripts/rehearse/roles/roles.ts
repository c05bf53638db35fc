import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { simulateTrust, type SimulatedRole } from '../../testing/iam-simulation.ts';

const rolesJson = z.record(z.string(), z.strictObject({ trust: z.unknown(), policies: z.array(z.unknown()) }));

/** A role of the rehearsal's account as terraform/bootstrap makes it; policies are JSON text. */
export interface Role extends SimulatedRole {
  readonly trust: string;
}

/** Those roles by name: roles.json, which render.ts writes and a test holds against Terraform. */
export function loadRoles(account: string): ReadonlyMap<string, Role> {
  const text = readFileSync(path.join(import.meta.dirname, 'roles.json'), 'utf8');
  return new Map(
    Object.entries(rolesJson.parse(JSON.parse(text))).map(([name, { trust, policies }]) => [
      name,
      {
        arn: `arn:aws:iam::${account}:role/${name}`,
        trust: JSON.stringify(trust),
        policies: policies.map((policy) => JSON.stringify(policy)),
      },
    ]),
  );
}

/** Whether a role's trust policy lets a token in, as IAM would decide; a role that doesn't exist trusts nobody. */
export async function isTrusted(
  roles: ReadonlyMap<string, Role>,
  roleArn: string,
  claims: { readonly sub: string; readonly aud: string },
): Promise<boolean> {
  const role = [...roles.values()].find(({ arn }) => arn === roleArn);
  return role !== undefined && (await simulateTrust(roleArn, role.trust, claims)) === 'allowed';
}
