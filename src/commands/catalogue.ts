import type { Verb } from './verb.ts';

/** One row of the command table. Its module is loaded when the verb runs or is explained. */
export interface VerbEntry {
  /** `up`, or `token mint` for a verb of a group. */
  path: string;
  summary: string;
  load: () => Promise<{ verb: Verb<unknown, unknown> }>;
  /** Left out of help: what fintech starts itself. */
  hidden?: true;
}

/** A heading of the root help. */
export interface VerbGroup {
  title: string;
  verbs: readonly VerbEntry[];
}

export const VERB_GROUPS: readonly VerbGroup[] = [
  {
    title: 'Start',
    verbs: [
      { path: 'init', summary: 'scaffold a workspace', load: () => import('./init.ts') },
      { path: 'add', summary: 'add a service to the workspace', load: () => import('./add.ts') },
      {
        path: 'templates',
        summary: 'list templates and their parameters',
        load: () => import('./templates.ts'),
      },
      {
        path: 'demo',
        summary: 'the tour: start, pay, refuse, verify, stop',
        load: () => import('./demo.ts'),
      },
    ],
  },
  {
    title: 'Run',
    verbs: [
      { path: 'up', summary: 'start sandbox and services', load: () => import('./up.ts') },
      { path: 'down', summary: 'stop them; data stays', load: () => import('./down.ts') },
      { path: 'status', summary: 'what is running, by probe', load: () => import('./status.ts') },
      { path: 'logs', summary: 'merged or single logs', load: () => import('./logs.ts') },
      { path: 'restart', summary: 'restart one service', load: () => import('./restart.ts') },
      { path: 'env', summary: 'addresses and credentials', load: () => import('./env.ts') },
      { path: 'exec', summary: 'run a command with them', load: () => import('./exec.ts') },
      {
        path: 'serve',
        summary: 'run one part of the sandbox',
        load: () => import('./serve.ts'),
        hidden: true,
      },
    ],
  },
  {
    title: 'Identity',
    verbs: [
      {
        path: 'token mint',
        summary: 'a test token, good or broken in one way',
        load: () => import('./token-mint.ts'),
      },
      {
        path: 'token get',
        summary: 'a token by a real flow',
        load: () => import('./token-get.ts'),
      },
      {
        path: 'token inspect',
        summary: 'decode a token',
        load: () => import('./token-inspect.ts'),
      },
      {
        path: 'token verify',
        summary: 'judge a token and say why',
        load: () => import('./token-verify.ts'),
      },
      {
        path: 'token defects',
        summary: 'the ways a token can be broken',
        load: () => import('./token-defects.ts'),
      },
      {
        path: 'token matrix',
        summary: 'send good and bad tokens to an API and judge it',
        load: () => import('./token-matrix.ts'),
      },
      {
        path: 'keys list',
        summary: 'signing keys of this project',
        load: () => import('./keys-list.ts'),
      },
      {
        path: 'keys rotate',
        summary: 'sign with new keys from now on',
        load: () => import('./keys-rotate.ts'),
      },
      {
        path: 'keys export',
        summary: 'the keys as a JWK Set, for others',
        load: () => import('./keys-export.ts'),
      },
      {
        path: 'keys import',
        summary: 'use the keys of another project',
        load: () => import('./keys-import.ts'),
      },
    ],
  },
  {
    title: 'Events',
    verbs: [
      {
        path: 'events append',
        summary: 'append events to a stream',
        load: () => import('./events-append.ts'),
      },
      {
        path: 'events read',
        summary: 'read a stream or the log',
        load: () => import('./events-read.ts'),
      },
      { path: 'events tail', summary: 'follow the log', load: () => import('./events-tail.ts') },
      {
        path: 'events export',
        summary: 'the whole log as NDJSON',
        load: () => import('./events-export.ts'),
      },
      {
        path: 'verify',
        summary: 'prove, or disprove, that the money adds up',
        load: () => import('./verify.ts'),
      },
      {
        path: 'replay',
        summary: 'the state as of a position or a time',
        load: () => import('./replay.ts'),
      },
    ],
  },
  {
    title: 'Leave',
    verbs: [
      {
        path: 'export compose',
        summary: 'the same system by Compose, without fintech',
        load: () => import('./export-compose.ts'),
      },
    ],
  },
];

export const VERBS: readonly VerbEntry[] = VERB_GROUPS.flatMap(({ verbs }) => verbs);
