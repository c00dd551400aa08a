import { cache } from '../cache.js'

export default defineEventHandler(() => cache.stats())
