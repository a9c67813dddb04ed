import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CommandHandler } from '../commands/command-handler.ts';
import { takeNoteCommand } from '../commands/take-note.ts';
import type { Notes } from '../domain/notes.ts';
import { BASE_PATH, SCOPES } from '../names.ts';
import { id, idParams } from './formats.ts';
import { sendProblem, unknown } from './problems.ts';
import { runCommand } from './run-command.ts';

const text = {
  type: 'string',
  minLength: 1,
  maxLength: 1000,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  description: 'Up to 1,000 characters, none of them a control character.',
} as const;

const takeNoteBody = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: { noteId: id, text },
} as const;

const noteAnswer = { ...takeNoteBody, required: ['noteId', 'text'] } as const;

const NOTES = `${BASE_PATH}/notes`;

/** What this service offers: one command and one query. */
export function routes(app: FastifyInstance, handler: CommandHandler<Notes>, notes: Notes): void {
  app.post<{ Body: { noteId?: string; text: string } }>(
    NOTES,
    {
      config: { scope: SCOPES.write, idempotency: 'optional' },
      schema: {
        summary: 'Take a note',
        body: takeNoteBody,
        answers: { 200: noteAnswer, 201: noteAnswer },
        problems: [409],
      },
    },
    (request, reply) =>
      runCommand(handler, takeNoteCommand({ noteId: randomUUID(), ...request.body }), {
        request,
        reply,
        locate: (noteId) => `${NOTES}/${noteId}`,
      }),
  );
  app.get<{ Params: { id: string } }>(
    `${NOTES}/:id`,
    {
      config: { scope: SCOPES.read },
      schema: {
        summary: 'A note',
        params: idParams,
        answers: { 200: noteAnswer },
        problems: [404],
      },
    },
    async (request, reply) => {
      await handler.ownWrites();
      const { id: noteId } = request.params;
      return notes.note(noteId) ?? sendProblem(request, reply, unknown('note', noteId));
    },
  );
}
