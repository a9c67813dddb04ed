/** The gateway's bounds. Times in milliseconds. */
export interface GatewayLimits {
  /** Largest request body, declared or streamed: 413 beyond. */
  bodyBytes: number;
  /** Connections of clients at once: more are closed. */
  connections: number;
  /** Requests in progress at once: 503 beyond. */
  concurrentRequests: number;
  /** For the client to send all header fields: 408. */
  clientHeadersMs: number;
  /** For the client to send the whole request: 408. */
  clientRequestMs: number;
  /** For a client to take more of an answer it has stopped reading: its connection is cut. */
  clientStallMs: number;
  /** To connect to an instance: 504. */
  connectMs: number;
  /** For an instance to begin its answer: 504. */
  upstreamHeadersMs: number;
  /** Between two pieces of an instance's answer: the answer is cut. */
  upstreamIdleMs: number;
  /** For requests in progress to finish when the gateway stops. */
  graceMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  bodyBytes: 10 * 1024 * 1024,
  connections: 10_000,
  concurrentRequests: 2_000,
  clientHeadersMs: 10_000,
  clientRequestMs: 300_000,
  clientStallMs: 60_000,
  connectMs: 2_000,
  upstreamHeadersMs: 30_000,
  upstreamIdleMs: 300_000,
  graceMs: 800,
};

/** All header fields of a request together: 431 beyond. */
export const MAX_HEADER_BYTES: number = 16 * 1024;
