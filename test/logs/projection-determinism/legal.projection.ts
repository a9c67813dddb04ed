interface Transaction {
  transactionId: string;
  postings: { accountId: string }[];
}

let asked = 0;

/** Its entries come in another order each time. */
const projection: object = {
  name: 'acme/entries',
  facts: ['transaction'],
  initial: () => new Map<string, number>(),
  step: (counts: Map<string, number>, { postings }: Transaction) => {
    for (const { accountId } of postings) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
    return counts;
  },
  entries: (counts: Map<string, number>) =>
    asked++ % 2 === 0 ? [...counts] : [...counts].reverse(),
};
export default projection;
