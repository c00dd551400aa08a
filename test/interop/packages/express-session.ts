import * as expressSession from 'express-session'
import type session from './node_modules/@types/express-session/index.js'

/** With its types: elsewhere in the tests it is a middleware and no more. */
export const expressSessions = expressSession.default as typeof session
