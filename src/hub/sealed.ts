/** Values that somebody else keeps for us, and can neither read nor make: AES-256-GCM, with a time limit inside. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  /** Gives `value` as text for a cookie, for `seconds`. */
  close(value: Readonly<Record<string, string>>, seconds: number): string;
  /** Gives the value; undefined when it is not one of ours, was changed, or its time is over. */
  open(text: string): Readonly<Record<string, string>> | undefined;
}

/** `purpose` keeps a value from being taken where another kind is meant. */
export function createSeal(secret: Buffer, purpose: string, now: () => Date): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `f2git ${purpose}`, 32));
  return {
    close(value, seconds) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const until = now().getTime() + seconds * 1000;
      const body = Buffer.concat([cipher.update(JSON.stringify({ value, until })), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
    },
    open(text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const body = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
        const sealed = JSON.parse(Buffer.concat(body).toString()) as { value: Record<string, string>; until: number };
        return sealed.until > now().getTime() ? sealed.value : undefined;
      } catch {
        // a tag that does not fit: whoever made it, it was not us
        return undefined;
      }
    },
  };
}
