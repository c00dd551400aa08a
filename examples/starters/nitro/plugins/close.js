import { cache } from '../cache.js'

export default defineNitroPlugin((nitro) => nitro.hooks.hook('close', () => cache.close()))
