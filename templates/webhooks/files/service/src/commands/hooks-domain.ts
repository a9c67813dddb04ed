import type { Hooks } from '../domain/hooks.ts';
import { inboundId } from '../domain/source.ts';
import { streams } from '../names.ts';
import type { Domain } from './command-handler.ts';

/**
 * Webhooks, as the command handler needs them. Answers are made of what was asked, so nothing has
 * to be shown as it stands after.
 */
export function hooksDomain(hooks: Hooks): Domain<Hooks> {
  return { view: hooks, watched: watchedHooks, after: (view) => view };
}

function watchedHooks(hooks: Hooks, note: (stream: string) => void): Hooks {
  return {
    endpoint(endpointId) {
      note(streams.endpoint(endpointId));
      return hooks.endpoint(endpointId);
    },
    delivery(deliveryId) {
      note(streams.delivery(deliveryId));
      return hooks.delivery(deliveryId);
    },
    // No stream of its own: whoever stands before a delivery was in the log before it, so a lane
    // that is shown late shows too much before its turn, never too little.
    lane: (endpointId, subject) => hooks.lane(endpointId, subject),
    source(source) {
      note(streams.source(source));
      return hooks.source(source);
    },
    message(source, messageId) {
      note(streams.inbound(inboundId({ source, messageId })));
      return hooks.message(source, messageId);
    },
  };
}
