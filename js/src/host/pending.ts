import { hasPage } from './page.js'

/**
 * What is waited for, by number. A server's process stays alive while there is
 * any: the module's own timers do not keep it so.
 */
export class Pending<T> extends Map<number, T> {
  private alive: ReturnType<typeof setInterval> | undefined

  override set(number: number, value: T): this {
    if (!hasPage()) this.alive ??= setInterval(() => {}, 0x7fffffff)
    return super.set(number, value)
  }

  override delete(number: number): boolean {
    const found = super.delete(number)
    if (this.size === 0) this.rest()
    return found
  }

  override clear(): void {
    super.clear()
    this.rest()
  }

  private rest(): void {
    clearInterval(this.alive)
    this.alive = undefined
  }
}
