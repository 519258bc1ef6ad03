import type { Uptime } from './uptime.ts';

interface Waiter {
  readonly owner: object;
  readonly grant: () => void;
}

/** flock(2) on one firewall, in virtual time, first come first served. */
export class Locks {
  readonly #uptime: Uptime;
  readonly #owners = new Map<string, object>();
  readonly #waiters = new Map<string, Waiter[]>();

  constructor(uptime: Uptime) {
    this.#uptime = uptime;
  }

  /** Whether `owner` had the lock within `waitMillis` (Infinity: for ever). */
  async take(key: string, owner: object, waitMillis: number): Promise<boolean> {
    const holder = this.#owners.get(key);
    if (holder === undefined || holder === owner) {
      this.#owners.set(key, owner);
      return true;
    }
    if (waitMillis <= 0) return false;
    return new Promise((resolve) => {
      const queue = this.#waiters.get(key) ?? [];
      this.#waiters.set(key, queue);
      const settle = (had: boolean): void => {
        queue.splice(queue.indexOf(waiter), 1);
        timer?.cancel();
        void this.#uptime.sleep(0, 'lock').then(() => {
          resolve(had);
        });
      };
      const waiter: Waiter = {
        owner,
        grant: () => {
          settle(true);
        },
      };
      queue.push(waiter);
      const timer = Number.isFinite(waitMillis)
        ? this.#uptime.after(waitMillis, 'lock timeout', () => {
            settle(false);
          })
        : undefined;
    });
  }

  drop(key: string, owner: object): void {
    if (this.#owners.get(key) !== owner) return;
    this.#owners.delete(key);
    const next = this.#waiters.get(key)?.[0];
    if (!next) return;
    this.#owners.set(key, next.owner);
    next.grant();
  }

  /** The process that held them has ended. */
  dropAll(owner: object): void {
    for (const key of [...this.#owners.keys()]) this.drop(key, owner);
  }
}
