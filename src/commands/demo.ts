import type { TourStep } from '../app/demo-tour.ts';
import type { Verb } from './verb.ts';

interface DemoData {
  steps: TourStep[];
}

export const verb: Verb<{ json: boolean }, DemoData> = {
  examples: ['fintech demo'],
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
  configure: () => {},
  input: (command) => ({ json: command.optsWithGlobals<{ json?: true }>().json === true }),
  run: async (context, { json }) => {
    const { demo } = await import('../app/demo.ts');
    return demo(context, async (step) => {
      if (!json) await context.reporter.write(`${textOf(step)}\n`);
    });
  },
  present: () => undefined,
};

function textOf({ command, shown }: TourStep): string {
  return [`> ${command}`, ...shown.map((line) => `  ${line}`)].join('\n');
}
