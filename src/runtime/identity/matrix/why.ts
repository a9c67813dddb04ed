import type { ShotEntry } from './contract.ts';

/** Why it matters that such a token passes: by row of the catalogue, each for those up to it. */
const REASONS: Readonly<Record<string, readonly (readonly [upTo: number, why: string])[]>> = {
  S: [
    [2, 'Anybody can write such a token, and be whoever they like.'],
    [5, 'What a token says is not what its issuer signed: anybody can change it.'],
    [7, 'The public key, which everybody has, is taken for a shared secret: anybody can sign.'],
    [10, 'The token chooses how it is checked, so that an attacker picks the weakest way.'],
    [13, 'It is not made sure that a key of the issuer, and the one named, made the signature.'],
    [14, 'Text out of a token reaches files, queries or commands.'],
    [
      15,
      'The token says where its key is fetched: an attacker brings his own, and sends the API where he likes.',
    ],
    [17, 'A token that brings its own key proves nothing.'],
    [19, 'What the issuer marked as critical is ignored, so that what was signed is misread.'],
    [20, 'A token that was made for another purpose opens the API.'],
    [
      27,
      'Two readers of one token can see two tokens: what one checks is not what the other obeys.',
    ],
    [30, 'A small request costs much work: anybody can stop the service.'],
    [31, 'A signature that anybody can write passes.'],
    [33, 'The key can be guessed or computed, and then anybody signs.'],
    [35, 'A key that is not for this, or was withdrawn, still opens the API.'],
  ],
  C: [
    [7, 'A token that leaked stays of use for longer than was agreed.'],
    [9, 'Tokens of another issuer open this API.'],
    [11, 'Whoever is given a token for another service can use it here.'],
    [13, 'It is not clear for whom, or by which client, a request is made.'],
    [15, 'A token that was overheard can be used again.'],
    [18, 'More can be done with a token than was granted.'],
    [19, 'What needs a strong or a recent login is done with a weak or an old one.'],
    [20, 'What is done is not what the customer consented to.'],
    [21, 'Somebody acts for others without being allowed to.'],
    [22, 'One customer reaches what belongs to another.'],
    [24, 'Access that was withdrawn stays open.'],
    [25, 'Credentials that live long and open more than an API open this one too.'],
    [26, 'Names in a token change how the program that reads it works.'],
  ],
  D: [[16, 'A stolen token can be used by the thief: nothing binds it to its owner.']],
  M: [[3, 'A stolen token can be used by the thief: nothing binds it to its owner.']],
  T: [
    [1, 'Everybody gets in, without any token.'],
    [2, 'Clients and servers disagree about what a credential is (RFC 9110 §11).'],
    [3, 'Everybody gets in, without any token.'],
    [
      4,
      'Two readers of one request can see two tokens: what one checks is not what the other obeys.',
    ],
    [5, 'Addresses are kept in logs, histories and referrers, and the token with them.'],
    [
      7,
      'Two readers of one request can see two tokens: what one checks is not what the other obeys.',
    ],
  ],
};

export function whyItMatters({ class: row }: Pick<ShotEntry, 'class'>): string {
  const number = Number(row.slice(1));
  const [, why = ''] = REASONS[row.slice(0, 1)]?.find(([upTo]) => number <= upTo) ?? [];
  return why;
}
