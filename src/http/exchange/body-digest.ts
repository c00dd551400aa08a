import { builtinModule } from '../../kernel/builtin-module.ts'

interface Crypto {
  /** Since Node 20.12. */
  hash?(algorithm: string, data: Uint8Array, encoding: 'base64'): string
}

/** Bytes: to have so few digested in another thread takes longer than to do it, and holds nobody up. */
const few = 64 * 1024

const hash = builtinModule<Crypto>('node:crypto')?.hash

/** The SHA-256 of a body, in base64. */
export async function bodyDigest(body: Uint8Array<ArrayBuffer>): Promise<string> {
  if (hash !== undefined && body.length <= few) return hash('sha256', body, 'base64')
  const digest = await crypto.subtle.digest('SHA-256', body)
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}
