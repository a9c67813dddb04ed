const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** What one run of a tool found. */
export interface SarifRun {
  /** Of fintech. */
  version: string;
  rules: readonly object[];
  /** False where it was interrupted. */
  isWhole: boolean;
  /** What could not be checked: a report without results must not look green. */
  unchecked: readonly { id: string; text: string }[];
  results: readonly object[];
  properties: object;
}

/** A SARIF 2.1.0 log of one run. */
export function sarifLog({
  version,
  rules,
  isWhole,
  unchecked,
  results,
  ...run
}: SarifRun): string {
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'fintech', semanticVersion: version, rules } },
        invocations: [
          {
            executionSuccessful: isWhole,
            toolExecutionNotifications: unchecked.map(({ id, text }) => ({
              level: 'warning',
              descriptor: { id },
              message: { text },
            })),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results,
        properties: run.properties,
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}
