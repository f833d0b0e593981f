/**
 * What pages do in a browser that runs scripts; every page works without. A click page starts its run by itself and
 * shows how far it is; a finished run leads on. Text from the server only ever becomes text.
 */
const FORWARD_AFTER_MS = 1200;

function main(): void {
  const click = document.querySelector<HTMLElement>('[data-click]');
  if (click !== null) void follow(click);
  const forward = document.querySelector<HTMLElement>('[data-forward]');
  if (forward !== null) setTimeout(() => location.assign(forward.dataset['forward'] ?? ''), FORWARD_AFTER_MS);
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) offerCopy(button);
  for (const form of document.querySelectorAll('form')) form.addEventListener('submit', () => disableSoon(form));
}

/** Starts the run unless the page already names one, then follows it to its report. */
async function follow(click: HTMLElement): Promise<void> {
  const form = click.querySelector<HTMLFormElement>('form[data-start]');
  let { page, events } = click.dataset;
  if (form !== null) {
    form.hidden = true;
    const run = await start(form, click);
    if (run === undefined) return;
    page = click.dataset['page']?.replace('RUN', run);
    events = click.dataset['events']?.replace('RUN', run);
  }
  if (page !== undefined && events !== undefined) listen(events, page, click);
}

async function start(form: HTMLFormElement, click: HTMLElement): Promise<string | undefined> {
  const fields = Object.fromEntries(
    [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(fields),
    });
    const document = (await answer.json()) as { run?: string; error?: { message?: string } };
    if (answer.ok && document.run !== undefined) return document.run;
    giveUp(click, document.error?.message);
  } catch {
    // no answer, or none of ours: the sentence on the page says what to do
    giveUp(click, undefined);
  }
  return undefined;
}

/** EventSource connects again by itself; the server then tells the present state and starts nothing. */
function listen(events: string, page: string, click: HTMLElement): void {
  const source = new EventSource(events);
  const finish = (): void => {
    source.close();
    location.replace(page);
  };
  source.addEventListener('progress', (event: MessageEvent<string>) => show(event.data, click));
  source.addEventListener('report', finish);
  source.addEventListener('failed', finish);
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    const lost = click.querySelector<HTMLElement>('[data-lost]');
    if (lost !== null) lost.hidden = false;
    lost?.querySelector('a')?.setAttribute('href', page);
  });
}

function show(data: string, click: HTMLElement): void {
  const { text, done, total } = JSON.parse(data) as { text?: string; done?: number; total?: number };
  const label = click.querySelector('[data-text]');
  if (label !== null && text !== undefined && label.textContent !== text) label.textContent = text;
  const bar = click.querySelector('progress');
  if (bar === null) return;
  if (done !== undefined && total !== undefined && total > 0) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute('value');
  }
}

function giveUp(click: HTMLElement, message: string | undefined): void {
  const failed = click.querySelector<HTMLElement>('[data-failed]');
  const text = failed?.querySelector('[data-message]');
  if (text != null && message !== undefined) text.textContent = message;
  if (failed !== null) failed.hidden = false;
  click.querySelector<HTMLElement>('[data-running]')?.setAttribute('hidden', '');
}

function offerCopy(button: HTMLButtonElement): void {
  // the clipboard exists on trustworthy addresses only
  if (!('clipboard' in navigator)) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(button.dataset['copy'] ?? '').then(() => {
      button.textContent = button.dataset['done'] ?? '';
    });
  });
}

/** A second press of the same button sends nothing. Later than the submission, or its own field would be missing. */
function disableSoon(form: HTMLFormElement): void {
  setTimeout(() => {
    for (const button of form.querySelectorAll('button')) button.disabled = true;
  });
}

main();
