import type { Reporter } from 'vitest/node';

interface Settings {
  /** Whether a skipped test fails the run. */
  strict: boolean;
  write: (text: string) => void;
}

/**
 * Names the live tests that were skipped, and fails the run for them on a machine that must run
 * all. A run of chosen tests (`-t`) skips the others on purpose, and is not judged.
 */
export function skippedTestsReporter({ strict, write }: Settings): Reporter {
  return {
    onTestRunEnd: (modules) => {
      const skipped = modules
        .filter(({ project }) => project.name === 'live')
        .filter(({ project }) => project.globalConfig.testNamePattern === undefined)
        .flatMap((module) =>
          [...module.children.allTests('skipped')].map(
            (test) => `  ${module.relativeModuleId} > ${test.fullName}\n`,
          ),
        );
      if (skipped.length === 0) return;
      const verdict = strict ? ', which fails this run, as CI is set' : '';
      write(`\n${skipped.length} live tests were skipped${verdict}:\n${skipped.join('')}`);
      if (strict) process.exitCode = 1;
    },
  };
}
