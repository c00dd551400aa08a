import { createInterface } from 'node:readline'
import { exitCodes, Failure, type Flag, type Terminal } from './command.ts'

export const yesFlag: { readonly yes: Pick<Flag, 'help'> } = { yes: { help: 'does not ask' } }

/**
 * Asks before what cannot be undone, unless the answer was given beforehand.
 * @throws Failure when the answer is no, or when there is nobody to ask: exit code 4
 */
export async function confirm(
  question: string,
  { yes }: { readonly yes?: boolean | undefined },
  { stdin, stderr }: Terminal,
): Promise<void> {
  if (yes) return
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new Failure(`${question} There is nobody to ask: say --yes`, exitCodes.unconfirmed)
  }
  stderr.write(`${question} [y/N] `)
  // Not as a terminal: its settings stay as they are, however this ends.
  const lines = createInterface({ input: stdin, terminal: false })
  const answer = await new Promise<string>((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => resolve(''))
  })
  lines.close()
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new Failure('Nothing was done', exitCodes.unconfirmed)
  }
}
