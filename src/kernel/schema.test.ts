import { describe, expect, it } from 'vitest';
import { foreignValidatorOf, validatorOf } from './schema.ts';

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

describe('foreignValidatorOf', () => {
  const valid = (schema: object, value: unknown) => foreignValidatorOf(schema)(value).ok;

  it('judges multiples of decimals as decimals', () => {
    expect(valid({ multipleOf: 0.01 }, 19.99)).toBe(true);
    expect(valid({ multipleOf: 0.01 }, 19.995)).toBe(false);
  });

  it('takes keywords and formats it does not know as annotations', () => {
    expect(valid({ 'x-owner': 'us', example: 1, format: 'colour', type: 'string' }, 'x')).toBe(
      true,
    );
  });

  it('refuses at once what is no schema', () => {
    expect(() => foreignValidatorOf({ type: 'strin' })).toThrow('schema is invalid');
    expect(() => foreignValidatorOf({ $ref: 'other.json' })).toThrow('other.json');
  });

  it('takes two schemas of one id', () => {
    const schema = { $id: 'https://example.com/a', type: 'string' };
    expect([valid(schema, 'x'), valid({ ...schema, type: 'number' }, 'x')]).toEqual([true, false]);
  });
});
