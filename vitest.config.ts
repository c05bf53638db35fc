import { defineConfig } from 'vitest/config';

const TESTS = '{actions,server,scripts,environments,terraform}/**/*';
const TOOLS = `${TESTS}.{terraform,moto,docker,awscli}.test.ts`;
const EXCLUDED = ['**/node_modules/**', '**/dist/**', '**/.terraform/**'];
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    globalSetup: ['scripts/testing/build-tested.ts'],
    projects: [
      {
        test: {
          name: 'node',
          include: [`${TESTS}.test.ts`],
          exclude: [...EXCLUDED, TOOLS],
          sequence: { groupOrder: 0 },
          ...TIMEOUTS,
        },
      },
      {
        // They wait for Terraform, docker and the AWS CLI, one process after the other: two files at a time keep a small
        // machine busy. The others, which start servers and watch their pace, are not beside them.
        test: {
          name: 'tools',
          include: [TOOLS],
          exclude: EXCLUDED,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
    ],
  },
});
