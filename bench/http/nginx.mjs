import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passing } from 'node:timers/promises'
import { listening } from './serving.mjs'

const patience = 10_000

/**
 * An nginx of our own before an origin, gone when this process is: one worker, no log, and what else
 * is to be said of `http`. Answers that it is `absent` where it is not installed.
 */
export async function startNginx(origin, more = '') {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'hotset-bench-'))
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, configuration({ directory, port, origin, more }))
  const place = ['-p', directory, '-c', file, '-e', join(directory, 'error.log')]
  const master = spawn('nginx', place, { stdio: 'ignore' })
  process.once('SIGTERM', () => process.exit())
  process.once('exit', () => {
    master.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  })
  try {
    await once(master, 'spawn')
  } catch {
    return { absent: 'nginx is not installed' }
  }
  const worker = await workerOf(master)
  return { port, cpu: () => cpuOf(worker) }
}

/** As distributions have it, but that it does not close connections after 1,000 requests. */
function configuration({ directory, port, origin, more }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  proxy_cache_path ${directory}/pages keys_zone=pages:10m;
  keepalive_requests 1000000000;
  sendfile on;
  tcp_nopush on;
  ${more}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${origin};
      proxy_cache pages;
      proxy_cache_valid 200 1h;
    }
  }
}
`
}

async function freePort() {
  const server = createServer()
  const { port } = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

/** Its one worker, which is there once it listens. */
async function workerOf(master) {
  const giveUp = Date.now() + patience
  for (;;) {
    const worker = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWorker(name, master))
    if (worker !== undefined) return worker
    if (Date.now() > giveUp || master.exitCode !== null) throw new Error('nginx does not start')
    await passing(10)
  }
}

/** Whether it is a child that is called so: others look after the cache. */
function isWorker(pid, master) {
  try {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return parent === `${master.pid}` && command.includes('worker process')
  } catch {
    // It has ended meanwhile.
    return false
  }
}

/** Microseconds. It has one thread. */
function cpuOf(pid) {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1e3
}
