import { Option } from 'commander';
import type { DemoInput } from '../app/demo.ts';
import type { TourStep } from '../app/demo-tour.ts';
import type { Verb } from './verb.ts';

interface DemoData {
  steps: TourStep[];
}

export const verb: Verb<DemoInput & { json: boolean }, DemoData> = {
  examples: ['fintech demo', 'fintech demo --driver docker'],
  dataSchema: {
    type: 'object',
    properties: {
      steps: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          properties: {
            command: { type: 'string' },
            shown: { type: 'array', items: { type: 'string' } },
          },
          required: ['command', 'shown'],
        },
      },
    },
    required: ['steps'],
  },
  configure: (command) => {
    command.addOption(
      new Option('--driver <driver>', 'what runs it')
        .choices(['embedded', 'docker'])
        .default('embedded'),
    );
  },
  input: (command) => {
    const { driver, json } = command.optsWithGlobals<{
      driver: DemoInput['driver'];
      json?: true;
    }>();
    return { driver, json: json === true };
  },
  run: async (context, { driver, json }) => {
    const { demo } = await import('../app/demo.ts');
    const tell = async (step: TourStep) => {
      if (!json) await context.reporter.write(`${textOf(step)}\n`);
    };
    return demo(context, { driver, tell });
  },
  present: () => undefined,
};

function textOf({ command, shown }: TourStep): string {
  return [`> ${command}`, ...shown.map((line) => `  ${line}`)].join('\n');
}
