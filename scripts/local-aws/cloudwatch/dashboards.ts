import { globalArnIn, type Place } from '../core/place.ts';
import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/cloudwatch.types.ts';
import { AwsError } from '../wire/aws-error.ts';

type DashboardOperation = 'DeleteDashboards' | 'GetDashboard' | 'ListDashboards' | 'PutDashboard';

export interface Dashboard {
  readonly body: string;
  readonly modifiedAt: Date;
}

/** The dashboards of one account by name: they have no region. */
export type Dashboards = Map<string, Dashboard>;

/** The CloudWatch operations on dashboards: stored, not rendered. */
export function dashboardHandlers(
  place: Place,
  dashboards: Dashboards,
  now: () => Date,
): Pick<Handlers<Operations>, DashboardOperation> {
  const arnOf = (name: string) => globalArnIn(place, 'cloudwatch', `dashboard/${name}`);
  const require = (name: string) => {
    const dashboard = dashboards.get(name);
    if (dashboard === undefined) throw new AwsError('ResourceNotFound', `Dashboard ${name} does not exist`, 404);
    return dashboard;
  };
  return {
    PutDashboard({ DashboardName, DashboardBody }) {
      if (!isJson(DashboardBody)) {
        throw new AwsError('InvalidParameterInput', 'The dashboard body is invalid, there are 1 validation errors');
      }
      dashboards.set(DashboardName, { body: DashboardBody, modifiedAt: now() });
      return { DashboardValidationMessages: [] };
    },
    GetDashboard: ({ DashboardName }) => ({
      DashboardName,
      DashboardArn: arnOf(DashboardName),
      DashboardBody: require(DashboardName).body,
    }),
    ListDashboards: ({ DashboardNamePrefix = '' }) => ({
      DashboardEntries: [...dashboards]
        .filter(([name]) => name.startsWith(DashboardNamePrefix))
        .map(([name, { body, modifiedAt }]) => ({
          DashboardName: name,
          DashboardArn: arnOf(name),
          LastModified: modifiedAt,
          Size: Buffer.byteLength(body),
        })),
    }),
    DeleteDashboards({ DashboardNames }) {
      for (const name of DashboardNames) require(name);
      for (const name of DashboardNames) dashboards.delete(name);
      return {};
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
