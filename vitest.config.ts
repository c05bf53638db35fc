import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{actions,server,scripts,environments,terraform}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.terraform/**'],
    globalSetup: ['scripts/testing/build-server.ts'],
    // Many tests wait for processes of their own; vitest would leave a processor free.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
