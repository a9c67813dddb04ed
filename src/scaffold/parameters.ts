import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { ParameterRule, Template } from './manifest.ts';
import { fillIn } from './placeholders.ts';

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
    values[name] = valueOf(`${name} of ${manifest.id}`, text, rule);
  }
  return values;
}

function valueOf(name: string, text: string, rule: ParameterRule): ParameterValue {
  const fault = valueFault(text, rule);
  if (fault === undefined) return rule.type === 'boolean' ? text === 'true' : text;
  throw new FintechError('USAGE_INVALID', `the parameter ${name} ${fault}`, {
    hint: 'Run `fintech templates` to see the parameters of each template.',
  });
}

/** What is wrong with a value, or undefined. */
export function valueFault(text: string, rule: ParameterRule): string | undefined {
  const { type, pattern, choices = [] } = rule;
  if (type === 'boolean') return /^(?:true|false)$/.test(text) ? undefined : 'is true or false';
  if (type === 'choice') {
    return choices.includes(text) ? undefined : `is one of ${choices.join(', ')}`;
  }
  if (UNSAFE.test(text) || text.length > LONGEST) {
    return `has at most ${LONGEST} characters, no quotes, brackets, $, \\ or line ends`;
  }
  if (pattern === undefined || new RegExp(pattern, 'v').test(text)) return undefined;
  return `matches ${pattern}`;
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

/** The services that one made of a template with these settings calls. */
export function neededBy(template: Template, set: readonly string[] = []): string[] {
  const values = parameterValues(template, set);
  return (template.manifest.needs ?? []).map((need) => fillIn(need, values));
}
