import { defineConfig } from 'vitest/config';

const TESTS = '{actions,server,scripts,environments,terraform}/**/*';
const TERRAFORM = `${TESTS}.{terraform,moto}.test.ts`;
const EXCLUDED = ['**/node_modules/**', '**/dist/**', '**/.terraform/**'];
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    globalSetup: ['scripts/testing/build-server.ts'],
    projects: [
      {
        test: {
          name: 'node',
          include: [`${TESTS}.test.ts`],
          exclude: [...EXCLUDED, TERRAFORM],
          sequence: { groupOrder: 0 },
          ...TIMEOUTS,
        },
      },
      {
        // Its tests wait for Terraform, one process after the other: two files at a time keep a small machine busy. The
        // others, which start servers and watch their pace, are not beside them.
        test: {
          name: 'terraform',
          include: [TERRAFORM],
          exclude: EXCLUDED,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...TIMEOUTS,
        },
      },
    ],
  },
});
