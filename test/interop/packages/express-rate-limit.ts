export { MemoryStore, rateLimit } from 'express-rate-limit'
