// One clock for every age on screen. It follows the workstation's clock, not this machine's, and ticks each second.

class Clock {
  #local = $state(Date.now());
  #ahead = $state(0);

  /** Milliseconds since 1970 by the workstation. */
  get now() {
    return this.#local + this.#ahead;
  }

  /** The workstation's own words on what time it is. */
  follow(iso: string) {
    const told = Date.parse(iso);
    if (!Number.isNaN(told)) this.#ahead = told - Date.now();
  }

  start(): () => void {
    const timer = setInterval(() => {
      this.#local = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }

  /** Whole seconds since a time. */
  since(iso: string): number {
    return Math.max(0, Math.floor((this.now - Date.parse(iso)) / 1000));
  }
}

export const clock = new Clock();
