import { serveHono } from '../apps/hono.mjs'

export const open = () => serveHono()
