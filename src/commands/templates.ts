import type { TemplateData } from '../app/scaffold.ts';
import type { Verb } from './verb.ts';

export const verb: Verb<undefined, TemplateData[]> = {
  examples: ['fintech templates', 'fintech add ledger --set dockerfile=false'],
  configure() {},
  input: () => undefined,
  run: async () => (await import('../app/scaffold.ts')).listTemplates(),
  present(templates, style) {
    const width = Math.max(...templates.map(({ id }) => id.length));
    return templates
      .flatMap(({ id, description, needs, parameters }) => [
        `${style.bold(id.padEnd(width))}  ${description}`,
        ...needs.map((need) => `${' '.repeat(width + 2)}${style.dim(`calls ${need}`)}`),
        ...parameters.map(
          (parameter) => `${' '.repeat(width + 2)}${style.dim(setting(parameter))}`,
        ),
      ])
      .join('\n');
  },
  dataSchema: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'kind', 'description', 'needs', 'parameters'],
      properties: {
        id: { type: 'string' },
        kind: { enum: ['workspace', 'service'] },
        description: { type: 'string' },
        needs: { description: 'Services it calls.', type: 'array', items: { type: 'string' } },
        parameters: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'type', 'description', 'default'],
            properties: {
              name: { type: 'string' },
              type: { enum: ['string', 'boolean', 'choice'] },
              description: { type: 'string' },
              default: { type: ['string', 'boolean'] },
              ask: { const: true },
              pattern: { type: 'string' },
              choices: { type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
  },
};

function setting(parameter: TemplateData['parameters'][number]): string {
  const { name, description, choices, default: fallback } = parameter;
  const among = choices === undefined ? '' : ` (${choices.join(', ')})`;
  return `--set ${name}=${String(fallback)}  ${description}${among}`;
}
