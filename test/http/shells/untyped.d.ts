/** Middlewares that bring no types: what they make is for `app.use`. */
declare module 'compression' {
  export default function compression(): import('express').RequestHandler
}
declare module 'cookie-parser' {
  export default function cookieParser(): import('express').RequestHandler
}
declare module 'cors' {
  export default function cors(options: { origin: boolean }): import('express').RequestHandler
}
declare module 'express-session' {
  export default function session(options: {
    secret: string
    resave: boolean
    saveUninitialized: boolean
  }): import('express').RequestHandler
}
