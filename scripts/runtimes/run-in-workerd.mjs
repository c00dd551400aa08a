// Runs the suite in workerd, and beside it a worker of which the cache is made before any request.
import { spawn } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { rolldown } from 'rolldown'
import { root } from '../setup.mjs'
import { workshop } from './runtimes.mjs'

const page = join(workshop, 'page')

/** Answers what became of each test. */
export async function runInWorkerd(runtime, suite, tests) {
  await bundlePage()
  writeFileSync(
    join(suite, 'worker.mjs'),
    `import { runFile } from './runner.mjs'
    export default {
      async fetch(request) {
        const { file, module, skips } = await request.json()
        const { default: setUp } = await import('./setup.mjs')
        await setUp()
        return Response.json(await runFile(file, () => import('./' + module), skips))
      },
    }`,
  )
  writeFileSync(join(workshop, 'workerd.capnp'), configuration(suite))
  const child = spawn(
    runtime.binary,
    ['serve', join(workshop, 'workerd.capnp'), '--control-fd=1'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  try {
    const ports = await portsOf(child, 2)
    const outcomes = await runPage(`http://127.0.0.1:${ports.page}/`)
    for (const { file, module } of tests) {
      const body = JSON.stringify({ file, module, skips: runtime.skips })
      const answer = await fetch(`http://127.0.0.1:${ports.suite}/`, { method: 'POST', body })
      if (answer.ok) outcomes.push(...(await answer.json()))
      else outcomes.push({ name: file, failed: await answer.text() })
    }
    return outcomes
  } finally {
    child.kill()
  }
}

/** What only a runtime of requests can break: a cache of the module, used by one request after another. */
async function runPage(url) {
  const ask = async (path) => (await fetch(url + path)).text()
  const [first, second] = [await ask('load'), await ask('load')]
  const kept = await ask('keep')
  await pause(1_200)
  const found = await ask('find')
  return [
    check('a cache of the module is used by several requests', `${first} ${second}`, '1 1'),
    check('what has expired between two requests is gone', `${kept} ${found}`, '20 undefined'),
  ]
}

function check(name, actual, expected) {
  const failed = actual === expected ? undefined : `Expected ${expected}, got ${actual}`
  return { name: `worker > ${name}`, failed }
}

async function bundlePage() {
  rmSync(page, { recursive: true, force: true })
  const bundle = await rolldown({
    input: join(root, 'scripts/runtimes/page-worker.mjs'),
    platform: 'neutral',
    external: /^[a-z@]/,
  })
  await bundle.write({ dir: page, entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' })
}

/** The suite with what workerd has of Node, the page with nothing of it. */
function configuration(suite) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "suite", worker = .suite), (name = "page", worker = .page)],
  sockets = [
    (name = "suite", address = "127.0.0.1:0", http = (), service = "suite"),
    (name = "page", address = "127.0.0.1:0", http = (), service = "page"),
  ]
);
const suite :Workerd.Worker = (
  compatibilityDate = "2026-08-01", compatibilityFlags = ["nodejs_compat"],
  modules = [${modules(suite, 'worker.mjs')}]
);
const page :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  modules = [${modules(page, 'page-worker.mjs')}]
);
`
}

/** The one that answers requests comes first. */
function modules(directory, main) {
  const others = readdirSync(directory).filter((name) => name.endsWith('.mjs') && name !== main)
  return [main, ...others]
    .map((name) => `(name = "${name}", esModule = embed "${basename(directory)}/${name}")`)
    .join(',\n    ')
}

async function portsOf(child, count) {
  const ports = {}
  for await (const line of createInterface(child.stdout)) {
    const { event, socket, port } = JSON.parse(line)
    if (event === 'listen') ports[socket] = port
    if (Object.keys(ports).length === count) break
  }
  return ports
}
