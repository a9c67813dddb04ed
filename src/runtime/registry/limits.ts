/** What this registry takes at most. Sizes are bytes of UTF-8; passing one is a clear 4xx or 503. */
export const REGISTRY_LIMITS = {
  bodyBytes: 524_288,
  /** Service names, IDs and addresses; check names and IDs. */
  nameBytes: 255,
  tags: 256,
  tagBytes: 2048,
  metaPairs: 64,
  metaKeyCharacters: 128,
  metaValueCharacters: 512,
  taggedAddresses: 64,
  notesBytes: 4096,
  checksPerRegistration: 64,
  /** Longer check output is cut, as Consul does, and says so. */
  outputBytes: 4096,
  instances: 20_000,
  checks: 40_000,
  blockedQueries: 10_000,
  /** Service names without instances whose index is remembered one by one. */
  departedServices: 10_000,
} as const;
