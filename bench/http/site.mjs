/** What the servers serve. */
const line = '<p>The quick brown fox jumps over the lazy dog, and then it does so once more.</p>\n'
const [start, end] = ['<!doctype html>\n<title>Page</title>\n', '<!-- end -->\n']
const filling = line.repeat(Math.floor((10_240 - start.length - end.length) / line.length))

export const html = `${start}${filling.padEnd(10_240 - start.length - end.length)}${end}`
export const htmlBytes = Buffer.from(html)

const parts = 8
const partLength = htmlBytes.length / parts
export const htmlParts = Array.from({ length: parts }, (_, part) =>
  htmlBytes.subarray(part * partLength, (part + 1) * partLength),
)

let asked = 0
export const count = () => `asked ${++asked} times`
export const greeting = (user) => `Hello, ${user}`
export const cookieOf = (user) => `session=${user}`
