/** For those that make no keys of arguments themselves. */
export const byJson =
  (read) =>
  (...args) =>
    read(JSON.stringify(args), args)
