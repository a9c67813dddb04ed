/** All of the matrix that the rest of fintech uses: loaded when it runs. */
export { openCallback } from './callback.ts';
export { parseStatuses } from './statuses.ts';
export { runMatrix } from './run.ts';
export { foreignTokens, ownTokens } from './token-source.ts';
export { humanReport } from './report/human.ts';
export { junitReport } from './report/junit.ts';
export { markdownReport } from './report/markdown.ts';
export { sarifReport } from './report/sarif.ts';
