import { expect, it } from 'vitest';
import { actClaim, MAX_ACTORS } from './actors.ts';

const token = (claims: object) => ({ sub: 'usr', client_id: 'web', jti: 'j', exp: 1, ...claims });

it('puts who acts now around who acted before', () => {
  expect(actClaim(token({}), { sub: 'a' })).toEqual({ sub: 'a' });
  expect(actClaim(token({ act: { sub: 'a' } }), { sub: 'b' })).toEqual({
    sub: 'b',
    act: { sub: 'a' },
  });
});

it('lets act whom may_act names, and nobody else', () => {
  expect(actClaim(token({ may_act: { sub: 'a' } }), { sub: 'a' })).toEqual({ sub: 'a' });
  expect(() => actClaim(token({ may_act: { sub: 'a' } }), { sub: 'b' })).toThrow(
    expect.objectContaining({ error: 'invalid_request' }),
  );
});

it('lets 8 act, one for the other, and no more', () => {
  let act: Record<string, unknown> | undefined;
  for (let count = 0; count < MAX_ACTORS; count += 1) act = actClaim(token({ act }), { sub: 'a' });
  expect(() => actClaim(token({ act }), { sub: 'a' })).toThrow(
    expect.objectContaining({ error: 'invalid_request' }),
  );
});
