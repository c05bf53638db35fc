import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{actions,server,scripts,environments,terraform}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.terraform/**'],
    globalSetup: ['scripts/testing/build-server.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
