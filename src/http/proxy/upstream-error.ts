/** The origin gave no response, or not a whole one. */
export class UpstreamError extends Error {
  /** What a client is told: 502 for a failure, 504 where it took too long (RFC 9110 §15.6). */
  readonly status: 502 | 504

  constructor(status: 502 | 504, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }

  static {
    UpstreamError.prototype.name = 'UpstreamError'
  }
}
