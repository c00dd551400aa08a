/** What kind of error it is: its code, or the name of its class; few enough to count by. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
