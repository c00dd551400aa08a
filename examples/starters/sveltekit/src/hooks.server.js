import { cachePage } from 'hotset/sveltekit'
import { pages } from '$lib/server/cache.js'

export const handle = cachePage('10m', { cache: pages, tags: ['news'] })
