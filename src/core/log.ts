/** Writes one line of structured log. No secrets, no content, no names of people. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, facts?: Readonly<Record<string, unknown>>) => void;
