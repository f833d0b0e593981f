/**
 * Content that goes on where it broke off: the rest is asked for by Range, on the condition that it is still the same
 * version (RFC 9110, 13.1.5 and 14.2). Pure.
 */
/** What must hold of an answer so that its body can go on after a break. */
export interface Resumable {
  /** A strong entity tag: a weak one does not promise equal bytes. */
  readonly etag: string;
  /** Bytes of the whole. */
  readonly size: number;
}

/** What a request asked for and got, as far as it matters here. */
interface Answered {
  readonly method: string;
  readonly purpose: 'listing' | 'content';
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the whole, when the server named them and the body is not compressed. */
  readonly announced: number | undefined;
}

/** How a broken body could go on, or undefined where it cannot. */
export function resumableFrom({ method, purpose, status, headers, announced }: Answered): Resumable | undefined {
  const etag = headers['etag'];
  // A download whose token travels in a form is a POST; repeating it changes nothing.
  const isDownload = (method === 'GET' || method === 'POST') && purpose === 'content';
  const isWhole = isDownload && status === 200 && announced !== undefined;
  if (!isWhole || etag === undefined || !/^"[^"]*"$/.test(etag)) return undefined;
  return headers['accept-ranges']?.trim().toLowerCase() === 'none' ? undefined : { etag, size: announced };
}

/** The headers that ask for the rest. `received` is in bytes. */
export function rangeFrom({ etag }: Resumable, received: number): Readonly<Record<string, string>> {
  return { range: `bytes=${received}-`, 'if-range': etag };
}

/** What an answer is: the rest that was asked for, the same version from its start, or something else by now. */
export function judgeRest(
  { status, headers }: Pick<Answered, 'status' | 'headers'>,
  { etag, size }: Resumable,
  received: number,
): 'rest' | 'whole' | 'changed' {
  if (headers['etag'] !== undefined && headers['etag'] !== etag) return 'changed';
  if (status === 200) return 'whole';
  const isAsAsked = status === 206 && headers['content-range']?.trim() === `bytes ${received}-${size - 1}/${size}`;
  return isAsAsked ? 'rest' : 'changed';
}
