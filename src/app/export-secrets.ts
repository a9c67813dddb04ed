import { referenceTo } from '../runtime/sandbox/docker/compose/compose-text.ts';

const PREFIX = 'CLIENT_SECRET_';

/**
 * Gives each OAuth client a variable for its secret, so that a plan is made without any. Names that
 * differ in punctuation only are told apart by a number.
 */
export class SecretVariables {
  readonly #names = new Map<string, string>();

  /** What stands for the secret in the plan. */
  referenceTo(clientId: string): string {
    const name = this.#nameOf(clientId);
    return referenceTo({ name, message: 'it is a secret of .env', mayBeEmpty: false });
  }

  /** Client ids and their variables, in the order of asking. */
  entries(): [clientId: string, name: string][] {
    return [...this.#names];
  }

  #nameOf(clientId: string): string {
    const known = this.#names.get(clientId);
    if (known !== undefined) return known;
    const plain = `${PREFIX}${clientId.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
    this.#names.set(clientId, name);
    return name;
  }
}

/** One line of an `.env` file: no value needs quoting. */
export interface Setting {
  name: string;
  value: string;
}

/**
 * An `.env` file with these settings. What is there stays as it is, whatever its value; what is
 * missing is added.
 */
export function settingsFile(before: string, settings: readonly Setting[]): string {
  const missing = settings.filter(({ name }) => !new RegExp(`^\\s*${name}\\s*=`, 'm').test(before));
  const lines = missing.map(({ name, value }) => `${name}=${value}\n`);
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return missing.length === 0 ? before : `${before}${end}${lines.join('')}`;
}
