import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { iamRequestsOfLocalCall, type IamRequest } from '../../testing/iam-requests.ts';
import { simulate } from '../../testing/iam-simulation.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { UnexpectedOutcome } from './steps.ts';
import type { ScenarioContext } from './context.ts';

/** Secrets as they could turn up in a file: as they are, line by line, and in base64, alone or with a user before them. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split('\n').filter((line) => line.length > 8 && !line.startsWith('-----'));
  // Base64 of a text inside a longer one depends on where it begins: what is the same in all three cases is looked for.
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'x'.repeat(offset)}${secret}`).toString('base64');
    return text.slice(offset === 0 ? 0 : 4, -4);
  });
  return [...lines, ...encoded.filter((text) => text.length > 16)];
}

/** The files below the log folder in which a secret is to be read. */
async function filesWithSecrets(folder: string, secrets: readonly string[]): Promise<readonly string[]> {
  const forms = secrets.flatMap(formsOf);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file, 'latin1');
    if (forms.some((form) => content.includes(form))) found.push(file);
  }
  return found;
}

/** The ARN of the role of a session's ARN. */
const roleOfSession = (arn: string): string =>
  arn.replace(':sts::', ':iam::').replace(/:assumed-role\/([^/]+)\/.*$/, ':role/$1');

/** What the roles of the jobs asked of AWS, by the ARN of the role, each question once. */
function requestsByRole({ fixture }: ScenarioContext): ReadonlyMap<string, readonly IamRequest[]> {
  const { aws, roles } = fixture;
  const byRole = new Map<string, Map<string, IamRequest>>();
  for (const call of aws.calls) {
    const name = roleOfSession(call.caller.arn);
    // What goes to moto is no call of an operation: terraform/permissions.moto.test.ts looks at those.
    if (!roles.has(name) || call.forwarded) continue;
    const known = byRole.get(name) ?? new Map<string, IamRequest>();
    byRole.set(name, known);
    for (const request of iamRequestsOfLocalCall(call)) known.set(JSON.stringify(request), request);
  }
  return new Map([...byRole].map(([name, requests]) => [name, [...requests.values()]]));
}

export const AUDIT: readonly ScenarioStep[] = [
  {
    id: 'audit',
    title: 'what was said and done is looked through',
    shows: 'no secret, token or key in any log; every call of a job was one that its role may make',
    run: async (context) => {
      const { fixture } = context;
      const secrets = fixture.secrets();
      const leaks = await filesWithSecrets(fixture.logDirectory, secrets);
      if (leaks.length > 0) throw new UnexpectedOutcome(`a secret can be read in ${leaks.join(', ')}`);
      let count = 0;
      for (const [name, requests] of requestsByRole(context)) {
        const role = fixture.roles.get(name);
        if (role === undefined) throw new Error(`there is no role ${name}`);
        for (const request of requests) {
          count += 1;
          if ((await simulate(role, request)) === 'allowed') continue;
          throw new UnexpectedOutcome(`${name} may not ${request.action} on ${request.resource}, and did`);
        }
      }
      return {
        outcome: `none of ${String(secrets.length)} secrets in a log; ${String(count)} kinds of calls, all allowed`,
      };
    },
  },
];
