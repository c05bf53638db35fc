import { defineConfig } from 'vitest/config';

const TESTS = '{actions,server,scripts,terraform}/**/*';
const TOOLS = `${TESTS}.{terraform,moto,docker,awscli}.test.ts`;
const EXCLUDED = ['**/node_modules/**', '**/dist/**', '**/.terraform/**'];
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    globalSetup: ['scripts/testing/build-tested.ts'],
    // Three files at a time keep a machine with two processors busy: many of them wait for processes.
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
          maxWorkers: 3,
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
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
    ],
  },
});
