interface Transaction {
  transactionId: string;
  postings: { accountId: string }[];
}

let rents = 0;

/** Counts a rent by what was counted before, in whichever fold. */
const projection: object = {
  name: 'acme/entries',
  facts: ['transaction'],
  initial: () => new Map<string, number>(),
  step: (counts: Map<string, number>, { postings, transactionId }: Transaction) => {
    for (const { accountId } of postings)
      counts.set(
        accountId,
        (counts.get(accountId) ?? 0) + (transactionId === 'rent' ? ++rents : 1),
      );
    return counts;
  },
  entries: (counts: Map<string, number>) => counts,
};
export default projection;
