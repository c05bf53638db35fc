import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { isConfigured } from '../../actions/lib/domain/environment/configured.ts';
import { environmentsToRead } from '../../actions/lib/domain/doctor/environment-findings.ts';
import { examine } from '../../actions/lib/domain/doctor/examine.ts';
import {
  STARTED_WORKFLOWS,
  type GithubSettings,
  type SettingsDemand,
} from '../../actions/lib/domain/doctor/settings.ts';
import { inPromotionOrder } from '../../actions/lib/domain/promotion/order.ts';

/** A step after the files are written: what it is for, and its commands. */
interface NextStep {
  readonly title: string;
  /** Lines of a shell; one that starts with `#` is for a person. */
  readonly commands: readonly string[];
}

/** The repository in the printed commands. */
export interface StepsRepository {
  /** `OWNER/REPOSITORY` on GitHub. */
  readonly repository: string;
  readonly defaultBranch: string;
}

/**
 * What is left to do after adopt, in order: settings on GitHub, accounts, pull request, the first release and a rollback.
 *
 * @param environments those of one service
 */
export function nextSteps(
  service: string,
  environments: readonly Environment[],
  { repository, defaultBranch }: StepsRepository,
): readonly NextStep[] {
  const ordered = inPromotionOrder(environments);
  const [first] = ordered;
  const unset = ordered.filter((each) => !isConfigured(each)).map(({ name }) => name);
  const accounts = [...new Set(ordered.filter(isConfigured).map(({ account }) => account))];
  const trusted = defaultBranch === 'main' ? '' : ` --branch ${defaultBranch}`;
  const bootstrap = (account: string): string =>
    `npm run bootstrap -- --account ${account} --service ${service} --github ${repository}${trusted}`;
  return [
    { title: 'Rehearse it on this machine', commands: ['npm run rehearse -- --only-node'] },
    ...(unset.length === 0
      ? []
      : [
          {
            title: `Name the account of ${unset.join(', ')}: until then the workflows skip them`,
            commands: unset.map((name) => `npm run adopt -- --service ${service} --account ${name}=ACCOUNT_ID --yes`),
          },
        ]),
    {
      title: 'Set up GitHub, with a token of an administrator (`npm run doctor` says what is left)',
      commands: githubCommands(ordered, { repository, defaultBranch }),
    },
    ...accounts.map((account) => ({
      title: `Set up account ${account}, with credentials of an administrator that expire (\`aws sts get-caller-identity\`)`,
      commands: [`${bootstrap(account)} --dry-run`, bootstrap(account), 'npm run generate'],
    })),
    {
      title: 'Open the first pull request',
      commands: [
        `git switch --create adopt-${service}`,
        `git add environments server/models${accounts.length === 0 ? '' : ' terraform/bootstrap/accounts'}`,
        `git commit --message 'Adopt ${service}'`,
        `git push --set-upstream origin adopt-${service}`,
        `gh pr create --repo ${repository} --fill`,
      ],
    },
    {
      title: 'Merge, build the first release, and merge the promotion pull request of each environment',
      commands: [
        `gh pr merge --repo ${repository} --squash`,
        `gh workflow run release.yml --repo ${repository}`,
        `gh pr list --repo ${repository}`,
      ],
    },
    ...(first === undefined
      ? []
      : [
          {
            title: `Roll ${first.name} back once, after its second release`,
            commands: [
              `gh workflow run rollback.yml --repo ${repository} -f environment=${first.name} -f reason='to see it work'`,
            ],
          },
        ]),
  ];
}

/** The commands of `npm run doctor` for a repository in which nothing is set. */
function githubCommands(environments: readonly Environment[], repository: StepsRepository): readonly string[] {
  const demand: SettingsDemand = {
    environments: environments.map(({ name, unprotected }) => ({
      name,
      isUnprotected: unprotected === 'accepted',
      // Bakes are no setting on GitHub.
      pairs: null,
    })),
  };
  const findings = examine(newFork(repository, environmentsToRead(demand)), demand).filter(
    ({ verdict }) => verdict === 'wrong',
  );
  return findings.flatMap(({ asked, remedy }) => {
    const isCommand = remedy.some((line) => line.startsWith('gh '));
    return [`# ${asked}`, ...(isCommand ? remedy : remedy.map((line) => `# ${line}`))];
  });
}

/** A fork as GitHub makes it: Actions off, no rules, no environments. */
function newFork(repository: StepsRepository, environments: readonly string[]): GithubSettings {
  const seen = <Value>(value: Value): { readonly seen: true; readonly value: Value } => ({ seen: true, value });
  const workflows = STARTED_WORKFLOWS.map((file) => [`.github/workflows/${file}`, 'disabled_fork'] as const);
  return {
    ...repository,
    isPrivate: false,
    actions: seen({ enabled: false, allowed: 'all' as const }),
    workflowPermissions: seen({ default: 'read' as const, canApprovePullRequests: false }),
    workflows: seen(new Map(workflows)),
    environments: new Map(environments.map((name) => [name, seen(undefined)])),
    branchRules: seen({ pullRequest: undefined, requiredChecks: [], refusesForcePush: false, refusesDeletion: false }),
    secrets: seen([]),
    automationSecrets: seen([]),
    variables: seen([]),
    oidcSubjectClaims: seen(undefined),
    codeowners: seen({ exists: true, errors: [] }),
  };
}
