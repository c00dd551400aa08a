import { answer } from '../apps/node-http.mjs'
import { serveHttp } from '../serving.mjs'

export const open = () => serveHttp(answer)
