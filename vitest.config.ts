import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `fast` needs nothing but Node; `live` needs Docker or PostgreSQL; `cli` runs the built program. */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', 'templates/*.test.ts', 'test/architecture/*.test.ts'],
          exclude: ['**/*.live.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      { test: { name: 'live', include: ['src/**/*.live.test.ts'], testTimeout: 120_000 } },
    ],
    passWithNoTests: true,
    reporters: ['default'],
  },
});
export default config;
