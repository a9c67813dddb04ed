import type { JsonNode } from '../../kernel/json-text.ts';
import { longNumbersIn, type WrittenNumber } from './card-number.ts';
import { isRandom, tokensIn } from './token-patterns.ts';

/** One secret in an event. */
export interface Secret {
  what: string;
  /** Such as `data.card.number`, `data.items[0]`. */
  path: string;
  /** As it stands there. */
  text: string;
  /** Where in the value it begins. */
  start: number;
  /** What may be shown of it. */
  mask: string;
  /**
   * Why it may be none. `test-card`: published for tests. `bare-number`: nothing but its digits makes
   * it a card's, and an id may look the same. `other-number`: as long as a card's, and surely none.
   */
  doubt: 'test-card' | 'bare-number' | 'other-number' | undefined;
}

/** Members that hold a card's verification value. */
const VERIFICATION =
  /^(?:card_?)?(?:cvv2?|cvc2?|csc|cav2|security_?code|verification_?(?:code|value))$/i;
/** What a name of those below holds at least. */
const SECRET_HINT = /pass|secret|key|token|credential/i;
/** Members that hold what nobody else may know. */
const SECRET_NAME =
  /(?:^|_|\b)(?:pass(?:word|wd|phrase)?|secret|client_?secret|api_?key|access_?key|private_?key|(?:access|refresh|auth|bearer|session)_?token|credentials?)$/i;

/** Every secret in a value, and what looks like one, by what its texts look like and its members are called. */
export function findSecrets(node: JsonNode, path: string, name = ''): Secret[] {
  switch (node.kind) {
    case 'object':
      return node.members.flatMap(({ name: inside, value }) =>
        below(`.${inside}`, findSecrets(value, '', inside), path),
      );
    case 'array':
      return node.items.flatMap((item, index) =>
        below(`[${index}]`, findSecrets(item, '', name), path),
      );
    case 'string':
      return inText(node.value, path, name);
    case 'number':
      return inText(node.text, path, name);
    case 'literal':
      return [];
  }
}

/** Most values hold none: the path is made where one does. */
function below(step: string, found: readonly Secret[], path: string): readonly Secret[] {
  if (found.length === 0) return NONE;
  return found.map((secret) => ({ ...secret, path: `${path}${step}${secret.path}` }));
}

const NONE: Secret[] = [];
/** Shorter texts are a verification value or none. */
const MIN_TEXT = 12;

function inText(value: string, path: string, name: string): Secret[] {
  if (value.length <= 4 && /^\d{3,4}$/.test(value) && VERIFICATION.test(name)) {
    return [secret({ what: 'a card verification value', path, text: value, mask: '***' })];
  }
  if (value.length < MIN_TEXT) return NONE;
  const tokens = tokensIn(value).map((found) =>
    secret({ ...found, path, mask: maskOf(found.text) }),
  );
  if (tokens.length > 0) return tokens;
  if (isNamedSecret(value, name)) {
    return [secret({ what: `the value of a ${name}`, path, text: value, mask: maskOf(value) })];
  }
  return longNumbersIn(value).map((number) => ({
    ...secret({ what: 'a card number', path, ...number, mask: maskOfCard(number.text) }),
    doubt: doubtOf(number, value),
  }));
}

function doubtOf({ isCard, isTest, text }: WrittenNumber, value: string): Secret['doubt'] {
  if (!isCard) return 'other-number';
  if (isTest) return 'test-card';
  return text === value ? 'bare-number' : undefined;
}

function isNamedSecret(value: string, name: string): boolean {
  return isSecretName(name) && !/\s/.test(value) && isRandom(value);
}

function isSecretName(name: string): boolean {
  if (!SECRET_HINT.test(name)) return false;
  return SECRET_NAME.test(name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').replaceAll('-', '_'));
}

/** Whether what a member is called may make a secret of what it holds. */
export function mayNameSecret(name: string): boolean {
  return VERIFICATION.test(name) || isSecretName(name);
}

function secret({
  what,
  path,
  text,
  mask,
  start = 0,
}: Omit<Secret, 'doubt' | 'start'> & { start?: number }): Secret {
  return { what, path, text, mask, start, doubt: undefined };
}

/** Enough to know it again, too little to use it. */
function maskOf(text: string): string {
  return `${text.slice(0, 4)}…(${text.length} characters)`;
}

/** PCI DSS lets the first six and the last four digits be shown. */
function maskOfCard(text: string): string {
  let digit = 0;
  const digits = text.replaceAll(/\D/g, '').length;
  return text.replaceAll(/\d/g, (shown) => {
    digit++;
    return digit <= 6 || digit > digits - 4 ? shown : '*';
  });
}
