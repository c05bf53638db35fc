import { readListed, type BoardLedger, type BoardSource } from '../domain/board/source.ts';
import { driftMarker } from '../domain/drift/drift.ts';
import { isConfigured } from '../domain/environment/configured.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { describeError } from '../domain/errors/user-error.ts';
import { parseMarker } from '../domain/promotion/proposal.ts';
import type { ReleaseFile } from '../domain/release/release.ts';
import type { DriftIssues } from '../ports/drift-issues.ts';
import type { Git } from '../ports/git.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { ReleasePullRequests } from '../ports/release-pull-requests.ts';
import type { Reporter } from '../ports/reporter.ts';

export interface BoardPorts {
  readonly git: Pick<Git, 'fileVersions'>;
  readonly ledgerOf: (environment: Environment) => Promise<Pick<Ledger, 'read'>>;
  readonly pulls: Pick<ReleasePullRequests, 'listOpen'>;
  readonly issues: Pick<DriftIssues, 'find'>;
  readonly reporter: Pick<Reporter, 'warning'>;
}

/**
 * What the board is made of: the files of the environments and their history in Git, the ledgers, and what is open on GitHub.
 * A ledger that can't be read is shown as such, and keeps the others from nothing.
 *
 * @throws UserError when Git or GitHub can't be read.
 */
export async function readBoard(
  folders: readonly { readonly environment: Environment; readonly releaseFile: ReleaseFile }[],
  ports: BoardPorts,
): Promise<readonly BoardSource[]> {
  const open = (await ports.pulls.listOpen('')).flatMap(({ body, number, url }) => {
    const proposal = parseMarker(body);
    return proposal === undefined ? [] : [{ ...proposal, number, url }];
  });
  return await Promise.all(
    folders.map(async ({ environment, releaseFile }) => ({
      environment,
      releaseFile,
      listed: readListed(await ports.git.fileVersions('HEAD', `environments/${environment.name}/release.json`)),
      ledger: await readLedger(environment, ports),
      proposals: open.filter((proposal) => proposal.environment === environment.name),
      driftIssue: (await ports.issues.find(driftMarker(environment.name))) ?? null,
    })),
  );
}

async function readLedger(environment: Environment, { ledgerOf, reporter }: BoardPorts): Promise<BoardLedger> {
  if (!isConfigured(environment)) return { kind: 'unknown', reason: 'not set up' };
  try {
    return { kind: 'read', history: await (await ledgerOf(environment)).read() };
  } catch (error) {
    const reason = describeError(error);
    reporter.warning(`the ledger of ${environment.name} can't be read: ${reason}`);
    return { kind: 'unknown', reason };
  }
}
