import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { skippedTestsReporter } from './test/live/skipped-tests-reporter.ts';

/** `fast` needs nothing but Node; `cli` runs the built program; `live` needs Docker. */
const config: ViteUserConfig = defineConfig({
  test: {
    // By default one of two cores is left idle; these tests mostly wait.
    maxWorkers: 2,
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
          include: ['test/cli/**/*.test.ts', 'test/bank/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        // One file at a time, after all others: they share one engine, and some measure time.
        test: {
          name: 'live',
          include: ['src/**/*.live.test.ts', 'test/live/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
    reporters: [
      'default',
      skippedTestsReporter({
        strict: (process.env['CI'] ?? '') !== '',
        write: (text) => process.stderr.write(text),
      }),
    ],
  },
});
export default config;
