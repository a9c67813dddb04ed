import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { SCOPES } from '../names.ts';
import { isProjection, snapshot } from '../projection/snapshot.ts';
import { sendProblem, unknown } from './problems.ts';

/** Whole read models, for `fintech verify` to compare with the log. */
export function projectionRoute(app: FastifyInstance, dataFolder: string): void {
  app.get<{ Params: { name: string } }>(
    '/internal/projections/:name',
    {
      config: { scope: SCOPES.projections },
      schema: {
        summary: 'A whole projection as NDJSON: first its position, then a key and value a line',
        answerType: 'application/x-ndjson',
        problems: [404],
        params: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string', maxLength: 64 } },
        },
      },
    },
    (request, reply) => {
      const { name } = request.params;
      if (!isProjection(name)) return sendProblem(request, reply, unknown('projection', name));
      return reply.type('application/x-ndjson').send(Readable.from(snapshot(dataFolder, name)));
    },
  );
}
