import { hexOf } from '../../kernel/hex.ts'

/** RFC 1321 §3.4: the sines of 1 to 64, and how far each of the four rounds turns its steps. */
const sines = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32))
const turns = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]

/** MD5 (RFC 1321) of a text in UTF-8, as 32 hexadecimal digits: for keys that others make with it. */
export function md5(text: string): string {
  const message = padded(new TextEncoder().encode(text))
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (let block = 0; block < message.byteLength; block += 64) {
    const mixed = compressed(state, (index) => message.getUint32(block + 4 * index, true))
    state = [state[0] + mixed[0], state[1] + mixed[1], state[2] + mixed[2], state[3] + mixed[3]]
  }
  const digest = new DataView(new ArrayBuffer(16))
  for (const [i, word] of state.entries()) digest.setUint32(4 * i, word, true)
  return hexOf(new Uint8Array(digest.buffer))
}

type State = readonly [number, number, number, number]

/** A bit, zeroes, and the length in bits (§3.1, §3.2). */
function padded(bytes: Uint8Array): DataView {
  const message = new Uint8Array(64 * Math.ceil((bytes.length + 9) / 64))
  message.set(bytes)
  message[bytes.length] = 0x80
  const view = new DataView(message.buffer)
  view.setUint32(message.length - 8, bytes.length * 8, true)
  view.setUint32(message.length - 4, bytes.length / 2 ** 29, true)
  return view
}

function compressed([a, b, c, d]: State, word: (index: number) => number): State {
  for (let step = 0; step < 64; step++) {
    const round = step >> 4
    const sum =
      (a + chosen(round, b, c, d) + (sines[step] as number) + word(index(round, step))) | 0
    const turn = turns[round]?.[step % 4] as number
    const turned = (sum << turn) | (sum >>> (32 - turn))
    ;[a, b, c, d] = [d, (b + turned) | 0, b, c]
  }
  return [a, b, c, d]
}

/** F, G, H and I of §3.4. */
function chosen(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d)
  if (round === 1) return (b & d) | (c & ~d)
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d)
}

/** Which word of the block a step takes. */
function index(round: number, step: number): number {
  if (round === 0) return step
  if (round === 1) return (5 * step + 1) % 16
  return (round === 2 ? 3 * step + 5 : 7 * step) % 16
}
