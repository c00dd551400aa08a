import { serveKoa } from '../apps/koa.mjs'

export const open = () => serveKoa()
