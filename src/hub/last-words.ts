/** What the hub said not long ago, so that it is not asked at every request. Bounded: whoever asks costs no memory. */
import { F2gitError } from '../errors.ts';

/** Milliseconds for which the hub's word counts: a group or a right that was taken away is gone after it. */
const FRESH_MS = 60_000;
/** While the hub does not answer, its last word counts as long. */
const LAST_WORD_MS = 5 * 60_000;
const MOST_KNOWN = 10_000;
/** Questions at once; a class of 500 that clicks together waits a moment. */
const MOST_ASKED = 500;

interface Known<Word> {
  readonly word: Word;
  /** Milliseconds since 1970. */
  readonly asked: number;
}

export interface LastWords<About, Word> {
  /** The hub's word of the last minute. @throws {F2gitError} `hub-unreachable`, `server-busy` */
  on(about: About): Promise<Word>;
}

/** `keyOf` names what is asked about; it is kept. */
export function createLastWords<About, Word>(
  ask: (about: About) => Promise<Word>,
  keyOf: (about: About) => string,
  now: () => Date,
): LastWords<About, Word> {
  const known = new Map<string, Known<Word>>();
  const asking = new Map<string, Promise<Word>>();

  const askAnew = async (key: string, about: About, last: Known<Word> | undefined): Promise<Word> => {
    const asked = now().getTime();
    try {
      const word = await ask(about);
      known.delete(key);
      known.set(key, { word, asked });
      for (const oldest of known.keys()) {
        if (known.size <= MOST_KNOWN) break;
        known.delete(oldest);
      }
      return word;
    } catch (error) {
      const isEnough = last !== undefined && asked - last.asked <= LAST_WORD_MS;
      if (error instanceof F2gitError && error.code === 'hub-unreachable' && isEnough) return last.word;
      throw error;
    }
  };

  return {
    on(about) {
      const key = keyOf(about);
      const last = known.get(key);
      const age = last === undefined ? Infinity : now().getTime() - last.asked;
      if (last !== undefined && age >= 0 && age < FRESH_MS) return Promise.resolve(last.word);
      const running = asking.get(key);
      if (running !== undefined) return running;
      if (asking.size >= MOST_ASKED) throw new F2gitError('server-busy');
      const question = askAnew(key, about, last).finally(() => asking.delete(key));
      asking.set(key, question);
      return question;
    },
  };
}
