/** The code of an error of the operating system, such as `ENOENT`, or of a driver. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
