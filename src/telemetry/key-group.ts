const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi
/** Arguments that are strings are written with their length before them (`kernel/structural-key.ts`). */
const lengthAndText = /\d{1,4}:/g
const address = /[^\s:/|,;]+@[^\s:/|,;]+/g
const segment = /[^\s:/|.,;?&@#{}]+/g
const number = /\d+/g
/** Dates, addresses of hosts and versions are one thing. */
const row = /\{id\}(?:[-_.,]?\{id\})+/g

/** Longer parts are taken for something that varies; */
const longestPart = 40
/** shorter ones of letters and digits mixed as well, if they are so long; */
const opaquePart = 16
/** and those of hexadecimal digits. */
const hashedPart = 8
const longestGroup = 100
/** Of a longer key the beginning tells. */
const longestKey = 512

/**
 * What a key has in common with others of its kind: numbers, UUIDs, hashes, addresses and whatever is
 * long or looks random become `{id}`, and the namespace comes first. `user:42` and `user:43` are both
 * `user:{id}`. Words stay: where they vary (`user:alice`), give a function that knows.
 */
export function keyGroup(key: string, namespace?: string | undefined): string {
  const shape = withoutTexts(key.slice(0, longestKey))
    .replace(uuid, '{id}')
    .replace(address, '{id}')
    .replace(segment, (part) => (isOpaque(part) ? '{id}' : part))
    .replace(number, '{id}')
    .replace(row, '{id}')
  const group = namespace === undefined ? shape : `${namespace}:${shape}`
  return group.length > longestGroup ? `${group.slice(0, longestGroup)}…` : group
}

function isOpaque(part: string): boolean {
  if (part.length > longestPart) return true
  if (part.length < hashedPart || !/\d/.test(part)) return false
  if (/^[0-9a-f]+$/i.test(part)) return true
  return part.length >= opaquePart && /[a-z]/.test(part) && /[A-Z]/.test(part)
}

/** The key with `{id}` for each text that has its length before it. */
function withoutTexts(key: string): string {
  let rest = ''
  let from = 0
  for (const { 0: head, index } of key.matchAll(lengthAndText)) {
    const end = index + head.length + Number.parseInt(head, 10)
    const isText = index >= from && (end === key.length || ',])} ='.includes(key[end] ?? 'x'))
    if (!isText || /\w/.test(key[index - 1] ?? ' ')) continue
    rest += `${key.slice(from, index)}{id}`
    from = end
  }
  return rest + key.slice(from)
}
