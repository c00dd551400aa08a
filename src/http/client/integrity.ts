const algorithms = ['sha256', 'sha384', 'sha512'] as const
type Algorithm = (typeof algorithms)[number]

interface Expected {
  readonly algorithm: Algorithm
  readonly digest: string
}

/** Whether bytes are what was announced: one of the digests of the strongest kind (SRI §3.3.4). */
export async function isIntact(
  bytes: Uint8Array<ArrayBuffer>,
  integrity: string,
): Promise<boolean> {
  const expected = integrity.split(/\s+/).flatMap(parse)
  const strongest = algorithms.findLast((each) => expected.some((one) => one.algorithm === each))
  // What announces nothing that is known asks for nothing (SRI §3.3.4).
  if (strongest === undefined) return true
  const name = strongest.replace('sha', 'SHA-')
  const digest = new Uint8Array(await crypto.subtle.digest(name, bytes))
  const actual = btoa(String.fromCharCode(...digest))
  return expected.some((one) => one.algorithm === strongest && one.digest === actual)
}

function parse(item: string): Expected[] {
  const [, name = '', digest = ''] = /^(sha\d+)-([\w+/-]+={0,2})(?:\?.*)?$/i.exec(item) ?? []
  const algorithm = algorithms.find((each) => each === name.toLowerCase())
  if (algorithm === undefined) return []
  return [{ algorithm, digest: digest.replaceAll('-', '+').replaceAll('_', '/') }]
}
