import { setLive } from '../lib/domain/release/edit.ts';
import { compareReleases, renderRows } from '../lib/domain/promotion/proposal.ts';
import { findRelease, liveRelease } from '../lib/domain/release/release.ts';
import { proposeRelease, readBaseReleaseFile } from '../lib/operations/propose-release.ts';
import type { ReleasePullRequests } from '../lib/ports/release-pull-requests.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { RecordRollbackInputs } from './inputs.ts';

/** The ports of the use case. */
export interface RecordRollbackPorts {
  readonly pulls: ReleasePullRequests;
  readonly reporter: Reporter;
  /** Where people see the repository, and the run. */
  readonly repositoryUrl: string;
  readonly runUrl: string;
}

/** How the record came out. */
export type RecordResult =
  | { readonly outcome: 'opened' | 'updated'; readonly pullRequest: number; readonly url: string }
  | { readonly outcome: 'up-to-date' };

/**
 * Proposes that Git name the release that serves after a rollback.
 *
 * @throws UserError when release.json doesn't list that release, or GitHub refuses.
 */
export async function runRecordRollback(
  inputs: RecordRollbackInputs,
  ports: RecordRollbackPorts,
): Promise<RecordResult> {
  const base = await readBaseReleaseFile(inputs.environment, ports.pulls);
  const file = setLive(base.file, inputs.release, base.path);
  if (base.file.live === inputs.release) {
    ports.reporter.info(`${base.path} names release ${inputs.release} already`);
    return { outcome: 'up-to-date' };
  }
  const release = findRelease(file, inputs.release);
  if (release === undefined) throw new Error(`release ${inputs.release} is live and not listed`);
  const { kind, pull } = await proposeRelease(
    {
      proposal: {
        kind: 'rollback-record',
        environment: inputs.environment,
        release: release.id,
        commit: release.source.commit,
      },
      base,
      file,
      title: `Record the rollback of ${inputs.environment} to ${release.id}`,
      body: [
        `\`${inputs.environment}\` was rolled back by [a person](${ports.runUrl}) and serves release \`${release.id}\`. Until this is merged, deployments of it are held.`,
        '',
        // As code, so that whoever is named in it is not called.
        `Reason: ${inlineCode(inputs.reason)}`,
        '',
        renderRows(compareReleases(liveRelease(base.file), release, ports.repositoryUrl)),
      ].join('\n'),
    },
    ports.pulls,
    ports.reporter,
  );
  return { outcome: kind, pullRequest: pull.number, url: pull.url };
}

/** A text of one line as code, whatever back-ticks it holds: https://spec.commonmark.org/0.31.2/#code-spans */
function inlineCode(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}
