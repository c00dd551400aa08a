/** Milliseconds, or a number and a unit: `'250ms'`, `'10s'`, `'5m'`, `'1.5h'`, `'7d'`, `'2w'`. */
export type Duration = number | string
