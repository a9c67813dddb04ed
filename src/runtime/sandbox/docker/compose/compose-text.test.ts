import { expect, it } from 'vitest';
import { composeText, referenceTo } from './compose-text.ts';

it('keeps Compose from putting anything in for a dollar', () => {
  expect(composeText('$HOME costs $$5, ${NAME}')).toBe('$$HOME costs $$$$5, $${NAME}');
});

it('writes references as variables that must be set, also from within JSON', () => {
  const secret = referenceTo({ name: 'SECRET', message: 'is in .env', mayBeEmpty: false });
  const open = referenceTo({ name: 'OPEN', message: 'set it', mayBeEmpty: true });
  expect(composeText(JSON.stringify({ a: `${secret}$`, b: open }))).toBe(
    '{"a":"${SECRET:?is in .env}$$","b":"${OPEN?set it}"}',
  );
});
