import { test } from 'vitest'
import { simulate } from './simulate.ts'
test('try', { timeout: 600000 }, async () => {
  const profile = (process.env.P ?? 'calm') as 'calm'
  const n = Number(process.env.N ?? 200)
  const from = Number(process.env.F ?? 0)
  const t = performance.now()
  const kinds = new Map<string, string>()
  let bad = 0
  for (let s = from; s < from + n; s++) {
    const v = await simulate(profile, s)
    if (v.length) { bad++; const k = v[0]!.replace(/[0-9]+/g, '#').replace(/’/g,''); if (!kinds.has(k)) kinds.set(k, s + ' ' + v[0]) }
  }
  console.log(profile, 'ms per seed', (performance.now() - t) / n, 'bad', bad)
  for (const [, v] of kinds) console.log(v)
  if (process.env.H) { const h: string[] = []; const v = await simulate(profile, from, h); console.log(v.join('\n') + '\n' + h.join('\n')) }
})
