import { hash } from 'node:crypto';
import type { LogWriter, StoredEvent } from './log-writer.ts';

interface Command {
  key: string;
  /** Whether it was accepted before it was carried out, and that is on record. */
  accepted: boolean;
  outcome: { status: number; resourceId: string };
}

/** Carries out a command as the services of our templates do: its result is its last event. */
export function carryOut(writer: LogWriter, command: Command, act: () => void): void {
  const { key, accepted, outcome } = command;
  const commandId = `cmd-${key}`;
  const stream = `ledger-command-${key}`;
  writer.attributes = { correlationid: commandId };
  if (accepted) writer.append(stream, 'ledger.command-accepted', { commandId, key: digest(key) });
  act();
  writer.attributes = { correlationid: commandId };
  writer.append(stream, 'ledger.command-completed', {
    commandId,
    key: digest(key),
    fingerprint: digest(commandId),
    ...outcome,
  });
  writer.attributes = {};
}

/** What is appended in `act` follows from this event. */
export function causedBy(writer: LogWriter, cause: StoredEvent, act: () => void): void {
  const before = writer.attributes;
  writer.attributes = { ...before, causationid: cause.id };
  act();
  writer.attributes = before;
}

const digest = (text: string): string => hash('sha256', text, 'hex');
