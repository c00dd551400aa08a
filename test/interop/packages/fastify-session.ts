export { default as fastifyCookie } from '@fastify/cookie'
export { default as fastifySession } from '@fastify/session'
