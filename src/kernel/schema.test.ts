import { describe, expect, it } from 'vitest';
import { validatorOf } from './schema.ts';

const validate = validatorOf<{ driver?: string; port?: number }>({
  type: 'object',
  additionalProperties: false,
  properties: { driver: { enum: ['embedded', 'docker'] }, port: { type: 'integer' } },
});

describe('validatorOf', () => {
  it('hands back what fits', () => {
    expect(validate({ driver: 'docker' })).toEqual({ ok: true, value: { driver: 'docker' } });
  });

  it('names every fault at once, with what is known at that place', () => {
    expect(validate({ drivr: 'docker', port: 'x' })).toEqual({
      ok: false,
      violations: [
        {
          path: '',
          message: 'unknown key "drivr"',
          key: 'drivr',
          knownKeys: ['driver', 'port'],
        },
        { path: '/port', message: 'must be integer' },
      ],
    });
  });

  it('lists the values an enumeration takes', () => {
    expect(validate({ driver: 'podman' })).toEqual({
      ok: false,
      violations: [{ path: '/driver', message: 'must be one of embedded, docker' }],
    });
  });
});
