import { serveFastify } from '../apps/fastify.mjs'

export const open = () => serveFastify()
