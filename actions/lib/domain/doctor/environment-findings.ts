import { approvalEnvironment } from '../environment/names.ts';
import { LEAST_PAIRS } from '../probe/comparison.ts';
import { ghApi, judge, type Finding } from './finding.ts';
import { AUTOMATION, type EnvironmentRules, type GithubSettings, type Seen, type SettingsDemand } from './settings.ts';

/** The findings about the environments of a deployment: `NAME` and `NAME-approval`. */
export function environmentFindings(settings: GithubSettings, demand: SettingsDemand): readonly Finding[] {
  return demand.environments.flatMap(({ name, isUnprotected, pairs }) => [
    ...branchFindings(settings, name),
    noReviewers(settings, name, `reviewers belong on ${approvalEnvironment(name)}, where a rollback does not wait`),
    ...(isUnprotected ? [] : approvalFindings(settings, approvalEnvironment(name))),
    ...(pairs === null ? [] : [pairsFinding(name, pairs)]),
  ]);
}

/** The names of all environments whose rules are examined. */
export function environmentsToRead(demand: SettingsDemand): readonly string[] {
  return [...demand.environments.flatMap(({ name }) => [name, approvalEnvironment(name)]), AUTOMATION];
}

function rulesOf({ environments }: GithubSettings, name: string): Seen<EnvironmentRules | undefined> {
  return environments.get(name) ?? { seen: false, why: 'it was not read' };
}

function branchFindings(settings: GithubSettings, name: string): readonly Finding[] {
  const { repository, defaultBranch } = settings;
  const place = `repos/${repository}/environments/${name}`;
  const rules = rulesOf(settings, name);
  const branches = rules.seen ? rules.value?.branches : undefined;
  const listed = typeof branches === 'object' ? branches : undefined;
  const addition = ghApi('POST', `${place}/deployment-branch-policies`, { name: defaultBranch, type: 'branch' });
  return [
    judge(
      {
        id: `${name}/branches`,
        asked: `the environment ${name} exists, and only ${defaultBranch} may use it`,
        remedy:
          listed === undefined
            ? [ghApi('PUT', place, { ...keptRules(rules), ...CUSTOM_BRANCHES }), addition]
            : listed.includes(defaultBranch)
              ? // A call could remove the wrong one of several.
                [`Settings, Environments, ${name}, Deployment branches: remove every pattern but ${defaultBranch}.`]
              : [addition],
      },
      rules,
      (found) => ({
        found: describeBranches(found),
        isOk: listed?.length === 1 && listed[0] === defaultBranch,
      }),
    ),
    ...bypass(name, rules),
  ];
}

const CUSTOM_BRANCHES = { deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } };

// GitHub resets what a call leaves out, and takes reviewers by ids that are not read here.
function keptRules(rules: Seen<EnvironmentRules | undefined>): object {
  return rules.seen && rules.value?.preventsSelfReview === true ? { prevent_self_review: true } : {};
}

function describeBranches(rules: EnvironmentRules | undefined): string {
  if (rules === undefined) return 'no such environment: GitHub makes one without rules when a job first names it';
  if (rules.branches === 'any') return 'every branch may use it';
  if (rules.branches === 'protected') return 'every branch with a protection rule may use it';
  return rules.branches.length === 0 ? 'no branch may use it' : `these may use it: ${rules.branches.join(', ')}`;
}

/** Of an environment that does not exist another finding tells. */
function bypass(name: string, rules: Seen<EnvironmentRules | undefined>): readonly Finding[] {
  if (rules.seen && rules.value === undefined) return [];
  const adminsBypass = rules.seen ? rules.value?.adminsBypass : undefined;
  const setting: Seen<boolean> =
    adminsBypass === undefined
      ? { seen: false, why: 'GitHub does not say it to this token' }
      : { seen: true, value: adminsBypass };
  const question = {
    id: `${name}/bypass`,
    asked: `administrators can't bypass the rules of ${name}`,
    remedy: [
      `Settings, Environments, ${name}: clear "Allow administrators to bypass configured protection rules". ` +
        'The documented API has no call for it.',
    ],
  };
  return [judge(question, setting, (can) => ({ found: can ? 'they can' : 'they can not', isOk: !can }))];
}

/** The findings about the environment of the app's jobs. */
export function automationFindings(settings: GithubSettings): readonly Finding[] {
  return [
    ...branchFindings(settings, AUTOMATION),
    noReviewers(settings, AUTOMATION, 'a promotion would wait before it is proposed'),
  ];
}

/** A reviewer of `NAME` would be asked before a rollback as well. */
function noReviewers(settings: GithubSettings, name: string, why: string): Finding {
  return judge(
    {
      id: `${name}/waits`,
      asked: `nobody is asked on ${name} itself: ${why}`,
      remedy: [
        ghApi('PUT', `repos/${settings.repository}/environments/${name}`, { reviewers: null, ...CUSTOM_BRANCHES }),
      ],
    },
    rulesOf(settings, name),
    (rules) => ({
      found: rules === undefined || rules.reviewers.length === 0 ? 'nobody' : rules.reviewers.join(', '),
      isOk: rules === undefined || rules.reviewers.length === 0,
    }),
  );
}

function approvalFindings(settings: GithubSettings, name: string): readonly Finding[] {
  const rules = rulesOf(settings, name);
  const place = `repos/${settings.repository}/environments/${name}`;
  const approval = { reviewers: [{ type: 'User', id: '$id' }], prevent_self_review: true, ...CUSTOM_BRANCHES };
  return [
    judge(
      {
        id: `${name}/reviewers`,
        asked: `the environment ${name} has reviewers`,
        // Replace LOGIN by a person other than the one who merges.
        remedy: [
          'id=$(gh api users/LOGIN --jq .id)',
          `gh api --method PUT '${place}' --input - <<<"${JSON.stringify(approval).replaceAll('"', '\\"').replace('\\"$id\\"', '$id')}"`,
        ],
      },
      rules,
      (found) => ({
        found: describeReviewers(found),
        isOk: found !== undefined && found.reviewers.length > 0,
      }),
    ),
    judge(
      {
        id: `${name}/self-review`,
        asked: `nobody approves on ${name} what they started`,
        weight: 'advice',
        remedy: [`Settings, Environments, ${name}: set "Prevent self-review".`],
      },
      rules,
      (found) => ({
        found: found?.preventsSelfReview === true ? 'so it is' : 'whoever starts a run may approve it',
        isOk: found?.preventsSelfReview === true,
      }),
    ),
    ...bypass(name, rules),
  ];
}

/** With fewer pairs the comparison of a release with the one before is inconclusive. */
function pairsFinding(name: string, pairs: number): Finding {
  return judge(
    {
      id: `${name}/pairs`,
      asked: `the bakes of ${name} hold ${LEAST_PAIRS} pairs of answers, so that latencies can be compared`,
      weight: 'advice',
      remedy: [
        `environments/${name}/environment.json: raise the waits of "swap", or lower "probes.intervalSeconds"; docs/probes.md has the arithmetic.`,
      ],
    },
    { seen: true, value: pairs },
    (value) => ({ found: `about ${value}`, isOk: value >= LEAST_PAIRS }),
  );
}

function describeReviewers(rules: EnvironmentRules | undefined): string {
  if (rules === undefined) return 'no such environment: GitHub makes one without reviewers when a job first names it';
  return rules.reviewers.length === 0 ? 'nobody is asked' : rules.reviewers.join(', ');
}
