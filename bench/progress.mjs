const width = 24

/** A bar on standard error, for as long as somebody watches. */
export function progressBar(total) {
  const start = Date.now()
  let done = 0
  if (!process.stderr.isTTY) return { step() {}, end() {} }
  return {
    step(what) {
      const filled = Math.round((done / total) * width)
      const bar = '█'.repeat(filled).padEnd(width, '░')
      const left =
        done === 0
          ? ''
          : `${Math.ceil(((Date.now() - start) * (total / done - 1)) / 1000)} s left, `
      process.stderr.write(`\r\x1b[K${bar} ${done}/${total} ${left}${what}`)
      done++
    },
    end() {
      process.stderr.write('\r\x1b[K')
    },
  }
}
