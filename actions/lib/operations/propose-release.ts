import { renderReleaseFile } from '../domain/release/edit.ts';
import { proposalBranch, proposalPrefix, renderMarker, type Proposal } from '../domain/promotion/proposal.ts';
import { parseReleaseFile, type ReleaseFile } from '../domain/release/release.ts';
import type { OpenPullRequest, ReleasePullRequests } from '../ports/release-pull-requests.ts';
import type { Reporter } from '../ports/reporter.ts';

/** The release file of an environment at the tip of the base branch. */
export interface BaseReleaseFile {
  readonly path: string;
  readonly commit: string;
  readonly file: ReleaseFile;
}

/** Reads it. */
export async function readBaseReleaseFile(environment: string, pulls: ReleasePullRequests): Promise<BaseReleaseFile> {
  const path = `environments/${environment}/release.json`;
  const { commit, text } = await pulls.readBase(path);
  return { path, commit, file: parseReleaseFile({ path, text }) };
}

/** A change of a release file, with the words for its pull request. */
export interface ReleaseChange {
  readonly proposal: Proposal;
  readonly base: BaseReleaseFile;
  readonly file: ReleaseFile;
  readonly title: string;
  /** Markdown, without the hidden marker. */
  readonly body: string;
}

/** The result of a proposal. */
export interface Proposed {
  readonly kind: 'opened' | 'updated';
  readonly pull: OpenPullRequest;
  readonly closed: readonly number[];
}

// https://docs.github.com/en/actions/how-tos/manage-workflow-runs/approve-runs-from-forks
const WAITS_FOR_APPROVAL =
  '> Its checks wait: **approve the workflow runs** below, since the token of a workflow opened this. A GitHub App as the ' +
  'opener starts them by itself: set the variable `APP_CLIENT_ID`, and the secret `APP_PRIVATE_KEY` of the environment `automation` (docs/security.md).';

/**
 * Opens the pull request of a change, or brings the one of the same release up to date; closes those that it supersedes.
 *
 * @throws UserError when GitHub refuses.
 */
export async function proposeRelease(
  change: ReleaseChange,
  pulls: ReleasePullRequests,
  reporter: Reporter,
): Promise<Proposed> {
  const { proposal, base, title } = change;
  const branch = proposalBranch(proposal.kind, proposal.environment, proposal.release);
  const body = `${change.body}\n\n${renderMarker(proposal)}\n`;
  const open = await pulls.listOpen(proposalPrefix(proposal.kind, proposal.environment));
  const text = renderReleaseFile(change.file);
  // What a machine writes has to pass the parser too.
  parseReleaseFile({ path: base.path, text });
  await pulls.writeBranch({ branch, baseCommit: base.commit, path: base.path, text, message: title });
  const same = open.find((pull) => pull.branch === branch);
  const pull = same ?? (await pulls.create(branch, title, body));
  // Who opened it is known by GitHub's answer alone.
  const shown = pull.isByActions ? `${WAITS_FOR_APPROVAL}\n\n${body}` : body;
  if (same !== undefined || pull.isByActions) await pulls.update(pull.number, title, shown);
  const superseded = open.filter((other) => other.branch !== branch);
  for (const other of superseded) {
    await pulls.close(other, `Superseded by #${pull.number}.`);
    reporter.info(`closed #${other.number}, superseded by #${pull.number}`);
  }
  reporter.info(`${same === undefined ? 'opened' : 'updated'} ${pull.url}`);
  return { kind: same === undefined ? 'opened' : 'updated', pull, closed: superseded.map(({ number }) => number) };
}
