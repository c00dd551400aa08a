import { cachePage } from 'hotset/astro'
import { pages } from './cache.js'

export const onRequest = cachePage('10m', { cache: pages, tags: ['news'] })
