/**
 * What goes wrong on purpose at the token endpoint. Faults stand in a queue, and
 * each call takes the first that fits its grant type.
 *
 * @typedef {object} Fault
 * @property {string} [grant] which calls it hits; default 'refresh_token'
 * @property {number} [times] how many calls; default 1
 * @property {number} [delay] milliseconds before the call is looked at
 * @property {number} [status] answered instead of the provider's answer
 * @property {number} [retryAfter] seconds, sent as Retry-After with `status`
 * @property {'answer' | 'body'} [drop] what gets lost after the provider did its
 *   work: 'answer' ends the connection before a single byte, 'body' after the
 *   headers. Browsers send a request once more, by themselves, when a connection
 *   that was used before ends without a byte; after headers they never do.
 */
export function createFaults() {
  let queue = []

  return {
    /** @param {Fault} fault */
    add({ grant = 'refresh_token', times = 1, ...effect }) {
      queue.push({ grant, times, ...effect })
    },

    /** @returns {Fault | undefined} */
    take(grant) {
      const fault = queue.find((candidate) => candidate.grant === grant)
      if (!fault) return undefined
      fault.times -= 1
      if (fault.times <= 0) queue = queue.filter((candidate) => candidate !== fault)
      return fault
    },

    get pending() {
      return queue
    },

    clear() {
      queue = []
    },
  }
}
