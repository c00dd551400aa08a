const commonLengths = Array.from({ length: 64 }, (_, length) => `${length}:`)

/** Text that says where it ends (Bernstein, 1997): `5:hello`. */
export function netstring(text: string): string {
  return (commonLengths[text.length] ?? `${text.length}:`) + text
}
