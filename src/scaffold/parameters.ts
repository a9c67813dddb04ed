import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { ParameterRule, Template } from './manifest.ts';

export type ParameterValue = string | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

// What could end a string, start an expression or break a line in the code it is put into.
const UNSAFE = /[\p{C}"'`\\$<>{}]/u;
const LONGEST = 200;

/**
 * The value of every parameter: what was set, else its default.
 * @param set `name=value` each
 * @throws FintechError USAGE_INVALID for an unknown parameter or a value that breaks its rule
 */
export function parameterValues({ manifest }: Template, set: readonly string[]): ParameterValues {
  const rules = manifest.parameters ?? {};
  const values = Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [name, rule.default]),
  );
  for (const assignment of set) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/s.exec(assignment) ?? [];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw unknownParameter(manifest.id, assignment, Object.keys(rules));
    values[name] = valueOf(name, text, rule);
  }
  return values;
}

function valueOf(name: string, text: string, rule: ParameterRule): ParameterValue {
  const { type, pattern, choices = [] } = rule;
  if (type === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw unfit(name, 'is true or false');
  }
  if (type === 'choice') {
    if (choices.includes(text)) return text;
    throw unfit(name, `is one of ${choices.join(', ')}`);
  }
  if (UNSAFE.test(text) || text.length > LONGEST) {
    throw unfit(name, `has at most ${LONGEST} characters, no quotes, brackets, $, \\ or line ends`);
  }
  if (pattern !== undefined && !new RegExp(pattern, 'v').test(text)) {
    throw unfit(name, `matches ${pattern}`);
  }
  return text;
}

function unfit(name: string, rule: string): FintechError {
  return new FintechError('USAGE_INVALID', `--set ${name}: the value ${rule}`, {
    hint: 'Run `fintech templates` to see the parameters of each template.',
  });
}

function unknownParameter(template: string, assignment: string, known: string[]): FintechError {
  const name = assignment.split('=', 1)[0] ?? '';
  return new FintechError(
    'USAGE_INVALID',
    assignment.includes('=')
      ? `the template ${template} has no parameter "${name}".${didYouMean(name, known)}`
      : `--set ${assignment}: write it as name=value`,
    { hint: `Its parameters: ${known.join(', ') || 'none'}.` },
  );
}
