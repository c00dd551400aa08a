import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'

/** What a server needs to speak TLS, as paths of files. */
export interface Certificates {
  /** Of this machine (`localhost`, 127.0.0.1), signed by the authority. */
  readonly certificate: string
  readonly key: string
  /** What whoever connects has to trust. */
  readonly authority: string
  /** One that has signed nothing. */
  readonly stranger: string
  remove(): void
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes an authority and what it vouches for; the key belongs to the account. */
export function makeCertificates(owner?: Account): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-certificates-'))
  chmodSync(directory, 0o755)
  const make = (name: string, subject: string, ...more: string[]) => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${subject}`]
    const words = ['req', '-x509', ...newKey, ...files, ...more]
    execFileSync('openssl', words, { cwd: directory, stdio: 'ignore' })
    return join(directory, `${name}.pem`)
  }
  const authority = make('authority', 'Hotset tests')
  const stranger = make('stranger', 'Somebody else')
  const signed = ['-CA', 'authority.pem', '-CAkey', 'authority.key']
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const isNone = ['-addext', 'basicConstraints=critical,CA:FALSE']
  const certificate = make('server', 'localhost', ...signed, ...names, ...isNone)
  const key = join(directory, 'server.key')
  if (owner) chownSync(key, owner.uid, owner.gid)
  const remove = () => rmSync(directory, { recursive: true })
  return { certificate, key, authority, stranger, remove }
}

/** What a client is told to trust. */
export function trusting(authority: string): { ca: Buffer } {
  return { ca: readFileSync(authority) }
}
