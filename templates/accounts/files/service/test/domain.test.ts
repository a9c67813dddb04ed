import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Party } from '../src/domain/account.ts';
import { recordOutcome } from '../src/domain/decide-outcome.ts';
import { requestChange, requestOpening } from '../src/domain/decide-request.ts';
import type { Decision } from '../src/domain/decision.ts';
import type { AccountTerms, Alteration, DomainEvent } from '../src/domain/events.ts';
import type { LedgerAccount } from '../src/domain/ledger-account.ts';
import { emptyRegister, type Register, registerAfter } from '../src/domain/register.ts';

function given(...events: DomainEvent[]) {
  return inLedger([], ...events);
}

function inLedger(accounts: LedgerAccount[], ...events: DomainEvent[]) {
  const ledgerAccount = (id: string) => accounts.find(({ accountId }) => accountId === id);
  const register = registerAfter({ ...emptyRegister, ledgerAccount }, events);
  return {
    register,
    when: (decide: (register: Register) => Decision) => {
      const decision = decide(register);
      return {
        gives: (...expected: DomainEvent[]) => {
          assert.equal(decision.outcome, 'accepted', JSON.stringify(decision));
          if (decision.outcome === 'accepted') assert.deepEqual(decision.events, expected);
        },
        refused: (code: string) => {
          assert.equal(decision.outcome === 'refused' && decision.refusal.code, code);
        },
        known: (changeId: string) => {
          assert.deepEqual(decision, { outcome: 'known', resourceId: changeId });
        },
      };
    },
  };
}

const anna: Party = { subject: 'usr_anna', seesAll: false };
const bert: Party = { subject: 'usr_bert', seesAll: false };
const operator: Party = { subject: 'usr_operator', seesAll: true };

const terms: AccountTerms = { accountId: 'alice', currency: 'EUR', kind: 'liability' };
const asked = (changeId: string, rest: object = {}): DomainEvent => {
  return { type: 'opening-requested', data: { ...terms, ...rest, changeId } };
};
const opened: DomainEvent = { type: 'opened', data: { ...terms, changeId: 'c1' } };
const no = { reason: 'account-exists', status: 409, detail: 'no' };
const openingRefused: DomainEvent = {
  type: 'opening-refused',
  data: { accountId: 'alice', changeId: 'c1', ...no },
};
const freezeAsked: DomainEvent = {
  type: 'freeze-requested',
  data: { accountId: 'alice', changeId: 'c2' },
};
const booked: LedgerAccount = {
  ...terms,
  overdraft: 0,
  status: 'open',
  balance: 0,
  held: 0,
};

const open =
  (wanted: object = {}) =>
  (register: Register) =>
    requestOpening(register, { ...terms, ...wanted }, 'new');
const alter =
  (change: Alteration, party: Party = anna) =>
  (register: Register) =>
    requestChange(register, { accountId: 'alice', changeId: 'new', change }, party);

describe('asking for an account', () => {
  it('is recorded with all its terms', () => {
    given()
      .when(open({ overdraft: 5, owner: 'usr_anna' }))
      .gives(asked('new', { overdraft: 5, owner: 'usr_anna' }));
  });

  it('knows the same one, also while the ledger has not answered', () => {
    given(asked('c1')).when(open()).known('c1');
    given(asked('c1'), opened).when(open()).known('c1');
    given(asked('c1'), opened)
      .when(open({ overdraft: 0 }))
      .known('c1');
  });

  it('refuses an id that is taken by another', () => {
    for (const other of [
      { currency: 'USD' },
      { kind: 'asset' },
      { overdraft: 1 },
      { owner: 'usr_bert' },
    ]) {
      given(asked('c1')).when(open(other)).refused('account-exists');
      given(asked('c1'), opened).when(open(other)).refused('account-exists');
    }
  });

  it('may be done again after the ledger refused it', () => {
    given(asked('c1'), openingRefused)
      .when(open({ currency: 'USD' }))
      .gives(asked('new', { currency: 'USD' }));
  });

  it('takes over what the ledger has already, as it is', () => {
    inLedger([booked]).when(open()).gives(asked('new'));
    inLedger([booked])
      .when(open({ currency: 'USD' }))
      .refused('account-exists');
  });

  it('makes nobody the owner of what the ledger has already', () => {
    inLedger([booked])
      .when(open({ owner: 'usr_anna' }))
      .refused('account-exists');
  });
});

describe('asking for a change', () => {
  const named = { accountId: 'alice', changeId: 'new' };

  it('is recorded as what it is', () => {
    const account = () => inLedger([booked], asked('c1'), opened);
    account().when(alter('freeze')).gives({ type: 'freeze-requested', data: named });
    account().when(alter('unfreeze')).gives({ type: 'unfreeze-requested', data: named });
    account().when(alter('close')).gives({ type: 'close-requested', data: named });
  });

  it('is taken for what the ledger opened by itself', () => {
    inLedger([booked]).when(alter('freeze')).gives({ type: 'freeze-requested', data: named });
  });

  it('is refused for what nobody has', () => {
    given().when(alter('close')).refused('account-unknown');
    given(asked('c1'), openingRefused).when(alter('close')).refused('account-unknown');
  });

  it('waits for none: the one before must be over', () => {
    given(asked('c1')).when(alter('freeze')).refused('change-pending');
    const state = [asked('c1'), opened, freezeAsked];
    inLedger([booked], ...state)
      .when(alter('close'))
      .refused('change-pending');
    const frozen: DomainEvent = { type: 'frozen', data: { accountId: 'alice', changeId: 'c2' } };
    inLedger([booked], ...state, frozen)
      .when(alter('unfreeze'))
      .gives({ type: 'unfreeze-requested', data: named });
    const refused: DomainEvent = {
      type: 'change-refused',
      data: { accountId: 'alice', changeId: 'c2', ...no },
    };
    inLedger([booked], ...state, refused)
      .when(alter('freeze'))
      .gives({ type: 'freeze-requested', data: named });
  });

  it('is for the owner and for whoever sees all; for others there is no account', () => {
    const owned = () => inLedger([booked], asked('c1', { owner: 'usr_anna' }), opened);
    const event: DomainEvent = { type: 'freeze-requested', data: named };
    owned().when(alter('freeze', anna)).gives(event);
    owned().when(alter('freeze', operator)).gives(event);
    owned().when(alter('freeze', bert)).refused('account-unknown');
    given(asked('c1', { owner: 'usr_anna' }))
      .when(alter('freeze', bert))
      .refused('account-unknown');
  });

  it('is for everybody where the opening that named an owner was refused', () => {
    inLedger([booked], asked('c1', { owner: 'usr_anna' }), openingRefused)
      .when(alter('freeze', bert))
      .gives({ type: 'freeze-requested', data: named });
  });
});

describe('the outcome of a change', () => {
  const refusal = { ok: false, code: 'account-frozen', status: 409, detail: 'no' } as const;

  it('is recorded by its own name', () => {
    const data = { accountId: 'alice', changeId: 'c1' };
    given(asked('c1', { owner: 'usr_anna' }))
      .when((register) => recordOutcome(register, 'c1', { ok: true }))
      .gives({ type: 'opened', data: { ...terms, owner: 'usr_anna', changeId: 'c1' } });
    given(asked('c1'))
      .when((register) => recordOutcome(register, 'c1', refusal))
      .gives({
        type: 'opening-refused',
        data: { ...data, reason: 'account-frozen', status: 409, detail: 'no' },
      });
    const ends = { freeze: 'frozen', unfreeze: 'unfrozen', close: 'closed' } as const;
    for (const [change, type] of Object.entries(ends)) {
      const request = { type: `${change}-requested`, data } as DomainEvent;
      given(request)
        .when((register) => recordOutcome(register, 'c1', { ok: true }))
        .gives({ type, data });
      given(request)
        .when((register) => recordOutcome(register, 'c1', refusal))
        .gives({
          type: 'change-refused',
          data: { ...data, reason: 'account-frozen', status: 409, detail: 'no' },
        });
    }
  });

  it('is recorded once, whatever a second instance was told', () => {
    given(asked('c1'), opened)
      .when((register) => recordOutcome(register, 'c1', refusal))
      .known('c1');
    given(asked('c1'), openingRefused)
      .when((register) => recordOutcome(register, 'c1', { ok: true }))
      .known('c1');
  });

  it('of a change that nobody asked for is a fault of the log', () => {
    assert.throws(() => given(opened), /not pending/);
    assert.throws(
      () => given({ type: 'frozen', data: { accountId: 'alice', changeId: 'c9' } }),
      /not pending/,
    );
    assert.throws(() => given(asked('c1'), opened, opened), /not pending/);
  });
});
