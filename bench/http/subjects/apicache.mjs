import apicache from 'apicache'
import { serveExpress } from '../apps/express.mjs'

export const open = () => serveExpress(apicache.middleware('1 hour'))
