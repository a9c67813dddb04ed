import { type Command, InvalidArgumentError } from 'commander';
import type { VerifyInput } from '../app/verify.ts';
import type { VerifyHistoryInput } from '../app/verify-history.ts';
import type { Verification } from '../app/verify-reports.ts';
import type { MapQuestion } from '../app/verify-map.ts';
import { type MapExplanation, mapExplanationSchema } from '../model/map-explanation.ts';
import { presentMap } from './map-view.ts';
import { FintechError } from '../kernel/errors.ts';
import { reportSchema, SHOW_LEVELS } from '../model/verify-report.ts';
import { addEngineOptions, type EngineFlags } from './engine-options.ts';
import { addMapOptions, type MapFlags, mapInputOf } from './map-options.ts';
import { collect, instant, position, wholeNumber } from './options.ts';
import { oneOf } from './token-options.ts';
import { reporterOption, reportersOf } from './reporter-option.ts';
import type { Style, Verb } from './verb.ts';
import { addBaselineOptions, type BaselineFlags, baselineOf } from './baseline-options.ts';
import { addHistoryOptions, type HistoryFlags, historyOf } from './history-options.ts';

interface Flags extends MapFlags, HistoryFlags, BaselineFlags, EngineFlags {
  only?: string[];
  skip?: string[];
  require?: string[];
  strict?: true;
  allowEmpty?: true;
  asOf?: number;
  reporter?: string[];
  show: string;
  maxFindings: number;
  code?: false;
  since?: bigint;
  saveCounterexample?: string;
  readModel?: string[];
  checkpoint?: string;
  update?: true;
  origin?: string;
  checkpointKey?: string;
  explainMap?: true;
  draftMap?: true;
  list?: true;
  explain?: string;
  /** The global flag. */
  json?: true;
}

type Input =
  | { what: 'verify'; input: VerifyInput }
  | { what: 'history'; input: VerifyHistoryInput }
  | { what: 'list' }
  | { what: 'explain-map'; input: MapQuestion }
  | { what: 'draft-map'; input: MapQuestion }
  | { what: 'explain'; check: string };

type Data =
  | Verification
  | { checks: { id: string; severity: string; title: string }[] }
  | { explanation: string }
  | MapExplanation
  | { draft: string };

const FORMATS = ['human', 'json', 'junit', 'sarif', 'github', 'markdown'] as const;
const DEFAULT_MAX_FINDINGS = 20;

export const verb: Verb<Input, Data> = {
  examples: [
    'fintech verify',
    'fintech verify log.ndjson --reporter junit=report.xml',
    "fintech verify 'dump/*.ndjson.gz' --only 'ledger/*'",
    'fintech verify sandbox --checkpoint ledger.checkpoint --update',
    'fintech events export | fintech verify - --require ledger/balanced',
    'fintech verify --history history.edn --model register --timeout 2m',
  ],
  configure(command: Command): void {
    addEngineOptions(addMapOptions(command))
      .argument(
        '[source...]',
        "files, 'globs', - for stdin, sandbox, an event store's address; each is one log",
      )
      .option('--only <checks>', 'make these checks only, such as ledger/*', checkNames)
      .option('--skip <checks>', 'leave these out', checkNames)
      .option('--require <checks>', 'fail when one of these is inconclusive', checkNames)
      .option('--strict', 'findings of medium severity fail too')
      .option('--allow-empty', 'an empty log passes')
      .option('--as-of <time>', 'hold deadlines against this time, not the newest event', instant)
      .addOption(reporterOption(FORMATS))
      .option('--show <what>', `of an event in a report: ${SHOW_LEVELS.join(', ')}`, 'fields')
      .option(
        '--max-findings <n>',
        'findings listed of each check',
        wholeNumber,
        DEFAULT_MAX_FINDINGS,
      )
      .option('--no-code', 'run no code of the workspace: none of its own invariants')
      .option(
        '--read-model <projection=place>',
        'a live read model to compare: of a service, at an address or in a file',
        collect,
      )
      .option('--since <position>', 'report only what touches later events', position)
      .option('--save-counterexample <dir>', 'save the events of each finding as a log of its own')
      .option('--checkpoint <file>', 'the log must extend this saved checkpoint')
      .option('--update', 'save the next checkpoint when the verdict is good')
      .option(
        '--origin <name>',
        'what names the log of a first checkpoint; the sandbox names itself',
      )
      .option('--checkpoint-key <key>', 'the public key it is verified by')
      .option('--explain-map', 'say which types became which facts, and what was left')
      .option('--draft-map', 'sample the source and print a mapping to edit')
      .option('--list', 'list the checks')
      .option('--explain <check>', 'say what a check proves and what it skips');
    addHistoryOptions(command);
    addBaselineOptions(command);
  },
  input(command: Command): Input {
    const flags = command.optsWithGlobals<Flags>();
    if (flags.list === true) return { what: 'list' };
    if (flags.explainMap === true || flags.draftMap === true) {
      const what = flags.explainMap === true ? 'explain-map' : 'draft-map';
      return { what, input: { ...mapInputOf(flags), sources: sourcesOf(command.args) } };
    }
    if (flags.explain !== undefined) return { what: 'explain', check: flags.explain };
    const common = {
      allowEmpty: flags.allowEmpty === true,
      asOfMs: flags.asOf,
      show: oneOf('--show', flags.show, SHOW_LEVELS),
      maxFindings: flags.maxFindings,
      workers: flags.workers,
      memoryBytes: flags.memory,
      reporters: reportersOf(FORMATS, flags),
    };
    const { only, skip, require, strict, checkpoint, map, preset, baseline } = flags;
    const history = historyOf(flags, {
      'a source': command.args,
      ...dashed({ only, skip, require, strict, checkpoint, map, preset, baseline }),
      '--save-counterexample': flags.saveCounterexample,
    });
    if (history !== undefined) return { what: 'history', input: { ...common, ...history } };
    const input: VerifyInput = {
      ...common,
      ...mapInputOf(flags),
      sources: sourcesOf(command.args),
      only: only ?? [],
      skip: skip ?? [],
      require: require ?? [],
      strict: strict === true,
      code: flags.code !== false,
      readModels: (flags.readModel ?? []).map(readModelPlace),
      since: flags.since,
      counterexamples: flags.saveCounterexample,
      checkpoint: checkpointOf(flags),
      baseline: baselineOf(flags),
    };
    return { what: 'verify', input };
  },
  async run(context, input) {
    if (input.what === 'history') {
      const { verifyHistory } = await import('../app/verify-history.ts');
      return verifyHistory(context, input.input);
    }
    if (input.what === 'explain-map' || input.what === 'draft-map') {
      const { draftMapOf, explainMap } = await import('../app/verify-map.ts');
      return input.what === 'explain-map'
        ? explainMap(context, input.input)
        : draftMapOf(context, input.input);
    }
    const { explain, listChecks, verify } = await import('../app/verify.ts');
    if (input.what === 'list') return { data: { checks: await listChecks(context) } };
    if (input.what === 'explain')
      return { data: { explanation: await explain(context, input.check) } };
    return verify(context, input.input);
  },
  present(data: Data, style: Style): string {
    if ('explanation' in data) return data.explanation.trimEnd();
    if ('draft' in data) return data.draft.trimEnd();
    if ('sources' in data) return presentMap(data, style);
    if ('checks' in data) {
      return data.checks
        .map(
          ({ id, severity, title }) =>
            `${style.bold(id.padEnd(22))}  ${severity.padEnd(8)}  ${title}`,
        )
        .join('\n');
    }
    return data.text(style);
  },
  explainsFailure: true,
  dataSchema: {
    anyOf: [
      reportSchema,
      {
        description: 'With --list.',
        type: 'object',
        additionalProperties: false,
        required: ['checks'],
        properties: {
          checks: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['id', 'severity', 'title'],
              properties: {
                id: { type: 'string' },
                severity: { type: 'string' },
                title: { type: 'string' },
              },
            },
          },
        },
      },
      mapExplanationSchema,
      {
        description: 'With --draft-map.',
        type: 'object',
        additionalProperties: false,
        required: ['draft'],
        properties: { draft: { description: 'YAML.', type: 'string' } },
      },
      {
        description: 'With --explain.',
        type: 'object',
        additionalProperties: false,
        required: ['explanation'],
        properties: { explanation: { description: 'Markdown.', type: 'string' } },
      },
    ],
  },
};

/** Flags by the names they are given by. */
function dashed(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [`--${name}`, value]));
}

function checkNames(value: string, before: string[] | undefined): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new InvalidArgumentError('It is a list such as log/order,ledger/*.');
  return [...(before ?? []), ...names];
}

function readModelPlace(text: string): VerifyInput['readModels'][number] {
  const [, projection, place] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (projection !== undefined && place !== undefined) return { projection, place };
  throw new FintechError('USAGE_INVALID', `--read-model ${text} names no projection and place`, {
    hint: 'Such as --read-model balances=ledger',
  });
}

function checkpointOf({
  checkpoint: file,
  update,
  origin,
  checkpointKey: key,
}: Flags): VerifyInput['checkpoint'] {
  if (file !== undefined) return { file, update: update === true, origin, key };
  const alone = Object.entries({ update, origin, 'checkpoint-key': key }).find(
    ([, value]) => value,
  );
  if (alone === undefined) return undefined;
  throw new FintechError('USAGE_INVALID', `--${alone[0]} needs --checkpoint`, {
    hint: 'Name the file the checkpoint is kept in: --checkpoint ledger.checkpoint',
  });
}

function sourcesOf(names: readonly string[]): readonly string[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw new FintechError('USAGE_INVALID', `source ${twice} is named twice`, {
    hint: 'Name each source once.',
  });
}
