import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TESTS = '{actions,server,scripts,terraform}/**/*';
const TOOLS = `${TESTS}.{terraform,moto,docker,awscli}.test.ts`;
const EXCLUDED = ['**/node_modules/**', '**/dist/**', '**/.terraform/**'];
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };

// Those of a minute and more, the longest first: none of them is to begin when everything else has ended.
const LONGEST = [
  'scripts/bootstrap/accounts.moto',
  'terraform/environment/environment.moto',
  'terraform/environment/every-environment.moto',
  'terraform/terraform.terraform',
  'scripts/migrate/migrate.moto',
  'scripts/bootstrap/faults/faults.moto',
  'terraform/environment/shapes.moto',
  'server/proof/image.docker',
  'terraform/permissions.moto',
  'terraform/toggles.moto',
  'scripts/local-aws/aws-cli.awscli',
  'scripts/rehearse/roles/roles.moto',
  'scripts/rehearse/workflow-faults/workflow-faults',
  'scripts/workflows/pull-request',
  'scripts/rehearse/scenario/notifications',
  'scripts/rehearse/scenario/two-services',
  'actions/promote-release/promotion',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.includes(`/${name}.`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: ['scripts/testing/build-tested.ts'],
    // Four files at a time keep a machine with two processors busy: many of them wait for processes.
    projects: [
      {
        // They start servers and watch their pace: one at a time, and no other beside it.
        test: {
          name: 'server',
          include: ['server/**/*.test.ts'],
          exclude: [...EXCLUDED, TOOLS],
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
          ...TIMEOUTS,
        },
      },
      {
        test: {
          name: 'node',
          include: [`${TESTS}.test.ts`],
          exclude: [...EXCLUDED, 'server/**', TOOLS],
          // No test changes what another file's sees, and loading the product's modules takes as long as most tests.
          isolate: false,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
      {
        // They wait for Terraform, docker and the AWS CLI, one process after the other.
        test: {
          name: 'tools',
          include: [TOOLS],
          exclude: EXCLUDED,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
    ],
  },
});
