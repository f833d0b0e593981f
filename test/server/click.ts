/** A click on a course's link as a page's script makes it: the page, the run its button starts, what comes of that. */
import { ask, until, type Answer } from './harness.ts';

interface At {
  readonly origin: string;
}

/** What a run's address tells, here as far as tests ask. */
export type Document = Readonly<Record<string, unknown>>;

export interface Clicked {
  readonly document: Document;
  readonly page: Answer;
}

/** Clicks as `user`, and waits for the end of the run. `fields`: what the page's form says besides. */
export async function click(at: At, user: string, fields: Readonly<Record<string, string>> = {}): Promise<Document> {
  return (await clickOn(at, user, fields)).document;
}

/** As `click`, with the page as it was before. */
export async function clickOn(
  at: At,
  user: string,
  { course = 'intro', ...fields }: Readonly<Record<string, string>> = {},
): Promise<Clicked> {
  const page = await ask(at, `/go/${course}?user=${user}&lang=en`);
  const started = await send(at, `/api/runs?user=${user}&lang=en`, {
    course,
    ...fields,
    f2git_form: formToken(page),
  });
  return { document: await endOf(at, user, started), page };
}

/** The token in the forms of a page; empty where there is none. */
export function formToken({ text }: Pick<Answer, 'text'>): string {
  return /name="f2git_form" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

/** Sends what a script sends. */
export function send(at: At, path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(at, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  });
}

/** What comes of the run that `started` tells of. */
export function endOf(at: At, user: string, started: Answer): Promise<Document> {
  const { run } = JSON.parse(started.text) as { readonly run: string };
  return until(async () => {
    const { text } = await ask(at, `/api/runs/${run}?user=${user}&lang=en`);
    const document = JSON.parse(text) as Document;
    return 'outcome' in document || document['state'] === 'failed' ? document : undefined;
  });
}
