import { endpointName } from '../lib/domain/environment/names.ts';
import { rolesOf } from '../lib/domain/environment/roles.ts';
import type { EnvironmentSettings } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs({ environment, releaseFile, homeRegion }: EnvironmentSettings): Record<string, string> {
  const roles = rolesOf(environment);
  return {
    environment: environment.name,
    service: environment.service,
    account: environment.account,
    region: environment.region,
    'home-region': homeRegion,
    endpoint: endpointName(environment),
    'live-release': releaseFile.live ?? '',
    'rollback-approval': String(environment.rollbackApproval ?? false),
    'plan-role-arn': roles.plan,
    'build-role-arn': roles.build,
    'apply-role-arn': roles.apply,
    'deploy-role-arn': roles.deploy,
    'replay-role-arn': roles.replay,
  };
}
