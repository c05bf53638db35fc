import { automationFindings } from './environment-findings.ts';
import { ghApi, judge, type Finding } from './finding.ts';
import { AUTOMATION, STARTED_WORKFLOWS, type BranchRules, type GithubSettings } from './settings.ts';

/** The check that gathers all others of a pull request. */
const GATE = 'Gate';

/** The findings about rules of the default branch, and about GitHub Actions and its credentials. */
export function repositoryFindings(settings: GithubSettings): readonly Finding[] {
  return [
    ...branchFindings(settings),
    codeowners(settings),
    actionsEnabled(settings),
    ...workflowFindings(settings),
    defaultPermissions(settings),
    pullRequestsByActions(settings),
    ...appFindings(settings),
    secretFinding(settings),
    variableFinding(settings),
    oidcSubject(settings),
    ...planLimits(settings),
  ];
}

function branchFindings({ repository, defaultBranch, branchRules }: GithubSettings): readonly Finding[] {
  const ruleset = (name: string, rules: readonly object[]): string =>
    ghApi('POST', `repos/${repository}/rulesets`, {
      ...{ name, target: 'branch', enforcement: 'active' },
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules,
    });
  const pullRequest = ruleset('Reviewed changes', [
    {
      type: 'pull_request',
      parameters: {
        ...{ required_approving_review_count: 1, require_code_owner_review: true, require_last_push_approval: true },
        ...{ dismiss_stale_reviews_on_push: true, required_review_thread_resolution: false },
      },
    },
  ]);
  const ask = (
    id: string,
    asked: string,
    remedy: string,
    look: (rules: BranchRules) => { readonly found: string; readonly isOk: boolean },
  ): Finding => judge({ id: `${defaultBranch}/${id}`, asked, remedy: [remedy] }, branchRules, look);
  return [
    ask('gate', `${defaultBranch} requires the check ${GATE}`, gateRuleset(ruleset), ({ requiredChecks }) => ({
      found: requiredChecks.length === 0 ? 'no check is required' : `required: ${requiredChecks.join(', ')}`,
      isOk: requiredChecks.includes(GATE),
    })),
    ask(
      'reviews',
      `${defaultBranch} requires a pull request, approved by code owners and by somebody other than who pushed last`,
      pullRequest,
      ({ pullRequest: rule }) => {
        const missing = rule === undefined ? ['no pull request is required'] : missingReviews(rule);
        return { found: missing.join(', ') || 'so it is', isOk: missing.length === 0 };
      },
    ),
    ask(
      'history',
      `${defaultBranch} can't be deleted or forced`,
      ruleset('Kept history', [{ type: 'deletion' }, { type: 'non_fast_forward' }]),
      ({ refusesForcePush, refusesDeletion }) => ({
        found: [
          refusesForcePush ? 'a force push is refused' : 'a force push is allowed',
          refusesDeletion ? 'so is a deletion' : 'a deletion is allowed',
        ].join(', '),
        isOk: refusesForcePush && refusesDeletion,
      }),
    ),
  ];
}

function missingReviews(rule: NonNullable<BranchRules['pullRequest']>): readonly string[] {
  return [
    ...(rule.approvals > 0 ? [] : ['no approval is required']),
    ...(rule.codeOwners ? [] : ["code owners aren't asked"]),
    ...(rule.lastPush ? [] : ['whoever pushed last may approve']),
    ...(rule.dismissesStale ? [] : ['a push keeps earlier approvals']),
  ];
}

function gateRuleset(ruleset: (name: string, rules: readonly object[]) => string): string {
  return ruleset('Passed checks', [
    {
      type: 'required_status_checks',
      parameters: { required_status_checks: [{ context: GATE }], strict_required_status_checks_policy: false },
    },
  ]);
}

function codeowners(settings: GithubSettings): Finding {
  return judge(
    {
      id: 'codeowners',
      asked: 'CODEOWNERS gives product code and workflows to the people who may reach production',
      remedy: ['Write .github/CODEOWNERS from the list in docs/security.md, and name your own teams in it.'],
    },
    settings.codeowners,
    ({ exists, errors }) => ({
      found: !exists ? 'no CODEOWNERS' : errors.length === 0 ? 'it is there' : errors.join('; '),
      isOk: exists && errors.length === 0,
    }),
  );
}

function actionsEnabled({ repository, actions }: GithubSettings): Finding {
  return judge(
    {
      id: 'actions',
      asked:
        'GitHub Actions are on, and the pinned actions of other owners may run (a new fork starts with Actions off)',
      remedy: [ghApi('PUT', `repos/${repository}/actions/permissions`, { enabled: true, allowed_actions: 'all' })],
    },
    actions,
    ({ enabled, allowed }) => ({
      found: !enabled ? 'they are off' : `on; allowed actions: ${allowed}`,
      isOk: enabled && allowed !== 'local_only',
    }),
  );
}

const STATES: Readonly<Record<string, string>> = {
  active: 'on',
  disabled_fork: 'off, as in every new fork',
  disabled_inactivity: 'off: GitHub stops schedules after 60 days without activity',
  disabled_manually: 'off: somebody disabled it',
};

function workflowFindings({ repository, workflows }: GithubSettings): readonly Finding[] {
  return STARTED_WORKFLOWS.map((file) =>
    judge(
      {
        id: `workflow/${file}`,
        asked: `the workflow ${file} is on`,
        remedy: [ghApi('PUT', `repos/${repository}/actions/workflows/${file}/enable`)],
      },
      workflows,
      (states) => {
        const state = states.get(`.github/workflows/${file}`);
        return {
          found: state === undefined ? 'GitHub does not list it' : (STATES[state] ?? state),
          isOk: state === 'active',
        };
      },
    ),
  );
}

function defaultPermissions({ repository, workflowPermissions }: GithubSettings): Finding {
  return judge(
    {
      id: 'default-permissions',
      asked: 'a workflow that grants nothing gets a token that can only read',
      remedy: [
        ghApi('PUT', `repos/${repository}/actions/permissions/workflow`, { default_workflow_permissions: 'read' }),
      ],
    },
    workflowPermissions,
    (found) => ({ found: `the default is ${found.default}`, isOk: found.default === 'read' }),
  );
}

/** Whether an app opens the pull requests; a variable that can't be read counts as none. */
function usesApp({ variables }: GithubSettings): boolean {
  return variables.seen && variables.value.includes('APP_CLIENT_ID');
}

/** Without an app the workflows open pull requests with their own token, which needs a setting that also lets it approve. */
function pullRequestsByActions(settings: GithubSettings): Finding {
  const isApp = usesApp(settings);
  const path = `repos/${settings.repository}/actions/permissions/workflow`;
  return judge(
    {
      id: 'pull-requests-by-actions',
      asked: isApp
        ? 'GitHub Actions may not create and approve pull requests: the app opens them'
        : 'GitHub Actions may create pull requests, as no app does (the same setting lets them approve)',
      remedy: [ghApi('PUT', path, { can_approve_pull_request_reviews: !isApp })],
    },
    settings.workflowPermissions,
    ({ canApprovePullRequests }) => ({
      found: canApprovePullRequests ? 'they may' : 'they may not',
      isOk: canApprovePullRequests !== isApp,
    }),
  );
}

const APP_KEY = 'APP_PRIVATE_KEY';
/** What a repository may have that tells people what happened (actions/notify). */
const NOTIFYING = ['NOTIFY_URL', 'NOTIFY_SECRET'];

/** Where the app's key is, if there is an app: on its environment, which other branches can't use. */
function appFindings(settings: GithubSettings): readonly Finding[] {
  if (!usesApp(settings)) return [];
  return [
    ...automationFindings(settings),
    judge(
      {
        id: 'app-key',
        asked: `the app's key is the secret ${APP_KEY} of the environment ${AUTOMATION}`,
        remedy: [`gh secret set ${APP_KEY} --env ${AUTOMATION} --repo ${settings.repository} < app.private-key.pem`],
      },
      settings.automationSecrets,
      (names) => ({ found: names.includes(APP_KEY) ? 'it is' : 'it is not there', isOk: names.includes(APP_KEY) }),
    ),
  ];
}

/** Every secret of the repository can be read by the workflow of any branch; those that the workflows read have to be some. */
function secretFinding({ repository, secrets }: GithubSettings): Finding {
  const excess = (names: readonly string[]): readonly string[] => names.filter((name) => !NOTIFYING.includes(name));
  return judge(
    {
      id: 'secrets',
      asked: `the repository has no secrets but ${NOTIFYING.join(' and ')}: any branch's workflow could read them`,
      remedy: secrets.seen
        ? excess(secrets.value).map((name) => ghApi('DELETE', `repos/${repository}/actions/secrets/${name}`))
        : [],
    },
    secrets,
    (names) => ({ found: excess(names).join(', ') || 'none', isOk: excess(names).length === 0 }),
  );
}

/** Variables that steered a build or named a role in earlier versions: whoever may write can set one. */
const STEERING =
  /^(?:PLAN|BUILD|APPLY|DEPLOY|REPLAY)_ROLE_ARN$|^BUILD_(?:ARGUMENTS|NETWORK)$|^MODEL_BUCKET$|^ATTESTATIONS$/;

function variableFinding({ repository, variables }: GithubSettings): Finding {
  const steering = (names: readonly string[]): readonly string[] => names.filter((name) => STEERING.test(name));
  return judge(
    {
      id: 'variables',
      asked: 'what steers a build or names a role stands in build.json and environment.json, and in no variable',
      weight: 'advice',
      remedy: variables.seen
        ? steering(variables.value).map((name) => `gh variable delete ${name} --repo ${repository}`)
        : [],
    },
    variables,
    (names) => {
      const found = steering(names);
      return {
        found:
          found.length === 0 ? 'none does' : `no workflow reads ${found.join(', ')}: docs/upgrading.md says what does`,
        isOk: found.length === 0,
      };
    },
  );
}

// What the trust policies of the roles expect: the classic form, or the one with immutable ids, which is a default as well.
const NEEDED_CLAIMS = ['repo', 'context'];

function oidcSubject({ oidcSubjectClaims }: GithubSettings): Finding {
  return judge(
    {
      id: 'oidc-subject',
      asked: "the subject of OIDC tokens has GitHub's default form, which the roles trust",
      remedy: ['Reset the subject in the settings of the organisation or repository (Actions, OIDC).'],
    },
    oidcSubjectClaims,
    (claims) => ({
      found: claims === undefined ? 'the default' : `customised: ${claims.join(', ')}`,
      isOk: claims === undefined || claims.join() === NEEDED_CLAIMS.join(),
    }),
  );
}

function planLimits({ isPrivate }: GithubSettings): readonly Finding[] {
  if (!isPrivate) return [];
  return [
    {
      id: 'plan',
      verdict: 'unseen',
      asked: 'the plan of the owner has reviewers of environments, rulesets and attestations for private repositories',
      found: 'GitHub does not say it: reviewers and attestations need GitHub Enterprise, rulesets a paid plan',
      remedy: [],
    },
  ];
}
