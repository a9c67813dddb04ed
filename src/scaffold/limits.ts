/** Limits of a template; passing one is SCAFFOLD_INVALID_MANIFEST. */
export const TEMPLATE_LIMITS = {
  manifestBytes: 65_536,
  files: 1000,
  fileBytes: 1_048_576,
  totalBytes: 16_777_216,
} as const;
