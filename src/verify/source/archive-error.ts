import { FintechError, messageOf } from '../../kernel/errors.ts';

/** What to say of an archive that cannot be read to its end. An error that says so already stays. */
export function archiveError(at: {
  name: string;
  format: 'gzip' | 'zstd';
  /** Of its text, as far as it could be read. */
  textBytes: number;
  error: unknown;
}): FintechError {
  const { name, format, textBytes, error } = at;
  if (error instanceof FintechError) return error;
  return new FintechError(
    'VERIFY_SOURCE',
    `${name}: the ${format} data is damaged or cut off behind byte ${textBytes} of its text (${messageOf(error)})`,
    {
      hint: 'Copy or download the file again.',
      details: { file: name, offset: textBytes },
      cause: error,
    },
  );
}
