/** Records by ID and by group, both in the order they were first put. */
export class GroupedTable<T extends { readonly id: string }> {
  readonly #records = new Map<string, T>();
  readonly #groups = new Map<string, Map<string, T>>();
  readonly #groupOf: (record: T) => string;

  constructor(groupOf: (record: T) => string) {
    this.#groupOf = groupOf;
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  values(): Iterable<T> {
    return this.#records.values();
  }

  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  inGroup(group: string): T[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  put(record: T): void {
    const group = this.#groupOf(record);
    const before = this.#records.get(record.id);
    if (before !== undefined && this.#groupOf(before) !== group) this.#leaveGroup(before);
    this.#records.set(record.id, record);
    const members = this.#groups.get(group) ?? new Map<string, T>();
    this.#groups.set(group, members.set(record.id, record));
  }

  remove(id: string): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#leaveGroup(record);
  }

  #leaveGroup(record: T): void {
    const group = this.#groupOf(record);
    const members = this.#groups.get(group);
    members?.delete(record.id);
    if (members?.size === 0) this.#groups.delete(group);
  }
}
