/** How many things may run at once per key: first come, first served, and whoever gives up leaves the queue. */
export interface Slots {
  /** Resolves when a slot of `key` is free, with the function that frees it again; it may be called twice. */
  take(key: string, signal: AbortSignal): Promise<() => void>;
}

/** Gives slots of which `size` per key can be taken at once. `take` rejects with the signal's reason when it aborts. */
export function createSlots(size: number): Slots {
  const rooms = new Map<string, { used: number; readonly waiting: Set<() => void> }>();
  const roomOf = (key: string) => {
    const room = rooms.get(key) ?? { used: 0, waiting: new Set<() => void>() };
    rooms.set(key, room);
    return room;
  };
  return {
    async take(key, signal) {
      signal.throwIfAborted();
      const room = roomOf(key);
      if (room.used < size) room.used += 1;
      else await nextFree(room.waiting, signal);
      return once(() => {
        const next = room.waiting.values().next();
        // A slot goes straight to the next in line, so that `used` never dips below what is running.
        if (next.done === true) room.used -= 1;
        else next.value();
      });
    },
  };
}

function nextFree(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(enter);
      signal.removeEventListener('abort', giveUp);
    };
    const enter = () => {
      leave();
      resolve();
    };
    const giveUp = () => {
      leave();
      reject(signal.reason as Error);
    };
    waiting.add(enter);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

function once(effect: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    effect();
  };
}
