/**
 * What functions are called with. Of each, `args(index)` are those of one call, new ones every time,
 * `idOf(...args)` is what tells the call from others, and `callAll(memoized, batch)` is what is timed:
 * it answers how many calls were answered.
 */
export const workloads = [
  {
    name: '(number)',
    args: (index) => [1_000_000 + index],
    idOf: async (number) => `number ${number}`,
    async callAll(memoized, batch) {
      let answered = 0
      for (let i = 0; i < batch.length; i++) {
        if ((await memoized(batch[i][0])) !== undefined) answered++
      }
      return answered
    },
  },
  {
    name: '(string, string)',
    args: (index) => [accountOf(index), index % 2 === 0 ? 'settings' : 'invoices'],
    idOf: async (account, page) => `${account} ${page}`,
    async callAll(memoized, batch) {
      let answered = 0
      for (let i = 0; i < batch.length; i++) {
        if ((await memoized(batch[i][0], batch[i][1])) !== undefined) answered++
      }
      return answered
    },
  },
  {
    name: '({ nested })',
    args: (index) => [
      {
        filter: { account: accountOf(index), states: ['open', 'paid'], archived: false },
        page: { number: 1, size: 50 },
        sort: 'created',
      },
    ],
    idOf: async ({ filter }) => filter.account,
    async callAll(memoized, batch) {
      let answered = 0
      for (let i = 0; i < batch.length; i++) {
        if ((await memoized(batch[i][0])) !== undefined) answered++
      }
      return answered
    },
  },
]

function accountOf(index) {
  return `user_${index.toString(36)}`
}
