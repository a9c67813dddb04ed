interface Transaction {
  transactionId: string;
  postings: { accountId: string }[];
}

/** How often each account was posted to. */
const projection: object = {
  name: 'acme/entries',
  facts: ['transaction'],
  initial: () => new Map<string, number>(),
  step: (counts: Map<string, number>, { postings }: Transaction) => {
    for (const { accountId } of postings) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
    return counts;
  },
  entries: (counts: Map<string, number>) => counts,
};
export default projection;
