import type { Handler } from '../core/context.ts';
import type { OperationId } from '../openapi/served-operations.ts';
import * as artifacts from './artifacts.ts';
import * as checks from './checks.ts';
import * as deployments from './deployments.ts';
import * as gitData from './git-data.ts';
import * as issues from './issues.ts';
import * as pulls from './pulls.ts';
import * as repository from './repository.ts';
import * as runs from './workflow-runs.ts';

/** The handler of each operation; a missing one does not compile. */
export const HANDLERS: Readonly<Record<OperationId, Handler>> = {
  'repos/get': repository.getRepository,
  'rate-limit/get': repository.getRateLimit,
  'repos/list-deployments': deployments.listDeployments,
  'repos/create-deployment': deployments.createDeployment,
  'repos/get-deployment': deployments.getDeployment,
  'repos/list-deployment-statuses': deployments.listDeploymentStatuses,
  'repos/create-deployment-status': deployments.createDeploymentStatus,
  'repos/get-deployment-status': deployments.getDeploymentStatus,
  'issues/list-for-repo': issues.listIssues,
  'issues/create': issues.createIssue,
  'issues/get': issues.getIssue,
  'issues/update': issues.updateIssue,
  'issues/add-labels': issues.addLabels,
  'issues/list-comments': issues.listComments,
  'issues/create-comment': issues.createComment,
  'issues/get-comment': issues.getComment,
  'issues/update-comment': issues.updateComment,
  'issues/delete-comment': issues.deleteComment,
  'pulls/list': pulls.listPulls,
  'pulls/create': pulls.createPull,
  'pulls/get': pulls.getPull,
  'pulls/update': pulls.updatePull,
  'pulls/merge': pulls.mergePull,
  'pulls/list-files': pulls.listPullFiles,
  'pulls/list-commits': pulls.listPullCommits,
  'pulls/list-reviews': pulls.listReviews,
  'pulls/create-review': pulls.createReview,
  'repos/list-pull-requests-associated-with-commit': pulls.listPullsOfCommit,
  'repos/list-commits': gitData.listCommits,
  'repos/get-commit': gitData.getCommit,
  'repos/compare-commits': gitData.compareCommits,
  'repos/get-branch': gitData.getBranch,
  'repos/get-content': gitData.getContent,
  'repos/create-or-update-file-contents': gitData.putContent,
  'git/create-tree': gitData.createTree,
  'git/create-commit': gitData.createCommit,
  'git/get-ref': gitData.getRef,
  'git/list-matching-refs': gitData.listMatchingRefs,
  'git/create-ref': gitData.createRef,
  'git/update-ref': gitData.updateRef,
  'git/delete-ref': gitData.deleteRef,
  'checks/create': checks.createCheck,
  'checks/get': checks.getCheck,
  'checks/update': checks.updateCheck,
  'checks/list-for-ref': checks.listChecks,
  'repos/create-commit-status': checks.createStatus,
  'repos/list-commit-statuses-for-ref': checks.listStatuses,
  'repos/get-combined-status-for-ref': checks.getCombinedStatus,
  'actions/create-workflow-dispatch': repository.dispatchWorkflow,
  'actions/list-workflow-runs': runs.listWorkflowRuns,
  'actions/list-jobs-for-workflow-run': runs.listJobs,
  'actions/list-workflow-run-artifacts': artifacts.listArtifacts,
  'actions/download-artifact': artifacts.downloadArtifact,
  'repos/get-environment': repository.getEnvironment,
  'repos/create-dispatch-event': repository.dispatchRepository,
};
