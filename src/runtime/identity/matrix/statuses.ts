/**
 * A list of statuses and classes of them, such as `2xx,404`.
 * @returns undefined where it is no such list
 */
export function parseStatuses(text: string): ((status: number) => boolean) | undefined {
  const parts = text.split(',').map((part) => part.trim().toLowerCase());
  if (!parts.every((part) => /^[1-5](?:\d\d|xx)$/.test(part))) return undefined;
  const known = new Set(parts);
  return (status) => known.has(String(status)) || known.has(`${String(status)[0]}xx`);
}
