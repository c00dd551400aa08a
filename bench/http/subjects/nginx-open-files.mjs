import { answer } from '../apps/node-http.mjs'
import { startNginx } from '../nginx.mjs'
import { serveHttp } from '../serving.mjs'

export async function open() {
  const { port } = await serveHttp(answer)
  return startNginx(port, 'open_file_cache max=1000;')
}
