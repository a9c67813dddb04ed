const TYPE = /(?:^|\.)([a-z0-9-]+)\.([a-z-]+?)(?:\.v(\d+))?$/;

/** The parts of `<workspace>.<area>.<name>.v<version>`; what does not read so has empty ones. */
export function eventType(type: string): { area: string; name: string; version: string } {
  const [, area = '', name = '', version = '1'] = TYPE.exec(type) ?? [];
  return { area, name, version };
}
