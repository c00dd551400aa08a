import { serveExpress } from '../apps/express.mjs'

export const open = () => serveExpress()
