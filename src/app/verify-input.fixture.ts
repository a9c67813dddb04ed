import type { VerifyInput } from './verify.ts';

/** What `fintech verify log.ndjson` asks for without any flag. */
export const VERIFY_INPUT: VerifyInput = {
  sources: ['log.ndjson'],
  only: [],
  skip: [],
  presets: [],
  maps: [],
  require: [],
  strict: false,
  allowEmpty: false,
  show: 'fields',
  maxFindings: 20,
  reporters: [],
  code: true,
  readModels: [],
  checkpoint: undefined,
  baseline: undefined,
};
