import { UserError, type UserErrorParts } from '../errors/user-error.ts';
import { isWithoutGuardrails } from '../release/instance-type.ts';
import type { Release, ReleaseFile } from '../release/release.ts';
import type { Environment } from './environment.ts';
import { hasPassed } from './schedule.ts';

/**
 * Refuses what `environment.json` and `release.json` say together and can't be applied, before anything is planned.
 * A rollback doesn't ask: it makes nothing new.
 *
 * @throws UserError with the first reason, and all of them in its problems.
 */
export function checkDeclaration(environment: Environment, file: ReleaseFile, now: Date): void {
  const releases = Object.entries(file.releases).map(([id, entry]): Release => ({ id, ...entry }));
  const problems = [
    ...passedSchedules(environment, now),
    ...releases.flatMap((release) => imageRegionProblems(environment, release)),
    ...releases.filter(({ id }) => id === file.live).flatMap((release) => guardrailProblems(environment, release)),
  ];
  const [first] = problems;
  if (first !== undefined) throw new UserError(problems.length === 1 ? first : { ...first, problems });
}

function passedSchedules({ name, autoscaling }: Environment, now: Date): readonly UserErrorParts[] {
  const file = `environments/${name}/environment.json`;
  return (autoscaling?.schedules ?? []).flatMap((schedule, index) =>
    hasPassed(schedule, now)
      ? [
          {
            what: `The time of schedule ${schedule.name} has passed, and Application Auto Scaling takes no action of the past`,
            where: `${file} at autoscaling.schedules[${String(index)}].expression`,
            expected: `a time after ${now.toISOString()}`,
            found: schedule.expression,
            remedy: 'Remove the schedule, or give it another time.',
            location: { file },
          },
        ]
      : [],
  );
}

/**
 * What is wrong with the region of a release's image: SageMaker takes images from the region of the endpoint only.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
 */
export function imageRegionProblems({ name, region }: Environment, { id, spec }: Release): readonly UserErrorParts[] {
  const found = /^[0-9]{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(spec.image)?.[1];
  if (found === undefined || found === region) return [];
  const file = `environments/${name}/release.json`;
  return [
    {
      what: `The image of release ${id} is in another region than the endpoint, and SageMaker takes none from there`,
      where: `${file} at releases["${id}"].spec.image`,
      expected: `an image in ${region}, the region of ${name}`,
      found,
      remedy: `Use a service of its own for each region: its image is built there. Or set "region" of ${name} to ${found}.`,
      location: { file },
    },
  ];
}

/** What is wrong with the swap strategy for the instance type of a release. */
export function guardrailProblems({ name, swap }: Environment, { id, spec }: Release): readonly UserErrorParts[] {
  if (!isWithoutGuardrails(spec.instanceType) || swap.strategy === 'all-at-once') return [];
  const file = `environments/${name}/environment.json`;
  return [
    {
      what: `SageMaker shifts no traffic step by step to ${spec.instanceType}: the ${swap.strategy} swap to release ${id} would move all of it at once, without a bake`,
      where: `${file} at swap.strategy`,
      expected: 'all-at-once, or a release on another instance type',
      found: swap.strategy,
      remedy: 'Use another instance type (ml.inf2 has deployment guardrails), or the strategy all-at-once.',
      location: { file },
    },
  ];
}
