import { endpointName } from '../../../actions/lib/domain/environment/names.ts';
import type { Content } from './content.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { expectOutcome } from './steps.ts';
import { expectServing } from './context.ts';

/** Calls of AWS that change nothing; Drift looks at every service, with a role of each. */
const READS = /^(?:Describe|List|Get|BatchGet|BatchCheck|Invoke|AssumeRole)/;

/** The step that shows that the other services were left alone; only where there are some. */
export function otherServicesSteps({ others }: Content): readonly ScenarioStep[] {
  if (others.length === 0) return [];
  const services = others.map(({ service }) => service).join(', ');
  return [
    {
      id: 'apart',
      title: `nothing of ${services} was built, planned, swapped or promoted`,
      shows: 'by every call to AWS, every job and every pull request since the story began',
      run: async (context) => {
        const environments = others.flatMap((chain) => chain.environments);
        const names = new Set([...others.map(({ service }) => service), ...environments.map(endpointName)]);
        const changes = context.fixture.aws.calls
          .slice(context.fixture.callsBefore)
          .filter(({ operation }) => !READS.test(operation))
          .filter(({ input }) => mentions(input, names))
          .map(({ operation }) => operation);
        expectOutcome(`changes in AWS of ${services}`, changes, []);
        const jobs = context.fixture.runner.runs
          .flatMap((run) => run.jobs.map(({ name }) => name))
          .filter((name) => others.some(({ service }) => name.startsWith(`${service} / `)));
        expectOutcome(`jobs for ${services}`, jobs, []);
        const plans = context.fixture.runner.runs
          .flatMap((run) => run.jobs.map(({ name }) => name))
          .filter((name) => environments.some((environment) => name === `Plan ${environment.name}`));
        expectOutcome(`plans for ${services}`, plans, []);
        for (const { name } of environments) {
          expectOutcome(`promotions to ${name}`, context.fixture.team.openPulls(`promote/${name}/`).length, 0);
          expectServing(context, name, 'v1');
        }
        return await Promise.resolve({ outcome: `${services}: no change, no job, no plan, no pull request` });
      },
    },
  ];
}

/** Whether a call's input names something of theirs: a repository, an endpoint, or what is named after an endpoint. */
function mentions(input: unknown, names: ReadonlySet<string>): boolean {
  const text = JSON.stringify(input);
  return [...names].some(
    (name) => text.includes(`"${name}"`) || text.includes(`"${name}-`) || text.includes(`/${name}`),
  );
}
